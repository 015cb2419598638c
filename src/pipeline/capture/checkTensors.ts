import { TemporalCompression } from '../networks/index.js';
import { captureErrors } from './errors.js';
import type { RunFrameAttention, RunRecord } from './record.js';
import type { StoredTensor, StoredType } from './tensorStore.js';

/** Bytes of one tensor that is read as a whole. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Checks that the tensors of a file fit the record they came with: shapes, types, and one of a kind for every window.
 *
 * @throws {FrameloomError} `FL_CAPTURE_DAMAGED` naming the tensor.
 */
export function checkTensors(path: string, record: RunRecord, tensors: ReadonlyMap<string, StoredTensor>): void {
  const { windows, width, height, temporalScaleFactor = 1 } = record;
  const time = new TemporalCompression(temporalScaleFactor);
  const frames = windows.at(-1)!.end;
  const firstOfKind = new Map<string, readonly number[]>();
  for (const [name, { type, dims, byteLength }] of tensors) {
    const fail = () =>
      captureErrors.damaged(
        path,
        `tensor ${JSON.stringify(name.slice(0, 80))} of type ${type} and shape [${dims.join(', ')}] does not fit the run`,
      );
    if (name === 'result' || name === 'source') {
      if (type !== 'U8' || String(dims) !== String([frames, height, width, 3])) throw fail();
      continue;
    }
    const [, step, index, kind] = /^step(\d{1,6})\.window(\d{1,6})\.(.+)$/.exec(name) ?? [];
    const window = windows[Number(index)];
    if (kind === undefined || !window) throw fail();
    const { types, shape } = expected(kind, record);
    if (
      !types.includes(type) ||
      dims.length !== shape.length ||
      shape.some((length, axis) => length !== undefined && length !== dims[axis])
    )
      throw fail();
    // Clips are read frame by frame; everything else as a whole.
    if (kind !== 'frames' && byteLength > MOST_BYTES)
      throw captureErrors.damaged(
        path,
        `tensor ${JSON.stringify(name)} has ${byteLength} bytes, and at most ${MOST_BYTES} can be read at once`,
      );
    if (kind === 'generator' || kind === 'stepsDone') continue;
    const count = window.end - window.start;
    const isOfClip = kind === 'area' || (kind === 'frames' && record.capture.frames !== 'linear');
    if (dims[0]! < (isOfClip ? count : time.latentFrames(count))) throw fail();
    // Windows are joined, so all must be of one shape but for their frames, which look at each other.
    const isBetweenFrames = kind.startsWith('frameAttention.');
    if (isBetweenFrames && dims[2] !== dims[0]) throw fail();
    const apart = isBetweenFrames ? dims.slice(1, 2) : dims.slice(1);
    const rest = firstOfKind.get(kind) ?? apart;
    firstOfKind.set(kind, rest);
    if (String(rest) !== String(apart)) throw fail();
    // Each against the first window, and the first against all: every pair would take for ever where there are many.
    const others = Number(index) === 0 ? windows.keys() : [0];
    for (const other of others)
      if (!tensors.has(`step${step}.window${other}.${kind}`))
        throw captureErrors.damaged(path, `${JSON.stringify(name.slice(0, 80))} is there, but not its like for window ${other}`);
  }
  for (const step of record.captured)
    for (const kind of ['attention', 'frameAttention'] as const)
      for (const { id } of record[kind]?.sites ?? [])
        if (!tensors.has(`step${step}.window0.${kind}.${id}`))
          throw captureErrors.damaged(path, `the attention of ${id} at step ${step} is missing`);
}

/** Types and shape of a kind; undefined lengths may be any. */
function expected(
  kind: string,
  { latentHeight, latentWidth, width, height, attention, frameAttention }: RunRecord,
): { types: StoredType[]; shape: (number | undefined)[] } {
  const latents = [undefined, undefined, latentHeight, latentWidth];
  switch (kind.replace(/^history\d+$/, 'history').replace(/^(attention|frameAttention)\..+$/, '$1')) {
    case 'latents':
    case 'history':
    case 'outside':
      return { types: ['F32'], shape: latents };
    case 'x0':
    case 'conditional':
    case 'unconditional':
      return { types: ['F16', 'F32'], shape: latents };
    case 'mask':
      return { types: ['F32'], shape: [undefined, 1, latentHeight, latentWidth] };
    case 'area':
      return { types: ['F32'], shape: [undefined, 1, height, width] };
    case 'frames':
      return { types: ['U8'], shape: [undefined, undefined, undefined, 3] };
    case 'stepsDone':
      return { types: ['F32'], shape: [undefined] };
    case 'generator':
      return { types: ['U8'], shape: [undefined] };
    case 'attention':
      return {
        types: ['F16', 'F32'],
        shape: [undefined, headsOf(kind.slice('attention.'.length), attention), undefined, undefined, attention?.tokens.length ?? -1],
      };
    case 'frameAttention':
      return { types: ['F16', 'F32'], shape: [undefined, headsOf(kind.slice('frameAttention.'.length), frameAttention), undefined] };
    default:
      return { types: [], shape: [] };
  }
}

/** Heads that were kept of a layer. */
function headsOf(id: string, attention: RunFrameAttention | undefined): number {
  const site = attention?.sites.find((one) => one.id === id);
  if (!attention || !site) return -1;
  return attention.heads === 'mean' ? 1 : attention.heads.filter((head) => head < (site.heads ?? 0)).length;
}
