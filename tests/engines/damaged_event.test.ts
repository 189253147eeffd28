import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bcache, type CacheEvent, EngineError, getCachePath, on } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";

const folder = fastFolder();
const files: Readonly<Record<string, string>> = {
  node_sqlite: "cache.sqlite",
  bun_sqlite: "cache.sqlite",
  deno_kv: "kv.sqlite3",
};

for (const engine of enginesHere.filter((name) => name in files)) {
  test(`${engine}: one event and one warning tell that a damaged database was set aside, and calls get their results`, async () => {
    const logger = new QuietLogger();
    const events: CacheEvent[] = [];
    let runs = 0;
    const options = { ...keptIn(engine, folder, "damaged"), logger };
    const square = bcache((x: number) => (runs++, Promise.resolve(x * x)), { ...options, name: "square" });
    const cube = bcache((x: number) => Promise.resolve(x ** 3), { ...options, name: "cube" });
    let undone: string[] = [];
    const stop = on("error", (event) => {
      events.push(event);
      undone = readdirSync(getCachePath(options.folderName, { cacheDir: folder })).filter((name) =>
        /setting/.test(name)
      );
    });
    try {
      assert.equal(await square(3), 9);
      await settled(square);
      const path = join(getCachePath(options.folderName, { cacheDir: folder }), files[engine]!);
      await square.cache.close();
      for (const round of [1, 2]) {
        writeFileSync(path, "This is no database.\n".repeat(300));
        assert.deepEqual(await Promise.all([square(3), cube(3), square(3)]), [9, 27, 9]);
        await Promise.all([settled(square), settled(cube)]);
        assert.deepEqual([await square(3), runs], [9, 1 + round], "the new database keeps values");
        await Promise.all([square.cache.close(), cube.cache.close()]);
        assert.deepEqual(undone, [], "it is told when other processes may go on");
        const [event, ...others] = events.splice(0);
        assert.ok(event?.type === "error" && event.error instanceof EngineError);
        assert.deepEqual([event.operation, event.error.code, others], ["open", "ERR_CACHE_ENGINE_DAMAGED", []]);
        assert.deepEqual(logger.lines.splice(0), [`warn ${event.error.message}`]);
        const [before, now] =
          /^Cannot read (.+): the database is damaged(?: \(.+\))?; it is (.+) now, and a new one is begun$/
            .exec(event.error.message)!.slice(1);
        assert.deepEqual([before, now], [`"${path}"`, `"${path}.damaged-${round}"`]);
      }
    } finally {
      stop();
    }
  });
}
