/** A piece of documentation that can be found by itself: a heading with its text, or a declaration with its comment. */
export interface Section {
  /** What it is about, for example `LRUCache.fetch` or `Options / ttl`. */
  readonly title: string;
  /** The line, from 1, of the heading or of the declared name. */
  readonly line: number;
  /** The lines from `from` to `to`, both from 1 and included, that hold it. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}
