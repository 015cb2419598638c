import { themeStyle } from './themes.js';
import type { ThemeName } from './themes.js';

/**
 * A page that stands in for VS Code's page of notebook outputs: it loads the built renderer, hands it
 * outputs as VS Code does, and keeps what it sends in `sent`. `tell(message)` is the controller.
 */
export function rendererPage(theme: ThemeName, connected = true): string {
  const wire = connected
    ? '{ postMessage: (message) => window.sent.push(message), onDidReceiveMessage: (listener) => { window.tell = listener; } }'
    : '{}';
  return `<!doctype html><html><head><base href="/"><style>${themeStyle(theme)} body{padding:8px 24px}</style></head><body>
<script type="module">
  import { activate } from '/renderer.js';
  window.sent = [];
  const renderer = activate(${wire});
  window.show = (id, mime, payload) => {
    let host = document.getElementById(id);
    if (!host) { host = document.createElement('div'); host.id = id; document.body.append(host); }
    renderer.renderOutputItem({ id, mime, json: () => payload }, host);
  };
  window.discard = (id) => { renderer.disposeOutputItem(id); document.getElementById(id)?.remove(); };
  window.loaded = true;
</script></body></html>`;
}
