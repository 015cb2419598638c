import { onnxErrors } from './errors.js';
import { tensorMessage } from './messages.js';
import { type ElementType, type OnnxAttribute, type OnnxModel, type OnnxNode, type OnnxTensor, type OnnxValue } from './onnxModel.js';

/** A node of a graph that is being rewritten. */
export interface GraphNode extends Omit<OnnxNode, 'inputs' | 'body'> {
  /** Names of the values it takes; an empty name stands for an input left out. */
  inputs: string[];
  /** The node in the file that it was; undefined for one that was added. */
  readonly original?: OnnxNode;
  /** For one that was added: the node in the file that it does the same as, whose attributes it has. */
  readonly copyOf?: OnnxNode | undefined;
}

/** One use of a value: the node and the position among its inputs. */
export interface Use {
  readonly node: GraphNode;
  readonly input: number;
}

/**
 * A graph with changes on top of it: nodes, inputs and outputs added, inputs of nodes led elsewhere.
 *
 * Nothing that is in the file is lost or moved, so the values it computed are computed still, by the same operators.
 */
export class GraphRewriter {
  /** Nodes of the file in its order, then the added ones. */
  readonly nodes: GraphNode[];
  /** `TensorProto`s that were added. */
  readonly addedInitializers: Buffer[] = [];
  /** The same as values. */
  readonly addedConstants: Pick<OnnxTensor, 'name' | 'elementType' | 'dims' | 'values'>[] = [];
  /** Inputs of the graph that were added. */
  readonly addedInputs: OnnxValue[] = [];
  /** Outputs of the graph that were added. */
  readonly addedOutputs: OnnxValue[] = [];
  /** Outputs that stay; all where undefined. */
  keptOutputs: ReadonlySet<string> | undefined;
  private readonly producers = new Map<string, GraphNode>();
  private readonly uses = new Map<string, Use[]>();
  private readonly names = new Set<string>();
  private readonly constants = new Map<string, string>();
  private added = 0;

  /** @throws {FrameloomError} `FL_ONNX_MALFORMED` when two nodes make one value. */
  constructor(
    /** The file as it was read. */
    readonly model: OnnxModel,
  ) {
    for (const { name } of [...model.inputs, ...model.initializers]) this.names.add(name);
    this.nodes = model.nodes.map((node) => ({ ...node, inputs: [...node.inputs], original: node }));
    for (const node of this.nodes) this.index(node);
  }

  /** Version of ONNX's own operators that the file uses. */
  get opset(): number {
    return this.model.opsets.get('') ?? 1;
  }

  /** The node that makes a value; undefined for inputs and weights. */
  producer(value: string): GraphNode | undefined {
    return this.producers.get(value);
  }

  /** Where a value is used, subgraphs not counted. */
  usesOf(value: string): readonly Use[] {
    return this.uses.get(value) ?? [];
  }

