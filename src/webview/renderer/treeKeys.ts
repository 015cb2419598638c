/** Moves through a tree with the arrow keys, Home, End and Enter, as the pattern for `role=tree` says. */
export function treeKey(tree: HTMLElement, event: KeyboardEvent): void {
  const row = (event.target as HTMLElement).closest<HTMLElement>('.row');
  const item = row?.closest<HTMLElement>('.item');
  if (!row || !item) return;
  const rows = [...tree.querySelectorAll<HTMLElement>('.item > .row')].filter((candidate) => candidate.offsetParent !== null);
  const at = rows.indexOf(row);
  const expanded = item.getAttribute('aria-expanded');
  const go: Record<string, () => HTMLElement | undefined> = {
    ArrowDown: () => rows[at + 1],
    ArrowUp: () => rows[at - 1],
    Home: () => rows[0],
    End: () => rows.at(-1),
    ArrowRight: () => (expanded === 'false' ? (row.click(), row) : rows[at + 1]),
    ArrowLeft: () =>
      expanded === 'true' ? (row.click(), row) : (item.parentElement?.closest('.item')?.querySelector<HTMLElement>('.row') ?? undefined),
    Enter: () => (row.click(), row),
    ' ': () => (row.click(), row),
  };
  const move = go[event.key];
  if (!move) return;
  event.preventDefault();
  event.stopPropagation();
  const target = move();
  if (!target) return;
  row.setAttribute('tabindex', '-1');
  target.setAttribute('tabindex', '0');
  target.focus();
}
