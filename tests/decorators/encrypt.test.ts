import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bcache, ConfigurationError, fcache, ucache } from "../../mod.ts";
import { fastFolder } from "../engines_here.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";

const key = new Uint8Array(32).fill(7);

function everything(folder: string): string {
  const names = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return names.filter((name) => statSync(name).isFile()).map((name) => readFileSync(name, "latin1")).join("\n");
}

for (
  const [called, decorator] of [["bcache", bcache], ["fcache", fcache], ["ucache", ucache as typeof bcache]] as const
) {
  test(`${called}() with encrypt keeps nothing that can be read without the key`, async () => {
    const cacheDir = fastFolder();
    const options = {
      name: "secret",
      cacheDir,
      folderName: "encrypted",
      encrypt: key,
      secure: false,
      version: "1",
      tags: ["a telling tag"],
    };
    let runs = 0;
    const make = (more: object = {}) =>
      decorator(async (word: string) => (runs++, await Promise.resolve(`the answer to ${word}`)), {
        ...options,
        ...more,
      });
    const fn = make();
    assert.equal(await fn("plaintext"), "the answer to plaintext");
    await settled(fn);
    assert.match(fn.cache.info.engine, /^encrypted_/);
    await fn.cache.close();
    const stored = everything(cacheDir);
    assert.ok(stored.length > 100);
    assert.doesNotMatch(stored, /answer|plaintext|telling/);
    assert.equal(await make()("plaintext"), "the answer to plaintext");
    assert.equal(runs, 1);
    const logger = new QuietLogger();
    assert.equal(await make({ encrypt: "another key", logger })("plaintext"), "the answer to plaintext");
    assert.equal(runs, 2);
  });
}

test("encrypt is refused for a function that is to stay synchronous", () => {
  assert.throws(() => bcache.sync((x: number) => x, { name: "sync", encrypt: key }), ConfigurationError);
  assert.throws(() => ucache((x: number) => x, { name: "sync", folderName: "x", encrypt: key }), {
    message: /encrypt means nothing to a synchronous function/,
  });
});
