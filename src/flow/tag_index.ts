import type { Tags } from "./tags.ts";

/** Tags on a store of one cache alone: which keys carry which. Holds no more than the store does. */
export class TagIndex implements Tags {
  readonly #keys = new Map<string, Set<unknown>>();

  /** Whether any entry carries a tag. */
  get counts(): boolean {
    return this.#keys.size > 0;
  }

  of(tags: readonly string[]): readonly string[] {
    return tags;
  }

  hold(): boolean {
    return true;
  }

  names(marks: readonly string[]): readonly string[] {
    return marks;
  }

  invalidate(tag: string): readonly unknown[] {
    return [...this.#keys.get(tag) ?? []];
  }

  came(key: unknown, tags: readonly string[]): void {
    for (const tag of tags) {
      const keys = this.#keys.get(tag);
      if (keys === undefined) this.#keys.set(tag, new Set([key]));
      else keys.add(key);
    }
  }

  left(key: unknown, tags: readonly string[]): void {
    for (const tag of tags) {
      const keys = this.#keys.get(tag);
      if (keys?.delete(key) && keys.size === 0) this.#keys.delete(tag);
    }
  }

  clear(): void {
    this.#keys.clear();
  }
}
