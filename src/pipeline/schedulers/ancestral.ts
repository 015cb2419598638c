/** How far down an ancestral step from σ to σ' goes, and the deviation of the noise that brings it up to σ' again. */
export function ancestralSigmas(from: number, to: number): { up: number; down: number } {
  // Rounded where diffusers rounds: σ'² and the noise's part of it nearly cancel out where a step is large.
  const [from2, to2] = [Math.fround(from * from), Math.fround(to * to)];
  const up = Math.fround(Math.sqrt(Math.fround(Math.fround(to2 * Math.fround(from2 - to2)) / from2)));
  return { up, down: Math.fround(Math.sqrt(Math.max(0, Math.fround(to2 - Math.fround(up * up))))) };
}
