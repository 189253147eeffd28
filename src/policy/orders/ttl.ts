import type { EvictionOrder, Ranked } from "./order.ts";

/** Soonest to expire first; among equals, the one stored longest ago. A binary heap in which each node knows its place. */
export class TtlOrder<N extends Ranked> implements EvictionOrder<N> {
  readonly eager = false;
  readonly #heap: N[] = [];

  added(node: N): void {
    this.#rise(node, this.#heap.push(node) - 1);
  }

  touched(): void {}

  removed(node: N): void {
    const last = this.#heap.pop()!;
    if (last === node) return;
    const { place } = node;
    if (sooner(last, node)) this.#rise(last, place);
    else this.#sink(last, place);
  }

  victim(): N | undefined {
    const node = this.#heap[0];
    if (node !== undefined) this.removed(node);
    return node;
  }

  #rise(node: N, at: number): void {
    const heap = this.#heap;
    while (at > 0) {
      const parent = heap[(at - 1) >> 1]!;
      if (!sooner(node, parent)) break;
      heap[at] = parent;
      parent.place = at;
      at = (at - 1) >> 1;
    }
    heap[at] = node;
    node.place = at;
  }

  #sink(node: N, at: number): void {
    const heap = this.#heap;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && sooner(heap[below + 1]!, heap[below]!)) below++;
      const child = heap[below]!;
      if (!sooner(child, node)) break;
      heap[at] = child;
      child.place = at;
      at = below;
    }
    heap[at] = node;
    node.place = at;
  }
}

function sooner(a: Ranked, b: Ranked): boolean {
  return a.freshUntil < b.freshUntil || (a.freshUntil === b.freshUntil && a.storedAt < b.storedAt);
}
