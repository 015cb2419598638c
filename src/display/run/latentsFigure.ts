import { shortNumber } from '../../shared/figures/ticks.js';
import { faintInk, ink, rule } from '../drawing/colours.js';
import { drawColourBar, drawHeatMap } from '../drawing/heatMap.js';
import type { ValueMap, ValueRange } from '../drawing/heatMap.js';
import type { Box, Page } from '../drawing/page.js';
import { drawHeading, figureWidth, margin } from './figure.js';
import type { Section } from './figure.js';

/** One channel of the latents at the shown steps. */
export interface ChannelMaterial {
  readonly range: ValueRange;
  /** A frame's map at each shown step. */
  readonly maps: readonly ValueMap[];
  /** Over all frames at each shown step, counts in equal bins over `range`. */
  readonly histograms: readonly (readonly number[])[];
  /** After the last shown step, the map of every latent frame; of many some. Only where latent frames are not the clip's. */
  readonly overTime?: readonly ValueMap[] | undefined;
}

/** What the maps of latents are drawn from. */
export interface LatentsMaterial {
  readonly steps: readonly { readonly step: number; readonly sigma?: number | undefined }[];
  readonly stepCount: number;
  /** The frame that the maps show, from 0. */
  readonly frame: number;
  readonly channels: readonly ChannelMaterial[];
  /** Channels that the model has; more than `channels` when not all are drawn. */
  readonly channelCount: number;
  /** Numbers of the latent frames of {@link ChannelMaterial.overTime}, from 0. */
  readonly latentFrames?: readonly number[] | undefined;
}

const LABELS = 98;
const BAR = 66;
const GAP = 8;
const HEAD = 42;
const HISTOGRAM = 22;
const ROW_GAP = 14;
const TIME_HEAD = 34;

/** Channels down, steps across: a frame's map in viridis, and under it how the values of all frames spread. */
export function latentsSection({ steps, stepCount, frame, channels, channelCount, latentFrames = [] }: LatentsMaterial): Section {
  const first = channels[0]!.maps[0]!;
  const width = Math.min(108, (figureWidth - 2 * margin - LABELS - BAR + GAP) / steps.length - GAP);
  const height = (width * first.height) / first.width;
  const rowHeight = height + 4 + HISTOGRAM + ROW_GAP;
  const more = channelCount > channels.length ? `; the first ${channels.length} of ${channelCount} channels` : '';
  const stepsHeight = HEAD + channels.length * rowHeight - ROW_GAP;
  const small = smallTiles(latentFrames.length, first.height / first.width);
  return {
    height: stepsHeight + (latentFrames.length > 0 ? TIME_HEAD + channels.length * (small.height + 4) : 0),
    draw(page, top) {
      drawHeading(
        page,
        'Latents',
        `the numbers that are denoised, x(t), of frame ${frame + 1}; under each map the spread of its values over all frames${more}`,
        top,
      );
      steps.forEach(({ step, sigma }, column) => {
        const x = margin + LABELS + column * (width + GAP) + width / 2;
        page.text(`step ${step} / ${stepCount}${sigma === undefined ? '' : `   σ ${shortNumber(sigma)}`}`, x, top + HEAD - 6, {
          size: 10.5,
          colour: faintInk,
          align: 'centre',
          maxWidth: width + GAP,
        });
      });
      channels.forEach((channel, row) => {
        const y = top + HEAD + row * rowHeight;
        page.text(`channel ${row + 1}`, margin, y + height / 2, { size: 12.5, bold: true, colour: ink });
        page.text(`${shortNumber(channel.range.min)} … ${shortNumber(channel.range.max)}`, margin, y + height / 2 + 15, {
          size: 10.5,
          colour: faintInk,
        });
        channel.maps.forEach((map, column) => {
          const box = { x: margin + LABELS + column * (width + GAP), y, width, height };
          drawHeatMap(page, map, channel.range, box);
          drawHistogram(page, channel.histograms[column]!, { x: box.x, y: y + height + 4, width, height: HISTOGRAM });
        });
        drawColourBar(page, channel.range, { x: figureWidth - margin - BAR + 12, y, width: 10, height });
        channel.overTime?.forEach((map, column) =>
          drawHeatMap(page, map, channel.range, {
            x: margin + LABELS + column * (small.width + 4),
            y: top + stepsHeight + TIME_HEAD + row * (small.height + 4),
            ...small,
          }),
        );
      });
      latentFrames.forEach((latentFrame, column) =>
        page.text(
          column === 0 ? `latent frame ${latentFrame + 1}` : String(latentFrame + 1),
          margin + LABELS + column * (small.width + 4) + (column === 0 ? 0 : small.width / 2),
          top + stepsHeight + TIME_HEAD - 6,
          { size: 10.5, colour: faintInk, align: column === 0 ? 'left' : 'centre' },
        ),
      );
      if (latentFrames.length > 0)
        page.text('over time,', margin, top + stepsHeight + TIME_HEAD + 10, { size: 12.5, bold: true, colour: ink });
      if (latentFrames.length > 0)
        page.text(`step ${steps.at(-1)!.step}, by channel`, margin, top + stepsHeight + TIME_HEAD + 25, { size: 10.5, colour: faintInk });
    },
  };
}

/** Tiles of so many latent frames beside each other. @param aspect height over width. */
function smallTiles(count: number, aspect: number): { width: number; height: number } {
  const width = Math.min(72, (figureWidth - 2 * margin - LABELS + 4) / Math.max(1, count) - 4);
  return { width, height: width * aspect };
}

/** Counts as bars, the largest as high as the box; a line marks zero bins. */
export function drawHistogram(page: Page, counts: readonly number[], box: Box): void {
  const most = Math.max(...counts) || 1;
  const bar = box.width / counts.length;
  counts.forEach((count, i) => {
    const height = (count / most) * box.height;
    if (height > 0) page.rect({ x: box.x + i * bar, y: box.y + box.height - height, width: bar, height }, { colour: [126, 134, 146] });
  });
  page.stroke(
    [
      [box.x, box.y + box.height],
      [box.x + box.width, box.y + box.height],
    ],
    0.75,
    { colour: rule },
  );
}
