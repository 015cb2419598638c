import type * as pipeline from '../library.js';

/** Where the pixels of a form's run go: into the form. Its output is replaced when the clip is there, and not before. */
export function intoForm(tuneId: string, sink: pipeline.host.DisplaySink): pipeline.host.DisplaySink {
  return {
    display: () => undefined,
    update: () => undefined,
    preview: (pixels) => sink.preview?.({ ...pixels, displayId: tuneId }),
    sideFolder: sink.sideFolder,
  };
}

/** Makes the clip of a form anew and replaces its output. @throws what editing and generating throw; then the form stays as it is. */
export async function remakeForm(
  tuning: pipeline.host.Tuning,
  values: Parameters<pipeline.host.Tuning['remake']>[0],
  sink: pipeline.host.DisplaySink,
): Promise<void> {
  await tuning.remake(values);
  sink.update(tuning.id, await tuning.bundle(sink.sideFolder));
}
