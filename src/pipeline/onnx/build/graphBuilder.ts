import type { SafetensorsEntry, SafetensorsType } from '../../core/index.js';
import { type AttributeValue, externalTensorMessage, nodeMessage, tensorMessage, valueMessage } from '../messages.js';
import { ElementType, type OnnxValue } from '../onnxModel.js';
import { WireWriter } from '../wireWriter.js';
import type { BuiltModel } from './builtModel.js';
import { placeWeights } from './placeWeights.js';

/** Length of an axis: a number where fixed, a name where every call may choose. */
export type Dim = number | string;

/** A value of the graph under construction. */
export interface Value {
  /** Its name in the graph. */
  readonly name: string;
  /** Length of each axis. */
  readonly dims: readonly Dim[];
}

/** What a node is made with, beside operator and inputs. */
export interface NodeOptions {
  /** Path of the module that it belongs to; attention taps take their labels from it. */
  readonly module?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Whose operator it is; ONNX's own by default. */
  readonly domain?: 'com.microsoft';
}

/** Version of ONNX's operators: 20 brings Gelu; com.microsoft's have but one. */
const OPSET = 20;
/** `ModelProto.ir_version` that goes with it. */
const IR_VERSION = 9;

/** What ONNX calls the types of safetensors. */
export const elementTypes: Readonly<Record<SafetensorsType, number>> = {
  F64: ElementType.double,
  F32: ElementType.float,
  F16: ElementType.float16,
  BF16: ElementType.bfloat16,
  F8_E4M3: ElementType.float8e4m3,
  F8_E5M2: ElementType.float8e5m2,
  I64: ElementType.int64,
  I32: ElementType.int32,
  I16: ElementType.int16,
  I8: ElementType.int8,
  U8: ElementType.uint8,
  BOOL: ElementType.bool,
};

/** An ONNX graph under construction. Its weights stay in the files that they lie in; constants are written into the graph. */
export class GraphBuilder {
  private readonly nodes: Buffer[] = [];
  private readonly inputs: OnnxValue[] = [];
  private readonly outputs: OnnxValue[] = [];
  private readonly declared: WireWriter[] = [];
  private readonly constants = new Map<string, { value: Value; message: Buffer }>();
  private readonly weights = new Map<string, { value: Value; entry: SafetensorsEntry }>();
  private readonly shared = new Map<string, Value>();

  constructor(
    /** What is being built, for messages: `unet`. */
    readonly label: string,
  ) {}

  /** Declares an input. */
  input(name: string, dims: readonly Dim[], elementType: number = ElementType.float): Value {
    this.inputs.push({ name, elementType, dims });
    return { name, dims };
  }

  /** Gives a value out under a name of its own; float32. */
  output(value: Value, name: string, dims: readonly Dim[] = value.dims): void {
    this.nodes.push(nodeMessage({ name, opType: 'Identity', domain: '', inputs: [value.name], outputs: [name], attributes: [] }));
    this.outputs.push({ name, elementType: ElementType.float, dims });
  }

  /**
   * Tells ONNX Runtime the shape of a value that it cannot infer. What has no shape shares no memory with others, and makes the planning of memory take time that
   * grows with the square of the number of such values.
   */
  declare({ name, dims }: Value, elementType: number): void {
    this.declared.push(valueMessage({ name, elementType, dims }));
  }

  /** Adds a node with one output. @param dims shape of the output. @param inputs undefined stands for one left out. */
  node(opType: string, inputs: readonly (Value | undefined)[], dims: readonly Dim[], options: NodeOptions = {}): Value {
    return this.split(opType, inputs, [dims], options)[0]!;
  }

