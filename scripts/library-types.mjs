// Makes the published types of the library: one index.d.ts with a declaration map that leads into src/, and a few lines for each subpath.
//   node scripts/library-types.mjs FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { publicNames } from './library-face.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Writes the types of all entries into `folder`, for `import` (.d.mts) and `require` (.d.ts): the first only points to the second. */
export async function writeTypes(folder) {
  mkdirSync(folder, { recursive: true });
  const bundle = await rollup({
    input: path.join(root, 'src', 'index.ts'),
    plugins: [dts({ sourcemap: true, tsconfig: path.join(root, 'tsconfig.types.json') })],
    external: /^node:/,
    onwarn: ({ message }) => {
      throw new Error(`scripts/library-types.mjs: ${message}`);
    },
  });
  await bundle.write({ file: path.join(folder, 'index.d.ts'), format: 'es', sourcemap: true, sourcemapExcludeSources: true });
  for (const [entry, names] of Object.entries(publicNames())) {
    if (entry !== 'index') writeFileSync(path.join(folder, `${entry}.d.ts`), fromIndex(names));
    writeFileSync(path.join(folder, `${entry}.d.mts`), `export * from './${entry}.js';\n`);
  }
}

/** A list of names as one that takes them from index.d.ts. */
function fromIndex(names) {
  return `export {\n${names.map(({ name, isType }) => `  ${isType ? 'type ' : ''}${name},\n`).join('')}} from './index.js';\n`;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === path.resolve(process.argv[1]))
  await writeTypes(path.resolve(process.argv[2] ?? 'dist/types'));
