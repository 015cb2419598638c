/** What is measured of a clip, as people call it, with its unit; in the order in which it is told. */
export const numberNames = {
  seconds: 'seconds',
  promptAlignment: 'alignment',
  distance: 'distance',
  psnr: 'PSNR, dB',
  psnrInside: 'PSNR inside',
  psnrOutside: 'PSNR outside',
  ssim: 'SSIM',
  ssimInside: 'SSIM inside',
  ssimOutside: 'SSIM outside',
  warpError: 'warp error',
  flicker: 'flicker',
  frameConsistency: 'consistency',
} as const;

/** Numbers of which less is better; of the others more is. */
export const lessIsBetter: readonly string[] = ['seconds', 'warpError', 'flicker', 'distance'] satisfies (keyof typeof numberNames)[];

/** A number's name for people; one that is not known by its own. */
export function numberName(name: string): string {
  return Object.hasOwn(numberNames, name) ? numberNames[name as keyof typeof numberNames] : name;
}
