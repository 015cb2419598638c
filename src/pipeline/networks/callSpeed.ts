import { graphCosts, type OnnxModel, type Shape } from '../onnx/index.js';
import type { Feed } from './elementTypes.js';

/** How fast a graph's calls are: the fastest of the shapes that came last, for others say little of the next call. */
export class CallSpeed {
  private fastest: { readonly key: string; readonly shapes: ReadonlyMap<string, Shape>; readonly seconds: number } | undefined;

  /** A call of inputs with these shapes took so long. */
  note(shapes: ReadonlyMap<string, Shape>, seconds: number): void {
    const key = JSON.stringify([...shapes]);
    if (this.fastest?.key !== key || seconds < this.fastest.seconds) this.fastest = { key, shapes, seconds };
  }

  /** Operations as `graphCosts` counts them; undefined before the first call. */
  operationsPerSecond(structure: () => OnnxModel): number | undefined {
    return this.fastest && graphCosts(structure(), this.fastest.shapes).operations / this.fastest.seconds;
  }
}

/** Shapes of a call's inputs, by name. */
export function shapesOf(feeds: Readonly<Record<string, Feed>>): Map<string, Shape> {
  return new Map(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
}
