import assert from 'node:assert/strict';
import path from 'node:path';
import fc from 'fast-check';
import {
  ArgumentError,
  compare,
  contactSheet,
  createFrame,
  DDIMScheduler,
  EulerDiscreteScheduler,
  findFfmpeg,
  LatentDiffusionModel,
  readProvenance,
  rerun,
  Run,
  schedulerByName,
  schedulerNames,
  show,
  sideBySide,
  Video,
} from '../../../../src/index.js';
import { nearestNames } from '../../../../src/pipeline/core/nearestNames.js';

const sample = path.join(__dirname, '../../../../media/samples/red-car.mp4');

/** Options as a program in plain JavaScript may give them. */
type Any = never;

describe('options that a call does not have', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  before(async () => {
    model = await LatentDiffusionModel.fromPretrained();
    clip = await Video.fromFrames(
      Array.from({ length: 2 }, () => createFrame(16, 16)),
      { fps: 8 },
    );
  });
  after(() => model.release());

  const refuses = (title: string, call: () => unknown, message: RegExp) =>
    it(title, async () => {
      await assert.rejects(
        async () => call(),
        (error: unknown) =>
          (error instanceof ArgumentError && error.code === 'FL_ARGUMENT' && message.test(error.message)) || assert.fail(String(error)),
      );
    });

  refuses(
    'editVideo, misspelt',
    () => model.editVideo(clip, 'a star', { guidanceScael: 3 } as Any),
    /editVideo has no option "guidanceScael"\. Did you mean "guidanceScale"/,
  );
  refuses('editVideo, with underscores', () => model.editVideo(clip, 'a star', { guidance_scale: 3 } as Any), /"guidanceScale"/);
  refuses('editVideo, an option of generateVideo', () => model.editVideo(clip, 'a star', { numFrames: 3 } as Any), /no option "numFrames"/);
  refuses('generateVideo, in short', () => model.generateVideo('a star', { steps: 3 } as Any), /"numInferenceSteps"/);
  refuses(
    'generateVideo, an option of editVideo',
    () => model.generateVideo('a star', { strength: 0.5 } as Any),
    /generateVideo has no option "strength".*Its options: .*negativePrompt, /,
  );
  refuses(
    'generateVideo, a name that every object has',
    () => model.generateVideo('a star', { toString: 1 } as Any),
    /no option "toString"/,
  );
  refuses('generateVideo, no object', () => model.generateVideo('a star', 8 as Any), /argument of generateVideo is 8.*object/);
  refuses('generateVideo, null', () => model.generateVideo('a star', null as Any), /argument of generateVideo is null.*object/);
  refuses(
    'capture',
    () => model.generateVideo('a star', { capture: { latent: true } } as Any),
    /capture has no option "latent"\. Did you mean "latents"/,
  );
  refuses('fromPretrained', () => LatentDiffusionModel.fromPretrained('motion-stickers', { thread: 1 } as Any), /"threads"/);
  refuses(
    'fromPretrained, a device that there is not',
    () => LatentDiffusionModel.fromPretrained('motion-stickers', { device: 'cuad' as Any }),
    /device is "cuad", but it must be .*"cuda"/,
  );
  refuses('rerun', () => rerun(model, {} as Any, undefined, { sead: 1 } as Any), /"seed"/);
  refuses(
    'Video.open',
    () => Video.open(sample, { max_frames: 2 } as Any),
    /Video\.open has no option "max_frames"\. Did you mean "maxFrames"/,
  );
  refuses('Video.fromFrames', () => Video.fromFrames([createFrame(2, 2)], { FPS: 8 } as Any), /"fps"/);
  refuses('withFrames', () => clip.withFrames([createFrame(2, 2)], { rate: 8 } as Any), /withFrames has no option "rate"/);
  refuses('save', () => clip.save('never.mp4', { quality: 1 } as Any), /save has no option "quality"/);
  refuses('resize', () => clip.resize({ with: 8 } as Any), /"width"/);
  refuses('resample', () => clip.resample({ fp: 8 } as Any), /"fps"/);
  refuses('trim', () => clip.trim({ begin: 0 } as Any), /trim has no option "begin"/);
  refuses('frames', () => clip.frames({ sart: 1 } as Any), /"start"/);
  refuses('contactSheet', () => contactSheet(clip, { column: 2 } as Any), /"columns"/);
  refuses('sideBySide', () => sideBySide(clip, clip, { label: 'a' } as Any), /"labels"/);
  refuses('show', () => show(1, { titel: 'x' } as Any), /"title"/);
  refuses('compare', () => compare(clip, clip, { name: 'x' } as Any), /compare has no option "name"/);
  refuses('Run.load', () => Run.load('never', { modle: model } as Any), /Run\.load has no option "modle"\. Did you mean "model"/);
  refuses('findFfmpeg', () => findFfmpeg({ ffmpeg: '/x' } as Any), /"ffmpegPath"/);
  refuses('readProvenance', () => readProvenance(sample, { ffmpeg: '/x' } as Any), /"ffmpegPath"/);
  refuses('setTimesteps', () => new EulerDiscreteScheduler().setTimesteps(4, { sigma: [] } as Any), /"sigmas"/);
  refuses(
    'what a callback returns',
    () => model.generateVideo('a star', { numInferenceSteps: 2, numFrames: 8, callbackOnStepEnd: () => ({ latent: 1 }) as Any }),
    /callbackOnStepEnd returns has no option "latent"\. Did you mean "latents"/,
  );

  it('settings of a scheduler, while those of other schedulers in a file are passed over', () => {
    assert.throws(() => new DDIMScheduler({ bogus: 1 } as Any), { code: 'FL_SCHEDULER_CONFIG', message: /no setting "bogus"/ });
    assert.throws(() => new DDIMScheduler({ beta_start: 1 } as Any), { code: 'FL_SCHEDULER_CONFIG', message: /Did you mean "betaStart"/ });
    assert.equal(DDIMScheduler.fromConfig({ beta_start: 0.001, skip_prk_steps: true }).config.betaStart, 0.001);
  });

  refuses(
    'values: a strength',
    () => model.editVideo(clip, 'a star', { strength: 3 }),
    /strength is 3, but it must be a number above 0 and at most 1/,
  );
  refuses(
    'values: a strength that runs no step',
    () => model.editVideo(clip, 'a star', { strength: 0.01, numInferenceSteps: 10, method: 'sdedit' }),
    /strength is 0\.01/,
  );
  refuses('values: no steps', () => model.generateVideo('a star', { numInferenceSteps: 0 }), /numInferenceSteps is 0/);
  refuses('values: a negative seed', () => model.generateVideo('a star', { seed: -1 }), /seed is -1.*drawn at random/);
  refuses('values: a number as text', () => model.generateVideo('a star', { guidanceRescale: '0.5' as Any }), /guidanceRescale is "0.5"/);
  refuses(
    'values: text for a switch',
    () => model.editVideo(clip, 'a star', { keepPixels: 'no' as Any }),
    /keepPixels is "no".*true or false/,
  );
  refuses('values: a method', () => model.editVideo(clip, 'a star', { method: 'ddim' as Any }), /method is "ddim".*sdedit/);
  refuses('values: a callback', () => model.generateVideo('a star', { onProgress: true as Any }), /onProgress is true.*function/);
  refuses('a prompt that is no text', () => model.generateVideo(5 as Any), /prompt is 5/);
  refuses('a path in place of a clip', () => model.editVideo(sample as Any, 'a star'), /clip is .*Video\.open/);
  refuses('a promise in place of a clip', () => model.editVideo(Video.open(sample) as Any, 'a star'), /clip is a promise \(await it\)/);
});

