import type { FromRenderer } from '../../shared/display.js';
import { aBoolean, aCount, aString, oneOf, record } from '../../shared/shape.js';
import type { Shape } from '../../shared/shape.js';

const shapes: Record<FromRenderer['type'], Shape> = {
  resolveVideo: record({ requestId: aCount, path: aString, problem: oneOf('missing', 'picture', 'sound'), playsH264: aBoolean }),
  dropVideo: record({ requestId: aCount }),
  interruptRun: record({ runId: aString }),
  openVideo: record({ path: aString }),
};
const anyMessage = record({ type: oneOf(...Object.keys(shapes)) });

/** Checks a {@link FromRenderer}: outputs share one webview, so whatever draws there can send us messages. */
export const fromRendererShape: Shape = (value, path) => anyMessage(value, path) ?? shapes[(value as FromRenderer).type](value, path);
