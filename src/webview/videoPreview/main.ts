import { RpcPeer } from '../../shared/rpc.js';
import { previewHost, previewPage } from '../../shared/videoPreviewProtocol.js';
import type { PreviewHost, PreviewPage } from '../../shared/videoPreviewProtocol.js';
import { element, styledRoot } from '../dom.js';
import playerStyles from '../player/player.css' with { type: 'text' };
import themeStyles from '../theme.css' with { type: 'text' };
import { PreviewEditor } from './previewEditor.js';
import pageStyles from './page.css' with { type: 'text' };
import editorStyles from './videoPreview.css' with { type: 'text' };

/** What VS Code gives to a webview. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();
const host = new RpcPeer<PreviewPage, PreviewHost>(
  {
    send: (message) => api.postMessage(message),
    onMessage(listener) {
      const receive = (event: MessageEvent): void => listener(event.data);
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
  },
  previewPage,
  previewHost,
  (problem) => console.warn(problem),
);

const page = new CSSStyleSheet();
page.replaceSync(pageStyles);
document.adoptedStyleSheets = [page];

const editor = new PreviewEditor(host, { load: () => api.getState(), save: (state) => api.setState(state) });
const frame = element('div', { class: 'frameloom-preview' });
styledRoot(frame, [themeStyles, playerStyles, editorStyles]).append(editor.root);
document.body.append(frame);
editor.start();
