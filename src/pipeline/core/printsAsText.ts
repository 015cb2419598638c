/** Makes `console.log` and `util.inspect` print the instances of a class as its `toString` says, not what is inside of them. */
export function printsAsText(prototype: { toString(): string }): void {
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: { toString(): string }): string {
      return this.toString();
    },
  });
}
