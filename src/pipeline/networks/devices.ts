import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError, oneOf } from '../core/index.js';
import { type GraphRewriter, plainAttention, plainProducts } from '../onnx/index.js';
import { listSupportedBackends } from './onnxRuntime.js';

/** What a network can run on: the processor, or one of ONNX Runtime's execution providers for other devices. */
export const deviceNames: readonly DeviceName[] = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'];

/** What a network runs on: the processor; a GPU by WebGPU, CUDA (NVIDIA) or DirectML (Windows); what Apple's CoreML chooses. */
export type DeviceName = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

/** A device, or `auto`: the first that works here, the processor where none does. */
export type DeviceChoice = DeviceName | 'auto';

/** What options may say. */
export const deviceChoices: readonly DeviceChoice[] = ['auto', ...deviceNames];

/** For checks of options. */
export const deviceCheck = oneOf(...deviceChoices);

/** The environment variable that chooses where no option does. */
export const DEVICE_VARIABLE = 'FRAMELOOM_DEVICE';

/** In the order in which `auto` tries them. */
const preferred: Readonly<Partial<Record<NodeJS.Platform, readonly DeviceName[]>>> = {
  win32: ['cuda', 'dml', 'webgpu'],
  darwin: ['webgpu', 'coreml'],
};

/** The choice of an option; where there is none, that of the environment; else the processor. @throws {ArgumentError} for a word that names no device. */
export function chosenDevice(option: DeviceChoice | undefined): DeviceChoice {
  if (option !== undefined) return option;
  const said = process.env[DEVICE_VARIABLE]?.trim();
  if (!said) return 'cpu';
  if ((deviceChoices as readonly string[]).includes(said)) return said as DeviceChoice;
  throw new ArgumentError(DEVICE_VARIABLE, said, deviceChoices.map((word) => `"${word}"`).join(', '));
}

/** The devices that this build of ONNX Runtime knows. */
export function knownDevices(): DeviceName[] {
  return listSupportedBackends().flatMap(({ name }) => deviceNames.find((device) => device === name) ?? []);
}

/** The devices whose libraries are here: those of CUDA are too large for npm, and fetched by whoever wants them. */
function installedDevices(): DeviceName[] {
  const bundled = new Set<string>(listSupportedBackends().flatMap(({ name, bundled }) => (bundled ? [name] : [])));
  const folder = path.join(path.dirname(require.resolve('onnxruntime-node/package.json')), 'bin');
  const isFetched = (device: DeviceName) =>
    existsSync(folder) &&
    readdirSync(folder, { recursive: true }).some((file) => String(file).includes(`onnxruntime_providers_${device}.`));
  return knownDevices().filter((device) => bundled.has(device) || isFetched(device));
}

/** The devices to try, the processor left out. */
export function devicesToTry(choice: DeviceChoice): readonly DeviceName[] {
  if (choice === 'cpu') return [];
  if (choice !== 'auto') return [choice];
  const installed = installedDevices();
  return (preferred[process.platform] ?? ['cuda', 'webgpu']).filter((device) => installed.includes(device));
}

/** How a graph is spelt for a device. */
export interface Spelling {
  /** In the order in which they are applied. */
  readonly rewrites: readonly ((graph: GraphRewriter) => void)[];
  /** Whether attentions are computed in plain steps. */
  readonly plainAttention: boolean;
}

/** The spellings to try on a device, the fastest first. */
export function spellingsFor(device: DeviceName): readonly Spelling[] {
  const products = device === 'webgpu' || device === 'coreml' ? [plainProducts] : [];
  return [
    { rewrites: products, plainAttention: false },
    { rewrites: [plainProducts, plainAttention], plainAttention: true },
  ];
}

/** What a network runs on, and what was found when it was tried. */
export interface DeviceUse {
  /** What runs it. */
  readonly device: DeviceName;
  /** Why devices that were to be used are not, in the order in which they were tried. */
  readonly refused: readonly {
    /** Its name. */
    readonly device: DeviceName;
    /** What was wrong with it, as the rest of a sentence. */
    readonly why: string;
  }[];
  /** Operators on numbers that the device leaves to the processor, with how many nodes of each. */
  readonly onProcessor: ReadonlyMap<string, number>;
  /** Whether attention is computed in plain steps, because the device's own operator gave wrong numbers. */
  readonly plainAttention: boolean;
  /** Largest deviation from the processor's result, relative to its largest value; undefined where they could not be compared. */
  readonly deviation?: number | undefined;
}

/** The processor, where nothing else was asked for. */
export const onProcessor: DeviceUse = { device: 'cpu', refused: [], onProcessor: new Map(), plainAttention: false };

/** What is to be said of the devices of a model's networks. @param uses by the network's name. */
export function deviceNotices(uses: ReadonlyMap<string, DeviceUse>): string[] {
  const byText = new Map<string, string[]>();
  for (const [network, use] of uses) for (const text of remarks(use)) byText.set(text, [...(byText.get(text) ?? []), network]);
  return [...byText].map(([text, networks]) => `${networks.join(', ')}: ${text}`);
}

function remarks({ device, refused, onProcessor, plainAttention, deviation }: DeviceUse): string[] {
  const why = refused.map(({ device, why }) => `${device}: ${why}`).join('; ');
  const left = [...onProcessor].map(([operator, count]) => `${count} × ${operator}`);
  return [
    ...(refused.length > 0 ? [`run on ${device === 'cpu' ? 'the processor' : device}, since other devices cannot be used (${why}).`] : []),
    ...(left.length > 0 ? [`${device} leaves some operators to the processor (${left.join(', ')}), which slows it down.`] : []),
    ...(device !== 'cpu' && deviation === undefined
      ? [`what ${device} computes could not be compared with the processor, which has not all operators of this graph.`]
      : []),
    ...(plainAttention
      ? [`attention is computed in plain steps, since the operator that ${device} has for it gives wrong numbers here.`]
      : []),
  ];
}

/** What a model's networks run on, in a few words: `webgpu`, or `webgpu; text_encoder: cpu`. */
export function deviceText(uses: ReadonlyMap<string, DeviceUse>): string {
  const main = uses.get('unet')?.device ?? [...uses.values()][0]?.device ?? 'cpu';
  const others = [...uses].filter(([, { device }]) => device !== main).map(([network, { device }]) => `${network}: ${device}`);
  return [main, ...others].join('; ');
}