  /** A constant: a list, or with `dims` of another shape (`[]` for a scalar). Equal ones are stored once. */
  constant(
    values: readonly number[],
    elementType: typeof ElementType.int64 | typeof ElementType.float,
    dims: readonly number[] = [values.length],
  ): string {
    const key = `${elementType}[${dims.join()}]${values.join()}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.newName('constant');
    this.addedInitializers.push(tensorMessage(name, elementType, values, dims));
    this.addedConstants.push({ name, elementType, dims, values });
    this.constants.set(key, name);
    return name;
  }

  /**
   * Adds a node.
   *
   * @param attributes numbers must be integers, as in `axis` and `perm`.
   * @param outputs number of outputs it makes.
   * @returns the name of its last output, which for most nodes is the only one.
   */
  add(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
    { domain = '', outputs = 1 } = {},
  ): string {
    for (const input of inputs) if (input !== '') this.requireValue(input);
    const name = this.newName(opType);
    const node: GraphNode = {
      name,
      opType,
      domain,
      inputs: [...inputs],
      outputs: Array.from({ length: outputs }, (_, i) => `${name}/output_${i}`),
      attributes: new Map(
        Object.entries(attributes).map(([key, value]): [string, OnnxAttribute] => [
          key,
          typeof value === 'number' ? { number: value } : { numbers: value },
        ]),
      ),
      scope: undefined,
    };
    this.nodes.push(node);
    this.index(node);
    return node.outputs.at(-1)!;
  }

  /** Adds a node that does the same as another, with other inputs. @returns the names of its outputs. */
  copy(node: GraphNode, inputs: readonly string[]): string[] {
    for (const input of inputs) if (input !== '') this.requireValue(input);
    const name = this.newName(node.opType);
    const { original, copyOf = original, ...same } = node;
    const outputs = node.outputs.map((output, i) => (output === '' ? '' : `${name}/output_${i}`));
    const copied: GraphNode = { ...same, name, inputs: [...inputs], outputs, copyOf };
    this.nodes.push(copied);
    this.index(copied);
    return outputs;
  }

  /** Adds an input to the graph; every call must then feed it. */
  addInput(name: string, elementType: number, dims: readonly (number | string)[]): string {
    if (this.names.has(name)) throw onnxErrors.unsupported(this.model.file, `it has a value named ${name} already.`);
    this.names.add(name);
    this.addedInputs.push({ name, elementType, dims });
    return name;
  }

  /** Gives a value out under a name of its own. */
  addOutput(value: string, name: string, elementType: number, dims: readonly (number | string)[]): void {
    this.requireValue(value);
    if (this.names.has(name)) throw onnxErrors.unsupported(this.model.file, `it has a value named ${name} already.`);
    const node: GraphNode = {
      name,
      opType: 'Identity',
      domain: '',
      inputs: [value],
      outputs: [name],
      attributes: new Map(),
      scope: undefined,
    };
    this.nodes.push(node);
    this.index(node);
    this.addedOutputs.push({ name, elementType, dims });
  }

  /** Makes one input of one node take another value. */
  rewire({ node, input }: Use, value: string): void {
    this.requireValue(value);
    this.forget(node.inputs[input]!, { node, input });
    node.inputs[input] = value;
    this.addUse(value, { node, input });
  }

  /** Gives a node an input that was left out. */
  extend({ node, input }: Use, value: string): void {
    while (node.inputs.length <= input) node.inputs.push('');
    this.rewire({ node, input }, value);
  }

  /** Puts what `make` adds between a value and everything that used it so far. */
  splice(value: string, make: (value: string) => string): string {
    const before = [...this.usesOf(value)];
    const made = make(value);
    for (const use of before) this.rewire(use, made);
    return made;
  }

  /** Leaves only some outputs, and of the nodes those that they need. @throws {FrameloomError} `FL_ONNX_VALUE` for one that the graph has not. */
  keepOutputs(names: readonly string[]): void {
    for (const name of names) this.requireValue(name);
    const needed = new Set<GraphNode>();
    const waiting = names.flatMap((name) => this.producer(name) ?? []);
    while (waiting.length > 0) {
      const node = waiting.pop()!;
      if (needed.has(node)) continue;
      needed.add(node);
      for (const input of node.inputs) waiting.push(...[this.producer(input) ?? []].flat());
    }
    this.keptOutputs = new Set(names);
    for (const node of [...this.nodes]) {
      if (needed.has(node)) continue;
      for (const output of node.outputs) this.producers.delete(output);
      for (const [input, value] of node.inputs.entries()) this.forget(value, { node, input });
    }
    this.nodes.splice(0, this.nodes.length, ...this.nodes.filter((node) => needed.has(node)));
  }

  /** Takes a node out. @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` while one of its outputs is still used. */
  remove(node: GraphNode): void {
    const needed = node.outputs.find(
      (output) => this.usesOf(output).length > 0 || [...this.model.outputs, ...this.addedOutputs].some(({ name }) => name === output),
    );
    if (needed !== undefined)
      throw onnxErrors.unsupported(this.model.file, `${needed} is still used, so the node ${node.name} that makes it cannot be taken out.`);
    this.nodes.splice(this.nodes.indexOf(node), 1);
    for (const output of node.outputs) this.producers.delete(output);
    for (const [input, value] of node.inputs.entries()) this.forget(value, { node, input });
  }

  /** @throws {FrameloomError} `FL_ONNX_VALUE` when the graph has no such value. */
  requireValue(name: string): void {
    if (!this.names.has(name)) throw onnxErrors.unknownValue(this.model.file, name);
  }

  private newName(what: string): string {
    let name: string;
    do name = `frameloom/${what}_${this.added++}`;
    while (this.names.has(name));
    this.names.add(name);
    return name;
  }

  private index(node: GraphNode): void {
    for (const output of node.outputs) {
      if (output === '') continue;
      const other = this.producers.get(output);
      if (other)
        throw onnxErrors.malformed(
          this.model.file,
          node.original?.body.start ?? 0,
          `two nodes, ${other.name} and ${node.name}, make the value ${output}`,
        );
      this.producers.set(output, node);
      this.names.add(output);
    }
    for (const [input, value] of node.inputs.entries()) if (value !== '') this.addUse(value, { node, input });
  }

  private forget(value: string, { node, input }: Use): void {
    const uses = this.uses.get(value);
    const at = uses?.findIndex((use) => use.node === node && use.input === input) ?? -1;
    if (at >= 0) uses!.splice(at, 1);
  }

  private addUse(value: string, use: Use): void {
    const uses = this.uses.get(value);
    if (uses) uses.push(use);
    else this.uses.set(value, [use]);
  }
}
