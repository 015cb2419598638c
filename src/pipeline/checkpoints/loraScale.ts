import { open } from 'node:fs/promises';
import { nestsDeeper, type SafetensorsEntry } from '../core/index.js';
import { loraErrors } from './loraErrors.js';
import type { LoraPart } from './loraNames.js';
import { valueReaders } from './tensorValues.js';

/** How the change that was trained is scaled. */
export interface LoraSettings {
  /**
   * α / rank; 1 where neither the file nor its settings have an α, as everywhere.
   *
   * @param layer its path with underscores.
   * @param alpha that of the file.
   * @throws {FrameloomError} `FL_LORA_TENSOR` for an α that is no number.
   */
  scale(part: LoraPart, layer: string, rank: number, alpha: number | undefined): number;
}

/** What PEFT writes down of a part: diffusers puts it into the file's header, PEFT into `adapter_config.json`. */
type Settings = Readonly<Record<string, unknown>>;

/**
 * Reads how a LoRA is scaled where its tensors do not say.
 *
 * @param metadata of the file; diffusers' `lora_adapter_metadata` among it.
 * @param adapterConfig PEFT's `adapter_config.json`, which holds for both networks.
 * @throws {FrameloomError} `FL_LORA_KIND` for DoRA; `FL_LORA_TENSOR` for settings that are no JSON.
 */
export function readLoraSettings(
  file: string,
  metadata: Readonly<Record<string, string>>,
  adapterConfig: string | undefined,
): LoraSettings {
  const ofFile = objectOf(file, metadata.lora_adapter_metadata ?? '{}');
  const common = objectOf(file, adapterConfig ?? '{}');
  const settingsOf = (...parts: readonly string[]): Settings => ({
    ...common,
    ...Object.fromEntries(
      Object.entries(ofFile).flatMap(([key, value]) => {
        const [, part = '', name = ''] = /^([^.]*)\.(.*)$/.exec(key) ?? [];
        return parts.includes(part) ? [[name, value]] : [];
      }),
    ),
  });
  const parts = { unet: settingsOf('unet', 'transformer'), text_encoder: settingsOf('text_encoder') };
  if (Object.values(parts).some(({ use_dora: dora }) => dora === true)) throw loraErrors.otherKind(file, 'a DoRA');
  return {
    scale(part, layer, rank, own) {
      const settings = parts[part];
      const alpha = own ?? patternFor(settings.alpha_pattern, layer) ?? settings.lora_alpha ?? rank;
      if (typeof alpha !== 'number') throw loraErrors.badAlpha(file, layer);
      const scale = alpha / (settings.use_rslora === true ? Math.sqrt(rank) : rank);
      if (!Number.isFinite(scale)) throw loraErrors.badAlpha(file, layer);
      return scale;
    },
  };
}

/** Exceptions that PEFT makes for single layers, by the path or its end. */
function patternFor(patterns: unknown, layer: string): unknown {
  if (typeof patterns !== 'object' || patterns === null) return undefined;
  return Object.entries(patterns).find(([key]) => `_${layer}`.endsWith(`_${key.replace(/[.]/g, '_')}`))?.[1];
}

function objectOf(file: string, json: string): Settings {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !nestsDeeper(value, 8)) return value as Settings;
  } catch (cause) {
    throw loraErrors.badSettings(file, cause);
  }
  throw loraErrors.badSettings(file);
}

/** Single numbers out of a file. @throws {FrameloomError} `FL_LORA_TENSOR` for a tensor that is more than one, or of another type. */
export async function readScalars(file: string, entries: readonly SafetensorsEntry[]): Promise<Map<SafetensorsEntry, number>> {
  const values = new Map<SafetensorsEntry, number>();
  const opened = await open(file, 'r');
  try {
    for (const entry of entries) {
      const read = valueReaders[entry.type];
      if (!read || entry.dims.some((length) => length !== 1)) throw loraErrors.badAlpha(file);
      const bytes = new DataView(new ArrayBuffer(8));
      await opened.read(bytes, 0, entry.byteLength, entry.offset);
      values.set(entry, read(bytes, 0));
    }
  } finally {
    await opened.close();
  }
  return values;
}
