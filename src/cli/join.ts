import type { Command } from 'commander';
import { joinShards, openRecordedSource, type SavedVideo, Video } from '../library.js';
import { interruptSignal } from './interrupt.js';
import { addMaskFlags, type MaskFlags, maskOf, openMask } from './maskFlags.js';
import { prepareOutputs } from './outputs.js';
import { shown } from './summary.js';
import { print, printJson, remark } from './terminal.js';

interface JoinFlags extends MaskFlags {
  output: string;
  source: string;
  audio?: boolean;
  json?: boolean;
}

/** `frameloom join -o OUT --source IN PART…` */
export function registerJoin(program: Command): void {
  const command = program
    .command('join')
    .description('join the parts of a video that was edited with --shard to what one machine would have made')
    .argument('<parts...>', 'the parts, all of them, in any order')
    .requiredOption('-o, --output <file>', 'the result: .mp4, .mov, .mkv, .webm, .gif, .apng, or frames/%04d.png')
    .requiredOption('--source <file>', 'the video that was edited: its sound, and its own pixels where they stay')
    .option('--no-audio', "leave the source's sound out")
    .option('--json', 'print one line of JSON about the result on stdout, and nothing else there')
    .addHelpText('after', '\nA mask has to be given again only where --mask named a file.');
  addMaskFlags(command);
  command.action(join);
}

async function join(files: readonly string[], flags: JoinFlags): Promise<void> {
  const signal = interruptSignal();
  const reading = { signal, onNotice: remark };
  const takeAway = await prepareOutputs([{ option: '--output', file: flags.output }], [flags.source, flags.mask, ...files]);
  const opened: Video[] = [];
  try {
    const parts: Video[] = [];
    for (const file of files) {
      const part = await Video.open(file, reading);
      opened.push(part);
      parts.push(part);
    }
    const source = parts[0]!.provenance?.source;
    const clip = await openRecordedSource(source, flags.source, reading);
    opened.push(clip);
    const maskClip = await openMask(flags.mask, { start: source?.start, end: source?.end, fps: source?.fps, ...reading });
    if (maskClip) opened.push(maskClip);
    const joined = await joinShards(clip, parts, { mask: maskOf(flags, maskClip), signal });
    opened.push(joined);
    printJoined(await joined.save(flags.output, { audio: flags.audio, signal }), parts.length, flags);
  } finally {
    for (const each of opened.reverse()) await each.close();
    await takeAway();
  }
}

function printJoined({ path, frames, width, height, fps, audio }: SavedVideo, parts: number, { json }: JoinFlags): void {
  if (json) printJson({ output: path, frames, width, height, fps, audio, parts });
  else
    print(
      `Wrote ${shown(path)}: ${frames} ${frames === 1 ? 'frame' : 'frames'} of ${width} × ${height} at ${Number(fps.toFixed(3))} fps, joined of ${parts} parts.`,
    );
}
