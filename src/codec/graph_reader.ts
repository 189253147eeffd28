/**
 * Values from the graphs that `graph.ts` describes.
 *
 * What is read may have been written by anybody: every kind, count and reference is checked, nothing recurses, and a property
 * is only ever defined, never assigned, where its name could mean something else.
 */

import { damaged } from "./damage.ts";
import { SerializationError } from "../errors.ts";
import { binaryTypeNamed } from "./binary_type.ts";
import { buildOrder } from "./build_order.ts";
import { emptyError } from "./built_in_error.ts";
import { LITTLE_ENDIAN } from "./checksum.ts";
import { edgesOf } from "./graph.ts";
import { unpackBigInt } from "./packed_text.ts";
import { typeNamed } from "./value_types.ts";

/** A graph that is to be read. */
export interface ReadableGraph {
  readonly root?: unknown;
  readonly nodes?: unknown;
  readonly leaves: readonly unknown[];
  readonly segments: readonly ArrayBuffer[];
}

/** The value of a graph. Throws a `SerializationError` when it is no graph or holds what is unknown here. */
export function readGraph({ root, nodes, leaves, segments }: ReadableGraph): unknown {
  if (!Array.isArray(nodes)) throw damaged("it has no list of nodes");
  const reader = new GraphReader(nodes, leaves, segments);
  return reader.read(root);
}

class GraphReader {
  readonly #nodes: readonly (readonly unknown[])[];
  readonly #leaves: readonly unknown[];
  readonly #segments: readonly ArrayBuffer[];
  readonly #values: unknown[];

  constructor(nodes: readonly unknown[], leaves: readonly unknown[], segments: readonly ArrayBuffer[]) {
    for (const node of nodes) {
      if (!Array.isArray(node) || typeof node[0] !== "string") throw damaged("a node has no kind");
    }
    this.#nodes = nodes as readonly (readonly unknown[])[];
    this.#leaves = leaves;
    this.#segments = segments;
    this.#values = new Array(nodes.length);
  }

