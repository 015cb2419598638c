/** What is drawn for one output. An update of the output reaches the same view, so that nothing flickers. */
export interface OutputView<P> {
  readonly root: HTMLElement;
  /** Shows a newer payload. */
  update(payload: P): void;
  dispose(): void;
}
