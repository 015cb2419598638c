// Draws docs/schedulers.md from the files of src/pipeline/schedulers/: a row for each class, with what its doc comment and its static members say.
//   node --import=tsx scripts/schedulers.mjs            writes the page
//   node --import=tsx scripts/schedulers.mjs --check    ends with 1 when it is not what the files say
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.join(root, 'src', 'pipeline', 'schedulers');
const page = path.join(root, 'docs', 'schedulers.md');
const begin = '<!-- The rest is made from the schedulers by: npm run schedulers -->';

const load = (name) => import(pathToFileURL(path.join(folder, name)).href);
const { schedulerClasses, schedulerCapabilities } = await load('registry.ts');
const { shortNames } = await load('schedulerNames.ts');

/** The paragraphs above each class, without line ends. */
const comments = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(path.join(folder, name), 'utf8').matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport class (\w+)/g)])
    .map(([, comment, name]) => [
      name,
      comment
        .replaceAll(/^\s*\*? ?/gm, '')
        .trim()
        .split('\n\n')
        .map(oneLine),
    ]),
);

const capabilities = Object.keys(schedulerClasses).map((name) => schedulerCapabilities(name));

/** Settings that most classes have: the model's noise schedule. They stand on the page once. */
const common = Object.keys(capabilities[0].settings).filter(
  (setting) => capabilities.filter(({ settings }) => Object.hasOwn(settings, setting)).length > capabilities.length / 2,
);

const rows = capabilities.map(({ name, settings, runKnobs, order, isInvertible }) => {
  const [what, source] = comments[name] ?? [];
  if (!what || !source)
    throw new Error(`The class ${name} needs a doc comment of two paragraphs: what it is, and the paper that it follows.`);
  const short = Object.entries(shortNames).flatMap(([alias, sampler]) => (sampler.name === name ? [`\`${alias}\``] : []));
  const own = Object.entries(settings).filter(([setting]) => !common.includes(setting));
  return [
    `\`${name}\``,
    short.join(', '),
    what.replaceAll(/\{@link (\w+)\}/g, '`$1`'),
    own.map(([setting, value]) => `\`${setting}\` ${JSON.stringify(value)}`).join(', '),
    runKnobs.map((knob) => `\`${knob}\``).join(', '),
    order,
    isInvertible ? 'yes' : '',
    source.replaceAll(/\{@link (\w+)\}/g, '`$1`'),
  ];
});

const text = readFileSync(page, 'utf8');
const wanted = `${text.slice(0, text.indexOf(begin))}${begin}

Settings of the model's noise schedule, which nearly all have: ${common.map((setting) => `\`${setting}\``).join(', ')}.

${table(['class', 'short names', 'what it is', 'further settings, with their defaults', 'knobs of a run', 'calls a step', 'can be run backwards', 'source'], rows)}
`;
if (!process.argv.includes('--check')) writeFileSync(page, wanted);
else if (text !== wanted) {
  console.error('docs/schedulers.md is not what the schedulers say. Run: npm run schedulers');
  process.exitCode = 1;
}

function oneLine(paragraph) {
  return paragraph.replaceAll(/\s*\n\s*/g, ' ');
}

function table(heads, lines) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...lines.map(line)].join('\n');
}
