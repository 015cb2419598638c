import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

/** Packs what was built and installs it as a user would: in an empty project, with an empty HOME and cache. */
describe('npm install frameloom', function () {
  this.timeout(20 * 60_000);
  let folder: string;
  let project: string;
  let env: NodeJS.ProcessEnv;

  const run = (command: string, args: string[], cwd: string) =>
    spawnSync(command, args, { cwd, env, encoding: 'utf8', shell: process.platform === 'win32' });
  const frameloom = (...args: string[]) =>
    run(process.execPath, [path.join('node_modules', 'frameloom', 'dist', 'cli.js'), ...args], project);
  const runtime = () => path.join(project, 'node_modules', 'frameloom', 'node_modules', 'onnxruntime-node');
  const platforms = () =>
    readdirSync(path.join(runtime(), 'bin', 'napi-v6'))
      .flatMap((platform) => readdirSync(path.join(runtime(), 'bin', 'napi-v6', platform)).map((arch) => `${platform}-${arch}`))
      .sort();

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-install-'));
    project = path.join(folder, 'project');
    for (const name of ['home', 'cache', 'project']) mkdirSync(path.join(folder, name));
    const settings = process.env.NPM_CONFIG_USERCONFIG ?? process.env.npm_config_userconfig ?? path.join(homedir(), '.npmrc');
    // What npm hands on to what runs below it (`ignore-scripts` of this clone, for one) is not what a user has.
    env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
    Object.assign(
      env,
      { HOME: path.join(folder, 'home'), npm_config_cache: path.join(folder, 'cache') },
      existsSync(settings) ? { NPM_CONFIG_USERCONFIG: settings } : {},
    );
    const packed = run('npm', ['pack', '--silent', '--pack-destination', folder], root);
    assert.equal(packed.status, 0, packed.stderr);
    writeFileSync(path.join(project, 'package.json'), '{"name": "mine", "version": "1.0.0"}');
    const installed = run(
      'npm',
      ['install', '--no-audit', '--no-fund', path.join(folder, packed.stdout.trim().split('\n').at(-1)!)],
      project,
    );
    assert.equal(installed.status, 0, `${installed.stdout}\n${installed.stderr}`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('needs no NuGet: ONNX Runtime comes inside the package, without its install script', () => {
    const { packages } = JSON.parse(readFileSync(path.join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean; inBundle?: boolean }>;
    };
    const [, entry] = Object.entries(packages).find(([name]) => name.endsWith('node_modules/onnxruntime-node'))!;
    assert.deepEqual([entry.inBundle, entry.hasInstallScript], [true, undefined]);
    assert.equal((JSON.parse(readFileSync(path.join(runtime(), 'package.json'), 'utf8')) as { scripts?: object }).scripts, undefined);
    assert.deepEqual(platforms(), ['darwin-arm64', 'linux-arm64', 'linux-x64', 'win32-arm64', 'win32-x64']);
  });

  it('gives a command that finds everything in order', () => {
    const doctor = frameloom('doctor');
    assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
  });

  it('gives import and require one library, without a warning and without its insides', () => {
    writeFileSync(
      path.join(project, 'program.mjs'),
      `
      import { createRequire } from 'node:module';
      import { Tensor, Video, schedulerNames } from 'frameloom';
      import { DDIMScheduler } from 'frameloom/schedulers';
      import * as video from 'frameloom/video';
      const required = createRequire(import.meta.url)('frameloom');
      const all = await import('frameloom');
      const isSame = [Tensor === required.Tensor, Video === video.Video, DDIMScheduler === required.DDIMScheduler, Video === all.Video];
      console.log(isSame.join(), schedulerNames.includes('ddim'), ['setAmbient', 'host', 'checkOutput'].filter((name) => name in required || name in all).length);
    `,
    );
    const { status, stdout, stderr } = run(process.execPath, ['program.mjs'], project);
    assert.deepEqual([status, stdout, stderr], [0, 'true,true,true,true true 0\n', '']);
    const subpath = run(
      process.execPath,
      ['-e', "console.log(require('frameloom/schedulers').DDIMScheduler === require('frameloom').DDIMScheduler)"],
      project,
    );
    assert.deepEqual([subpath.stdout, subpath.stderr], ['true\n', '']);
  });

  it('gives types to programs of every kind, and a way from them to the source', () => {
    const use =
      "const frames: Promise<Video> = Video.open('clip.mp4');\nconst scheduler: Scheduler = new DDIMScheduler({ clipSample: false });\nexport { frames, scheduler };\n";
    const program = `import { Video } from 'frameloom';\nimport { DDIMScheduler, type Scheduler } from 'frameloom/schedulers';\nimport type { Provenance } from 'frameloom/video';\nexport type Made = Provenance;\n${use}`;
    const wrong = "import { Video } from 'frameloom';\nexport const clip: number = Video.open('clip.mp4');\n";
    const compile = (files: readonly string[], ...settings: string[]) =>
      run(
        process.execPath,
        [
          path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
          '--noEmit',
          '--strict',
          '--target',
          'es2022',
          '--types',
          'node',
          ...settings,
          ...files,
        ],
        project,
      );
    for (const name of ['program.mts', 'program.cts', 'program.ts']) writeFileSync(path.join(project, name), program);
    writeFileSync(path.join(project, 'wrong.mts'), wrong);
    // The library's own types are checked once; after that, how they are found.
    for (const [files, ...settings] of [
      [['program.mts', 'program.cts'], '--module', 'nodenext'],
      [['program.mts', 'program.cts'], '--module', 'node16', '--skipLibCheck'],
      [['program.ts'], '--module', 'esnext', '--moduleResolution', 'bundler', '--skipLibCheck'],
    ] as [string[], ...string[]][]) {
      const { status, stdout } = compile(files, ...settings);
      assert.equal(status, 0, `${files.join(', ')} with ${settings.join(' ')}: ${stdout}`);
    }
    assert.match(
      compile(['wrong.mts'], '--module', 'nodenext', '--skipLibCheck').stdout,
      /Type 'Promise<Video>' is not assignable to type 'number'/,
    );
    const types = path.join(project, 'node_modules', 'frameloom', 'dist', 'types');
    const { sources } = JSON.parse(readFileSync(path.join(types, 'index.d.ts.map'), 'utf8')) as { sources: string[] };
    assert.deepEqual(
      sources.filter((source) => !existsSync(path.join(types, source))),
      [],
    );
  });

  it('prune says what would go, removes other platforms’ binaries only, and is done then', () => {
    const before = platforms();
    const dry = frameloom('prune', '--dry-run');
    assert.match(dry.stdout, /would free 2\d\d MB/i);
    assert.deepEqual(platforms(), before);
    const pruned = frameloom('prune');
    assert.equal(pruned.status, 0, pruned.stderr);
    assert.match(pruned.stdout, /Freed 2\d\d MB.*Installing Frameloom again/);
    assert.deepEqual(platforms(), [`${process.platform}-${process.arch}`]);
    assert.match(frameloom('prune').stdout, /Nothing to remove/);
    const { status, stdout, stderr } = frameloom(
      'generate',
      'a big red car',
      '-o',
      'car.gif',
      '--steps',
      '1',
      '--num-frames',
      '1',
      '--seed',
      '1',
      '-q',
      '--json',
    );
    assert.equal(status, 0, stderr);
    assert.equal((JSON.parse(stdout) as { frames: number }).frames, 1);
  });

  it('prune leaves a clone alone', () => {
    const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'dist', 'cli.js'), 'prune', '--dry-run'], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /is a clone/);
  });
});
