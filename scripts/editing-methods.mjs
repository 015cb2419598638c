// Draws from the files of src/pipeline/editing/methods/ what lists them: their index, and the tables of docs/editing-methods.md.
//   node --import=tsx scripts/editing-methods.mjs            writes both
//   node --import=tsx scripts/editing-methods.mjs --check    ends with 1 when one is not what the files say
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import prettier from 'prettier';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.join(root, 'src', 'pipeline', 'editing', 'methods');
const index = path.join(folder, 'index.ts');
const page = path.join(root, 'docs', 'editing-methods.md');
const [begin, end] = ['<!-- The rest is made from the methods by: npm run editing-methods -->', '<!-- end -->'];

/** `methods/index.ts`: every file exports one method and, where it has settings of its own, their interface. */
async function indexOfMethods() {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
    .sort();
  const found = files.map((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const method = /^export const (\w+) = defineMethod\b/m.exec(text)?.[1];
    const name = /^ {2}name: '([^']+)',$/m.exec(text)?.[1];
    if (!method || !name)
      throw new Error(`${path.relative(root, path.join(folder, file))} must say: export const … = defineMethod({ name: '…', …`);
    return { file: file.replace(/\.ts$/, '.js'), method, name, settings: /^export interface (\w+Settings) /m.exec(text)?.[1] };
  });
  const settings = found.flatMap((method) => method.settings ?? []);
  const text = `${found.map(({ file, method, settings: type }) => `import { ${method}${type ? `, type ${type}` : ''} } from './${file}';`).join('\n')}

/** The library's editing methods by name. This file is made by \`npm run editing-methods\` out of the others in its folder. */
export const editingMethods = { ${found.map(({ method, name }) => (method === name ? name : `'${name}': ${method}`)).join(', ')} } as const;

/** The name of an editing method. */
export type EditingMethodName = ${found.map(({ name }) => `'${name}'`).join(' | ')};

/** The settings of all methods together. */
export type SettingsOfMethods = ${settings.join(' & ') || 'object'};
`;
  return prettier.format(text, { ...(await prettier.resolveConfig(index)), filepath: index });
}

/** The page: what stands above the mark as it is, below it a table of the methods and one of each method's options. */
async function pageOfMethods() {
  const { editingMethods } = await import(pathToFileURL(index).href);
  const methods = Object.values(editingMethods);
  const needs = ({ invertsSource, replaysNoise }) =>
    invertsSource
      ? 'a scheduler that can be run backwards (DDIM)'
      : replaysNoise
        ? 'a scheduler that adds noise at every step (DDIM, DDPM, Euler ancestral, DPM++ 2M SDE)'
        : '';
  const rows = methods.map((method) => [
    `\`${method.name}\``,
    `${method.title}: ${method.about}`,
    method.suits,
    method.strength,
    method.keepsSource ? 'yes' : '',
    method.cost ?? '',
    needs(method),
    (method.takesByFrame ?? []).map((option) => `\`${option}\``).join(', '),
    method.paper,
  ]);
  const parts = [
    table(
      [
        'method',
        'what it does',
        'good for',
        'strength',
        'keeps the rest by a mask',
        'UNet calls, with guidance',
        'needs',
        'may differ from frame to frame',
        'source',
      ],
      rows,
    ),
  ];
  for (const { name, title, options } of methods) {
    const lines = Object.entries(options).map(([option, { about, takes, default: preset }]) => [
      `\`${option}\``,
      `\`${flagOf(option, takes, preset)}\``,
      valueOf(takes),
      preset === undefined ? '' : `\`${preset}\``,
      about,
    ]);
    if (lines.length > 0)
      parts.push(`### ${title} (\`${name}\`)\n\n${table(['option', 'command line', 'values', 'by default', 'what it does'], lines)}`);
  }
  const text = readFileSync(page, 'utf8');
  return `${text.slice(0, text.indexOf(begin))}${begin}\n\n${parts.join('\n\n')}\n\n${end}\n`;
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function flagOf(option, takes, preset) {
  const dashed = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (takes === 'nothing') return preset === true ? `--no-${dashed}` : `--${dashed}`;
  return `--${dashed} ${takes === 'number' ? '<n>' : takes === 'text' ? '<text>' : '<word>'}`;
}

function valueOf(takes) {
  if (takes === 'nothing') return 'true or false';
  return Array.isArray(takes) ? takes.map((word) => `\`${word}\``).join(', ') : `a ${takes}`;
}

const check = process.argv.includes('--check');
for (const [file, make] of [
  [index, indexOfMethods],
  [page, pageOfMethods],
]) {
  const wanted = await make();
  if (!check) writeFileSync(file, wanted);
  else if (readFileSync(file, 'utf8') !== wanted) {
    console.error(`${path.relative(root, file)} is not what the methods say. Run: npm run editing-methods`);
    process.exitCode = 1;
  }
}
