import assert from 'node:assert/strict';
import { withInvertibleScheduler } from '../../../../src/pipeline/editing/invertibleScheduler.js';
import { addsNoise } from '../../../../src/pipeline/editing/noiseMaps.js';
import { type LatentDiffusionModel, type StepState, type Tensor, Video } from '../../../../src/index.js';
import {
  DDIMScheduler,
  EulerDiscreteScheduler,
  PNDMScheduler,
  schedulerByName,
  alphasCumprod,
} from '../../../../src/pipeline/schedulers/index.js';
import { relativeError } from '../../../parity/closeTo.js';
import { loadTinyModel } from '../../../parity/tinyModels.js';

const CAPTION = 'a blue balloon over the sea';

describe('noise that is found in a source and drawn again', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  const alphas = alphasCumprod({ ...new DDIMScheduler().config, betaStart: 0.00085, betaEnd: 0.012, betaSchedule: 'scaled_linear' });
  before(async () => {
    model = await loadTinyModel('tiny-sd');
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) % 251);
    clip = await Video.fromFrames([{ data, width: 64, height: 64 }], { fps: 8 });
  });
  after(() => model?.release());

  /** Latents at the end of an edit, and those it began with. */
  async function edit(prompt: string, options: object): Promise<{ latents: Tensor; notices: string[] }> {
    let latents: Tensor | undefined;
    const notices: string[] = [];
    await model.editVideo(clip, prompt, {
      sourcePrompt: CAPTION,
      numInferenceSteps: 6,
      seed: 3,
      callbackOnStepEnd: (state) => void (latents = state.latents),
      onNotice: (text) => void notices.push(text),
      ...options,
    });
    return { latents: latents!, notices };
  }

  /** The clean latents that a seed encodes, which FlowEdit between a caption and itself leaves as they are. */
  const sourceOf = async () =>
    (await edit(CAPTION, { method: 'flowedit', scheduler: 'ddim', guidanceScale: 1, sourceGuidanceScale: 1 })).latents;

  for (const scheduler of ['ddim', 'ddpm', 'dpmpp_2m_sde'] as const) {
    it(`towards the source's own caption the run goes back to the source, by ${scheduler}`, async () => {
      const states: StepState[] = [];
      const options = { method: 'ddpm-inversion', strength: 0.7, scheduler, guidanceScale: 1, sourceGuidanceScale: 1 };
      await edit(CAPTION, { ...options, callbackOnStepEnd: (state: StepState) => void states.push(state) });
      const source = await sourceOf();
      // The last step of the others adds no noise, so that nothing there can make up for what the network takes the source for.
      if (scheduler !== 'ddim') {
        const { timestep, latents: noised } = { ...states.at(-2)!, timestep: states.at(-1)!.timestep };
        const signal = Math.sqrt(alphas[timestep]!);
        const noise = noised.map((value, i) => (value - signal * source.data[i]!) / Math.sqrt(1 - signal ** 2));
        const variance = noise.data.reduce((sum, value) => sum + value ** 2, 0) / noise.size;
        assert.ok(variance > 0.7 && variance < 1.3, `what lies on the source before the last step is noise of variance 1, not ${variance}`);
      } else assert.ok(relativeError(states.at(-1)!.latents.data, source.data) < 1e-3, 'as the source');
      const { latents: another } = await edit('a red car', options);
      assert.ok(relativeError(another.data, states.at(-1)!.latents.data) > 1e-2, 'another prompt makes something else');
    });
  }

  it('a scheduler that draws none is told from one that does, and refused where it was asked for', async () => {
    assert.deepEqual(
      [
        new DDIMScheduler(),
        schedulerByName('dpmpp_2m_sde'),
        new PNDMScheduler(),
        new EulerDiscreteScheduler(),
        schedulerByName('dpm_2_a'),
      ].map((scheduler) => addsNoise(scheduler)),
      [true, true, false, false, false],
    );
    await assert.rejects(edit('a car', { method: 'ledits', scheduler: 'euler' }), { code: 'FL_SCHEDULER_METHOD', message: /dpmpp_2m_sde/ });
  });

  it('a model whose own scheduler draws none is given DDIM, and told so', () => {
    const own = Object.create(model, { scheduler: { value: new PNDMScheduler() } }) as LatentDiffusionModel;
    const notices: string[] = [];
    const options = withInvertibleScheduler(own, { method: 'ddpm-inversion', onNotice: (text) => void notices.push(text) });
    assert.ok(options.scheduler instanceof DDIMScheduler);
    assert.match(notices.join(), /PNDMScheduler draws none; DDIMScheduler is used/);
    assert.equal(withInvertibleScheduler(model, { method: 'ledits' }).scheduler, undefined);
  });

  it('LEDITS++ takes its edits as a list or as a text, and says what it takes', async () => {
    const listed = await edit('what is asked', {
      method: 'ledits',
      edits: [
        { prompt: 'sunset', weight: 6 },
        { prompt: 'the sea', remove: true, threshold: 0.5 },
      ],
    });
    const { latents } = await edit('what is asked', { method: 'ledits', edits: 'sunset:6; -the sea@.5' });
    assert.deepEqual(latents.data, listed.latents.data);
    for (const edits of [
      '',
      ':3',
      '-',
      '-:3',
      '- - a',
      'a;;b',
      [],
      [{ weight: 3 }],
      [{ prompt: 'a', weight: -1 }],
      [{ prompt: 'a', threshold: 1 }],
      [{ prompt: 'a', mask: 1 }],
    ])
      await assert.rejects(edit('a', { method: 'ledits', edits }), { code: 'FL_ARGUMENT', message: /snow:6; -car:4@0\.8/ });
  });
});
