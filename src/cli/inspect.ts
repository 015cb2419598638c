import type { Command } from 'commander';
import { FrameloomError, LatentDiffusionModel, type Provenance, readProvenance, rerun, Video } from '../pipeline/index.js';
import { interruptSignal } from './interrupt.js';
import { prepareOutputs } from './outputs.js';
import { ProgressDisplay } from './progressDisplay.js';
import { shown } from './summary.js';

interface InspectFlags {
  json?: boolean;
  rerun?: string;
  source?: string;
}

/** `frameloom inspect FILE` */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('say what a video holds and, if Frameloom made it, how; can make it again')
    .argument('<file>', 'a video')
    .option('--rerun <file>', 'make it again with the recorded settings and write it here')
    .option('--source <file>', 'the clip that was edited, where it has moved since')
    .option('--json', 'print one line of JSON')
    .action(inspect);
}

async function inspect(file: string, flags: InspectFlags): Promise<void> {
  if (flags.source !== undefined && flags.rerun === undefined) throw new FrameloomError('FL_USAGE', '--source names the clip to make a video again from, so it goes with --rerun.');
  const record = await readProvenance(file);
  if (flags.rerun !== undefined) {
    await makeAgain(file, requireRecord(file, record), flags.rerun, flags.source);
    return;
  }
  const clip = await Video.open(file);
  const { info } = clip;
  await clip.close();
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ video: info, provenance: record ?? null })}\n`);
    return;
  }
  process.stdout.write(`${[...describeVideo(info!), '', ...describeRecord(file, record)].join('\n')}\n`);
}

function describeVideo(info: NonNullable<Video['info']>): string[] {
  const { codec, pixelFormat, width, height, fps, frameCount, duration, audio, container } = info;
  const frames = frameCount === undefined ? '' : `, ${frameCount} frames`;
  return [
    `Video  ${codec} (${pixelFormat}) in ${container}, ${width} × ${height}, ${Number(fps.toFixed(3))} fps${frames}, ${duration.toFixed(2)} s`,
    `Sound  ${audio ? `${audio.codec}, ${audio.channels} channels, ${audio.sampleRate} Hz` : 'none'}`,
  ];
}

function describeRecord(file: string, record: Provenance | undefined): string[] {
  if (!record) return ['Not made by Frameloom, or its record was removed.'];
  const { kind, model, version, prompt, negativePrompt, seed, source, settings, digitalSourceType, created } = record;
  const { scheduler, ...others } = settings as { scheduler?: { name: string } };
  return [
    `AI-${kind} with Frameloom ${version}, model ${model}, ${created}`,
    `Prompt    ${prompt}`,
    ...(negativePrompt ? [`Negative  ${negativePrompt}`] : []),
    ...(source ? [`Source    ${source.name}, sha256 ${source.sha256}`] : []),
    `Seed      ${seed}`,
    `Scheduler ${scheduler?.name ?? 'unknown'}`,
    ...Object.entries(others).map(([name, value]) => `          ${name} ${JSON.stringify(value)}`),
    `IPTC digital source type ${digitalSourceType}`,
    '',
    `Make it again: frameloom inspect ${shown(file)} --rerun again.mp4${source ? ` --source ${source.name}` : ''}`,
  ];
}

async function makeAgain(file: string, record: Provenance, output: string, source: string | undefined): Promise<void> {
  const signal = interruptSignal();
  const takeAway = await prepareOutputs([{ option: '--rerun', file: output }], [file, source ?? record.source?.name]);
  try {
    const clip = record.kind === 'edited' ? await openSource(record, source) : undefined;
    const model = await LatentDiffusionModel.fromPretrained(record.model);
    const display = new ProgressDisplay();
    const result = await rerun(model, record, clip, { signal, onProgress: display.report, onNotice: display.notice }).finally(() => display.clear());
    const saved = await result.save(output, { signal });
    process.stdout.write(`Wrote ${shown(saved.path)}, made with the settings of ${shown(file)}.\n`);
    await result.close();
    await clip?.close();
  } finally {
    await takeAway();
  }
}

async function openSource({ source }: Provenance, given: string | undefined): Promise<Video> {
  const name = given ?? source?.name;
  if (!source || !name) throw new FrameloomError('FL_USAGE', 'The record names no source file. Give the clip that was edited with --source.');
  const { start, end, fps } = source;
  const clip = await Video.open(name, { start, end, fps }).catch((error: unknown) => {
    if (given === undefined && error instanceof FrameloomError && error.code === 'FL_VIDEO_NOT_FOUND') {
      throw new FrameloomError('FL_USAGE', `The clip that was edited, ${name}, is not in this folder. Say where it is with --source.`, { cause: error });
    }
    throw error;
  });
  if ((await clip.describeSource())?.sha256 !== source.sha256) process.stderr.write(`${name} is not the file that was edited (its SHA-256 differs); the result will differ too.\n`);
  return clip;
}

function requireRecord(file: string, record: Provenance | undefined): Provenance {
  if (record) return record;
  throw new FrameloomError('FL_USAGE', `${file} holds no record of how it was made, so it cannot be made again.`);
}
