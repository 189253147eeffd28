import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import type { Globals } from "../../src/contract/engine.ts";
import { PathError } from "../../src/errors.ts";
import { cachePath, cacheRoot, getCachePath } from "../../src/runtime/cache_path.ts";
import { tempFolder } from "../temp_folder.ts";

type Env = Readonly<Record<string, string>>;

interface Made {
  readonly platform?: string;
  readonly env?: Env;
  readonly home?: string | (() => string);
  readonly uid?: number;
  readonly granted?: (permission: { name: string; variable?: string; kind?: string }) => boolean;
}

/** Globals of a made-up machine, on which asking or reading without permission fails the test. */
function machine({ platform = "linux", env = {}, home, uid, granted }: Made): Globals {
  const allowed = (permission: Parameters<NonNullable<Made["granted"]>>[0]) => granted?.(permission) ?? true;
  const guarded = new Proxy(env, {
    get(target, variable: string) {
      assert.ok(allowed({ name: "env", variable }), `read ${variable} without permission: that would prompt`);
      return target[variable];
    },
  });
  const os = {
    homedir() {
      assert.ok(allowed({ name: "sys", kind: "homedir" }), "asked for the home folder without permission");
      if (typeof home === "function") return home();
      return home ?? "";
    },
    tmpdir: () => assert.fail("os.tmpdir() prompts"),
  };
  const permissions = {
    querySync: (permission: { name: string }) => ({ state: allowed(permission) ? "granted" : "prompt" }),
  };
  return {
    process: {
      platform,
      env: guarded,
      cwd: () => platform === "win32" ? "C:\\work" : "/here",
      getBuiltinModule: (name: string) => name === "node:os" ? os : undefined,
      ...(uid === undefined ? {} : {
        getuid: () => {
          assert.ok(allowed({ name: "sys", kind: "uid" }), "asked for the user without permission");
          return uid;
        },
      }),
    },
    ...(granted === undefined ? {} : { Deno: { permissions } }),
  };
}

describe("cacheRoot", () => {
  const roots: readonly [when: string, made: Made, root: string][] = [
    ["Linux has XDG_CACHE_HOME", { env: { XDG_CACHE_HOME: "/xdg", HOME: "/home/u" } }, "/xdg/twat_cache"],
    ["XDG_CACHE_HOME is relative", { env: { XDG_CACHE_HOME: "xdg", HOME: "/home/u" } }, "/home/u/.cache/twat_cache"],
    ["XDG_CACHE_HOME is empty", { env: { XDG_CACHE_HOME: "", HOME: "/home/u" } }, "/home/u/.cache/twat_cache"],
    ["Linux has HOME only", { env: { HOME: "/home/u/" } }, "/home/u/.cache/twat_cache"],
    ["Linux has no HOME", { home: "/home/v" }, "/home/v/.cache/twat_cache"],
    [
      "macOS has HOME, whatever XDG says",
      { platform: "darwin", env: { HOME: "/Users/u", XDG_CACHE_HOME: "/xdg" } },
      "/Users/u/Library/Caches/twat_cache",
    ],
    [
      "Windows has LOCALAPPDATA",
      { platform: "win32", env: { LOCALAPPDATA: "C:\\Users\\u\\AppData\\Local", USERPROFILE: "C:\\Users\\u" } },
      "C:\\Users\\u\\AppData\\Local\\twat_cache",
    ],
    [
      "Windows has USERPROFILE only",
      { platform: "win32", env: { USERPROFILE: "D:\\u\\" } },
      "D:\\u\\AppData\\Local\\twat_cache",
    ],
    ["Windows has a share", { platform: "win32", env: { LOCALAPPDATA: "\\\\srv\\u" } }, "\\\\srv\\u\\twat_cache"],
  ];
  for (const [when, made, root] of roots) {
    it(`cacheRoot() is ${root} when ${when}`, () => assert.equal(cacheRoot(machine(made)), root));
  }

  it("cacheRoot() gives a reason when there is no home folder", () => {
    const missing: Made[] = [{}, { platform: "darwin" }, { platform: "win32" }, { env: { HOME: "relative" } }];
    missing.push({
      home: () => {
        throw new Error("ENOENT: no such user");
      },
    });
    for (const made of missing) {
      const root = cacheRoot(machine(made));
      assert.ok(typeof root !== "string");
      assert.match(root.reason, /^the home folder is unknown, because .* (hold|holds) no full path$/);
    }
    assert.ok(typeof cacheRoot({}) !== "string");
  });

  it("cacheRoot() says what to allow when the environment may not be read", () => {
    const root = cacheRoot({ ...machine({}), Deno: { permissions: { querySync: () => ({ state: "prompt" }) } } });
    assert.deepEqual(root, {
      reason: "the home folder is unknown, because there is no permission to read XDG_CACHE_HOME and HOME " +
        "(run Deno with --allow-env=XDG_CACHE_HOME,HOME --allow-read --allow-write)",
    });
  });

  it("cacheRoot() asks for permission and never prompts when there is a permission system", () => {
    const env = { XDG_CACHE_HOME: "/xdg", HOME: "/home/u", TMPDIR: "/t", LOCALAPPDATA: "C:\\l", USERPROFILE: "C:\\u" };
    const only = (...names: string[]): NonNullable<Made["granted"]> => ({ variable, kind }) =>
      names.includes(variable ?? kind ?? "");
    assert.equal(cacheRoot(machine({ env, granted: only("XDG_CACHE_HOME") })), "/xdg/twat_cache");
    assert.equal(cacheRoot(machine({ env, granted: only("HOME") })), "/home/u/.cache/twat_cache");
    assert.equal(cacheRoot(machine({ env, home: "/h", granted: only("homedir") })), "/h/.cache/twat_cache");
    for (const platform of ["linux", "darwin", "win32"]) {
      assert.ok(typeof cacheRoot(machine({ platform, env, home: "/h", uid: 5, granted: only() })) !== "string");
    }
    assert.equal(cacheRoot(machine({ env, uid: 5, granted: only() }), { temp: true }), "/tmp/twat_cache");
    assert.equal(cacheRoot(machine({ env, uid: 5, granted: only("uid") }), { temp: true }), "/tmp/twat_cache-5");
    assert.equal(cacheRoot(machine({ env, granted: only("TMPDIR") }), { temp: true }), "/t/twat_cache");
    assert.equal(cacheRoot(machine({ env, granted: only() }), { cacheDir: "/c" }), "/c/twat_cache");
  });

  it("cacheRoot() lies among the temporary files when temp is on", () => {
    const temp = { temp: true };
    assert.equal(cacheRoot(machine({ uid: 1000 }), temp), "/tmp/twat_cache-1000");
    assert.equal(cacheRoot(machine({ env: { TMPDIR: "/var/tmp/" }, uid: 0 }), temp), "/var/tmp/twat_cache-0");
    assert.equal(
      cacheRoot(machine({ platform: "darwin", env: { TMPDIR: "/var/f/" }, uid: 1 }), temp),
      "/var/f/twat_cache-1",
    );
    const windows = { platform: "win32", env: { TEMP: "C:\\Temp" } };
    assert.equal(cacheRoot(machine(windows), temp), "C:\\Temp\\twat_cache");
    assert.ok(typeof cacheRoot(machine({ platform: "win32" }), temp) !== "string");
  });

  it("cacheRoot() lies within cacheDir when that is given, a relative one from the working folder", () => {
    const root = (cacheDir: string, platform = "linux") => cacheRoot(machine({ platform }), { cacheDir });
    assert.equal(root("/data"), "/data/twat_cache");
    assert.equal(root("/"), "/twat_cache");
    assert.equal(root("caches"), "/here/caches/twat_cache");
    assert.equal(root("./a/../b/"), "/here/b/twat_cache");
    assert.equal(root("../../../x"), "/x/twat_cache");
    assert.equal(root("D:\\data", "win32"), "D:\\data\\twat_cache");
    assert.equal(root("D:/data", "win32"), "D:/data\\twat_cache");
    assert.equal(root("..\\caches", "win32"), "C:\\caches\\twat_cache");
    assert.equal(root("..\\..\\..", "win32"), "C:\\twat_cache");
  });

  it("cacheRoot() throws PathError when cacheDir cannot be meant", () => {
    for (const cacheDir of ["", "a\0b", "~", "~/caches"]) {
      assert.throws(() => cacheRoot(machine({}), { cacheDir }), PathError, JSON.stringify(cacheDir));
    }
    assert.throws(() => cacheRoot({}, { cacheDir: "caches" }), /is relative and there is no working folder/);
  });
});

