import { rmSync } from 'node:fs';
import { VsCodeServer } from './server.js';
import type { ServerOptions } from './server.js';
import { Window } from './window.js';
import { freshWorkspace } from './workspace.js';

/** A window with the extension under test, on a folder of its own, for all tests of a suite. */
export interface Person {
  readonly window: Window;
  readonly server: VsCodeServer;
  /** The folder that the window is on, with the sample clips in it. */
  readonly workspace: string;
}

/** How the window of a suite is set up. */
export interface PersonOptions extends ServerOptions {
  /** Puts files into the folder before the window opens. */
  readonly prepare?: (workspace: string) => void | Promise<void>;
  readonly size?: { readonly width: number; readonly height: number };
  /** Leave editors open between tests. */
  readonly keepEditors?: boolean;
}

/** To be called in a `describe`: its tests find the window in what is returned. A picture is kept of every failure. */
export function personInFrontOfVsCode({ prepare, size, keepEditors, ...options }: PersonOptions = {}): Person {
  const person: { window?: Window; server?: VsCodeServer; workspace?: string } = {};
  before(async () => {
    person.workspace = freshWorkspace();
    await prepare?.(person.workspace);
    person.server = await VsCodeServer.start(options);
    person.window = await Window.open(
      person.server,
      person.workspace,
      { extensionDevelopmentPath: process.env.FRAMELOOM_TEST_EXTENSION ?? process.cwd() },
      size,
    );
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await person.window?.picture(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
    if (!keepEditors) await person.window?.closeEditors();
  });
  after(async () => {
    await person.window?.close();
    await person.server?.stop();
    if (person.workspace) rmSync(person.workspace, { recursive: true, force: true });
  });
  return person as Person;
}
