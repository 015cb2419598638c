// An editing method of one's own, with a loop of its own: ILVR.
//
//   npm install frameloom && npx tsx own-method.ts red-car.mp4 "a big green car moving right on a blue background" green-car.mp4
import { beginOf, defineMethod, guidedPrediction, LatentDiffusionModel, Tensor, Video, weightedSum, wholeNumberOption } from 'frameloom';

/** What it can be told. */
interface IlvrSettings {
  /** Latent places of a cell whose mean stays the source's. */
  cell: number;
}

/**
 * ILVR: denoise towards the prompt, and after every step give the latents the source's means over cells again. What is smaller than a
 * cell is the prompt's; what is larger (places, rough colours, motion) is the source's.
 *
 * Choi et al. 2021.
 */
export const ilvr = defineMethod<IlvrSettings>({
  name: 'ilvr',
  title: 'ILVR',
  about: 'changes details and keeps what is coarse',
  suits: 'Textures and small things: places and rough colours stay the source’s.',
  paper: 'Choi et al. 2021, "ILVR: Conditioning Method for Denoising Diffusion Probabilistic Models"',
  strength: 0.8,
  ownLoop: true,
  options: { cell: wholeNumberOption('latent places of a cell whose mean stays the source’s', 1, 64, 4) },
  prepare(run, { strength, cell }) {
    const begin = beginOf(run.newScheduler(strength), strength, run.numInferenceSteps);
    return {
      steps: run.newScheduler(strength).timesteps.length - begin,
      async edit({ source, frames }) {
        const { model } = run;
        const scheduler = run.newScheduler(strength);
        scheduler.setBeginIndex(begin);
        const noise = run.noise.forFrames(frames.start, source.dims);
        const timesteps = scheduler.timesteps.slice(begin);
        const guidanceAt = await run.guide(frames);
        let latents = scheduler.addNoise(source, noise, timesteps[0]!);
        for (const [index, timestep] of timesteps.entries()) {
          const input = scheduler.scaleModelInput(latents, timestep);
          const guidance = guidanceAt({ index, steps: timesteps.length });
          const { guided } = await run.stopwatch.measure('unet', () => guidedPrediction(model.unet, input, timestep, guidance));
          const { prevSample, predOriginalSample } = scheduler.step(guided, timestep, latents, { generator: run.noise });
          const next = timesteps[index + 1];
          const there = next === undefined ? source : scheduler.addNoise(source, noise, next);
          latents = weightedSum([1, prevSample], [1, cellMeans(there, cell)], [-1, cellMeans(prevSample, cell)]);
          const sigma = scheduler.sigmas?.[begin + index];
          const told = await run.stepDone({
            step: index + 1,
            steps: timesteps.length,
            timestep,
            sigma,
            latents,
            predOriginalSample,
            frames,
          });
          if (told.stop) return { latents: predOriginalSample };
          latents = told.latents;
        }
        return { latents };
      },
    };
  },
});

/** Every value as the mean of its cell. @param latents `[frames, channels, height, width]`. */
function cellMeans(latents: Tensor, cell: number): Tensor {
  const [, , height, width] = latents.dims as [number, number, number, number];
  const out = new Float32Array(latents.size);
  for (let plane = 0; plane < latents.size; plane += height * width) {
    for (let top = 0; top < height; top += cell) {
      for (let left = 0; left < width; left += cell) {
        const places: number[] = [];
        for (let y = top; y < Math.min(top + cell, height); y++)
          for (let x = left; x < Math.min(left + cell, width); x++) places.push(plane + y * width + x);
        const mean = places.reduce((sum, place) => sum + latents.data[place]!, 0) / places.length;
        for (const place of places) out[place] = mean;
      }
    }
  }
  return new Tensor(out, latents.dims);
}

async function main([input, prompt, output]: readonly string[]): Promise<void> {
  if (!input || !prompt || !output) throw new Error('Usage: own-method.ts <input> <prompt> <output>');
  const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
  const clip = await Video.open(input);
  const edited = await model.editVideo(clip, prompt, {
    method: ilvr,
    cell: 4,
    seed: 1,
    numInferenceSteps: 10,
    onProgress: ({ text }) => console.log(text),
  });
  await edited.save(output);
  console.log(edited.provenance?.settings);
}

void main(process.argv.slice(2));
