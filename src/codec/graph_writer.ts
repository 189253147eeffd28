/** Values of any shape into the flat list of nodes that `graph.ts` describes. */

import { buildOrder } from "./build_order.ts";
import { binaryTypeOf, type Window, windowOf } from "./binary_type.ts";
import { errorClassOf, isError } from "./built_in_error.ts";
import { LITTLE_ENDIAN } from "./checksum.ts";
import { adviceFor, nameOf, pathOf, PLAIN_DATA, refusal, type Step, stepTo } from "./refusal.ts";
import { addedTo, dataProperty, namesOfError, shownProperty } from "./own_properties.ts";
import { isRegExp, unboxed } from "./brands.ts";
import { edgesOf, type Graph, type GraphNode, type Item, MAX_DIGITS } from "./graph.ts";
import { segmentsOf } from "./segments.ts";
import { type RegisteredType, typeOfPrototype } from "./value_types.ts";

/** The graph of a value. Throws a `SerializationError` that names what cannot be kept. */
export function writeGraph(value: unknown): Graph {
  const writer = new GraphWriter();
  const root = writer.item(value, -1, "");
  writer.writeAll();
  const { segments } = writer.place();
  return { root, nodes: writer.nodes, leaves: writer.leaves, segments };
}

/** How many registered instances may be made of one another, which ends an `encode` that makes a new one each time. */
const MAX_TYPES_DEEP = 100_000;

class GraphWriter {
  readonly nodes: GraphNode[] = [];
  readonly leaves: unknown[] = [];
  /** The object of each node; the content itself for a bigint. */
  readonly #objects: unknown[] = [];
  readonly #steps: Step[] = [];
  readonly #references = new Map<unknown, readonly [number]>();
  readonly #windows: Window[] = [];
  readonly #views: GraphNode[] = [];
  readonly #typesDeep: number[] = [];
  #hasTypes = false;

