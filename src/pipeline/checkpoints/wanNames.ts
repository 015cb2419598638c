/** Names of modules of a block, by Wan's own names. What diffusers calls norm2, the norm before the text, was norm3; the other two norms have no weights. */
const inBlocks: ReadonlyMap<string, string> = new Map([
  ...(
    [
      ['self_attn', 'attn1'],
      ['cross_attn', 'attn2'],
    ] as const
  ).flatMap(([own, theirs]) =>
    (
      [
        ['q', 'to_q'],
        ['k', 'to_k'],
        ['v', 'to_v'],
        ['o', 'to_out.0'],
        ['norm_q', 'norm_q'],
        ['norm_k', 'norm_k'],
      ] as const
    ).map(([from, to]) => [`${own}.${from}`, `${theirs}.${to}`] as const),
  ),
  ['ffn.0', 'ffn.net.0.proj'],
  ['ffn.2', 'ffn.net.2'],
  ['norm3', 'norm2'],
  ['modulation', 'scale_shift_table'],
  ['before_proj', 'proj_in'],
  ['after_proj', 'proj_out'],
]);

/** Those outside the blocks. */
const outside: ReadonlyMap<string, string> = new Map([
  ['patch_embedding', 'patch_embedding'],
  ['vace_patch_embedding', 'vace_patch_embedding'],
  ['time_embedding.0', 'condition_embedder.time_embedder.linear_1'],
  ['time_embedding.2', 'condition_embedder.time_embedder.linear_2'],
  ['time_projection.1', 'condition_embedder.time_proj'],
  ['text_embedding.0', 'condition_embedder.text_embedder.linear_1'],
  ['text_embedding.2', 'condition_embedder.text_embedder.linear_2'],
  ['head.head', 'proj_out'],
  ['head.modulation', 'scale_shift_table'],
]);

const turned = (names: ReadonlyMap<string, string>) => new Map([...names].map(([own, theirs]) => [theirs, own]));
const [ownInBlocks, ownOutside] = [turned(inBlocks), turned(outside)];

const block = /^((?:vace_)?blocks\.\d+\.)(.+)$/;

/** A tensor of Wan's transformer in diffusers' spelling, by its name in Wan's own; undefined for one that it has not. */
export function wanTensorName(own: string): string | undefined {
  const [, module = own, kind = ''] = /^(.+)(\.weight|\.bias)$/.exec(own) ?? [];
  const found = renamed(module, inBlocks, outside);
  return found === undefined ? undefined : found + kind;
}

/** A module of Wan's transformer in Wan's own spelling, by its path in diffusers'; undefined for one that it has not. */
export function ownWanName(path: string): string | undefined {
  return renamed(path, ownInBlocks, ownOutside);
}

function renamed(path: string, inside: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): string | undefined {
  const [, place, rest] = block.exec(path) ?? [];
  if (place === undefined) return others.get(path);
  const found = inside.get(rest!);
  return found === undefined ? undefined : place + found;
}
