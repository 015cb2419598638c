import { FrameloomError } from '../core/index.js';

/** Errors of reading LoRAs and laying them over a model; each says which file and layer, and what to do next. */
export const loraErrors = {
  notFound: (place: string) =>
    new FrameloomError(
      'FL_LORA_FILE',
      `There is no LoRA at ${place}. Give the path of a .safetensors file, or of the folder that it was saved in.`,
    ),
  notSafetensors: (file: string) =>
    new FrameloomError(
      'FL_LORA_FILE',
      `${file} is no .safetensors file. Other formats (.bin, .pt, .ckpt) are Python pickles, which can run any program when they are opened; most LoRAs come as .safetensors too.`,
    ),
  noFile: (folder: string, found: readonly string[]) =>
    new FrameloomError(
      'FL_LORA_FILE',
      found.length === 0
        ? `${folder} holds no LoRA in a .safetensors file.`
        : `${folder} holds several files (${found.slice(0, 4).join(', ')}). Give the path of one.`,
    ),
  otherKind: (file: string, kind: string) =>
    new FrameloomError(
      'FL_LORA_KIND',
      `${file} is ${kind}. Frameloom lays plain LoRAs (LoCon's convolutions among them) over Stable Diffusion 1.x and 2.x, Wan 2.1 and LTX-Video.`,
    ),
  foreignTensor: (file: string, name: string) =>
    new FrameloomError(
      'FL_LORA_TENSOR',
      `${file} holds a tensor ${name}, which belongs to no LoRA. Give the file of a LoRA; a whole checkpoint is loaded as a model.`,
    ),
  twice: (file: string, name: string) =>
    new FrameloomError('FL_LORA_TENSOR', `${file} changes ${name} twice, under different names. Download it again.`),
  halfMissing: (file: string, layer: string) =>
    new FrameloomError(
      'FL_LORA_TENSOR',
      `${file} has one half of the layer ${layer.slice(0, 120)} only; a LoRA takes down and up. Download it again.`,
    ),
  noRank: (file: string, layer: string) =>
    new FrameloomError('FL_LORA_TENSOR', `${file}: what it adds to the layer ${layer.slice(0, 120)} has no rank. Download it again.`),
  badAlpha: (file: string, layer?: string) =>
    new FrameloomError(
      'FL_LORA_TENSOR',
      `${file}: an alpha${layer === undefined ? '' : ` (of ${layer.slice(0, 120)})`} is no single number. Download it again.`,
    ),
  badSettings: (file: string, cause?: unknown) =>
    new FrameloomError('FL_LORA_TENSOR', `${file}: the settings that PEFT wrote for it are no JSON object. Download it again.`, { cause }),
  otherModel: (file: string, source: string, layers: readonly string[]) =>
    new FrameloomError(
      'FL_LORA_MODEL',
      `${file} changes ${layers.length} layer${layers.length === 1 ? '' : 's'} that ${source} has not: ${layers
        .slice(0, 3)
        .map((layer) => layer.slice(0, 100))
        .join(', ')}${layers.length > 3 ? ', …' : ''}. ` +
        (layers.some((layer) => layer.includes('motion_modules'))
          ? 'It moves the camera of an AnimateDiff motion adapter; load the model with one (motionAdapter).'
          : 'It was made for another kind of model; take one for this kind.'),
    ),
  otherShape: (
    file: string,
    layer: string,
    shapes: readonly number[] | readonly (readonly number[])[],
    source: string,
    dims: readonly number[],
  ) =>
    new FrameloomError(
      'FL_LORA_MODEL',
      `${file}: what it adds to ${layer} has the ${shapesOf(shapes)}, but that layer of ${source} has [${dims.join(', ')}]. ` +
        'It was made for another kind of model (Stable Diffusion 1.x and 2.x read text of 768 and 1024 channels); take one for this kind.',
    ),
  exported: (file: string, graph: string) =>
    new FrameloomError(
      'FL_LORA_MODEL',
      `${file} cannot be laid over ${graph}, an ONNX export. LoRAs are laid over weights in .safetensors: give the model as a diffusers folder or as one file.`,
    ),
} as const;

/** `shape [4]`, `shapes [2, 4] and [4, 2]`. */
function shapesOf(shapes: readonly number[] | readonly (readonly number[])[]): string {
  const lists = shapes.map((each: number | readonly number[]) => (typeof each === 'number' ? String(each) : `[${each.join(', ')}]`));
  return typeof shapes[0] === 'object' ? `shapes ${lists.join(' and ')}` : `shape [${lists.join(', ')}]`;
}
