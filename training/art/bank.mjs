// Renders the subjects' drawings to one bank of RGBA pictures, with the licence of each.
//   node art/bank.mjs FOLDER OUT [SET …]
// FOLDER is where the icon sets (npm packages @iconify-json/SET; default fluent-emoji-flat) and @resvg/resvg-js are installed.
// OUT receives bank.rgba (SIDE × SIDE × 4 bytes a drawing, one after the other) and bank.json.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const SIDE = 96;
const [folder, out, ...named] = process.argv.slice(2);
if (!folder || !out) throw new Error('Usage: node art/bank.mjs FOLDER OUT [SET …]');
const sets = named.length > 0 ? named : ['fluent-emoji-flat'];
const packages = createRequire(path.join(path.resolve(folder), 'package.json'));
const { Resvg } = packages('@resvg/resvg-js');
const subjects = JSON.parse(readFileSync(new URL('subjects.json', import.meta.url), 'utf8'));

const drawings = [];
const pictures = [];
for (const set of sets) {
  const art = packages(`@iconify-json/${set}/icons.json`);
  const { author, license } = packages(`@iconify-json/${set}/info.json`);
  for (const [subject, { icon }] of Object.entries(subjects)) {
    const drawn = art.icons[icon];
    if (!drawn) {
      console.error(`${set} has no "${icon}": ${subject} is left out of this set`);
      continue;
    }
    const [width, height] = [drawn.width ?? art.width ?? 16, drawn.height ?? art.height ?? 16];
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${SIDE}" height="${SIDE}">${drawn.body}</svg>`;
    pictures.push(Buffer.from(new Resvg(svg).render().pixels));
    drawings.push({ subject, set, icon, licence: license.spdx, by: author.name });
  }
}
mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, 'bank.rgba'), Buffer.concat(pictures));
writeFileSync(path.join(out, 'bank.json'), `${JSON.stringify({ side: SIDE, drawings }, null, 1)}\n`);
console.log(`${drawings.length} drawings of ${Object.keys(subjects).length} subjects`);
