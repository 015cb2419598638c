import { aBoolean, aString, listOf, numberFrom, oneOf, optional, record, wholeFrom } from '../shape.js';
import type { TypeOf } from '../shape.js';
import { videoPayload } from './clip.js';

/** A form that makes a clip with other settings: {@link TunePayload}. */
export const TUNE_MIME = 'application/vnd.frameloom.tune+json';

/** The shape of {@link TuneValues}. */
export const tuneValues = record({
  /** Name of the sampler; empty for the model's own. */
  scheduler: aString,
  /** Its schedule of σ; empty for its own. */
  schedule: aString,
  steps: wholeFrom(1, 1000),
  guidanceScale: numberFrom(0, 100),
  seed: wholeFrom(0, Number.MAX_SAFE_INTEGER),
  /** Of edits: above 0, up to 1; absent where it is chosen by what the prompt changes. */
  strength: optional(numberFrom(0, 1)),
  /** Of edits: name of the method; empty where it is chosen likewise. */
  method: optional(aString),
});
/** What stands in the form. */
export type TuneValues = TypeOf<typeof tuneValues>;

const names = listOf(aString, 300);

/** The shape of {@link TunePayload}. */
export const tunePayload = record({
  type: oneOf('tune'),
  /** Names the form: messages of its run and of its buttons refer to it. */
  tuneId: aString,
  prompt: aString,
  /** Whether a clip is edited, so that there are strength and method. */
  edits: aBoolean,
  /** The model's own sampler, for people. */
  ownScheduler: aString,
  schedulers: names,
  schedules: names,
  methods: names,
  /** What the clip below was made with. */
  values: tuneValues,
  clip: videoPayload,
});
/** Body of {@link TUNE_MIME}. */
export type TunePayload = TypeOf<typeof tunePayload>;
