/** What an element starts with. `text` is text: nothing here ever parses HTML. */
export interface ElementParts {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  /** Attributes, such as `role` and `aria-label`. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly (Node | string | undefined)[];
}

/** Makes an element. Strings become text nodes. */
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, parts: ElementParts = {}): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (parts.class) made.className = parts.class;
  if (parts.text !== undefined) made.textContent = parts.text;
  if (parts.title) made.title = parts.title;
  for (const [name, value] of Object.entries(parts.attributes ?? {})) made.setAttribute(name, value);
  for (const child of parts.children ?? []) if (child !== undefined) made.append(child);
  return made;
}

/**
 * A shadow root with our styles alone: outputs of a notebook share one page, whose styles must not
 * reach ours nor ours theirs.
 */
export function styledRoot(host: HTMLElement, styles: readonly string[]): ShadowRoot {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  // Adopted sheets need no `style-src` in the page's content security policy.
  root.adoptedStyleSheets = styles.map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  return root;
}
