/** What the solvers in λ call their algorithms and rules. */
const words = {
  algorithmType: ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++', 'deis', 'data_prediction', 'noise_prediction'],
  solverType: ['midpoint', 'heun', 'logrho', 'bh1', 'bh2'],
} as const;

/**
 * A peer's settings without the words that only other solvers know: "your default", as in diffusers. Words that none knows stay, to
 * be refused.
 */
export function withoutPeerWords<C extends object>(
  settings: Partial<C>,
  own: Readonly<Partial<Record<keyof typeof words, readonly string[]>>>,
): Partial<C> {
  const foreign = (key: string, value: unknown) =>
    Object.hasOwn(words, key) &&
    (words[key as keyof typeof words] as readonly unknown[]).includes(value) &&
    !own[key as keyof typeof words]?.includes(value as string);
  return Object.fromEntries(Object.entries(settings).filter(([key, value]) => !foreign(key, value))) as Partial<C>;
}