  read(root: unknown): unknown {
    let hasTypes = false;
    const boxes: number[] = [];
    this.#nodes.forEach((node, i) => {
      if (node[0] === "type") hasTypes = true;
      else if (node[0] === "box") boxes.push(i);
      else this.#values[i] = this.#shell(node);
    });
    // A large bigint in one is a node of its own.
    for (const i of boxes) this.#values[i] = this.#boxed(this.#nodes[i]![1]);
    if (hasTypes) this.#fillInOrder();
    else this.#nodes.forEach((node, i) => this.#fill(node, this.#values[i]));
    return this.#item(root);
  }

  /** Instances are made from complete contents, so that all else has to be complete before. */
  #fillInOrder(): void {
    const count = this.#nodes.length;
    for (const node of this.#nodes) {
      for (const to of edgesOf(node)) {
        if (!Number.isInteger(to) || to >= count) throw damaged("a reference leads nowhere");
      }
    }
    const { order, circular } = buildOrder(count, (node) => edgesOf(this.#nodes[node]!));
    for (const index of order) {
      const node = this.#nodes[index]!;
      if (node[0] !== "type") this.#fill(node, this.#values[index]);
      else if (circular.has(index)) throw damaged("an instance contains itself");
      else this.#values[index] = this.#instance(node);
    }
  }

  #item(item: unknown): unknown {
    if (typeof item !== "object" || item === null) {
      if (item === undefined) throw damaged("an item is missing");
      return item;
    }
    const reference = Array.isArray(item) && item.length === 1 ? item[0] : undefined;
    if (!Number.isInteger(reference)) throw damaged("an item is no reference");
    const at = reference as number;
    if (at >= this.#nodes.length || -1 - at >= this.#leaves.length) throw damaged("a reference leads nowhere");
    return at >= 0 ? this.#values[at] : this.#leaves[-1 - at];
  }

  /** What can be made of a node before its items are known. */
  #shell(node: readonly unknown[]): unknown {
    switch (node[0]) {
      case "object":
        return {};
      case "null":
        return Object.create(null);
      case "array":
      case "sparse":
        return [];
      case "map":
        return new Map();
      case "set":
        return new Set();
      case "error": {
        const error = typeof node[1] === "string" ? emptyError(node[1]) : undefined;
        if (error === undefined) throw damaged("it holds an error of a class that is unknown here");
        return error;
      }
      case "date":
        return new Date(NaN);
      case "regexp":
        return this.#regexp(node);
      case "params":
        if (typeof node[1] !== "string") throw damaged("search parameters are no text");
        return new URLSearchParams(node[1]);
      case "bigint":
        if (typeof node[1] !== "string") throw damaged("a bigint is no text");
        return unpackBigInt(node[1]);
      case "view":
        return this.#view(node);
      default:
        throw damaged("it has a node of an unknown kind");
    }
  }

  #regexp([, leaf, lastIndex]: readonly unknown[]): RegExp {
    const regexp = this.#item(leaf);
    if (!(regexp instanceof RegExp) || !Number.isInteger(lastIndex)) throw damaged("a regular expression is none");
    // What is written gives each a leaf of its own.
    regexp.lastIndex = lastIndex as number;
    return regexp;
  }

  #boxed(item: unknown): object {
    const value = this.#item(item);
    if (value === null || value === undefined || typeof value === "object") {
      throw damaged("a boxed value is no primitive");
    }
    return Object(value);
  }

  #view([, name, segment, offset, bytes]: readonly unknown[]): object {
    const type = typeof name === "string" ? binaryTypeNamed(name) : undefined;
    if (type === undefined || (!LITTLE_ENDIAN && type.width > 1)) throw damaged("it holds binary data unknown here");
    const buffer = isCount(segment) ? this.#segments[segment] : undefined;
    const fits = buffer !== undefined && isCount(offset) && isCount(bytes) && offset % type.width === 0 &&
      bytes % type.width === 0 && offset + bytes <= buffer.byteLength &&
      (name !== "ArrayBuffer" || (offset === 0 && bytes === buffer.byteLength));
    if (!fits) throw damaged("binary data is not where it should be");
    return type.over(buffer, offset, bytes);
  }

  #fill(node: readonly unknown[], shell: unknown): void {
    switch (node[0]) {
      case "object":
      case "null":
        return this.#properties(shell as object, node, 1, true);
      case "array":
        for (let i = 1; i < node.length; i++) (shell as unknown[]).push(this.#item(node[i]));
        return;
      case "sparse":
        if (!isCount(node[1]) || node[1] > LONGEST) throw damaged("an array has no length");
        this.#properties(shell as object, node, 2, true);
        return lengthen(shell as unknown[], node[1]);
      case "map":
        if (node.length % 2 !== 1) throw damaged("a Map has a key without a value");
        for (let i = 1; i < node.length; i += 2) {
          (shell as Map<unknown, unknown>).set(this.#item(node[i]), this.#item(node[i + 1]));
        }
        return;
      case "set":
        for (let i = 1; i < node.length; i++) (shell as Set<unknown>).add(this.#item(node[i]));
        return;
      case "error": {
        const hidden = node[2];
        if (!isCount(hidden) || 3 + hidden * 2 > node.length) throw damaged("an error has no properties");
        this.#properties(shell as object, node.slice(0, 3 + hidden * 2), 3, false);
        return this.#properties(shell as object, node, 3 + hidden * 2, true);
      }
    }
  }

  #properties(object: object, node: readonly unknown[], start: number, enumerable: boolean): void {
    if ((node.length - start) % 2 !== 0) throw damaged("a name has no value");
    for (let i = start; i < node.length; i += 2) {
      const name = node[i];
      if (typeof name !== "string") throw damaged("a name is no text");
      Object.defineProperty(object, name, {
        value: this.#item(node[i + 1]),
        enumerable,
        writable: true,
        configurable: true,
      });
    }
  }

  #instance([, name, item, ...rest]: readonly unknown[]): unknown {
    if (typeof name !== "string" || rest.length > 0) throw damaged("an instance has no class");
    const type = typeNamed(name);
    if (type === undefined) {
      throw new SerializationError(
        `Cannot read a stored value: it holds a ${
          JSON.stringify(name.slice(0, 200))
        }; register that class with registerValueType`,
      );
    }
    try {
      return type.decode(this.#item(item));
    } catch (cause) {
      throw new SerializationError(`Cannot read a stored value: the decode of ${type.name} throws; see the cause`, {
        cause,
      });
    }
  }
}

/** The largest length of an array. */
const LONGEST = 0xFFFFFFFF;

/**
 * Gives an array its length, and no room for its holes: V8 would make room for up to 32 million of them at once, JavaScriptCore
 * for 100,000. One that was as long as can be holds no more than what is in it, on both.
 */
function lengthen(array: unknown[], length: number): void {
  if (array.length > length) throw damaged("an array has an item past its length");
  if (array.length === length) return;
  array.length = LONGEST;
  array.length = length;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
