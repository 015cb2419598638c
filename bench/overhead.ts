import path from 'node:path';
import { LatentDiffusionModel, Video } from '../src/index.js';

const sample = path.join(__dirname, '..', 'media', 'samples', 'red-car.mp4');

/**
 * What everything but ONNX Runtime costs: the time of editing the whole sample clip (opening, decoding, guidance, scheduler,
 * pixels) ÷ the time spent inside `session.run`. Goal: at most 1.03.
 */
export async function overhead(): Promise<object> {
  const model = await LatentDiffusionModel.fromPretrained();
  const graphs = [
    model.textEncoder.graph,
    model.unet.graph,
    model.vae.requireEncoder().encoder,
    model.vae.decoder,
    ...(model.interrogator ? [model.interrogator.graph] : []),
  ];
  const inRuntime = () => graphs.reduce((sum, { runSeconds }) => sum + runSeconds, 0);
  const edit = async () => {
    const clip = await Video.open(sample);
    await (
      await model.editVideo(clip, 'a big green car moving right on a blue background', { numInferenceSteps: 20, strength: 0.8, seed: 1 })
    ).close();
    await clip.close();
  };
  await edit(); // The first run allocates memory and compiles JavaScript.
  const before = inRuntime();
  const started = performance.now();
  await edit();
  const totalSeconds = (performance.now() - started) / 1000;
  const runSeconds = inRuntime() - before;
  await model.release();
  return {
    totalSeconds: round(totalSeconds),
    sessionRunSeconds: round(runSeconds),
    ratio: round(totalSeconds / runSeconds),
    goal: '<= 1.03',
    rssPeakMB: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
  };
}

/** To three decimals. */
export function round(value: number): number {
  return Number(value.toFixed(3));
}
