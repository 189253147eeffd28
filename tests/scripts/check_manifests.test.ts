import assert from "node:assert/strict";
import { test } from "node:test";
import { checkManifests, toJsr } from "../../scripts/check_manifests.ts";
import type { Manifest } from "../../scripts/npm/manifest.ts";

const deno: Manifest = {
  name: "@a/b",
  version: "1.2.3",
  license: "MIT",
  exports: { ".": "./mod.ts", "./x": "./x.ts" },
  imports: {
    "one": "npm:one@^1.0.0",
    "@s/two": "npm:@s/two@2.1",
    "std": "jsr:@std/path@1",
    "deep": "npm:/three@^3/sub",
  },
};

const npm: Manifest = {
  name: "@a/b",
  version: "1.2.3",
  license: "MIT",
  exports: { ".": "./mod.ts", "./x": "./x.ts" },
  dependencies: { "one": "^1.0.0", "@s/two": "2.1" },
  devDependencies: { "three": "^3", "typescript": "^6.0.3" },
};

const jsr = toJsr(deno);

test("checkManifests() finds nothing when the three agree", () => {
  assert.deepEqual(checkManifests({ deno, npm, jsr }), []);
});

test("checkManifests() names each field of package.json that differs", () => {
  const against: readonly (readonly [change: Manifest, expected: RegExp])[] = [
    [{ name: "@a/c" }, /package\.json "name": "@a\/c" where deno\.json has "@a\/b"/],
    [{ version: "1.2.4" }, /"version"/],
    [{ license: "ISC" }, /"license"/],
    [{ exports: { ".": "./mod.ts" } }, /"exports" "\.\/x": nothing where deno\.json has "\.\/x\.ts"/],
    [{ exports: { ".": "./mod.ts", "./x": "./y.ts" } }, /"\.\/x": "\.\/y\.ts"/],
    [
      { dependencies: { "one": "^1.1.0", "@s/two": "2.1" } },
      /dependency "one": "\^1\.1\.0" where deno\.json has "\^1\.0\.0"/,
    ],
    [{ dependencies: { "one": "^1.0.0" } }, /dependency "@s\/two": nothing/],
    [
      { dependencies: { "one": "^1.0.0", "@s/two": "2.1", "extra": "1" } },
      /dependency "extra": "1" where deno\.json has nothing/,
    ],
    [{ devDependencies: { "three": "^2" } }, /dependency "three": "\^2"/],
  ];
  for (const [change, expected] of against) {
    const faults = checkManifests({ deno, npm: { ...npm, ...change }, jsr });
    assert.equal(faults.length, 1, faults.join("; "));
    assert.match(faults[0] ?? "", expected);
  }
});

test("checkManifests() asks jsr.json to be what toJsr() makes of deno.json", () => {
  for (
    const change of [{ version: "9.9.9" }, { imports: {} }, { publish: { include: ["x"] } }, { devDependencies: {} }]
  ) {
    const faults = checkManifests({ deno, npm, jsr: { ...jsr, ...change } });
    assert.equal(faults.length, 1, faults.join("; "));
    assert.match(faults[0] ?? "", /^jsr\.json/);
  }
  assert.equal(checkManifests({ deno, npm, jsr: {} }).length, 5);
});

test("checkManifests() notices that deno.json itself lacks a field", () => {
  const { license: _, ...bare } = deno;
  assert.match(checkManifests({ deno: bare, npm, jsr }).join("\n"), /deno\.json has no "license"/);
});
