import { FrameloomError } from '../core/index.js';
import type { SigmaScheduleName } from './namedSchedules.js';
import { plainName, samplerNamed, type SchedulerShortName, shortNames } from './schedulerNames.js';

/** Samplers of A1111, Forge and ComfyUI that neither diffusers nor Frameloom has, by {@link plainName}, with the nearest that are, and what sets them apart. */
const samplers: Readonly<Record<string, readonly [nearest: readonly SchedulerShortName[], apart: string]>> = {
  dpmpp2sa: [['dpmpp_2s', 'dpmpp_sde'], 'it adds noise to DPM-Solver++ of single steps'],
  dpmpp2sancestral: [['dpmpp_2s', 'dpmpp_sde'], 'it adds noise to DPM-Solver++ of single steps'],
  dpmfast: [['dpmpp_2s'], 'it is DPM-Solver of single steps in its first form'],
  dpmadaptive: [['dpmpp_3m', 'dpmpp_2s'], 'it chooses the number of steps itself'],
  restart: [['heun', 'euler'], 'it goes back up in noise now and then'],
  heunpp2: [['heun'], 'it weighs more slopes a step than Heun'],
  ipndmv: [['ipndm', 'deis'], 'its shares follow the length of each step'],
  resmultistep: [['dpmpp_2m'], 'it is an exponential integrator of its own'],
  resmultistepancestral: [['dpmpp_2m_sde'], 'it is an exponential integrator of its own, with noise'],
  gradientestimation: [['euler'], 'it leads Euler on by the difference of two slopes'],
  ersde: [['dpmpp_3m_sde', 'dpmpp_2m_sde'], 'it solves an extended reverse-time SDE'],
  seeds2: [['dpmpp_sde'], 'it is an exponential SDE solver of its own'],
  seeds3: [['dpmpp_sde'], 'it is an exponential SDE solver of its own'],
  sasolverpece: [['sa_solver'], 'it calls the network twice a step'],
  expheun2x0: [['dpmpp_2s', 'heun'], 'it is an exponential integrator of its own'],
  expheun2x0sde: [['dpmpp_sde'], 'it is an exponential integrator of its own, with noise'],
  eulerdy: [['euler'], 'it goes over a part of the picture anew'],
  eulersmeady: [['euler'], 'it goes over a part of the picture anew'],
};

/** Schedules of σ that others have, with the nearest here. */
const schedules: Readonly<Record<string, SigmaScheduleName>> = {
  beta57: 'beta',
  linearquadratic: 'sgm_uniform',
  laplace: 'kl_optimal',
  bongtangent: 'kl_optimal',
  karrasexponential: 'karras',
  turbo: 'sgm_uniform',
  alignyourstepsgits: 'align_your_steps',
  alignyoursteps11: 'align_your_steps',
  alignyoursteps32: 'align_your_steps',
};

/**
 * Refuses a sampler or a schedule that other tools have and Frameloom has not, by its name.
 *
 * @param name what the caller wrote: a sampler, with or without a schedule behind it.
 * @param scheduleEndings plain names of the schedules that may stand behind.
 * @throws {FrameloomError} `FL_SCHEDULER_UNKNOWN` with what sets it apart and the nearest; returns where nobody has it.
 */
export function refuseOtherSampler(name: string, scheduleEndings: readonly string[]): void {
  const plain = plainName(name);
  for (const ending of ['', ...scheduleEndings]) {
    const sampler = plain.endsWith(ending) ? plain.slice(0, plain.length - ending.length) : plain;
    const [nearest, apart] = Object.hasOwn(samplers, sampler) ? samplers[sampler]! : (guided(sampler) ?? [[], '']);
    if (nearest.length > 0) throw refused(`Frameloom does not have the sampler "${name}": ${apart}.`, nearest);
  }
  for (const [schedule, nearest] of Object.entries(schedules)) {
    const sampler = plain.endsWith(schedule) ? plain.slice(0, -schedule.length) : undefined;
    if (sampler !== undefined && (sampler === '' || samplerNamed(sampler)))
      throw refused(`Frameloom does not have the schedule of "${name}".`, [nearest]);
  }
}

/** The nearest schedule to one that others have; undefined where nobody has it. */
export function nearestSchedule(name: string): SigmaScheduleName | undefined {
  return Object.hasOwn(schedules, plainName(name)) ? schedules[plainName(name)] : undefined;
}

/** Samplers with `_cfg_pp` behind. Chung et al. 2024, "CFG++: Manifold-constrained Classifier Free Guidance for Diffusion Models". */
function guided(sampler: string): readonly [readonly string[], string] | undefined {
  if (!sampler.endsWith('cfgpp')) return undefined;
  const without = sampler.slice(0, -'cfgpp'.length);
  const short = Object.keys(shortNames).find((known) => plainName(known) === without) ?? 'euler';
  return [Object.hasOwn(samplers, without) ? samplers[without]![0] : [short], 'CFG++ takes the guidance into the step'];
}

function refused(reason: string, nearest: readonly string[]): FrameloomError {
  return new FrameloomError(
    'FL_SCHEDULER_UNKNOWN',
    `${reason} The nearest that it has: ${nearest.map((known) => `"${known}"`).join(', ')}.`,
  );
}
