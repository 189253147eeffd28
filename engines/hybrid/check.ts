import type { Body, Listed } from "../../src/contract/entry.ts";
import { chain, type MaybePromise } from "../../src/contract/maybe_promise.ts";
import type { AsyncStore, StorageFault } from "../../src/contract/store.ts";
import { collected } from "./collected.ts";
import { isPointer, unmarked } from "./pointer.ts";

/**
 * Looks for damage in both stores of a hybrid, and for what is in one of them only: a body that nobody points at, and an
 * entry whose body is missing or another's. What is just being written may look like that.
 */
export function checkBodies(
  small: AsyncStore<Body>,
  large: AsyncStore<Body>,
  prefix: string,
  fix: boolean,
): MaybePromise<readonly StorageFault[]> {
  const checked = chain(
    small.check?.(prefix, fix) ?? [],
    (inSmall) => chain(large.check?.(prefix, fix) ?? [], (inLarge) => [...inSmall, ...inLarge]),
  );
  return chain(
    checked,
    (faults) =>
      chain(collected(small.entries(prefix)), (entries) =>
        chain(collected(large.entries(prefix)), (bodies) => {
          const apart = faultsBetween(entries, bodies);
          let done: MaybePromise<unknown> = undefined;
          if (fix) {
            for (const { key, where } of apart) {
              if (where !== "small") done = chain(done, () => large.delete(key));
              if (where !== "large") done = chain(done, () => small.delete(key));
            }
          }
          return chain(done, () => [...faults, ...apart.map(({ key, reason }) => ({ key, reason, fixed: fix }))]);
        })),
  );
}

interface Apart {
  readonly key: string;
  readonly reason: string;
  /** Where it is to be dropped. */
  readonly where: "small" | "large" | "both";
}

function faultsBetween(entries: readonly Listed[], bodies: readonly Listed[]): Apart[] {
  const pointed = new Map(entries.filter(isPointer).map((one) => [one.key, unmarked(one)]));
  const there = new Map(bodies.map((one) => [one.key, one]));
  const apart: Apart[] = [];
  for (const { key } of bodies) {
    if (!pointed.has(key)) apart.push({ key, reason: "no entry points at this large value", where: "large" });
  }
  for (const { key, storedAt } of pointed.values()) {
    const found = there.get(key);
    if (found === undefined) apart.push({ key, reason: "its large value is missing", where: "small" });
    else if (found.storedAt !== storedAt) apart.push({ key, reason: "its large value is another's", where: "both" });
  }
  return apart;
}
