import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache, ReentryError } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { runtimeName } from "../contract/expected_engines.ts";

const folder = fastFolder();
const { process } = globalThis as { process?: { getBuiltinModule?: unknown } };
const follows = process?.getBuiltinModule !== undefined;
const cannotTell = !follows && `${runtimeName()} has no AsyncLocalStorage, so what comes after an await cannot be told`;

test("a synchronous function that calls itself with the same arguments gets a ReentryError", () => {
  const fn: (n: number) => number = mcache((n: number) => n > 0 ? fn(n) : 0, { name: "sync" });
  assert.throws(() => fn(1), (error: unknown) => error instanceof ReentryError && error.code === "ERR_CACHE_REENTRY");
  assert.equal(fn(0), 0);
  const fall: (n: number) => number = mcache((n: number) => n > 0 ? fall(n - 1) : 0, { name: "fall" });
  assert.equal(fall(50), 0);
});

for (const engine of enginesHere) {
  const kept = (name: string) => ({ ...keptIn(engine, folder, name), name: `${name}-${engine}` });

  test(
    `${engine}: a function that calls itself with the same arguments gets a ReentryError instead of waiting for itself`,
    { skip: cannotTell },
    async () => {
      const fn: (n: number) => Promise<number> = acache(async (n: number) => {
        await Promise.resolve();
        return await fn(n);
      }, kept("own"));
      await assert.rejects(fn(1), ReentryError);
      await assert.rejects(Promise.all([fn(2), fn(2)]), ReentryError);
    },
  );

  test(
    `${engine}: functions that call each other in a circle get a ReentryError, whoever began`,
    { skip: cannotTell },
    async () => {
      const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
      const ping: (n: number) => Promise<number> = acache(
        async (n: number) => (await wait(), await pong(n)),
        kept("ping"),
      );
      const pong: (n: number) => Promise<number> = acache(
        async (n: number) => (await wait(), await ping(n)),
        kept("pong"),
      );
      await assert.rejects(ping(1), ReentryError);
      const both = await Promise.allSettled([ping(2), pong(2)]);
      assert.ok(both.some(({ status }) => status === "rejected"));
    },
  );

  test(`${engine}: functions that call others, and join what others compute, are not mistaken for circles`, async () => {
    const leaf = acache(async (n: number) => (await Promise.resolve(), n), kept("leaf"));
    const middle = acache(async (n: number) => await leaf(n) + await leaf(0), kept("middle"));
    const top = acache(
      async (n: number) => (await Promise.all([middle(n), middle(n + 1), leaf(0), middle(n)])).length,
      kept("top"),
    );
    assert.deepEqual(await Promise.all([top(1), middle(1), top(2), leaf(1), top(1)]), [4, 1, 4, 1, 4]);
  });
}