describe("cachePath", () => {
  it("cachePath() adds the folder name to the root, and is the root without one", () => {
    const globals = machine({ env: { HOME: "/home/u" } });
    assert.equal(cachePath(globals, "app"), "/home/u/.cache/twat_cache/app");
    assert.equal(cachePath(globals), "/home/u/.cache/twat_cache");
    const windows = machine({ platform: "win32", env: { LOCALAPPDATA: "C:\\l" } });
    assert.equal(cachePath(windows, "app"), "C:\\l\\twat_cache\\app");
  });

  it("cachePath() throws PathError when the name is not allowed or no folder is known", () => {
    const globals = machine({ env: { HOME: "/home/u" } });
    for (const name of ["..", "a/b", "", "nul", "/etc"]) assert.throws(() => cachePath(globals, name), PathError);
    assert.throws(() => cachePath({}, "app"), (error: unknown) => {
      assert.ok(error instanceof PathError);
      assert.match(
        error.message,
        /^Cannot find a folder for caches: the home folder is unknown.*; give one as the option cacheDir$/,
      );
      return true;
    });
  });
});

describe("getCachePath", () => {
  it("getCachePath() gives the same path on two calls and makes nothing", () => {
    const cacheDir = tempFolder();
    const before = readdirSync(process.cwd());
    const first = getCachePath("app", { cacheDir });
    assert.equal(getCachePath("app", { cacheDir }), first);
    assert.equal(first, join(cacheDir, "twat_cache", "app"));
    assert.deepEqual(readdirSync(cacheDir), []);
    const temp = getCachePath("no-such-cache-4711", { temp: true });
    assert.equal(temp, getCachePath("no-such-cache-4711", { temp: true }));
    assert.equal(existsSync(temp), false);
    assert.notEqual(getCachePath("app", { cacheDir }), getCachePath("other", { cacheDir }));
    assert.deepEqual(readdirSync(process.cwd()), before);
  });

  it("getCachePath() makes a marked folder for this user alone when create is on", () => {
    const cacheDir = tempFolder();
    const path = getCachePath("app", { cacheDir, create: true });
    assert.deepEqual(readdirSync(path), ["CACHEDIR.TAG"]);
    if (process.platform !== "win32") assert.equal(lstatSync(path).mode & 0o777, 0o700);
    assert.equal(getCachePath("app", { cacheDir, create: true }), path);
  });

  it("getCachePath() makes the folder of all caches without claiming it when create is on and there is no name", () => {
    const cacheDir = tempFolder();
    const root = getCachePath(undefined, { cacheDir, create: true });
    assert.deepEqual(readdirSync(root), []);
    getCachePath("app", { cacheDir, create: true });
    assert.equal(getCachePath(undefined, { cacheDir, create: true }), root);
    assert.deepEqual(readdirSync(root), ["app"]);
  });
});
