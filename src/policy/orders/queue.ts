import type { Ranked } from "./order.ts";

/** A doubly linked list through the nodes themselves, oldest first. A node is in at most one queue. */
export class Queue<N extends Ranked> {
  #oldest: N | undefined;
  #newest: N | undefined;
  #size = 0;

  /** How many nodes are in it. */
  get size(): number {
    return this.#size;
  }

  /** The node that came first. */
  get oldest(): N | undefined {
    return this.#oldest;
  }

  /** The node that came last. */
  get newest(): N | undefined {
    return this.#newest;
  }

  /** The node that came after one, if any. */
  after(node: N): N | undefined {
    return node.next as N | undefined;
  }

  /** Appends a node. */
  push(node: N): void {
    this.insert(node, this.#newest);
  }

  /** Puts a node behind another one, or first. */
  insert(node: N, before: N | undefined): void {
    const after = (before === undefined ? this.#oldest : before.next) as N | undefined;
    node.prev = before;
    node.next = after;
    if (before === undefined) this.#oldest = node;
    else before.next = node;
    if (after === undefined) this.#newest = node;
    else after.prev = node;
    this.#size++;
  }

  /** Takes a node out. */
  remove(node: N): void {
    const { prev, next } = node as { prev: N | undefined; next: N | undefined };
    if (prev === undefined) this.#oldest = next;
    else prev.next = next;
    if (next === undefined) this.#newest = prev;
    else next.prev = prev;
    node.prev = undefined;
    node.next = undefined;
    this.#size--;
  }

  /** Takes a node out and appends it. */
  renew(node: N): void {
    if (node === this.#newest) return;
    this.remove(node);
    this.push(node);
  }

  /** Takes the oldest node out. */
  shift(): N | undefined {
    const node = this.#oldest;
    if (node !== undefined) this.remove(node);
    return node;
  }

  /** Takes the newest node out. */
  pop(): N | undefined {
    const node = this.#newest;
    if (node !== undefined) this.remove(node);
    return node;
  }
}
