import { type ModelSource, nameOfSource, type RewrittenModel } from '../onnx/index.js';
import { modelErrors } from './errors.js';
import type { SessionOptions } from './graphOptions.js';
import { InferenceSession } from './onnxRuntime.js';
import { LazySession, ResidentSessions } from './residentSessions.js';
import { sessionSettings } from './sessionSettings.js';

/** The session of an ONNX file, beside which external weights lie. */
export function fileSession(file: string, options: SessionOptions): LazySession {
  return lazySession(file, options, false, {}, (settings) => InferenceSession.create(file, settings));
}

/** The session of a graph in memory, whose weights are in files. */
export function rewrittenSession(
  source: ModelSource,
  { bytes, weightsFolder, isBuilt }: RewrittenModel,
  options: SessionOptions,
): LazySession {
  const entries = { model_external_initializers_file_folder_path: weightsFolder };
  return lazySession(source, options, isBuilt, entries, (settings) => InferenceSession.create(bytes, settings));
}

function lazySession(
  source: ModelSource,
  options: SessionOptions,
  isBuilt: boolean,
  entries: Readonly<Record<string, string>>,
  create: (settings: InferenceSession.SessionOptions) => Promise<InferenceSession>,
): LazySession {
  const { device = 'cpu', threads, profile, resident = new ResidentSessions(false), group = 'denoise' } = options;
  const { graphOptimizationLevel, prepacking, arena, memoryPattern } = sessionSettings(options, isBuilt);
  // Only the first session is looked at; when it is made anew, the profile's folder is gone.
  let profiled = profile;
  const make = async () => {
    const profiling = profiled === undefined ? {} : { enableProfiling: true, profileFilePrefix: profiled };
    profiled = undefined;
    try {
      return await create({
        executionProviders: [device],
        graphOptimizationLevel,
        enableCpuMemArena: arena,
        enableMemPattern: memoryPattern,
        ...(threads ? { intraOpNumThreads: threads } : {}),
        ...profiling,
        // Of other devices ONNX Runtime warns, for every graph, that the processor computes its shapes.
        ...(device === 'cpu' ? {} : { logSeverityLevel: 3 as const }),
        // Threads that spin while they wait would keep all cores busy between the calls of an idle notebook.
        extra: { session: { ...entries, ...(prepacking ? {} : { disable_prepacking: '1' }), intra_op: { allow_spinning: '0' } } },
      });
    } catch (error) {
      throw modelErrors.cannotLoad(nameOfSource(source), error);
    }
  };
  return new LazySession(make, resident, group);
}
