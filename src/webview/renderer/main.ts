import { HISTORY_MIME, PREVIEW_MIME, RUN_MIME, TENSOR_MIME, TREE_MIME, TUNE_MIME, VIDEO_MIME } from '../../shared/outputs/index.js';
import type { PayloadByMime } from '../../shared/outputs/index.js';
import { element, styledRoot } from '../dom.js';
import historyStyles from '../history/history.css' with { type: 'text' };
import playerStyles from '../player/player.css' with { type: 'text' };
import themeStyles from '../theme.css' with { type: 'text' };
import { checkPayload, isOurMime } from './checkPayload.js';
import { HistoryOutput } from './historyOutput.js';
import { HostWire } from './hostWire.js';
import type { Messaging } from './hostWire.js';
import type { OutputView } from './outputView.js';
import { PreviewOutput } from './previewOutput.js';
import rendererStyles from './renderer.css' with { type: 'text' };
import runStyles from './run/run.css' with { type: 'text' };
import { RunOutput } from './run/runOutput.js';
import { TensorOutput } from './tensorOutput.js';
import { TreeOutput } from './treeOutput.js';
import tuneStyles from './tune/tune.css' with { type: 'text' };
import { TuneOutput } from './tune/tuneOutput.js';
import { VideoOutput } from './videoOutput.js';

/** What VS Code hands over for one output: the part of its `OutputItem` that we read. */
export interface OutputItem {
  readonly id: string;
  readonly mime: string;
  json(): unknown;
}

/** What VS Code calls: its `RendererApi`. */
export interface Renderer {
  renderOutputItem(item: OutputItem, host: HTMLElement): void;
  disposeOutputItem(id?: string): void;
}

type Payload = PayloadByMime[keyof PayloadByMime];
interface Shown {
  readonly mime: string;
  /** Holds the shadow root; moves along when VS Code makes a new element for the same output. */
  readonly frame: HTMLElement;
  readonly view: OutputView<Payload>;
}

/** Called once by VS Code in the page that all outputs of a notebook share. */
export function activate(context: Messaging): Renderer {
  const wire = new HostWire(context);
  const shown = new Map<string, Shown>();

  const dispose = (id: string): void => {
    shown.get(id)?.view.dispose();
    shown.get(id)?.frame.remove();
    shown.delete(id);
  };

  return {
    renderOutputItem(item, host) {
      try {
        if (!isOurMime(item.mime)) throw new Error(`Frameloom does not show ${item.mime}.`);
        const payload = checkPayload(item.mime, item.json());
        const before = shown.get(item.id);
        if (before?.mime === item.mime) {
          if (before.frame.parentElement !== host) host.replaceChildren(before.frame);
          before.view.update(payload);
          return;
        }
        dispose(item.id);
        const view = viewOf(item.mime, payload, wire);
        const frame = element('div', { class: 'frameloom-output' });
        styledRoot(frame, [themeStyles, playerStyles, rendererStyles, runStyles, historyStyles, tuneStyles]).replaceChildren(view.root);
        host.replaceChildren(frame);
        shown.set(item.id, { mime: item.mime, frame, view });
      } catch (error) {
        dispose(item.id);
        host.replaceChildren(element('pre', { text: error instanceof Error ? error.message : String(error) }));
      }
    },
    disposeOutputItem(id) {
      for (const each of id === undefined ? [...shown.keys()] : [id]) dispose(each);
    },
  };
}

function viewOf(mime: keyof PayloadByMime, payload: Payload, wire: HostWire): OutputView<Payload> {
  const views: { readonly [M in keyof PayloadByMime]: (payload: PayloadByMime[M]) => OutputView<PayloadByMime[M]> } = {
    [VIDEO_MIME]: (video) => new VideoOutput(video, wire),
    [PREVIEW_MIME]: (preview) => new PreviewOutput(preview, wire),
    [TENSOR_MIME]: (tensor) => new TensorOutput(tensor),
    [TREE_MIME]: (tree) => new TreeOutput(tree),
    [RUN_MIME]: (run) => new RunOutput(run),
    [HISTORY_MIME]: (history) => new HistoryOutput(history),
    [TUNE_MIME]: (tuned) => new TuneOutput(tuned, wire),
  };
  return (views[mime] as (payload: Payload) => OutputView<Payload>)(payload);
}
