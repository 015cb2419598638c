import { historyHost } from '../../shared/historyProtocol.js';
import type { HistoryHost } from '../../shared/historyProtocol.js';
import { offersNothing, RpcPeer } from '../../shared/rpc.js';
import type { OffersNothing } from '../../shared/rpc.js';
import { element, styledRoot } from '../dom.js';
import historyStyles from '../history/history.css' with { type: 'text' };
import themeStyles from '../theme.css' with { type: 'text' };
import { HistoryPage } from './historyPage.js';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const api = acquireVsCodeApi();
const host = new RpcPeer<OffersNothing, HistoryHost>(
  {
    send: (message) => api.postMessage(message),
    onMessage(listener) {
      const receive = (event: MessageEvent): void => listener(event.data);
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
  },
  offersNothing,
  historyHost,
  (problem) => console.warn(problem),
);
const page = new HistoryPage(host);
const frame = element('div');
styledRoot(frame, [themeStyles, historyStyles]).append(page.root);
document.body.append(frame);
void host.request('ready', null);
