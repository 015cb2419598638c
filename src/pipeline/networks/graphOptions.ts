import { flag, oneOf, type OptionChecks, wholeNumber } from '../core/index.js';
import { deviceCheck, type DeviceChoice, type DeviceName } from './devices.js';
import type { ResidentSessions, SessionGroup } from './residentSessions.js';
import { type MemoryChoice, memoryChoices } from './sessionSettings.js';

/** How ONNX Runtime runs a model's graphs. */
export interface RuntimeOptions {
  /** Threads of one call; ONNX Runtime's default is one per physical core. */
  threads?: number;
  /**
   * What runs the networks; by default what the environment variable `FRAMELOOM_DEVICE` says, else `cpu`, the processor. A device is tried on a small input at loading,
   * and used only where it gives the processor's numbers. `auto` takes the first device that does, for each network, and the processor where none does; a device
   * that is named has to.
   */
  device?: DeviceChoice;
  /**
   * What memory is spent on. `speed`: weights are copied into the order in which the processor reads them, and all parts are kept. `least`: weights stay pages of
   * their files, and only the part at work (text encoder, VAE, UNet) is in memory. `auto`, the default, chooses by what the machine has: parts are kept where they fit (not
   * those of models of clips, Wan and LTX-Video, which are opened in a moment and take much while they work),
   * weights in safetensors stay pages of their files, for that costs 4 % of the speed at most, and those of ONNX exports are copied where there is room.
   */
  memory?: MemoryChoice;
  /**
   * Whether what the text encoder makes of a prompt is kept on disk, in the cache folder of the user, so that the next run with that prompt does not load it. By default
   * that of text encoders of a gigabyte and more, as Wan's and LTX-Video's, which are read for every prompt. Files are named by digests and hold numbers, no text.
   */
  promptCache?: boolean;
}

/** @internal How the graphs of one model are run, with where they are kept together. */
export interface GraphOptions extends RuntimeOptions {
  /** The model's sessions; by default the graph is on its own, and kept. */
  readonly resident?: ResidentSessions;
  /** Which of them this one belongs to. */
  readonly group?: SessionGroup;
  /** See `sessionSettings`. */
  readonly keepsArena?: boolean;
}

/** What the options of running graphs may be. */
export const runtimeChecks: OptionChecks<RuntimeOptions> = {
  threads: wholeNumber(1, 1024),
  device: deviceCheck,
  memory: oneOf(...memoryChoices),
  promptCache: flag,
};

/** How a graph is opened on one device, with nothing left to choose. */
export interface SessionOptions extends Omit<GraphOptions, 'device'> {
  /** What runs it; the processor by default. */
  readonly device?: DeviceName;
  /** Where ONNX Runtime writes which node ran where, until `Graph.endProfile`: the beginning of the file's path. */
  readonly profile?: string;
}
