import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The programs of Debian's `slurm-wlm` and `munge` that a cluster of one node takes. */
const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'sinfo'];

/** Whether a Slurm is installed. */
export const hasSlurm = (): boolean => programs.every((program) => placeOf(program) !== undefined);

function placeOf(program: string): string | undefined {
  return ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'].map((folder) => path.join(folder, program)).find(existsSync);
}

/** A real Slurm of one node, of its own configuration, key and ports, below one folder; nothing of an installed cluster is touched. */
export class SlurmCluster {
  private readonly daemons: ChildProcess[] = [];
  /** For programs that are to speak to it. */
  readonly env: NodeJS.ProcessEnv;

  private constructor(
    private readonly folder: string,
    path: string,
  ) {
    this.env = { ...process.env, PATH: path, SLURM_CONF: `${folder}/slurm.conf` };
  }

  /**
   * Starts it and waits until its node takes jobs.
   *
   * @param folder that it may write to; not longer than a socket's name may be.
   * @param searched the PATH that its jobs have.
   */
  static async start(folder: string, searched: string): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(folder, searched);
    const [controllerPort, nodePort] = [await freePort(), await freePort()];
    for (const name of ['state', 'spool']) mkdirSync(path.join(folder, name), { mode: 0o700 });
    const key = path.join(folder, 'munge.key');
    writeFileSync(key, randomBytes(1024), { mode: 0o400 });
    const { username } = userInfo();
    const settings = {
      ClusterName: 'frameloom',
      SlurmctldHost: `${hostname()}(127.0.0.1)`,
      SlurmctldPort: controllerPort,
      SlurmdPort: nodePort,
      SlurmUser: username,
      SlurmdUser: username,
      AuthType: 'auth/munge',
      AuthInfo: `socket=${folder}/munge.socket`,
      StateSaveLocation: `${folder}/state`,
      SlurmdSpoolDir: `${folder}/spool`,
      SlurmctldPidFile: `${folder}/slurmctld.pid`,
      SlurmdPidFile: `${folder}/slurmd.pid`,
      ProctrackType: 'proctrack/linuxproc',
      TaskPlugin: 'task/none',
      JobAcctGatherType: 'jobacct_gather/none',
      MpiDefault: 'none',
      SelectType: 'select/cons_tres',
      SelectTypeParameters: 'CR_CPU',
      SlurmdParameters: 'config_overrides',
      ReturnToService: 2,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    // As large as the scripts ask for, whatever the machine: two tasks at a time.
    lines.push(`NodeName=${hostname()} NodeAddr=127.0.0.1 CPUs=8 RealMemory=32000 State=UNKNOWN`);
    lines.push('PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP');
    writeFileSync(path.join(folder, 'slurm.conf'), `${lines.join('\n')}\n`);
    const own = ['socket', 'pid', 'log', 'seed'].map((name) => path.join(folder, `munge.${name}`)) as [string, string, string, string];
    const [socket, pid, log, seed] = own;
    // The folder is below the machine's temporary one, in which munge trusts nobody unless told to.
    const places = ['--key-file', key, '--socket', socket, '--pid-file', pid, '--log-file', log, '--seed-file', seed];
    cluster.daemon('munged', '--foreground', '--force', ...places);
    await until(() => existsSync(socket));
    cluster.daemon('slurmctld', '-D', '-f', `${folder}/slurm.conf`);
    cluster.daemon('slurmd', '-D', '-f', `${folder}/slurm.conf`);
    await until(async () => (await cluster.ask('sinfo', '-h', '-o', '%T').catch(() => '')) === 'idle');
    return cluster;
  }

  /** What one of Slurm's programs prints. */
  async ask(program: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(placeOf(program)!, args, { env: this.env, cwd: this.folder });
    return stdout.trim();
  }

  /** Submits a job and waits for its end. @param onSubmitted gets its number. @returns whether all of it went well. */
  async submit(args: readonly string[], onSubmitted?: (job: string) => void): Promise<boolean> {
    const child = spawn(placeOf('sbatch')!, ['--wait', '--parsable', ...args], {
      env: this.env,
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', (text) => onSubmitted?.(String(text).trim()));
    return new Promise((resolve) => child.on('close', (code) => resolve(code === 0)));
  }

  /** Waits until a task of a job runs, and kills its processes. */
  async kill(task: string): Promise<void> {
    await until(async () => (await this.ask('squeue', '-h', '-j', task, '-o', '%T')) === 'RUNNING');
    await this.ask('scancel', '--signal=KILL', '--full', task);
  }

  /** Ends the daemons. */
  async stop(): Promise<void> {
    for (const daemon of this.daemons.reverse()) {
      const gone = new Promise((resolve) => daemon.once('close', resolve));
      if (daemon.exitCode === null && daemon.kill()) await gone;
    }
  }

  private daemon(program: string, ...args: string[]): void {
    this.daemons.push(spawn(placeOf(program)!, args, { env: this.env, cwd: this.folder, stdio: 'ignore' }));
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(250);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
