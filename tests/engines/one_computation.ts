import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { CacheOptions } from "../../mod.ts";
import { runChild, startChild } from "../child.ts";
import { tempFolder } from "../temp_folder.ts";
import { Soon } from "../soon.ts";

const PROCESSES = 8;
const CALLERS = 12_500;

/** How long a lease lasts that nobody renews, in milliseconds, and how much later than that its key must be computed. */
const [SPAN, SLACK] = [2_000, 500];

const script = new URL("./children/leaseholder.ts", import.meta.url);

/** The tests of one computation per key among real processes, for an engine whose storage `place` names anew at each call. */
export function oneComputation(
  name: string,
  place: () => CacheOptions | Promise<CacheOptions>,
  options: { readonly skip?: string | false; readonly env?: Readonly<Record<string, string>> } = {},
): void {
  const { skip = false, env = {} } = options;
  const folder = tempFolder();
  let files = 0;
  const runsIn = (log: string) => existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").length : 0;

  test(`${PROCESSES} processes with ${CALLERS} callers each compute a cold key once on ${name}`, { skip }, async () => {
    const [log, given] = [join(folder, `runs-${++files}`), JSON.stringify(await place())];
    const start = String(Date.now() + 4_000);
    const args = [given, log, String(CALLERS), start, "200"];
    const ended = await Promise.all(Array.from({ length: PROCESSES }, () => runChild(script, args, env)));
    const said = ended.map(({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout.trim().split("\n").at(-1)!);
    });
    assert.equal(runsIn(log), 1);
    assert.equal(new Set(said.flatMap(({ given }) => given)).size, 1);
    for (const { hits, misses, errors } of said) assert.deepEqual([hits + misses, errors], [CALLERS, 0]);
  });

  test(`a key is computed once more, soon, when its holder is killed on ${name}`, { skip }, async () => {
    const [log, given] = [join(folder, `runs-${++files}`), JSON.stringify(await place())];
    const holder = startChild(script, [given, log, "1", "0", "for ever"], env);
    await holder.said("computing");
    const waiting = Array.from({ length: 3 }, () => startChild(script, [given, log, "10", "0", "1"], env));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal(runsIn(log), 1, "nobody else computes while the holder lives");
    const [killedAt, soon] = [Date.now(), new Soon()];
    holder.process.kill("SIGKILL");
    const said = await Promise.all(waiting.map(async ({ ended }) => {
      const { code, stdout, stderr } = await ended;
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout.trim().split("\n").at(-1)!);
    }));
    assert.equal(runsIn(log), 2);
    assert.equal(new Set(said.flatMap(({ given }) => given)).size, 1);
    const took = Number(readFileSync(log, "utf8").trim().split(" ").at(-1)) - killedAt;
    soon.within(SPAN + SLACK, took);
  });
}