  /** As {@link node}, with an output for each shape given. */
  split(
    opType: string,
    inputs: readonly (Value | undefined)[],
    dims: readonly (readonly Dim[])[],
    { module = '', attributes = {}, domain }: NodeOptions = {},
  ): Value[] {
    const name = `${module}/${opType}_${this.nodes.length}`;
    const outputs = dims.map((shape, i) => ({ name: `${name}/output_${i}`, dims: shape }));
    this.nodes.push(
      nodeMessage({
        name,
        opType,
        domain: domain ?? '',
        inputs: inputs.map((input) => input?.name ?? ''),
        outputs: outputs.map((output) => output.name),
        attributes: Object.entries(attributes),
      }),
    );
    return outputs;
  }

  /** A value that many modules use: made where it is first asked for. @param what tells it from others. */
  once(what: string, make: () => Value): Value {
    const value = this.shared.get(what) ?? make();
    this.shared.set(what, value);
    return value;
  }

  /** A list of integers: a shape, axes, positions. Equal ones are stored once. */
  integers(values: readonly number[], dims: readonly number[] = [values.length]): Value {
    return this.constant(ElementType.int64, values, dims);
  }

  /** Numbers of a shape, `[]` for a single one. Equal ones are stored once. */
  numbers(values: ArrayLike<number>, dims: readonly number[] = [values.length]): Value {
    return this.constant(ElementType.float, values, dims);
  }

  /** A tensor where it lies, of its own type. @param dims another view of the same numbers; the caller sees to it that it has as many. */
  external(name: string, entry: SafetensorsEntry, dims: readonly number[] = entry.dims): Value {
    const key = `${name}[${dims.join()}]`;
    const known = this.weights.get(key)?.value ?? { name: key, dims };
    this.weights.set(key, { value: known, entry });
    return known;
  }

  /** The model, ready for ONNX Runtime. @throws {FrameloomError} `FL_CHECKPOINT_PLACES` for weights on different drives. */
  finish(): BuiltModel {
    const { folder, locations, files } = placeWeights([...this.weights.values()].map(({ entry }) => entry.file));
    const graph = new WireWriter();
    for (const node of this.nodes) graph.bytes(1, node);
    graph.bytes(2, this.label);
    for (const { message } of this.constants.values()) graph.bytes(5, message);
    for (const { value, entry } of this.weights.values()) {
      const place = { location: locations.get(entry.file)!, offset: entry.offset, length: entry.byteLength };
      graph.bytes(5, externalTensorMessage(value.name, elementTypes[entry.type], value.dims as readonly number[], place));
    }
    for (const input of this.inputs) graph.bytes(11, valueMessage(input));
    for (const output of this.outputs) graph.bytes(12, valueMessage(output));
    for (const value of this.declared) graph.bytes(13, value);
    const opset = (domain: string, version: number) => new WireWriter().bytes(1, domain).integer(2, version);
    const model = new WireWriter()
      .integer(1, IR_VERSION)
      .bytes(2, 'frameloom')
      .bytes(7, graph)
      .bytes(8, opset('', OPSET))
      .bytes(8, opset('com.microsoft', 1));
    const { label, inputs, outputs } = this;
    return { label, bytes: model.finish(), inputs, outputs, weightsFolder: folder, files, parameters: this.parameters() };
  }

  private parameters(): Map<SafetensorsType, number> {
    const counts = new Map<SafetensorsType, number>();
    for (const { dims, type } of new Set([...this.weights.values()].map(({ entry }) => entry)))
      counts.set(type, (counts.get(type) ?? 0) + dims.reduce((product, length) => product * length, 1));
    return counts;
  }

  private constant(
    elementType: typeof ElementType.int64 | typeof ElementType.float,
    values: ArrayLike<number>,
    dims: readonly number[],
  ): Value {
    const name = values.length <= 8 ? `constant_${elementType}[${dims.join()}](${Array.from(values).join()})` : undefined;
    const known = name === undefined ? undefined : this.constants.get(name);
    if (known) return known.value;
    const value = { name: name ?? `constant_${this.constants.size}`, dims };
    this.constants.set(value.name, { value, message: tensorMessage(value.name, elementType, values, dims) });
    return value;
  }
}
