import type { ClipFacts } from '../../shared/videoPreviewProtocol.js';
import type { NewCell } from '../commands/notebookContents.js';
import type { FirstEdit } from './firstEdit.js';

/** Frames of a clip, both included. */
export interface FrameSpan {
  readonly first: number;
  readonly last: number;
}

/** A first edit should be seen soon, whatever the clip's length: these frames take half a minute on a plain computer. */
const firstFrames = 24;

/** Where {@link editingCells} has the prompt. */
export const promptCell = 1;

/**
 * The cells of a notebook that edits a clip.
 *
 * @param file the clip's whole path: nobody knows yet where the notebook will be saved, and it must find its clip from there too.
 */
export function editingCells(
  file: string,
  { prompt, strength }: FirstEdit,
  facts: Pick<ClipFacts, 'fps' | 'frames'> | undefined,
  span: FrameSpan | undefined,
): NewCell[] {
  const clip = withSlashes(file);
  // Markdown in a file's name must not become markup of ours.
  const name = (clip.split('/').at(-1) ?? clip).replace(/[\\`*_{}[\]<>()#+!|~&]/g, '\\$&');
  const partial = facts && span && (span.first > 0 || span.last < facts.frames - 1);
  const seconds = (frame: number): number => (facts ? Number((frame / facts.fps).toFixed(4)) : 0);
  const all = facts && facts.frames <= firstFrames;
  const beginning = all
    ? ''
    : `, {\n  maxFrames: ${firstFrames}, // the beginning; without this line the whole clip, which takes longer\n}`;
  const range = partial ? `, { start: ${seconds(span.first)}, end: ${seconds(span.last + 1)} }` : beginning;
  const howFar =
    strength === undefined
      ? ''
      : `  strength: ${strength}, // how far from the clip: 1 is all the way; without this line it is chosen for you\n`;
  return [
    {
      kind: 'markdown',
      text: `# Edit ${name}\n\nSay below what the clip should become, then press **Run All**. Name what is in the clip and what is new: *a cat in the city*, *a green car*, *a frog on a pink background*.`,
    },
    { kind: 'code', text: `// What the clip should become: write your own words between the quotes.\nconst prompt = '${prompt}';` },
    // One cell, so that the result stands right below what it was made with.
    {
      kind: 'code',
      text: `import { LatentDiffusionModel, Video, show } from 'frameloom';\n\nconst clip = await Video.open(${JSON.stringify(clip)}${range});\nconst model = await LatentDiffusionModel.fromPretrained('motion-stickers');\nconst edited = await model.editVideo(clip, prompt, {\n${howFar}  seed: 42, // another number, another result\n});\nawait show(edited);`,
    },
    {
      kind: 'code',
      text: `const { path } = await edited.save(${JSON.stringify(`${clip.replace(/\.[^./]+$/, '')}-edited.mp4`)});\nconsole.log(\`Saved as \${path}\`);`,
    },
  ];
}

/** A path of Windows as it is easier to read; every program there takes it. */
function withSlashes(file: string): string {
  return /^([a-z]:\\|\\\\)/i.test(file) ? file.replaceAll('\\', '/') : file;
}
