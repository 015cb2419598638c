import { element } from '../dom.js';
import { icon } from '../icons.js';

/** A button that puts a text on the clipboard, and says when it has. */
export function copyButton(name: string, text: string): HTMLButtonElement {
  const label = element('span', { text: name });
  const button = element('button', { class: 'text-button', attributes: { type: 'button' }, children: [icon('copy'), label] });
  button.addEventListener('click', () => {
    void navigator.clipboard.writeText(text).then(
      () => (label.textContent = 'Copied'),
      () => (label.textContent = 'Select and copy it'),
    );
  });
  return button;
}
