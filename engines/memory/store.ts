import type { Entry, Listed } from "../../src/contract/entry.ts";
import type { Bounds, Change, EvictionReason, SyncStore, Usage } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";
import type { EvictionOrder } from "../../src/policy/orders/order.ts";
import { MemoryNode } from "./node.ts";

/** What a memory store keeps its nodes in. */
export interface NodeTable {
  readonly size: number;
  get(key: unknown): MemoryNode | undefined;
  /** Looks without renewing. Only where `get` renews. */
  peek?(key: unknown): MemoryNode | undefined;
  set(key: unknown, node: MemoryNode): unknown;
  delete(key: unknown): boolean;
  clear(): void;
  values(): Iterable<MemoryNode>;
}

/** What a memory store is told of an entry that left for room. */
export type OnEvict = (key: string, entry: Entry, reason: EvictionReason) => void;

/** What a memory store is made of. */
export interface MemoryParts {
  readonly table: NodeTable;
  /** A new and empty eviction order; none for a store without bounds. */
  readonly order: (() => EvictionOrder<MemoryNode>) | undefined;
  readonly bounds: Bounds;
  readonly onEvict: OnEvict | undefined;
}

/**
 * An open memory engine.
 *
 * Besides what the contract says, keys may be of any type, compared as a `Map` compares them; a prefix other than `""`
 * picks texts only, and a listing shows the key as it is. `find` and `used` are `get` in two steps, for whoever
 * judges an entry before it counts as read. `accessedAt` in a listing is `storedAt`: reads are counted, their instants
 * are not noted.
 */
export class MemoryStore implements SyncStore {
  /** What holds the nodes: an `LRUCache` for `"lru"`, else a `Map`. To look into, not to change. */
  readonly table: NodeTable;
  readonly #bounds: Bounds;
  readonly #onEvict: OnEvict | undefined;
  readonly #newOrder: MemoryParts["order"];
  readonly #left: MemoryNode[] = [];
  #order: EvictionOrder<MemoryNode> | undefined;
  #eager: EvictionOrder<MemoryNode> | undefined;
  #bytes = 0;
  #savedByLeft = 0;
  #open = true;

  constructor({ table, order, bounds, onEvict }: MemoryParts) {
    this.table = table;
    this.#newOrder = order;
    this.#begin();
    this.#bounds = bounds;
    this.#onEvict = onEvict;
  }

  /** The table: an `LRUCache` for `"lru"`, else a `Map`. Its values are the store's own nodes. */
  get native(): unknown {
    return this.table;
  }

  /** What the counted reads would have cost, in milliseconds: of the values held, and of those that have left. */
  savedMs(): number {
    let saved = this.#savedByLeft;
    for (const { hits, cost } of this.table.values()) saved += hits * cost;
    return saved;
  }

  peek(key: unknown): Entry | undefined {
    this.#check();
    return this.#seen(key)?.entry();
  }

  /** Counts a read of what was looked up. */
  used(node: MemoryNode): void {
    node.hits++;
    if (this.#eager !== undefined) this.#eager.touched(node);
  }

  get(key: unknown): Entry | undefined {
    this.#check();
    const node = this.table.get(key);
    if (node === undefined) return undefined;
    this.used(node);
    return node.entry();
  }

  set(key: unknown, entry: Entry): void {
    this.#check();
    const node = this.table.get(key);
    if (entry.size > this.#bounds.maxBytes) {
      if (node !== undefined) this.#drop(node);
      this.#onEvict?.(key as string, entry, "size");
    } else if (node !== undefined) this.#replace(node, entry);
    else {
      this.#makeRoom(1, entry.size);
      const added = new MemoryNode(key, entry);
      this.table.set(key, added);
      this.#bytes += entry.size;
      this.#order?.added(added);
    }
    if (this.#left.length > 0) this.#tell();
  }

  delete(key: unknown): boolean {
    this.#check();
    const node = this.table.get(key);
    if (node === undefined) return false;
    this.#drop(node);
    return true;
  }

  entries(prefix: string): Iterable<Listed> {
    return this.#under(prefix).map((node) => node.listed());
  }

  clear(prefix: string): number {
    const nodes = this.#under(prefix);
    if (nodes.length < this.table.size) { for (const node of nodes) this.#drop(node); }
    else this.#empty();
    return nodes.length;
  }

  usage(prefix: string): Usage {
    if (prefix === "") {
      this.#check();
      return { entries: this.table.size, bytes: this.#bytes };
    }
    const nodes = this.#under(prefix);
    return { entries: nodes.length, bytes: nodes.reduce((sum, { size }) => sum + size, 0) };
  }

  sweep(prefix: string, now: number): number {
    const gone = this.#under(prefix).filter(({ goneAt }) => goneAt <= now);
    for (const node of gone) this.#drop(node);
    return gone.length;
  }

  commit(changes: readonly Change[]): boolean {
    this.#check();
    for (const { key, found } of changes) {
      if (found !== undefined && found !== (this.#seen(key)?.storedAt ?? "absent")) return false;
    }
    for (const { key, entry } of changes) {
      if (entry === undefined) this.delete(key);
      else this.set(key, entry);
    }
    return true;
  }

  close(): void {
    this.#empty();
    this.#open = false;
  }

  #check(): void {
    if (!this.#open) throw new ResourceError("Cannot use a memory store: it is closed; open another one");
  }

  /** A node, looked at without renewing it. */
  #seen(key: unknown): MemoryNode | undefined {
    return this.table.peek === undefined ? this.table.get(key) : this.table.peek(key);
  }

  #under(prefix: string): MemoryNode[] {
    this.#check();
    const nodes = [...this.table.values()];
    return prefix === "" ? nodes : nodes.filter(({ key }) => typeof key === "string" && key.startsWith(prefix));
  }

  #begin(): void {
    this.#order = this.#newOrder?.();
    this.#eager = this.#order?.eager === true ? this.#order : undefined;
    this.#bytes = 0;
  }

  #empty(): void {
    this.#savedByLeft = this.savedMs();
    this.table.clear();
    this.#begin();
  }

  #replace(node: MemoryNode, entry: Entry): void {
    this.#bytes += entry.size - node.size;
    this.#savedByLeft += node.hits * node.cost;
    const order = this.#order;
    if (order?.renewed !== undefined && this.#bytes <= this.#bounds.maxBytes) {
      order.renewed(node);
      node.fill(entry);
      return;
    }
    order?.removed(node);
    node.fill(entry);
    this.#makeRoom(0, 0);
    order?.added(node);
  }

  #makeRoom(entries: number, bytes: number): void {
    const { maxSize, maxBytes } = this.#bounds;
    while (this.table.size + entries > maxSize || this.#bytes + bytes > maxBytes) {
      const node = this.#order?.victim();
      if (node === undefined) return;
      this.#forget(node);
      if (this.#onEvict !== undefined) this.#left.push(node);
    }
  }

  /** Reports what was evicted once the store is in order again, because a listener may use the store. */
  #tell(): void {
    for (let node = this.#left.shift(); node !== undefined; node = this.#left.shift()) {
      this.#onEvict?.(node.key as string, node.entry(), "size");
    }
  }

  #drop(node: MemoryNode): void {
    this.#order?.removed(node);
    this.#forget(node);
  }

  #forget(node: MemoryNode): void {
    this.table.delete(node.key);
    this.#savedByLeft += node.hits * node.cost;
    this.#bytes = this.table.size === 0 ? 0 : this.#bytes - node.size;
  }
}
