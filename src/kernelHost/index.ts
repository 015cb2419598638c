/* Starts, watches and asks a kernel process, whoever the host is: the extension, `frameloom run`, a test. */
export { KernelClient, type KernelLaunch, type KernelListener } from './kernelClient.js';
export { describeDeath, type InterruptedWork, type KernelEnd } from './kernelDeath.js';
