import { freemem, totalmem, cpus } from 'node:os';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Command, Option } from 'commander';
import { checkExecutionProviders, findFfmpeg, findModel, installedModels, LatentDiffusionModel, modelFolders, packageRoot, type ProviderCheck } from '../pipeline/index.js';
import { readFileSync } from 'node:fs';
import { exitCodes } from './exitCodes.js';

const execute = promisify(execFile);

/** One thing looked at. */
interface Check {
  name: string;
  ok: boolean;
  /** What was found. */
  detail: string;
  /** What to do, where something is wrong. */
  advice?: string;
}

/** Memory below which even the embedded model gets tight, bytes. */
const LITTLE_MEMORY = 1.5e9;

/** `frameloom doctor` */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what works here, and what to do about what does not')
    .option('--json', 'print one line of JSON')
    .addOption(new Option('--providers-only').hideHelp())
    .action((flags: { json?: boolean; providersOnly?: boolean }) => (flags.providersOnly ? printProviders() : doctor(flags)));
}

async function doctor({ json }: { json?: boolean }): Promise<void> {
  const checks = [versions(), memory(), await ffmpeg(), ...(await models()), ...(await providers())];
  if (json) process.stdout.write(`${JSON.stringify({ checks })}\n`);
  else process.stdout.write(`${checks.map(line).join('\n')}\n`);
  if (checks.some(({ ok }) => !ok)) process.exitCode = exitCodes.unexpected;
}

function line({ name, ok, detail, advice }: Check): string {
  return `${ok ? '✓' : '✗'} ${name.padEnd(20)} ${detail}${advice ? `\n${' '.repeat(23)}→ ${advice}` : ''}`;
}

function versions(): Check {
  const version = (folder: string) => (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  const runtime = version(path.dirname(require.resolve('onnxruntime-node/package.json')));
  return { name: 'versions', ok: true, detail: `frameloom ${version(packageRoot())}, Node ${process.versions.node}, ONNX Runtime ${runtime}, ${process.platform}-${process.arch}` };
}

function memory(): Check {
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const detail = `${gigabytes(freemem())} free of ${gigabytes(totalmem())}, ${cpus().length} processor cores`;
  const ok = freemem() > LITTLE_MEMORY;
  return { name: 'memory', ok, detail, ...(ok ? {} : { advice: 'Close other programs: Stable Diffusion needs 4 to 6 GB, the embedded model about half a gigabyte.' }) };
}

async function ffmpeg(): Promise<Check> {
  try {
    const found = await findFfmpeg();
    const advice = found.skipped.length > 0 ? `Skipped: ${found.skipped.join('; ')}` : undefined;
    return { name: 'ffmpeg', ok: true, detail: `${found.version} (${found.ffmpeg}, found by ${found.source})`, advice };
  } catch (error) {
    return { name: 'ffmpeg', ok: false, detail: (error as Error).message, advice: 'Install ffmpeg and put it on PATH, or set FRAMELOOM_FFMPEG to it.' };
  }
}

async function models(): Promise<Check[]> {
  const installed = await installedModels();
  if (installed.length === 0) return [{ name: 'models', ok: false, detail: `none in ${modelFolders().join(', ')}`, advice: 'Reinstall Frameloom: the model motion-stickers ships with it.' }];
  const checks: Check[] = [];
  for (const { name, directory } of installed) {
    try {
      const model = await LatentDiffusionModel.fromPretrained(directory);
      await model.release();
      checks.push({ name: `model ${name}`, ok: true, detail: `loads (${directory})` });
    } catch (error) {
      checks.push({ name: `model ${name}`, ok: false, detail: (error as Error).message });
    }
  }
  return checks;
}

/**
 * Tries the execution providers in a child process: drivers print to stderr as they please, and some crash.
 * Providers other than the processor are welcome, not needed: their failure is said, but is none of ours.
 */
async function providers(): Promise<Check[]> {
  const cpuWorks: Check = { name: 'provider cpu', ok: true, detail: 'works' };
  const { stdout } = await execute(process.execPath, [...process.execArgv, process.argv[1]!, 'doctor', '--providers-only']).catch(() => ({ stdout: '' }));
  if (!stdout) return [cpuWorks, { name: 'other providers', ok: true, detail: 'none usable here: trying them ended the process' }];
  return (JSON.parse(stdout) as ProviderCheck[]).map(({ name, failure }) => ({
    name: `provider ${name}`,
    ok: failure === undefined || name !== 'cpu',
    detail: failure === undefined ? 'works' : `not usable here (${failure.slice(0, 100)})`,
  }));
}

/** What the child process does. */
async function printProviders(): Promise<void> {
  const directory = await findModel('motion-stickers');
  process.stdout.write(JSON.stringify(await checkExecutionProviders(path.join(directory, 'vae_encoder', 'model.onnx'))));
}