  /** What stands for a value that was found at a step from the object of node `parent`. */
  item(value: unknown, parent: number, step: string): Item {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0) ? value : this.#leaf(value);
      case "undefined":
        return this.#leaf(value);
      case "bigint":
        return this.#references.get(value) ?? this.#bigint(value);
      case "object":
        return value === null ? null : this.#references.get(value) ?? this.#object(value, parent, step);
      default:
        throw this.#refuse(parent, step, `it is a ${typeof value}`, PLAIN_DATA);
    }
  }

  writeAll(): void {
    for (let index = 0; index < this.nodes.length; index++) {
      const value = this.#objects[index];
      if (typeof value !== "object" || value === null) continue;
      const node = this.nodes[index]!;
      try {
        this.#write(value, node, index);
      } catch (error) {
        if (error instanceof Error && error.name === "SerializationError") throw error;
        const { parent, step } = this.#steps[index]!;
        throw this.#refuse(parent, step, "reading it throws", "see the cause", error);
      }
    }
    if (this.#hasTypes) this.#refuseCircularTypes();
  }

  /** Says in the nodes of binary values where their bytes are. */
  place(): { segments: readonly Uint8Array[] } {
    const { segments, places } = segmentsOf(this.#windows);
    this.#views.forEach((node, i) => {
      node.push(places[i]!.segment, places[i]!.offset, this.#windows[i]!.byteLength);
    });
    return { segments };
  }

  #leaf(value: unknown): readonly [number] {
    let reference = this.#references.get(value);
    // A Map does not tell -0 from 0, which never gets here.
    if (reference === undefined) {
      reference = [-1 - this.leaves.length];
      this.leaves.push(value);
      this.#references.set(value, reference);
    }
    return reference;
  }

  #bigint(value: bigint): readonly [number] {
    const digits = value.toString(16);
    return digits.length < MAX_DIGITS * 0.8 ? this.#leaf(value) : this.#node(value, -1, "", ["bigint", digits]);
  }

  #node(value: unknown, parent: number, step: string, node: GraphNode): readonly [number] {
    const reference = [this.nodes.length] as const;
    this.nodes.push(node);
    this.#objects.push(value);
    this.#steps.push({ parent, step });
    this.#typesDeep.push(this.#typesDeep[parent] ?? 0);
    this.#references.set(value, reference);
    return reference;
  }

  #object(value: object, parent: number, step: string): readonly [number] {
    try {
      const prototype = Object.getPrototypeOf(value) as object | null;
      if (prototype === Date.prototype && !Number.isNaN((value as Date).getTime())) {
        this.#ownNothing(value, parent, step);
        return this.#leaf(value);
      }
      if (prototype === RegExp.prototype && (value as RegExp).lastIndex === 0 && isRegExp(value)) {
        this.#ownNothing(value, parent, step, 1);
        return this.#leaf(value);
      }
      if (typeof URL === "function" && prototype === URL.prototype) {
        // Throws for what only looks like a URL.
        if (new URL((value as URL).href).href !== (value as URL).href) {
          throw this.#refuse(parent, step, "it is a URL that reads differently when parsed again", PLAIN_DATA);
        }
        this.#ownNothing(value, parent, step);
        return this.#leaf(value);
      }
    } catch (error) {
      if (error instanceof Error && error.name === "SerializationError") throw error;
      throw this.#refuse(parent, step, "reading it throws", "see the cause", error);
    }
    return this.#node(value, parent, step, []);
  }

  #write(value: object, node: GraphNode, index: number): void {
    const prototype = Object.getPrototypeOf(value) as object | null;
    const { parent, step } = this.#steps[index]!;
    if (prototype === null) return this.#properties(value, node, "null", index);
    if (prototype === Object.prototype) return this.#properties(value, node, "object", index);
    if (prototype === Array.prototype && Array.isArray(value)) return this.#array(value, node, index);
    if (prototype === Map.prototype) return this.#map(value as Map<unknown, unknown>, node, index);
    if (prototype === Set.prototype) return this.#set(value as Set<unknown>, node, index);
    const type = typeOfPrototype(prototype);
    if (type !== undefined) return this.#registered(value, type, node, index);
    const binary = binaryTypeOf(prototype);
    if (binary !== undefined) {
      const window = windowOf(value);
      if (typeof window === "string") throw this.#refuse(parent, step, window, "copy it first");
      if (!LITTLE_ENDIAN && binary.width > 1) {
        throw this.#refuse(parent, step, "it is nested and this machine is big-endian", "return it by itself");
      }
      node.push("view", binary.name);
      this.#windows.push(window);
      this.#views.push(node);
      return;
    }
    const errorClass = errorClassOf(prototype);
    if (errorClass !== undefined && isError(value)) return this.#error(value as Error, errorClass, node, index);
    if (prototype === Date.prototype) {
      this.#ownNothing(value, parent, step);
      node.push("date");
      return;
    }
    if (prototype === RegExp.prototype && isRegExp(value)) {
      this.#ownNothing(value, parent, step, 1);
      const { source, flags, lastIndex } = value as RegExp;
      if (!Number.isInteger(lastIndex)) throw this.#refuse(parent, step, "its lastIndex is no integer", PLAIN_DATA);
      node.push("regexp", this.#leaf(new RegExp(source, flags)), lastIndex);
      return;
    }
    if (typeof URLSearchParams === "function" && prototype === URLSearchParams.prototype) {
      this.#ownNothing(value, parent, step);
      node.push("params", URLSearchParams.prototype.toString.call(value));
      return;
    }
    const boxed = unboxed(value, prototype);
    if (boxed === undefined) {
      throw this.#refuse(parent, step, `it is ${nameOf(value, prototype)}`, adviceFor(prototype));
    }
    this.#ownNothing(value, parent, step, typeof boxed === "string" ? boxed.length + 1 : 0);
    node.push("box", this.item(boxed, index, ""));
  }

  #properties(value: object, node: GraphNode, kind: string, index: number): void {
    node.push(kind);
    for (const name of Reflect.ownKeys(value)) {
      const property = this.#found(shownProperty(value, name), index, name);
      node.push(name as string, this.item(property.value, index, stepTo(name)));
    }
  }

  #array(array: readonly unknown[], node: GraphNode, index: number): void {
    const names = Reflect.ownKeys(array);
    const dense = names.length === array.length + 1 &&
      (array.length === 0 || names[array.length - 1] === `${array.length - 1}`);
    if (dense) node.push("array");
    else node.push("sparse", array.length);
    for (const name of names) {
      if (name === "length") continue;
      const property = this.#found(shownProperty(array, name), index, name);
      if (!dense) node.push(name as string);
      node.push(this.item(property.value, index, stepTo(name)));
    }
  }

  #map(map: Map<unknown, unknown>, node: GraphNode, index: number): void {
    node.push("map");
    let at = 0;
    Map.prototype.forEach.call(map, (value, key) => {
      node.push(this.item(key, index, `.keys()[${at}]`), this.item(value, index, `.values()[${at}]`));
      at++;
    });
    this.#ownNothing(map, this.#steps[index]!.parent, this.#steps[index]!.step);
  }

  #set(set: Set<unknown>, node: GraphNode, index: number): void {
    node.push("set");
    let at = 0;
    Set.prototype.forEach.call(set, (member) => {
      node.push(this.item(member, index, `.values()[${at++}]`));
    });
    this.#ownNothing(set, this.#steps[index]!.parent, this.#steps[index]!.step);
  }

  #registered(value: object, type: RegisteredType, node: GraphNode, index: number): void {
    const { parent, step } = this.#steps[index]!;
    const deep = this.#typesDeep[index]! + 1;
    if (deep > MAX_TYPES_DEEP) {
      throw this.#refuse(
        parent,
        step,
        `its encode keeps making instances of ${type.name}`,
        "have it return plain data",
      );
    }
    this.#typesDeep[index] = deep;
    this.#hasTypes = true;
    let content: unknown;
    try {
      content = type.encode(value);
    } catch (error) {
      throw this.#refuse(parent, step, `the encode of ${type.name} throws`, "see the cause", error);
    }
    node.push("type", type.name, this.item(content, index, `<${type.name}>`));
  }

  #error(error: Error, className: string, node: GraphNode, index: number): void {
    const hidden: Item[] = [];
    const shown: Item[] = [];
    // An accessor on V8 since 2025.
    const { stack } = error as { stack?: unknown };
    if (stack !== undefined) hidden.push("stack", this.item(stack, index, ".stack"));
    for (const name of namesOfError(error)) {
      const { value, enumerable } = this.#found(dataProperty(error, name), index, name);
      (enumerable ? shown : hidden).push(name as string, this.item(value, index, stepTo(name)));
    }
    node.push("error", className, hidden.length / 2, ...hidden, ...shown);
  }

  #found(property: PropertyDescriptor | string, index: number, name: PropertyKey): PropertyDescriptor {
    if (typeof property === "string") throw this.#refuse(index, stepTo(name), property, PLAIN_DATA);
    return property;
  }

  /** Refuses what somebody added to an object whose content is elsewhere. */
  #ownNothing(value: object, parent: number, step: string, expected = 0): void {
    const added = addedTo(value, expected);
    if (added !== undefined) throw this.#refuse(parent, step, `it has the property ${added} of its own`, PLAIN_DATA);
  }

  #refuseCircularTypes(): void {
    const { circular } = buildOrder(this.nodes.length, (node) => edgesOf(this.nodes[node]!));
    for (const index of circular) {
      if (this.nodes[index]![0] !== "type") continue;
      const { parent, step } = this.#steps[index]!;
      throw this.#refuse(
        parent,
        step,
        `it is a ${String(this.nodes[index]![1])} that contains itself`,
        "break the circle in its encode",
      );
    }
  }

  #refuse(parent: number, step: string, found: string, advice: string, cause?: unknown): Error {
    return refusal(pathOf(this.#steps, parent, step), found, advice, cause);
  }
}
