import * as path from 'node:path';
import * as vscode from 'vscode';

/** The settings that decide which programs run and where models lie; ignored in an untrusted folder (package.json). */
export interface ProgramSettings {
  /** The Node to run kernels with; the one inside VS Code when empty. */
  readonly nodePath: string;
  /** The ffmpeg and ffprobe to use; found by themselves when empty. */
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** Folders with models of one's own. */
  readonly modelFolders: readonly string[];
  /** What models run on where a cell does not say; what the environment says when empty. */
  readonly device: string;
}

/** Reads the settings as they are now; `~` stands for the home folder. */
export function programSettings(scope?: vscode.Uri): ProgramSettings {
  const read = vscode.workspace.getConfiguration('frameloom', scope);
  const file = (key: string): string => atHome(read.get<string>(key, '').trim());
  return {
    nodePath: file('nodePath'),
    ffmpegPath: file('ffmpegPath'),
    ffprobePath: file('ffprobePath'),
    modelFolders: read.get<string[]>('modelFolders', []).map(atHome).filter(Boolean),
    device: read.get<string>('device', ''),
  };
}

/** The programs that videos are read with, as the library takes them. */
export function videoPrograms(scope?: vscode.Uri): Pick<ProgramSettings, 'ffmpegPath' | 'ffprobePath'> {
  const { ffmpegPath, ffprobePath } = programSettings(scope);
  return { ffmpegPath, ffprobePath };
}

/** The environment that tells the library in a child process what the settings say. */
export function childEnvironment(settings: ProgramSettings): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  // Debuggers attach to the extension host through these; a child that inherits them waits for one too.
  delete env.NODE_OPTIONS;
  delete env.VSCODE_INSPECTOR_OPTIONS;
  if (settings.ffmpegPath) env.FRAMELOOM_FFMPEG = settings.ffmpegPath;
  if (settings.ffprobePath) env.FRAMELOOM_FFPROBE = settings.ffprobePath;
  if (settings.device) env.FRAMELOOM_DEVICE = settings.device;
  const folders = [...settings.modelFolders, process.env.FRAMELOOM_MODELS ?? ''].filter(Boolean);
  if (folders.length > 0) env.FRAMELOOM_MODELS = folders.join(path.delimiter);
  return env;
}

function atHome(file: string): string {
  const home = process.env.HOME ?? process.env.USERPROFILE;
  return home && /^~(?=$|[\\/])/.test(file) ? path.join(home, file.slice(1)) : file;
}
