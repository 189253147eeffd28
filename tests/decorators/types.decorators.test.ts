import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, fcache, mcache } from "../../mod.ts";

/** What must not compile; never called. */
export function mustNotCompile(): void {
  class Sync {
    // @ts-expect-error: a synchronous method under a decorator that gives promises
    @bcache
    bare(x: number): number {
      return x;
    }
    // @ts-expect-error: a synchronous method under a decorator that gives promises
    @fcache({ folderName: "x" })
    withOptions(x: number): number {
      return x;
    }
    // @ts-expect-error: a synchronous method under a decorator that gives promises
    @acache
    other(x: number): number {
      return x;
    }
  }
  void Sync;
}

test("a decorated method keeps its type", () => {
  class Thing {
    @mcache
    work(x: number): string {
      return String(x);
    }
  }
  const text: string = new Thing().work(1);
  assert.equal(text, "1");
  // @ts-expect-error: a wrong argument
  assert.equal(new Thing().work("2"), "2");
});
