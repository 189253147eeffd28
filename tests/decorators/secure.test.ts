import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { acache, getCachePath } from "../../mod.ts";
import { fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { settled } from "../settled.ts";

const cacheDir = fastFolder();

const below = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((found) => ({
    path: join(found.parentPath, found.name),
    isFile: found.isFile(),
  }));

/** Every byte and every name that is kept in a folder. */
function everythingIn(folder: string): Buffer {
  return Buffer.concat(
    below(folder).flatMap(({ path, isFile }) => [Buffer.from(path), ...isFile ? [readFileSync(path)] : []]),
  );
}

for (const engine of persistentHere) {
  test(`${engine} holds no text of arguments under secure, neither in bytes nor in names`, async () => {
    const place = keptIn(engine, cacheDir, "discreet");
    const fn = acache((..._: unknown[]) => Promise.resolve("the result"), { name: "discreet", ...place });
    const secrets: unknown[][] = [
      ["correct horse"],
      [{ password: "correct horse" }],
      [new Map([["correct horse", 1]]), 2],
      [new Error("correct horse")],
      ["correct horse".repeat(1_000)],
      [new TextEncoder().encode("correct horse")],
    ];
    const folder = getCachePath(place.folderName, { cacheDir });
    for (const args of secrets) await fn(...args);
    await settled(fn);
    for (const when of ["open", "closed"]) {
      const kept = everythingIn(folder);
      assert.ok(kept.includes("the result"), "this is where values are kept");
      assert.equal(kept.includes("correct horse"), false, when);
      assert.equal(kept.includes("password"), false, when);
      await fn.cache.close();
    }
    const open = keptIn(engine, cacheDir, "open");
    const told = acache((_: string) => Promise.resolve(1), { name: "told", secure: false, ...open });
    await told("correct horse");
    await told.cache.close();
    assert.ok(everythingIn(getCachePath(open.folderName, { cacheDir })).includes("correct horse"), "a label is found");
  });

  for (const [secure, folders, files] of [[true, 0o700, 0o600], [false, 0o755, 0o644]] as const) {
    const modes = `folders 0o${folders.toString(8)} and files 0o${files.toString(8)}`;
    test(`${engine} makes ${modes} under umask 0 when secure is ${secure}`, {
      skip: process.platform === "win32" ? "Windows has no such permissions" : false,
    }, async () => {
      const place = keptIn(engine, cacheDir, `modes-${secure}`);
      const fn = acache((x: number) => Promise.resolve(x), { name: "modes", secure, ...place });
      const before = process.umask(0);
      try {
        for (let x = 0; x < 5; x++) await fn(x);
        await settled(fn);
        const folder = getCachePath(place.folderName, { cacheDir });
        assert.equal(statSync(folder).mode & 0o777, folders);
        const found = below(folder);
        for (const { path, isFile } of found) assert.equal(statSync(path).mode & 0o777, isFile ? files : folders, path);
        assert.ok(found.length > 1);
        await fn.cache.close();
      } finally {
        process.umask(before);
      }
    });
  }
}
