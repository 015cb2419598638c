/** How long something may be out of sight before it goes to sleep. */
const grace = 4000;

/**
 * Calls `wake` when an element comes near the screen and `sleep` some seconds after it left: VS Code
 * renders outputs that nobody has scrolled to, and a notebook may hold a hundred players.
 *
 * @returns a function that ends the watch.
 */
export function whileVisible(target: Element, wake: () => void, sleep: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const observer = new IntersectionObserver(
    (entries) => {
      clearTimeout(timer);
      if (entries.at(-1)?.isIntersecting) wake();
      else timer = setTimeout(sleep, grace);
    },
    { rootMargin: '200px' },
  );
  observer.observe(target);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}
