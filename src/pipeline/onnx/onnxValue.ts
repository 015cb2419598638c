/** A declared input or output of a graph. */
export interface OnnxValue {
  readonly name: string;
  /** One of `ElementType`, 0 where the file does not say. */
  readonly elementType: number;
  /** Length of each axis: a number where fixed, a name (perhaps empty) where free. */
  readonly dims: readonly (number | string)[];
}
