import { element } from '../../dom.js';

/** A row of tabs, as the pattern for `role=tablist` says: one stop of the Tab key, arrow keys between them. */
export class Tabs {
  readonly root: HTMLElement;
  private readonly tabs: readonly HTMLButtonElement[];

  /**
   * @param panel the element that the tabs switch; it is named after the chosen one.
   * @param label what all of them are.
   */
  constructor(
    private readonly names: readonly string[],
    private readonly panel: HTMLElement,
    private readonly onChoose: (index: number) => void,
    label = 'Ways to look at this run',
  ) {
    this.root = element('div', { class: 'run-tabs', attributes: { role: 'tablist', 'aria-label': label } });
    this.tabs = names.map((name, index) => {
      const tab = element('button', {
        class: 'run-tab',
        text: name,
        attributes: { type: 'button', role: 'tab', id: `tab-${label.replace(/\W+/g, '-')}-${index}`, 'aria-controls': 'panel' },
      });
      tab.addEventListener('click', () => this.choose(index));
      return tab;
    });
    this.root.append(...this.tabs);
    this.root.hidden = names.length < 2;
    panel.id = 'panel';
    panel.setAttribute('role', 'tabpanel');
    this.root.addEventListener('keydown', (event) => this.press(event));
  }

  choose(index: number): void {
    this.tabs.forEach((tab, at) => {
      tab.setAttribute('aria-selected', String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    });
    this.panel.setAttribute('aria-label', this.names[index] ?? '');
    this.onChoose(index);
  }

  private press(event: KeyboardEvent): void {
    const at = this.tabs.indexOf(event.target as HTMLButtonElement);
    const count = this.tabs.length;
    const to = { ArrowRight: (at + 1) % count, ArrowLeft: (at + count - 1) % count, Home: 0, End: count - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(to);
    this.tabs[to]?.focus();
  }
}
