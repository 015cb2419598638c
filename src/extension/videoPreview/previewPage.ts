import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/**
 * The page of a preview. It may run our one script and load videos from the folders that the panel
 * names, and nothing else: no styles but those our script adopts, no pictures, no connections.
 */
export function previewPage(webview: vscode.Webview, extension: vscode.Uri): string {
  const nonce = randomBytes(18).toString('base64');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'webview', 'videoPreview.js'));
  const policy = `default-src 'none'; media-src ${webview.cspSource}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Frameloom Video Preview</title>
</head>
<body>
<script type="module" nonce="${nonce}" src="${script.toString()}"></script>
</body>
</html>`;
}
