import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { PREVIEW_MIME } from '../../src/shared/outputs/index.js';
import { closeAll, openNotebook, runCell, settled, startCell, theExtension, until } from '../../test/vscode/inHost/notebooks.js';

const setUp = `import { LatentDiffusionModel, Video } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('red-car.mp4', { maxFrames: 8 });`;
const edit = "await model.editVideo(clip, 'a big green car moving right on a blue background', { numInferenceSteps: 100, seed: 1 });";
const printing =
  'const until = Date.now() + 3000; while (Date.now() < until) ;\nfor (let i = 0; i < 10_000; i++) console.log(`line ${i}`);';

/** Called by VS Code (`extensionTestsPath`): measures inside the extension host and writes the numbers, in ms, as JSON. */
export async function run(): Promise<void> {
  const { activationMs } = await theExtension();
  const first = await firstPreview();
  const numbers = { activationMs, cellRoundTripMs: await roundTrip(), firstPreviewMs: first, longestTurnMs: await longestTurn() };
  writeFileSync(process.env.FRAMELOOM_BENCH_REPORT!, JSON.stringify(numbers));
}

/** From Run to a picture of the unfinished clip in the document, with the model loaded. */
async function firstPreview(): Promise<number> {
  const notebook = await openNotebook([setUp, edit], 'first-preview');
  await runCell(notebook, 0);
  const began = performance.now();
  await startCell(notebook, 1);
  await until('a preview is there', () => notebook.cellAt(1).outputs.some(({ items }) => items.some(({ mime }) => mime === PREVIEW_MIME)));
  const ms = performance.now() - began;
  await vscode.commands.executeCommand('notebook.cancelExecution', { ranges: [{ start: 1, end: 2 }], document: notebook.uri });
  await settled(notebook);
  await closeAll();
  return ms;
}

/** Median of a small cell, from the command to its end in the document: mostly VS Code's own time. */
async function roundTrip(): Promise<number> {
  const notebook = await openNotebook(['1 + 1'], 'round-trip');
  await runCell(notebook, 0);
  const times: number[] = [];
  for (let i = 0; i < 11; i++) {
    const began = performance.now();
    await runCell(notebook, 0);
    times.push(performance.now() - began);
  }
  await closeAll();
  return times.sort((a, b) => a - b)[5]!;
}

/** The longest time that the extension host's event loop stood still while a cell ran a tight loop and printed a lot. */
async function longestTurn(): Promise<number> {
  const notebook = await openNotebook([printing], 'printing');
  await runCell(notebook, 0);
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 5);
    last = now;
  }, 5);
  await runCell(notebook, 0);
  clearInterval(timer);
  await closeAll();
  return longest;
}
