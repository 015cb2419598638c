import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { closeAll, openNotebook, runCell, textOf, theExtension, until, workspaceFolder } from './notebooks.js';

const showSettings =
  "import { Video } from 'frameloom';\nfor await (const { width } of (await Video.open('red-car.mp4', { maxFrames: 1 })).frames()) if (width === 0) break;\nconsole.log(process.env.FRAMELOOM_FFMPEG, process.env.FRAMELOOM_FFPROBE, process.env.FRAMELOOM_MODELS);";

/** A program of one's own that notes that it was called and then does what the real one does. */
function programThatTells(name: 'ffmpeg' | 'ffprobe'): { program: string; calls: () => string } {
  const real = process.env[`FRAMELOOM_TEST_${name.toUpperCase()}`] ?? execFileSync('which', [name], { encoding: 'utf8' }).trim();
  const program = path.join(workspaceFolder(), `my-${name}`);
  const notes = `${program}.calls`;
  writeFileSync(program, `#!/bin/sh\necho called >> '${notes}'\nexec '${real}' "$@"\n`);
  chmodSync(program, 0o755);
  return { program, calls: () => (existsSync(notes) ? readFileSync(notes, 'utf8') : '') };
}

describe('The settings that name programs and folders', function () {
  const settings = vscode.workspace.getConfiguration('frameloom');
  const set = (key: string, value: unknown): Thenable<void> => settings.update(key, value, vscode.ConfigurationTarget.Workspace);
  before(async function () {
    if (process.platform === 'win32') this.skip();
    await theExtension();
  });
  afterEach(closeAll);
  after(async () => {
    for (const key of ['ffmpegPath', 'ffprobePath', 'modelFolders']) await set(key, undefined);
    rmSync(path.join(workspaceFolder(), '.vscode'), { recursive: true, force: true });
  });

  it('reach the kernel, which runs the programs that they name', async () => {
    const ffmpeg = programThatTells('ffmpeg');
    const ffprobe = programThatTells('ffprobe');
    await set('ffmpegPath', ffmpeg.program);
    await set('ffprobePath', ffprobe.program);
    await set('modelFolders', [path.join(workspaceFolder(), 'my-models')]);
    const notebook = await openNotebook([showSettings]);
    const said = textOf(await runCell(notebook, 0));
    assert.ok(said.startsWith(`${ffmpeg.program} ${ffprobe.program} ${path.join(workspaceFolder(), 'my-models')}`), said);
    assert.match(ffmpeg.calls(), /called/);
    assert.match(ffprobe.calls(), /called/);
  });

  it('reach the video preview', async () => {
    const ffprobe = programThatTells('ffprobe');
    rmSync(`${ffprobe.program}.calls`, { force: true });
    await set('ffprobePath', ffprobe.program);
    await set('ffmpegPath', programThatTells('ffmpeg').program);
    await vscode.commands.executeCommand(
      'vscode.openWith',
      vscode.Uri.file(path.join(workspaceFolder(), 'rocket.mp4')),
      'frameloom.videoPreview',
    );
    await until('the preview has looked into the clip with it', () => ffprobe.calls() !== '');
  });
});
