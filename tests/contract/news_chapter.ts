import assert from "node:assert/strict";
import type { AcceleratorName } from "../../src/contract/accelerators.ts";
import type { AsyncStore, News } from "../../src/contract/store.ts";
import { pauseOf, until } from "./patience.ts";
import type { Subject } from "./subject.ts";
import { given, keyOf } from "./subject.ts";

const [a, b, c] = [keyOf("a", 1), keyOf("a", 2), keyOf("b", 3)];

/** What others change is told to whoever watches, and no longer than that. */
export function newsChapter({ engine, entry, offers, ...tested }: Subject): void {
  const withTwo = (run: (first: AsyncStore, second: AsyncStore) => Promise<void>) =>
    engine.shared ? tested.withTwo(run) : tested.with((store) => run(store, store));

  given(offers("watch"))(
    "watch() tells of every way in which another store changes a key",
    () =>
      withTwo(async (watching, writing) => {
        const heard: News[] = [];
        await writing.set(a, entry("before"));
        const stop = watching.watch!((news) => heard.push(news));
        await until(() => heard.includes("live"), "it hears changes");
        const changes: readonly (readonly [AcceleratorName | undefined, string, readonly string[], () => unknown])[] = [
          [undefined, "set() of a known key", [a], () => writing.set(a, entry("newer"))],
          [undefined, "set() of a new key", [b], () => writing.set(b, entry("new"))],
          [undefined, "delete()", [a], () => writing.delete(a)],
          ["setMany", "setMany()", [a, c], () => writing.setMany!([[a, entry("a")], [c, entry("c")]])],
          ["deleteMany", "deleteMany()", [a, c], () => writing.deleteMany!([a, c])],
          ["commit", "commit()", [b, c], () =>
            writing.commit!([{ key: b, entry: undefined }, { key: c, entry: entry("c") }])],
          [undefined, "set() once more", [b, c], async () => {
            await writing.set(b, entry("b"));
            await writing.set(c, entry("c"));
          }],
          [undefined, "clear() of a prefix", [b], () =>
            writing.clear("a/")],
          [undefined, "clear() of everything", [c], () =>
            writing.clear("")],
        ];
        for (const [method, name, keys, change] of changes) {
          if (method !== undefined && !offers(method)) {
            continue;
          }
          heard.length = 0;
          await change();
          for (const key of keys) {
            await until(() =>
              covers(heard, key), `told of "${key}" by ${name}`);
          }
        }
        stop();
        stop();
      }),
  );

  given(offers("watch"))(
    "watch() tells each listener, and none after it was stopped or the store was closed",
    () =>
      withTwo(async (watching, writing) => {
        const heard: Record<"stopped" | "going", News[]> = { stopped: [], going: [] };
        const stop = watching.watch!((news) => heard.stopped.push(news));
        watching.watch!((news) => heard.going.push(news));
        await until(() => heard.stopped.includes("live") && heard.going.includes("live"), "both hear changes");
        stop();
        heard.stopped.length = 0;
        await writing.set(a, entry("told"));
        await until(() => covers(heard.going, a), "the other listener is told");
        assert.deepEqual(heard.stopped, [], "nothing after it was stopped");
        if (watching === writing) return;
        await watching.close();
        heard.going.length = 0;
        await writing.set(b, entry("not told"));
        await pauseOf(150);
        assert.deepEqual(heard, { stopped: [], going: [] }, "nothing after the store was closed");
      }),
  );
}

/** Whether news say that a key may have changed: by name, by a prefix, or because changes went unheard meanwhile. */
function covers(heard: readonly News[], key: string): boolean {
  const lost = heard.indexOf("lost");
  if (lost >= 0 && heard.includes("live", lost)) return true;
  return heard.some((news) =>
    typeof news === "object" && ("keys" in news ? news.keys.includes(key) : key.startsWith(news.prefix))
  );
}
