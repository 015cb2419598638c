import type { TreeBranch, TreeEntry, TreeLeaf, TreeNode, TreePayload } from '../../shared/outputs/index.js';
import { element } from '../dom.js';
import { icon } from '../icons.js';
import type { OutputView } from './outputView.js';
import { treeKey } from './treeKeys.js';

/** A value as a tree that opens on a click or with the arrow keys. Children are made when first opened. */
export class TreeOutput implements OutputView<TreePayload> {
  readonly root = element('div', { class: 'tree-output', attributes: { role: 'tree', 'aria-label': 'Value' } });

  constructor(payload: TreePayload) {
    this.root.addEventListener('keydown', (event) => treeKey(this.root, event));
    this.update(payload);
  }

  update({ title, root }: TreePayload): void {
    const item = itemOf(title === undefined ? undefined : title, root, true);
    this.root.replaceChildren(item);
    item.querySelector<HTMLElement>('.row')?.setAttribute('tabindex', '0');
  }

  dispose(): void {
    this.root.replaceChildren();
  }
}

function itemOf(key: string | undefined, node: TreeNode, open: boolean): HTMLElement {
  const label = key === undefined ? [] : [element('span', { class: 'key', text: key }), element('span', { class: 'colon', text: ': ' })];
  if (node.kind !== 'branch') {
    const row = element('div', {
      class: 'row leaf',
      attributes: { tabindex: '-1' },
      children: [
        ...label,
        node.kind === 'leaf' ? leafText(node) : element('span', { class: 'cut', text: `${node.text} (${cutReason[node.reason]})` }),
      ],
    });
    return element('div', { class: 'item', attributes: { role: 'treeitem' }, children: [row] });
  }
  const row = element('div', {
    class: 'row',
    attributes: { tabindex: '-1' },
    children: [icon('chevron'), ...label, element('span', { class: 'summary', text: summaryOf(node) })],
  });
  const item = element('div', { class: 'item', attributes: { role: 'treeitem', 'aria-expanded': 'false' }, children: [row] });
  row.addEventListener('click', () => setOpen(item, node, item.getAttribute('aria-expanded') !== 'true'));
  if (open) setOpen(item, node, true);
  return item;
}

const cutReason: Record<Extract<TreeNode, { kind: 'cut' }>['reason'], string> = {
  circular: 'holds itself',
  depth: 'deeper levels are left out',
  size: 'left out, the output was full',
  unreadable: 'reading it failed',
};

function setOpen(item: HTMLElement, node: TreeBranch, open: boolean): void {
  item.setAttribute('aria-expanded', String(open));
  if (!open || item.children.length > 1) return;
  const more = node.omitted ? [element('div', { class: 'row leaf cut', text: `… ${node.omitted.toLocaleString('en')} more` })] : [];
  item.append(
    element('div', {
      class: 'children',
      attributes: { role: 'group' },
      children: [...node.entries.map(({ key, value }) => itemOf(key, value, false)), ...more],
    }),
  );
}

function leafText(leaf: TreeLeaf): HTMLElement {
  const quoted = leaf.valueType === 'string' ? JSON.stringify(leaf.text) : leaf.text;
  const more = leaf.omitted ? ` … ${leaf.omitted.toLocaleString('en')} more characters` : '';
  return element('span', {
    class: `value ${leaf.valueType}`,
    children: [quoted, more ? element('span', { class: 'cut', text: more }) : undefined],
  });
}

/** One line that says what is in it: `Array(3) [1, 2, 3]`, `{ width: 128, height: 128, … }`. */
export function summaryOf(node: TreeBranch): string {
  const isList = node.valueType === 'array' || node.valueType === 'typedArray' || node.valueType === 'set';
  const size = isList || node.valueType === 'map' ? `(${node.size})` : '';
  const name = node.valueType === 'object' && node.name === 'Object' ? '' : `${node.name}${size} `;
  const shown: string[] = [];
  let room = 60;
  for (const entry of node.entries) {
    const text = isList ? brief(entry.value) : `${entry.key}: ${brief(entry.value)}`;
    room -= text.length + 2;
    if (room < 0 && shown.length > 0) break;
    shown.push(text.length > 60 ? `${text.slice(0, 57)}…` : text);
  }
  if (shown.length < node.entries.length || node.omitted) shown.push('…');
  const [left, right] = isList ? ['[', ']'] : ['{ ', ' }'];
  return `${name}${shown.length === 0 ? (isList ? '[]' : '{}') : `${left}${shown.join(', ')}${right}`}`;
}

function brief(node: TreeEntry['value']): string {
  if (node.kind === 'cut') return node.text;
  if (node.kind === 'branch')
    return node.valueType === 'array' || node.valueType === 'typedArray'
      ? `${node.name}(${node.size})`
      : node.name === 'Object'
        ? '{…}'
        : node.name;
  const text = node.text.length > 24 ? `${node.text.slice(0, 23)}…` : node.text;
  return node.valueType === 'string' ? JSON.stringify(text) : text;
}
