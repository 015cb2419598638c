import type { Command } from 'commander';
import { FrameloomError, type Provenance, readProvenance, Video } from '../index.js';
import { checkSettings } from '../library.js';
import { shellQuoted } from '../pipeline/core/index.js';
import { makeAgain } from './rerun.js';
import { shown } from './summary.js';
import { onOneLine, print, printJson } from './terminal.js';

interface InspectFlags {
  json?: boolean;
  rerun?: string;
  source?: string;
  model?: string;
}

/** `frameloom inspect FILE` */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('say what a video holds and, if Frameloom made it, how; can make it again')
    .argument('<file>', 'a video')
    .option('--rerun <file>', 'make it again with the recorded settings and write it here')
    .option('--source <file>', 'with --rerun: the clip that was edited')
    .option('-m, --model <name>', 'with --rerun: the model, by name or directory, unless it is the one that ships with Frameloom')
    .option('--json', 'print one line of JSON')
    .action(inspect);
}

async function inspect(file: string, flags: InspectFlags): Promise<void> {
  const { rerun: output, source, model } = flags;
  if (output === undefined && (source ?? model) !== undefined)
    throw new FrameloomError('FL_USAGE', '--source and --model say what to make a video again from, so they go with --rerun.');
  const record = await readProvenance(file);
  if (output !== undefined) {
    if (!record) throw new FrameloomError('FL_USAGE', `${file} holds no record of how it was made, so it cannot be made again.`);
    return makeAgain(file, record, { output, source, model });
  }
  // What decoding does to the file stands among its facts.
  const clip = await Video.open(file, { onNotice: () => undefined });
  const { info } = clip;
  await clip.close();
  if (flags.json) printJson({ video: info, provenance: record ?? null });
  else print([...describeVideo(info!), '', ...describeRecord(file, record)].map(onOneLine).join('\n'));
}

function describeVideo(info: NonNullable<Video['info']>): string[] {
  const { codec, pixelFormat, width, height, fps, frameCount, duration, audio, audioTracks, container, notices } = info;
  const frames = frameCount === undefined ? '' : `, ${frameCount} frames`;
  return [
    `Video  ${codec} (${pixelFormat}) in ${container}, ${width} × ${height}, ${Number(fps.toFixed(3))} fps${frames}, ${duration.toFixed(2)} s`,
    `Sound  ${audio ? `${audio.codec}, ${audio.channels} channels, ${audio.sampleRate} Hz` : 'none'}${audioTracks.length > 1 ? `; track ${audio?.track} of ${audioTracks.length}, counted from 0` : ''}`,
    ...notices.map((notice) => `Note   ${notice}`),
  ];
}

/** One line each: none of the record's texts may pass for a line of ours. */
function describeRecord(file: string, record: Provenance | undefined): string[] {
  if (!record) return ['Not made by Frameloom, or its record was removed.'];
  const { kind, model, version, device, prompt, negativePrompt, seed, source, settings, digitalSourceType, created } = record;
  const { scheduler, ...others } = settings as { scheduler?: { name?: unknown; config?: unknown; options?: unknown } | null };
  return [
    `AI-${kind} with Frameloom ${short(version)}, model ${short(model)}, ${short(created)}`,
    `Prompt    ${short(prompt)}`,
    ...(negativePrompt ? [`Negative  ${short(negativePrompt)}`] : []),
    ...(source ? [`Source    ${short(source.name)}, sha256 ${short(source.sha256)}`] : []),
    `Seed      ${seed}`,
    ...(device ? [`Device    ${short(device)}`] : []),
    `Scheduler ${short(typeof scheduler?.name === 'string' ? scheduler.name : 'unknown')}`,
    ...knobsOf(scheduler?.config, scheduler?.options).map((knob) => `          ${short(knob)}`),
    ...Object.entries(others).map(([name, value]) => `          ${short(name)} ${short(JSON.stringify(value))}`),
    `IPTC digital source type ${short(digitalSourceType)}`,
    '',
    again(file, record),
  ];
}

/** The knobs of a scheduler that are set to something: its settings, then those of the run. */
function knobsOf(...records: readonly unknown[]): string[] {
  const knobs = records.flatMap((record) => (typeof record === 'object' && record !== null ? Object.entries(record) : []));
  return knobs.flatMap(([name, value]) => (value === null || value === false ? [] : [`${name} ${JSON.stringify(value)}`]));
}

/** How the video is made again: by us, unless a program's own editing method made it. */
function again(file: string, record: Provenance): string {
  try {
    checkSettings(record);
  } catch (error) {
    const { method } = record.settings;
    if (typeof method === 'string' && error instanceof Error && error.message.includes('defineMethod')) {
      return `Only the program that defines the editing method ${short(JSON.stringify(method))} can make it again.`;
    }
  }
  return `Make it again: ${againCommand(file, record)}`;
}

/** The command that the person may paste: what comes out of the file is quoted, and is a name in this folder, no path. */
function againCommand(file: string, { source, kind }: Provenance): string {
  const name = source?.name.split(/[/\\]/).at(-1) || 'SOURCE';
  return [
    'frameloom inspect',
    shellQuoted(shown(file)),
    '--rerun again.mp4',
    ...(kind === 'edited' ? ['--source', shellQuoted(name)] : []),
  ].join(' ');
}

/** Longest text of a record that is shown; `--json` gives all of it. */
const LONGEST = 2000;

function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
