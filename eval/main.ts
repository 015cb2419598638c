// npm run eval [-- --json] [--quick] [--model FOLDER] [--judge FOLDER] [--told-apart FOLDER] [--count N] [--edits N] [--changes subject,colour,background] [--masks N] [--no-source-prompt] [--long] [--generate-options JSON] [--edit-options JSON]
// Measures a model on held-out combinations, through the library alone: what it generates, what it makes of edits.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type EditVideoOptions, type GenerateVideoOptions, LatentDiffusionModel } from '../src/index.js';
import { judgeEdits } from './edits.js';
import { judgeGenerated, judgeReal, megabytes } from './generated.js';
import { type Change, readHeldOut } from './heldOut.js';
import { chance, Judge } from './judge.js';
import { judgeMasks } from './masks.js';
import { printTable } from './table.js';
import { shareToldApart, ToldApart } from './toldApart.js';

/** Clips generated, and edits (and masks found by themselves) of each kind: the whole evaluation takes half an hour on two cores, the quick one under four minutes. */
const WHOLE = { count: 200, edits: 48 };
const QUICK = { count: 24, edits: 8 };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      quick: { type: 'boolean' },
      model: { type: 'string', default: 'motion-stickers' },
      judge: { type: 'string', default: path.join(__dirname, 'judge') },
      count: { type: 'string' },
      edits: { type: 'string' },
      changes: { type: 'string', default: 'subject,colour,background' },
      masks: { type: 'string' },
      'told-apart': { type: 'string', default: path.join(__dirname, 'told-apart') },
      'no-source-prompt': { type: 'boolean' },
      long: { type: 'boolean' },
      'generate-options': { type: 'string', default: '{}' },
      'edit-options': { type: 'string', default: '{}' },
    },
  });
  const size = values.quick ? QUICK : WHOLE;
  const count = Number(values.count ?? size.count);
  const report = (line: string) => void process.stderr.write(`${line}\n`);
  const { prompts, clips } = await readHeldOut(values.long ? 'long' : 'usual');
  const judge = await Judge.load(values.judge);
  const toldApart = await ToldApart.load(values['told-apart']);
  const model = await LatentDiffusionModel.fromPretrained(values.model);
  const asked = prompts.slice(0, count);

  const drawn = await judgeReal(model, judge, toldApart, clips);
  const made =
    count > 0
      ? await judgeGenerated(model, judge, toldApart, asked, clips, JSON.parse(values['generate-options']) as GenerateVideoOptions, report)
      : undefined;
  const edits = Number(values.edits ?? size.edits);
  const settings = {
    changes: values.changes.split(',') as Change[],
    count: edits,
    sourcePrompt: !values['no-source-prompt'],
    options: JSON.parse(values['edit-options']) as EditVideoOptions,
  };
  const edit = edits > 0 ? await judgeEdits(model, judge, clips, settings, report) : undefined;
  const masks = Number(values.masks ?? edits);
  const found = masks > 0 ? await judgeMasks(model, clips, { changes: settings.changes, count: masks }, report) : undefined;
  const result = {
    n: asked.length,
    real: drawn.real,
    generated: made?.generated,
    chance: chance(asked.length > 0 ? asked : clips),
    noEffect: { real: drawn.noEffect, generated: made?.noEffect },
    edit,
    masks: found,
    vaePSNR: drawn.vaePSNR,
    flicker: { real: drawn.flicker, generated: made?.flicker },
    toldApart: made && shareToldApart({ drawn: drawn.lookGenerated, generated: made.lookGenerated }),
    looks: { generated: made?.looks, passed: drawn.looks },
    modelMB: await megabytes(model.directory),
    secondsPerClip: made?.secondsPerClip,
  };
  await model.release();
  if (values.json)
    process.stdout.write(
      `${JSON.stringify(result, (_, value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(3)) : value))}\n`,
    );
  else printTable(model.name, result);
}

void main();
