import { createRequire } from 'node:module';
import path from 'node:path';
import type { StackTraces } from '../typescript/stackTraces.js';
import { asImported, asRequired, importFrom, isOnlyForImport } from './esModules.js';
import { localFile, stampOf } from './localFiles.js';
import type { VirtualFiles } from './localFiles.js';
import { compileLocalModule } from './localModule.js';
import { functionOf } from './script.js';
import type { ScriptScope } from './script.js';

/** A file of the person's own that was loaded. */
interface LocalModule {
  exports: unknown;
  /** See {@link stampOf}. */
  readonly stamp: string;
  /** The files that it imports. */
  imports: readonly string[];
  /** Settled when it has run; undefined when it ran at once. */
  running?: Promise<void>;
}

/** What a loader cannot know by itself. */
export interface LoaderSurroundings {
  readonly traces: StackTraces;
  readonly virtual: VirtualFiles;
  /** Modules that the kernel has itself, such as the cells; undefined for all others. */
  readonly special: (specifier: string) => object | undefined;
}

/**
 * Loads what cells import: the person's own TypeScript and JavaScript, compiled like cells and read anew when a file has
 * changed, and packages, by `require` where they allow it, so that everything in the process shares one copy.
 */
export class ModuleLoader {
  private readonly local = new Map<string, LocalModule>();
  /** ES modules that only `import()` could load, by who asked for what. */
  private readonly native = new Map<string, object>();

  constructor(private readonly around: LoaderSurroundings) {}

  /** The `require` and `import` of a file. */
  scopeOf(file: string): Pick<ScriptScope, 'require' | 'import'> {
    const nodes = createRequire(file);
    const require = Object.assign((specifier: string): unknown => this.require(specifier, file), nodes) as NodeJS.Require;
    return { require, import: (specifier) => this.import(String(specifier), file) };
  }

  /** Loads what a script imports, before it runs; what has changed on the disk is loaded anew. */
  async prepare(imports: readonly string[], from: string): Promise<void> {
    for (const specifier of imports) await this.ready(specifier, from, new Set());
  }

  private async import(specifier: string, from: string): Promise<unknown> {
    await this.ready(specifier, from, new Set());
    return this.native.get(keyOf(specifier, from)) ?? asImported(this.require(specifier, from));
  }

  private require(specifier: string, from: string): unknown {
    const special = this.around.special(specifier);
    if (special) return special;
    const native = this.native.get(keyOf(specifier, from));
    if (native) return asRequired(native);
    const file = localFile(specifier, from, this.around.virtual);
    return file ? this.requireLocal(file) : asRequired(createRequire(from)(specifier));
  }

  /** @param chain the files whose imports are being loaded: those that import one another do not wait for one another. */
  private async ready(specifier: string, from: string, chain: ReadonlySet<string>): Promise<void> {
    if (this.around.special(specifier)) return;
    const file = localFile(specifier, from, this.around.virtual);
    if (file) {
      if (chain.has(file)) return;
      if (chain.size === 0) this.forgetChanged(file, new Set());
      await (this.local.get(file)?.running ?? this.start(file, chain).running);
      return;
    }
    if (this.native.has(keyOf(specifier, from))) return;
    try {
      createRequire(from)(specifier);
    } catch (error) {
      if (!isOnlyForImport(error)) throw error;
      this.native.set(
        keyOf(specifier, from),
        await importFrom(from)(specifier).catch((second: unknown) => {
          throw (second as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND' ? error : second;
        }),
      );
    }
  }

  private requireLocal(file: string): unknown {
    const loaded = this.local.get(file);
    if (loaded) return loaded.exports;
    const { module, script, call } = this.begin(file);
    if (script?.isAsync) {
      this.local.delete(file);
      throw new Error(`${path.basename(file)} awaits at its top level, so it must be imported rather than required.`);
    }
    this.untilDone(file, call);
    return module.exports;
  }

  private start(file: string, chain: ReadonlySet<string>): LocalModule {
    const loaded = this.local.get(file);
    if (loaded) return loaded;
    const { module, script, call } = this.begin(file);
    const within = new Set([...chain, file]);
    const run = async (): Promise<void> => {
      for (const specifier of script?.imports ?? []) await this.ready(specifier, file, within);
      await call();
    };
    module.running = run().catch((error: unknown) => {
      this.local.delete(file);
      throw error;
    });
    return module;
  }

  /** A module that is compiled and known, but has not run. */
  private begin(file: string): { module: LocalModule; script: ReturnType<typeof compileLocalModule>['script']; call: () => unknown } {
    const { traces, virtual } = this.around;
    const stamp = stampOf(file, virtual);
    const { script, json } = compileLocalModule(file, virtual);
    const scope = this.scopeOf(file);
    const imports = (script?.imports ?? []).flatMap((specifier) => localFile(specifier, file, virtual) ?? []);
    const module: LocalModule & { filename: string; id: string } = {
      exports: script ? {} : json,
      stamp,
      imports,
      filename: file,
      id: file,
    };
    this.local.set(file, module);
    const call = (): unknown =>
      script && functionOf(script, path.basename(file), traces)({ ...scope, exports: module.exports as object, module, file });
    return { module, script, call };
  }

  private untilDone(file: string, call: () => unknown): void {
    try {
      call();
    } catch (error) {
      this.local.delete(file);
      throw error;
    }
  }

  /** Forgets a file that has changed since it was loaded, and those that import it. */
  private forgetChanged(file: string, seen: Set<string>): boolean {
    const module = this.local.get(file);
    if (!module || seen.has(file)) return false;
    seen.add(file);
    const below = module.imports.map((imported) => this.forgetChanged(imported, seen)).includes(true);
    const changed = below || stampOf(file, this.around.virtual) !== module.stamp;
    if (changed) this.local.delete(file);
    return changed;
  }
}

function keyOf(specifier: string, from: string): string {
  return `${path.dirname(from)}\n${specifier}`;
}
