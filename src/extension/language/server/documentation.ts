import { ts } from './typescript.js';
import type { TypeScript } from './typescript.js';

/** A doc comment as Markdown: its text, then its tags, one paragraph each. */
export function markdownOf(
  text: readonly TypeScript.SymbolDisplayPart[] | undefined,
  tags: readonly TypeScript.JSDocTagInfo[] | undefined = [],
): string {
  return [plain(text), ...(tags ?? []).map(tagAsMarkdown)].filter(Boolean).join('\n\n');
}

function tagAsMarkdown({ name, text }: TypeScript.JSDocTagInfo): string {
  const body = plain(text);
  if (name === 'example') return body.startsWith('```') ? body : `\`\`\`ts\n${body}\n\`\`\``;
  const parameter = /^(param|template)$/.test(name) ? /^(\S+)\s*(?:[-–—]\s*)?([\s\S]*)$/.exec(body) : null;
  if (parameter) return `*@${name}* \`${parameter[1]}\`${parameter[2] ? ` — ${parameter[2]}` : ''}`;
  return body ? `*@${name}* — ${body}` : `*@${name}*`;
}

/** `{@link X}` is written as code: there is nowhere to link to. */
function plain(parts: readonly TypeScript.SymbolDisplayPart[] | undefined): string {
  return ts
    .displayPartsToString([...(parts ?? [])])
    .replace(/\{@link(?:code|plain)?\s+([^}|]+?)\s*(?:\|[^}]*)?\}/g, '`$1`')
    .trim();
}
