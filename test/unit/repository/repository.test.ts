import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import packageJson from '../../../package.json';
import { libraryEntries } from '../../../src/shared/cells/cellOptions.js';

const root = path.join(__dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

describe('the package', () => {
  it('gives cells of notebooks the same entries as programs', () => {
    const entries = Object.keys(packageJson.exports)
      .filter((name) => name !== './package.json')
      .map((name) => name.replace(/^\./, 'frameloom'));
    assert.deepEqual(Object.keys(libraryEntries).sort(), entries.sort());
  });
});

describe('the repository, as a newcomer finds it', () => {
  it('has every script that its pages, tasks and workflows name', () => {
    const files = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs', '.github', '.vscode'].flatMap(filesIn);
    const missing = files.flatMap((file) => {
      const text = read(file);
      const ofNpm = [...text.matchAll(/npm run ([\w:-]+)|"script": "([^"]+)"|"npm: ([^"]+)"/g)].map(([, ...names]) => names.find(Boolean)!);
      const ofNode = [...text.matchAll(/\b((?:scripts|test)\/[\w/-]+\.mjs)\b/g)].map(([, name]) => name!);
      return [
        ...ofNpm.filter((name) => !(name in packageJson.scripts)),
        ...ofNode.filter((name) => !existsSync(path.join(root, name))),
      ].map((name) => `${file}: ${name}`);
    });
    assert.deepEqual(missing, []);
  });

  it('ships what README shows and links to, in the npm package and in the VSIX', async () => {
    const { parts } = (await import(pathToFileURL(path.join(root, 'scripts', 'package.mjs')).href)) as { parts: readonly string[] };
    const links = [...read('README.md').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, link]) => link!);
    assert.ok(links.length >= 8, `README links to ${links.length} files`);
    // npm takes README and LICENSE along by itself.
    const inPackage = [...packageJson.files, 'README.md', 'LICENSE'];
    const ships = (list: readonly string[], link: string) => list.some((part) => link === part || link.startsWith(`${part}/`));
    assert.deepEqual(
      links.filter((link) => !existsSync(path.join(root, link)) || !ships(inPackage, link) || !ships(parts, link)),
      [],
    );
  });
});

/** The text files of a file or folder, as paths from the root. */
function filesIn(place: string): string[] {
  if (!statSync(path.join(root, place)).isDirectory()) return [place];
  const names = readdirSync(path.join(root, place), { recursive: true, encoding: 'utf8' });
  // docs/api is made by `npm run docs` and not of the repository.
  return names
    .filter((name) => /\.(md|ya?ml|json)$/.test(name) && !name.startsWith('api'))
    .map((name) => path.posix.join(place, name.replaceAll(path.sep, '/')));
}
