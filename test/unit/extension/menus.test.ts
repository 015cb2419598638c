import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Manifest {
  contributes: { commands: { command: string; title: string; category?: string }[]; menus: Record<string, { command: string }[]> };
}

describe('what the extension adds to VS Code', () => {
  const { contributes } = JSON.parse(readFileSync(path.resolve(__dirname, '../../../package.json'), 'utf8')) as Manifest;

  it('says in every menu that is not ours whose entry it is, and once in the palette', () => {
    const titles = new Map(contributes.commands.map(({ command, title }) => [command, title]));
    // The palette shows the category before the title; our own view shows only our own things.
    const foreign = Object.entries(contributes.menus).filter(([menu]) => !['commandPalette', 'view/item/context'].includes(menu));
    assert.ok(foreign.length >= 4);
    for (const [menu, entries] of foreign)
      for (const { command } of entries) assert.match(titles.get(command)!, /Frameloom/, `${command} in ${menu}`);
    for (const { title, category } of contributes.commands)
      assert.equal(`${category ?? ''} ${title}`.match(/Frameloom/g)?.length, 1, title);
  });
});
