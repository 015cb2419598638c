/*
 * Draws the sample clips of this folder: stickers that move over simple backgrounds, 3 seconds at
 * 8 frames a second, 256 x 256 pixels.
 *
 *   npm install --prefix <folder> @iconify-json/fluent-emoji-flat @resvg/resvg-js
 *   node media/samples/make-samples.mjs <folder>
 *
 * Needs ffmpeg on PATH. Nothing here is needed to build, test or use Frameloom.
 */
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const size = 256;
const fps = 8;
const frames = 24;
const here = dirname(fileURLToPath(import.meta.url));
const packages = createRequire(join(resolve(process.argv[2] ?? '.'), 'package.json'));
const { Resvg } = packages('@resvg/resvg-js');
const art = packages('@iconify-json/fluent-emoji-flat/icons.json');

/** One sticker, drawn around its centre. `scale` is its size as a share of the picture. */
function sticker(name, { x = 0.5, y = 0.5, scale = 0.65, turn = 0, flip = false, squash = 1 }) {
  const icon = art.icons[name];
  const factor = (scale * size) / (icon.width ?? art.width ?? 32);
  const half = (icon.width ?? art.width ?? 32) / 2;
  const body = icon.body.replaceAll(/id="([^"]+)"/g, `id="${name}-$1"`).replaceAll(/url\(#([^)]+)\)/g, `url(#${name}-$1)`);
  return `<g transform="translate(${x * size} ${y * size}) rotate(${turn}) scale(${(flip ? -1 : 1) * factor / Math.sqrt(squash)} ${factor * Math.sqrt(squash)}) translate(${-half} ${-half})">${body}</g>`;
}

const plain = (colour) => `<rect width="${size}" height="${size}" fill="${colour}"/>`;

/** The same stars each time, falling by `shift` pictures and entering again at the top. */
function space(shift) {
  let seed = 7;
  const random = () => ((seed = (seed * 16807) % 2147483647) / 2147483647);
  const stars = Array.from({ length: 60 }, () => {
    const [x, y, near] = [random(), random(), random()];
    const down = (y + shift * (near > 0.6 ? 2 : 1)) % 1;
    return `<circle cx="${x * size}" cy="${down * size}" r="${0.7 + near * 1.5}" fill="#fff" opacity="${0.4 + near * 0.6}"/>`;
  });
  return plain('#10123a') + stars.join('');
}

function meadow() {
  const blossoms = [[30, 226, '#ffd23f'], [72, 240, '#ffffff'], [120, 232, '#ff7ab6'], [176, 243, '#ffd23f'], [214, 228, '#ffffff'], [240, 244, '#ff7ab6']]
    .map(([x, y, colour]) => `<circle cx="${x}" cy="${y}" r="4.5" fill="${colour}"/><circle cx="${x}" cy="${y}" r="1.8" fill="#e08a00"/>`);
  return `${plain('#8fd3ff')}<circle cx="212" cy="42" r="22" fill="#ffe27a"/><ellipse cx="70" cy="214" rx="150" ry="48" fill="#6cc24a"/><ellipse cx="210" cy="220" rx="140" ry="52" fill="#5bb53c"/><rect y="206" width="${size}" height="50" fill="#5bb53c"/>${blossoms.join('')}`;
}

/** A hop: 0 on the ground, 1 at the top; `squash` flattens the landing. */
function hop(phase) {
  const height = Math.sin(Math.PI * (phase % 1));
  return { height, squash: height < 0.25 ? 0.9 + 0.4 * height : 1 };
}

const clips = {
  'red-car': (t) => plain('#3d7eea') + sticker('automobile', { x: 0.38 + 0.24 * t, y: 0.52 + 0.006 * Math.sin(t * 12 * Math.PI), scale: 0.8, flip: true }),
  'orange-cat': (t) => {
    const { height, squash } = hop(t * 3);
    return plain('#7fd18b') + sticker('cat', { y: 0.56 - 0.12 * height, scale: 0.7, squash });
  },
  rocket: (t) => space(t) + sticker('rocket', { x: 0.5 + 0.02 * Math.sin(t * 4 * Math.PI), y: 0.66 - 0.3 * t, scale: 0.62, turn: -45 + 3 * Math.sin(t * 4 * Math.PI) }),
  'frog-meadow': (t) => {
    const { height, squash } = hop(t * 3);
    return meadow() + sticker('frog', { x: 0.5, y: 0.6 - 0.16 * height, scale: 0.6, squash });
  },
};

/** Three seconds of a soft rising melody: sines with a quick start and a slow end, 16-bit mono. */
function melody() {
  const rate = 44100;
  const samples = new Float64Array(rate * 3);
  const notes = [261.63, 329.63, 392.0, 440.0, 523.25, 659.26, 783.99, 1046.5];
  notes.forEach((pitch, index) => {
    const from = Math.floor(index * 0.34 * rate);
    for (let i = from; i < samples.length; i++) {
      const t = (i - from) / rate;
      const loudness = Math.min(1, t * 60) * Math.exp(-4 * t) * 0.16;
      samples[i] += loudness * (Math.sin(2 * Math.PI * pitch * t) + 0.25 * Math.sin(4 * Math.PI * pitch * t));
    }
  });
  const pcm = Buffer.alloc(samples.length * 2);
  samples.forEach((value, i) => {
    const fade = Math.min(1, (samples.length - i) / (0.15 * rate));
    pcm.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value * fade)) * 32767), i * 2);
  });
  return pcm;
}

const scratch = mkdtempSync(join(tmpdir(), 'frameloom-samples-'));
try {
  writeFileSync(join(scratch, 'melody.pcm'), melody());
  for (const [name, draw] of Object.entries(clips)) {
    const pictures = Array.from({ length: frames }, (_, index) => {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${draw(index / frames)}</svg>`;
      return new Resvg(svg).render().pixels;
    });
    const sound = name === 'rocket' ? ['-f', 's16le', '-ar', '44100', '-ac', '1', '-i', join(scratch, 'melody.pcm'), '-c:a', 'aac', '-b:a', '64k', '-shortest'] : [];
    const written = spawnSync('ffmpeg', [
      '-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgba', '-s', `${size}x${size}`, '-r', String(fps), '-i', 'pipe:0', ...sound,
      '-vf', 'scale=out_color_matrix=bt601:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p',
      '-c:v', 'libx264', '-preset', 'veryslow', '-crf', '15',
      '-colorspace', 'smpte170m', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv',
      '-movflags', '+faststart', '-map_metadata', '-1', join(here, `${name}.mp4`),
    ], { input: Buffer.concat(pictures), maxBuffer: 1 << 28, stdio: ['pipe', 'inherit', 'inherit'] });
    if (written.status !== 0) throw new Error(`ffmpeg failed on ${name}`);
    console.log(`${name}.mp4`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
