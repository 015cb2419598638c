import type { ProvenanceSummary } from '../../shared/outputs/index.js';
import type { ClipFacts } from '../../shared/videoPreviewProtocol.js';

/** A line of the side panel. */
export type Row = readonly [name: string, value: string];

/** What a file holds, in words. */
export function factRows(facts: ClipFacts): Row[] {
  const { width, height, fps, frames, framesExact, duration, rotation, audio } = facts;
  const picture = [
    facts.codec,
    facts.pixelFormat,
    facts.hdr && `HDR ${facts.hdr}`,
    facts.hasAlpha && 'transparent',
    rotation !== 0 && `turned by ${rotation}°`,
  ];
  return [
    ['Picture', `${width} × ${height}`],
    ['Codec', picture.filter(Boolean).join(', ')],
    ['Container', facts.container],
    ['Rate', `${round(fps, 3)} fps${facts.variableFrameRate ? ', uneven' : ''}`],
    ['Frames', `${framesExact ? '' : 'about '}${frames.toLocaleString('en')}`],
    ['Duration', durationText(duration)],
    ['Sound', audio ? `${audio.codec}, ${channelText(audio.channels)}, ${round(audio.sampleRate / 1000, 1)} kHz` : 'none'],
    ['Size', bytesText(facts.bytes)],
  ];
}

/** How a file was made, in words. */
export function provenanceRows(record: ProvenanceSummary): Row[] {
  return [
    ['Prompt', record.prompt],
    ...(record.negativePrompt ? [['Not', record.negativePrompt] as const] : []),
    ['Kind', record.kind === 'edited' ? 'edited clip' : 'generated clip'],
    ['Model', record.model],
    ['Seed', String(record.seed)],
    ...(record.device ? [['Device', record.device] as const] : []),
    ...Object.entries(record.settings)
      .filter(([, value]) => value !== null)
      .map(([key, value]): Row => [key, String(value)]),
    ...(record.created ? [['Made', record.created.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')] as const] : []),
  ];
}

/** `640 B`, `12.3 kB`, `4.5 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return `${round(value, 1)} ${unit}`;
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${round(seconds, 3)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = `${Math.floor(minutes % 60)} min ${Math.round(seconds % 60)} s`;
  return minutes < 60 ? rest : `${Math.floor(minutes / 60)} h ${rest}`;
}

function channelText(channels: number): string {
  return { 1: 'mono', 2: 'stereo', 6: '5.1', 8: '7.1' }[channels] ?? `${channels} channels`;
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
