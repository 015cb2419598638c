import { schedulerClasses, type SchedulerName } from './registry.js';
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

const sde = { algorithmType: 'sde-dpmsolver++' } as const;

/** What people type on a command line, after the names that diffusers, A1111 and ComfyUI use; editors offer them. */
export const shortNames = {
  ddim: { name: 'DDIMScheduler' },
  ddpm: { name: 'DDPMScheduler' },
  euler: { name: 'EulerDiscreteScheduler' },
  euler_a: { name: 'EulerAncestralDiscreteScheduler' },
  euler_ancestral: { name: 'EulerAncestralDiscreteScheduler' },
  heun: { name: 'HeunDiscreteScheduler' },
  dpm_2: { name: 'KDPM2DiscreteScheduler' },
  dpm_2_a: { name: 'KDPM2AncestralDiscreteScheduler' },
  dpm_2_ancestral: { name: 'KDPM2AncestralDiscreteScheduler' },
  lms: { name: 'LMSDiscreteScheduler' },
  dpmpp_2m: { name: 'DPMSolverMultistepScheduler' },
  dpmpp_2m_karras: { name: 'DPMSolverMultistepScheduler', schedule: 'karras' },
  dpmpp_2m_sde: { name: 'DPMSolverMultistepScheduler', config: sde },
  dpmpp_2m_sde_karras: { name: 'DPMSolverMultistepScheduler', config: sde, schedule: 'karras' },
  dpmpp_2m_sde_heun: { name: 'DPMSolverMultistepScheduler', config: { ...sde, solverType: 'heun' } },
  dpmpp_3m: { name: 'DPMSolverMultistepScheduler', config: { solverOrder: 3 } },
  dpmpp_3m_sde: { name: 'DPMSolverMultistepScheduler', config: { ...sde, solverOrder: 3 } },
  dpmpp_2s: { name: 'DPMSolverSinglestepScheduler' },
  dpmpp_sde: { name: 'DPMSolverSDEScheduler' },
  unipc: { name: 'UniPCMultistepScheduler' },
  deis: { name: 'DEISMultistepScheduler' },
  sa_solver: { name: 'SASolverScheduler' },
  ipndm: { name: 'IPNDMScheduler' },
  lcm: { name: 'LCMScheduler' },
  tcd: { name: 'TCDScheduler' },
  pndm: { name: 'PNDMScheduler' },
  plms: { name: 'PNDMScheduler', config: { skipPrkSteps: true } },
  flow_euler: { name: 'FlowMatchEulerDiscreteScheduler' },
  flow_heun: { name: 'FlowMatchHeunDiscreteScheduler' },
  flow_lcm: { name: 'FlowMatchLCMScheduler' },
  edm_euler: { name: 'EDMEulerScheduler' },
  edm_dpmpp_2m: { name: 'EDMDPMSolverMultistepScheduler' },
  cosine_dpmpp_2m_sde: { name: 'CosineDPMSolverMultistepScheduler' },
  scm: { name: 'SCMScheduler' },
} as const satisfies Record<string, NamedSampler>;

/** A short name of a scheduler with its settings: `euler_a`, `dpmpp_2m_karras`. */
export type SchedulerShortName = keyof typeof shortNames;

/** Further spellings of the same, without case, blanks and signs (`++` is `pp`). */
const spellings: Readonly<Record<string, SchedulerShortName>> = {
  unipcbh2: 'unipc',
  dpmsolverpp: 'dpmpp_2m',
  dpmsolver: 'dpmpp_2m',
  dpmsolverppsde: 'dpmpp_2m_sde',
  dpmsolverpp2m: 'dpmpp_2m',
  dpmsolverpp2s: 'dpmpp_2s',
  dpmsolverpp3m: 'dpmpp_3m',
  keuler: 'euler',
  keulera: 'euler_a',
  keulerancestral: 'euler_a',
  kheun: 'heun',
  klms: 'lms',
  kdpm2: 'dpm_2',
  kdpm2a: 'dpm_2_a',
  kdpm2ancestral: 'dpm_2_a',
  kdpmpp2m: 'dpmpp_2m',
  kdpmppsde: 'dpmpp_sde',
  kdpmpp2msde: 'dpmpp_2m_sde',
  edm: 'edm_euler',
  flowmatcheuler: 'flow_euler',
  flowmatchheun: 'flow_heun',
  flowmatchlcm: 'flow_lcm',
};

/** A name without what people write differently: case, blanks, signs; `++` is `pp`. */
export function plainName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('++', 'pp')
    .replace(/[^a-z0-9]/g, '');
}

/** The sampler that goes by a name, whoever's name it is; undefined where nobody's. */
export function samplerNamed(name: string): NamedSampler | undefined {
  // ComfyUI's names say where the noise is drawn; here the numbers are the same.
  const plain = plainName(name).replace(/gpu$/, '');
  const short =
    (Object.keys(shortNames) as SchedulerShortName[]).find((known) => plainName(known) === plain) ??
    (Object.hasOwn(spellings, plain) ? spellings[plain] : undefined);
  if (short) return shortNames[short];
  const type = (Object.keys(schedulerClasses) as SchedulerName[]).find((known) => withoutEnding(plainName(known)) === withoutEnding(plain));
  return type && { name: type };
}

/** `DPMSolverMultistepScheduler` is also `DPMSolverMultistep`. */
function withoutEnding(plain: string): string {
  return plain.replace(/scheduler$/, '').replace(/discrete$/, '');
}
