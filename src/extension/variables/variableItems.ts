import * as vscode from 'vscode';
import type { Variable } from '../../shared/kernelProtocol.js';
import type { TreeEntry, TreeNode } from '../../shared/outputs/index.js';

const { None, Collapsed } = vscode.TreeItemCollapsibleState;

/** A variable as a line of the view: its name, its type and value in short; objects can be opened. */
export function variableItem({ name, type, summary }: Variable): vscode.TreeItem {
  const simple = /^(string|number|bigint|boolean|symbol|null|undefined|function|class|Video|Tensor\b.*)$/.test(type);
  const item = new vscode.TreeItem(name, simple ? None : Collapsed);
  // A clip and a tensor say in their summary what they are; of a class there is nothing to add.
  item.description = summary.startsWith(type.split(' ')[0]!) || /^(function|class)$/.test(type) ? summary : `${type}  ${summary}`;
  item.tooltip = new vscode.MarkdownString().appendCodeblock(`${name}: ${type}\n${summary}`, 'typescript');
  item.iconPath = new vscode.ThemeIcon(iconOf(type));
  item.contextValue = 'variable';
  return item;
}

/** Something inside of a variable as a line. */
export function entryItem({ key, value }: TreeEntry): vscode.TreeItem {
  const item = new vscode.TreeItem(key, value.kind === 'branch' && value.size > 0 ? Collapsed : None);
  item.description = textOf(value);
  item.tooltip = item.description;
  return item;
}

function textOf(node: TreeNode): string {
  switch (node.kind) {
    case 'leaf':
      return node.valueType === 'string' ? JSON.stringify(node.text) : node.text;
    case 'branch':
      return `${node.name}(${node.size})`;
    case 'cut':
      return node.reason === 'circular' ? `${node.text} (itself)` : node.text;
  }
}

function iconOf(type: string): string {
  if (type === 'function') return 'symbol-function';
  if (type === 'class') return 'symbol-class';
  if (type === 'Video') return 'device-camera-video';
  if (type === 'string') return 'symbol-string';
  if (type === 'boolean') return 'symbol-boolean';
  if (type === 'number' || type === 'bigint') return 'symbol-numeric';
  return /^(Tensor|Array|\w+Array)\b/.test(type) ? 'symbol-array' : 'symbol-object';
}
