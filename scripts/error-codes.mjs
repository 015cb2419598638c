// Lists the codes of all errors with their messages, as the source has them, in docs/error-codes.md.
//   node scripts/error-codes.mjs           writes the page
//   node scripts/error-codes.mjs --check   ends with 1 when the page is not what the source says
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const page = path.join(root, 'docs', 'error-codes.md');

/** What the second word of a code stands for, in the order of the page. */
const areas = {
  ABORTED: 'Any call',
  ARGUMENT: 'Any call',
  TIME: 'Any call',
  INTERRUPTED: 'Any call',
  VIDEO: 'Videos',
  FFMPEG: 'Videos',
  MODEL: 'Models',
  ONNX: 'Models',
  CHECKPOINT: 'Models',
  LORA: 'Models',
  ATTENTION: 'Models',
  SCHEDULER: 'Schedulers',
  TENSOR: 'Runs',
  GUIDANCE: 'Runs',
  CALLBACK: 'Runs',
  RERUN: 'Runs',
  MASK: 'Runs',
  SHARD: 'Runs',
  CAPTURE: 'Captured runs',
  DISPLAY: 'Notebooks',
  KERNEL: 'Notebooks',
  NOTEBOOK: 'Notebooks',
  USAGE: 'Command line',
};

/** The area of codes whose second word is not named above. */
const others = 'Others';

/** Stands where whoever throws gives the message whole. */
const unspelt = 'Says what is wrong there.';

const intro = `# Error codes

<!-- Made from the source by: npm run error-codes -->

Every error that Frameloom raises on purpose is a \`FrameloomError\` whose \`code\` never changes; the message is for people and may. Catch by the code:

    try {
      await Video.open('clip.mp4');
    } catch (error) {
      if (error instanceof FrameloomError && error.code === 'FL_VIDEO_NOT_FOUND') …
    }

On the command line the area decides the exit code: 2 for a wrong option, 3 for videos and notebooks, 4 for models, 5 for results that cannot be
written, 130 after Ctrl-C. Below, … stands for what the message names at that place.
`;

/** The page, from the source. */
export function errorCodesPage() {
  const messages = new Map();
  for (const file of sourceFiles()) collect(file, messages);
  const sections = [...new Set([...Object.values(areas), others])].map((area) => {
    const codes = [...messages.keys()].filter((code) => areaOf(code) === area).sort();
    if (codes.length === 0) return '';
    const rows = codes.map((code) => `| \`${code}\` | ${[...messages.get(code)].sort().map(escaped).join('<br>')} |`);
    return `## ${area}\n\n| code | message |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return [intro, ...sections.filter(Boolean)].join('\n');
}

function sourceFiles() {
  const source = path.join(root, 'src');
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')).map((name) => path.join(source, name));
}

function areaOf(code) {
  return areas[code.split('_')[1]] ?? others;
}

/** Adds what one file makes: `new SomeError('FL_…', message)`, `super('FL_…', message)`, `code = 'FL_…'`. */
function collect(file, messages) {
  const text = readFileSync(file, 'utf8');
  if (!text.includes("'FL_")) return;
  const visit = (node) => {
    const [code, message] = made(node);
    if (code) messages.set(code, (messages.get(code) ?? new Set()).add(message ? said(message) : unspelt));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
}

/** The code and the expression of the message that a node gives an error; nothing for other nodes. */
function made(node) {
  if (ts.isPropertyDeclaration(node) && node.name.getText() === 'code' && node.initializer && isCode(node.initializer))
    return [node.initializer.text, superMessage(node.parent)];
  const isError = ts.isNewExpression(node) || (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword);
  const [first, second] = (isError && node.arguments) || [];
  return first && isCode(first) ? [first.text, second] : [];
}

/** What the constructor of a class hands to `Error`. */
function superMessage(node) {
  const calls = node.members.filter(ts.isConstructorDeclaration).flatMap(({ body }) => body?.statements ?? []);
  return calls.map((statement) => statement.expression).find((call) => call?.expression?.kind === ts.SyntaxKind.SuperKeyword)?.arguments[0];
}

function isCode(node) {
  return ts.isStringLiteral(node) && /^FL_[A-Z_]+$/.test(node.text);
}

/** A message as far as the source spells it; empty where a caller gives it whole. */
function said(node) {
  const text = spelt(node)
    .replaceAll(/(… ?)+…/g, '…')
    .trim();
  return /\p{Letter}{2}/u.test(text) ? text : unspelt;
}

function spelt(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return spelt(node.left) + spelt(node.right);
  if (ts.isParenthesizedExpression(node)) return spelt(node.expression);
  if (ts.isConditionalExpression(node)) return `${spelt(node.whenTrue)} *or* ${spelt(node.whenFalse)}`;
  return given(node) ?? '…';
}

/** A constructor's `message` that has a default is spelt there. */
function given(node) {
  if (!ts.isIdentifier(node)) return undefined;
  const { parameters } = ts.findAncestor(node, ts.isConstructorDeclaration) ?? { parameters: [] };
  const spelled = parameters.find(({ name }) => name.getText() === node.text)?.initializer;
  return spelled && spelt(spelled);
}

function escaped(text) {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ');
}

if (process.argv[1] && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) {
  const wanted = errorCodesPage();
  if (!process.argv.includes('--check')) writeFileSync(page, wanted);
  else if (readFileSync(page, 'utf8') !== wanted) {
    console.error('docs/error-codes.md is not what the source says. Run: npm run error-codes');
    process.exitCode = 1;
  }
}
