import { cpus, freemem, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Command, Option } from 'commander';
import {
  checkDevices,
  checkTemporaryFolder,
  type DeviceCheck,
  findFfmpeg,
  findModel,
  installedModels,
  LatentDiffusionModel,
  modelFolders,
} from '../library.js';
import { existsSync, readFileSync } from 'node:fs';
import { shellQuoted } from '../pipeline/core/index.js';
import packageJson from '../../package.json';
import { exitCodes } from './exitCodes.js';
import { print, printJson } from './terminal.js';

const execute = promisify(execFile);

/** One thing looked at. */
interface Check {
  name: string;
  /** Whether it works. */
  ok: boolean;
  /** False for what is welcome but not needed: where it does not work, nothing is wrong. */
  needed: boolean;
  /** What was found. */
  detail: string;
  /** What to do, where something could be better. */
  advice?: string;
}

/** Memory below which even the embedded model gets tight, bytes. */
const LITTLE_MEMORY = 1.5e9;

/** `frameloom doctor` */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what works here (✓), what does not and what to do about it (✗), and what is not needed and not here (–)')
    .option('--json', 'print one line of JSON')
    .addOption(new Option('--devices-only [name]').hideHelp())
    .action((flags: { json?: boolean; devicesOnly?: true | string }) =>
      flags.devicesOnly ? printDevices(flags.devicesOnly) : doctor(flags),
    );
}

async function doctor({ json }: { json?: boolean }): Promise<void> {
  const checks = [versions(), memory(), await temporaryFolder(), await ffmpeg(), ...(await models()), ...(await devices())];
  if (json) printJson({ checks });
  else print(checks.map(line).join('\n'));
  if (checks.some(({ ok, needed }) => !ok && needed)) process.exitCode = exitCodes.unexpected;
}

function line({ name, ok, needed, detail, advice }: Check): string {
  return `${ok ? '✓' : needed ? '✗' : '–'} ${name.padEnd(20)} ${detail}${advice ? `\n${' '.repeat(23)}→ ${advice}` : ''}`;
}

function versions(): Check {
  const { version } = JSON.parse(readFileSync(require.resolve('onnxruntime-node/package.json'), 'utf8')) as { version: string };
  const detail = `frameloom ${packageJson.version}, Node ${process.versions.node}, ONNX Runtime ${version}, ${process.platform}-${process.arch}`;
  const oldest = packageJson.engines.node.replace('>=', '');
  const ok = oldest.localeCompare(process.versions.node, 'en', { numeric: true }) <= 0;
  return { name: 'versions', ok, needed: true, detail, ...(ok ? {} : { advice: `Frameloom needs Node ${oldest} or newer.` }) };
}

function memory(): Check {
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const detail = `${gigabytes(freemem())} free of ${gigabytes(totalmem())}, ${cpus().length} processor cores`;
  const ok = freemem() > LITTLE_MEMORY;
  return {
    name: 'memory',
    ok,
    needed: true,
    detail,
    ...(ok ? {} : { advice: 'Close other programs: Stable Diffusion needs 4 to 6 GB, the embedded model about half a gigabyte.' }),
  };
}

async function temporaryFolder(): Promise<Check> {
  const check = { name: 'temporary folder', needed: true, detail: tmpdir() };
  return checkTemporaryFolder().then(
    () => ({ ...check, ok: true }),
    (error: Error) => ({ ...check, ok: false, detail: error.message }),
  );
}

async function ffmpeg(): Promise<Check> {
  try {
    const { version, ffmpeg: program, source, skipped } = await findFfmpeg();
    // What the person named themselves and what does not work is a fault, even where another ffmpeg stands in for it.
    const named = skipped.some((reason) => reason.startsWith('setting:'));
    const advice = skipped.length > 0 ? `Skipped: ${skipped.join('; ')}` : undefined;
    return { name: 'ffmpeg', ok: !named, needed: true, detail: `${version} (${program}, found as ${source})`, advice };
  } catch (error) {
    return {
      name: 'ffmpeg',
      ok: false,
      needed: true,
      detail: (error as Error).message,
      advice: 'Install ffmpeg and put it on PATH, or set FRAMELOOM_FFMPEG to it.',
    };
  }
}

async function models(): Promise<Check[]> {
  const installed = await installedModels();
  const embedded = 'motion-stickers';
  const missing: Check = {
    name: `model ${embedded}`,
    ok: false,
    needed: true,
    detail: `not in ${modelFolders().join(', ')}`,
    advice: 'Reinstall Frameloom: this model ships with it.',
  };
  const checks: Check[] = installed.some(({ name }) => name === embedded) ? [] : [missing];
  for (const { name, directory } of installed) {
    const check = { name: `model ${name}`, needed: true };
    try {
      const model = await LatentDiffusionModel.fromPretrained(directory);
      await model.release();
      checks.push({ ...check, ok: true, detail: `loads (${directory})` });
    } catch (error) {
      checks.push({ ...check, ok: false, detail: (error as Error).message });
    }
  }
  return checks;
}

/**
 * Tries the devices in child processes: drivers print to stderr as they please, and some crash.
 * Devices other than the processor are welcome, not needed. Where a driver ends the process, the processor is tried by itself.
 */
async function devices(): Promise<Check[]> {
  const tried = await triedDevices();
  if (tried) return tried.map(deviceCheck);
  const others: Check = { name: 'other devices', ok: false, needed: false, detail: 'not usable here: trying them ended the process' };
  const [cpu] = (await triedDevices('cpu')) ?? [{ name: 'cpu' as const, failure: 'trying it ended the process' }];
  return [deviceCheck(cpu!), others];
}

async function triedDevices(only?: string): Promise<DeviceCheck[] | undefined> {
  const args = [...process.execArgv, process.argv[1]!, 'doctor', '--devices-only', ...(only === undefined ? [] : [only])];
  const { stdout } = await execute(process.execPath, args).catch(() => ({ stdout: '' }));
  return stdout === '' ? undefined : (JSON.parse(stdout) as DeviceCheck[]);
}

function deviceCheck({ name, failure, remarks = [] }: DeviceCheck): Check {
  const check = { name: `device ${name}`, needed: name === 'cpu' };
  if (failure === undefined) {
    const detail = name === 'cpu' ? 'works' : `works, with the processor's numbers (--device ${name}, or the setting frameloom.device)`;
    return { ...check, ok: true, detail, ...(remarks.length > 0 ? { advice: remarks.join(' ') } : {}) };
  }
  const advice = name === 'cuda' ? cudaAdvice() : undefined;
  return { ...check, ok: false, detail: `not usable here (${shortened(failure)})`, ...(advice ? { advice } : {}) };
}

/** The beginning of a long reason, to the end of a word. */
function shortened(reason: string): string {
  return reason.length <= 200 ? reason : `${reason.slice(0, 200).replace(/\s+\S*$/, '')} …`;
}

/** CUDA's libraries are too large for npm; ONNX Runtime's own script fetches them. */
function cudaAdvice(): string | undefined {
  const script = path.join(path.dirname(require.resolve('onnxruntime-node/package.json')), 'script', 'install.js');
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(script)) return undefined;
  return `For an NVIDIA GPU, with CUDA 12 and cuDNN 9 installed, fetch ONNX Runtime's CUDA libraries from NuGet: node ${shellQuoted(script)} --onnxruntime-node-install=cuda12`;
}

/** What the child process does. */
async function printDevices(only: true | string): Promise<void> {
  const directory = await findModel('motion-stickers');
  printJson(await checkDevices(path.join(directory, 'vae_encoder', 'model.onnx'), only === true ? undefined : only));
}