describe('names of schedulers', () => {
  it('that every object has are no schedulers', () => {
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf'])
      assert.throws(() => schedulerByName(name), { code: 'FL_SCHEDULER_UNKNOWN' }, name);
  });

  it('nearly right get the right one', () => {
    assert.throws(() => schedulerByName('dpmp_2m'), { message: /Did you mean "dpmpp_2m"/ });
    for (const name of schedulerNames) assert.ok(schedulerByName(name), name);
  });
});

describe('nearestNames', () => {
  const names = ['numInferenceSteps', 'guidanceScale', 'guidanceRescale', 'negativePrompt', 'seed', 'width', 'height', 'fps'];

  it('finds a name whatever its case and separators', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.constantFrom('_', '-', ' ', ''), (name, separator) => {
        const typed = name.replace(/[A-Z]/g, (letter) => `${separator}${letter.toLowerCase()}`);
        assert.equal(nearestNames(typed, names)[0], name);
      }),
    );
  });

  it('finds a longer name with one letter left out, added or exchanged', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names.filter(({ length }) => length > 5)),
        fc.nat(),
        fc.constantFrom('', 'x', 'xy'),
        (name, at, letters) => {
          const place = at % name.length;
          assert.equal(nearestNames(name.slice(0, place) + letters + name.slice(place + 1), names)[0], name);
        },
      ),
    );
  });

  it('finds none for something else', () => assert.deepEqual(nearestNames('zzzzzz', names), []));
});
