/** IPTC's terms for where a picture comes from. */
export const digitalSourceTypes = {
  /** A recording or drawing in which a model changed something. */
  edited: 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia',
  /** Made by a model alone. */
  generated: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
} as const;

/** The clip that was edited. */
export interface ProvenanceSource {
  /** File name without its folder: paths say more about people than about pictures. */
  readonly name: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** The part that was used, seconds. */
  readonly start?: number | undefined;
  /** The end of that part, seconds. */
  readonly end?: number | undefined;
  /** The rate it was read at. */
  readonly fps?: number | undefined;
  /** Which of several tracks of sound was kept, counted from 0. */
  readonly audioTrack?: number | undefined;
}

/** What made a video: enough to say that it is made by AI, and to make it again. */
export interface Provenance {
  /** The program that made it. */
  readonly tool: 'frameloom';
  /** Version of Frameloom. */
  readonly version: string;
  /** Whether it was made from another video, or from words alone. */
  readonly kind: 'edited' | 'generated';
  /** Name of the model. */
  readonly model: string;
  /** What its networks ran on: `cpu`, `webgpu`, or `webgpu; text_encoder: cpu`. Not part of the settings: numbers hardly depend on it. Records of older versions lack it. */
  readonly device?: string | undefined;
  /** The prompt. */
  readonly prompt: string;
  /** The negative prompt, where there was one. */
  readonly negativePrompt?: string | undefined;
  /** Every option of the run, as plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The seed of the noise. */
  readonly seed: number;
  /** The video that was edited. */
  readonly source?: ProvenanceSource | undefined;
  /** One of {@link digitalSourceTypes}. */
  readonly digitalSourceType: string;
  /** When, ISO 8601. */
  readonly created: string;
}

/** What a maker of videos knows; the rest follows from it. */
export type ProvenanceFacts = Omit<Provenance, 'tool' | 'digitalSourceType' | 'created'> & {
  /** When, ISO 8601; default now. */
  readonly created?: string | undefined;
};

/** Completes the record: tool, IPTC source type and, unless given, the present moment. */
export function describeProvenance(facts: ProvenanceFacts): Provenance {
  return {
    ...facts,
    tool: 'frameloom',
    digitalSourceType: digitalSourceTypes[facts.kind],
    created: facts.created ?? new Date().toISOString(),
  };
}

/** The sentence for people that goes into the container's comment. */
export function provenanceComment(record: Provenance): string {
  const deed = record.kind === 'edited' ? 'Edited' : 'Generated';
  const prompt = record.prompt.replace(/\s+/g, ' ').trim();
  const shown = prompt.length > 300 ? `${prompt.slice(0, 300)}…` : prompt;
  return `${deed} by AI with Frameloom ${record.version}, model ${record.model}, seed ${record.seed}. Prompt: ${shown}`;
}

/** The record for programs, on one line. */
export function provenanceJson(record: Provenance): string {
  return JSON.stringify(record);
}

/** More than a record with a very long prompt needs; a larger text is not ours. */
const longestRecord = 4 << 20;

/**
 * Reads a record written by `provenanceJson`. The text comes out of a file that anyone may
 * have made, so every field is checked.
 *
 * @returns undefined when the text is no such record.
 */
export function parseProvenance(text: string): Provenance | undefined {
  if (text.length > longestRecord || !text.includes('"frameloom"')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return asProvenance(value);
}

/** {@link parseProvenance} for a record that stands in the JSON of something else, such as a captured run. */
export function asProvenance(value: unknown): Provenance | undefined {
  return isProvenance(value) && isShallow(value, MOST_LEVELS) ? value : undefined;
}

/** Levels of objects and lists within each other: a branch of a branch of a run takes four more each time. */
const MOST_LEVELS = 200;

/** Deeper ones could not be printed or written again. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isShallow(part, levels - 1));
}

function isProvenance(value: unknown): value is Provenance {
  if (!isRecord(value)) return false;
  const texts = ['version', 'model', 'prompt', 'digitalSourceType', 'created'];
  return (
    value.tool === 'frameloom' &&
    (value.kind === 'edited' || value.kind === 'generated') &&
    texts.every((key) => typeof value[key] === 'string') &&
    typeof value.seed === 'number' &&
    isRecord(value.settings) &&
    (value.device === undefined || typeof value.device === 'string') &&
    (value.negativePrompt === undefined || typeof value.negativePrompt === 'string') &&
    (value.source === undefined || isSource(value.source))
  );
}

function isSource(value: unknown): value is ProvenanceSource {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    typeof value.sha256 === 'string' &&
    ['start', 'end', 'fps', 'audioTrack'].every((key) => value[key] === undefined || typeof value[key] === 'number')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
