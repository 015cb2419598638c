// Our npm package carries ONNX Runtime's package inside it (bundleDependencies in package.json), without that package's install
// script: the script looks for CUDA at NuGet on every Linux machine and fails the whole installation where NuGet cannot be reached.
// The binaries are in the package already. scripts/build.mjs calls this, so that whatever is packed has passed through here.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Takes the scripts out of the installed onnxruntime-node's package.json; a fresh `npm ci` puts them back. */
export function withoutInstallScript() {
  const file = path.join(root, 'node_modules', 'onnxruntime-node', 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  if (manifest.scripts === undefined && manifest.devDependencies === undefined) return;
  delete manifest.scripts;
  delete manifest.devDependencies;
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
