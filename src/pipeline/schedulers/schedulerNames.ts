import type { SchedulerName } from './registry.js';
import type { SigmaScheduleName } from './namedSchedules.js';

/** A sampler by the name that people know it by: its class, and what sets it apart from the class's defaults. */
export interface NamedSampler {
  /** The class. */
  readonly name: SchedulerName;
  /** Settings of the class. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** A schedule of σ that the name has in it. */
  readonly schedule?: SigmaScheduleName;
}

/** What people type on a command line, after the names that diffusers, A1111 and ComfyUI use; editors offer them. */
export const shortNames = {
  ddim: { name: 'DDIMScheduler' },
  euler: { name: 'EulerDiscreteScheduler' },
  euler_a: { name: 'EulerAncestralDiscreteScheduler' },
  euler_ancestral: { name: 'EulerAncestralDiscreteScheduler' },
  dpmpp_2m: { name: 'DPMSolverMultistepScheduler' },
  dpmpp_2m_karras: { name: 'DPMSolverMultistepScheduler', schedule: 'karras' },
  dpmpp_2m_sde: { name: 'DPMSolverMultistepScheduler', config: { algorithmType: 'sde-dpmsolver++' } },
  dpmpp_2m_sde_karras: { name: 'DPMSolverMultistepScheduler', config: { algorithmType: 'sde-dpmsolver++' }, schedule: 'karras' },
  lcm: { name: 'LCMScheduler' },
  pndm: { name: 'PNDMScheduler' },
  plms: { name: 'PNDMScheduler', config: { skipPrkSteps: true } },
} as const satisfies Record<string, NamedSampler>;

/** A short name of a scheduler with its settings: `euler_a`, `dpmpp_2m_karras`. */
export type SchedulerShortName = keyof typeof shortNames;

/** Further spellings of the same, as they are without case, blanks and signs (`++` is `pp`). */
const spellings: Readonly<Record<string, SchedulerShortName>> = {};

/** A name without what people write differently: case, blanks, signs; `++` is `pp`. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll('++', 'pp').replace(/[^a-z0-9]/g, '');
}

/** The sampler that goes by a name, whoever's name it is; undefined where nobody's. */
export function samplerNamed(name: string): NamedSampler | undefined {
  const plain = plainName(name);
  const short = Object.hasOwn(spellings, plain) ? spellings[plain] : (Object.keys(shortNames) as SchedulerShortName[]).find((known) => plainName(known) === plain);
  return short && shortNames[short];
}
