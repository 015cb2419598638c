import type { OnnxNode } from './onnxModel.js';

/** Modules that a network is made of at the top, as diffusers calls them. */
const topModules = /^(down_blocks|up_blocks|mid_block|blocks|transformer_blocks|single_transformer_blocks)\b/;

/**
 * The path of the module that a node came from, where its exporter wrote it down: in the node's name (`/unet/mid_block/attn1/Softmax`)
 * or in its metadata. What wraps the network (`unet`, `model`) is left out.
 */
export function modulePath({ name, scope }: Pick<OnnxNode, 'name' | 'scope'>): string | undefined {
  const path = scope ?? (name.includes('/') ? name.replace(/^\//, '').split('/').slice(0, -1).join('.') : '');
  const parts = path.split('.');
  const start = parts.findIndex((part) => topModules.test(part));
  const rest = parts.slice(Math.max(0, start)).join('.');
  return rest === '' ? undefined : rest;
}

/** The block of the network that a path leads into: `down_blocks.0`, `mid_block`. */
export function blockOf(path: string): string {
  return /^(?:mid_block|\w*blocks\.\d+)/.exec(path)?.[0] ?? path;
}
