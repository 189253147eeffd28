import { createRequire } from "node:module";
import { root } from "../tree.ts";

/** The columns whose runtime runs test files by itself: `deno-kv` is Deno with `--unstable-kv`, `node` is Node 24 or newer. */
export type ProcessName = "deno" | "deno-kv" | "bun" | "node" | "node20";

/** The browsers that tests run in. */
export type BrowserName = "chromium" | "firefox" | "webkit";

/** The columns that are handed bundles: browsers, in a window and in a dedicated worker, and workerd. */
export type BundledName = BrowserName | `${BrowserName}-worker` | "workerd";

/** The columns of the matrix. */
export type RuntimeName = ProcessName | BundledName;

/** Whether a column is handed bundles. */
export function isBundled(name: RuntimeName): name is BundledName {
  return name === "workerd" || browserOf(name) !== undefined;
}

/** The browser of a column; `undefined` where it is none. */
export function browserOf(name: RuntimeName): BrowserName | undefined {
  return (["chromium", "firefox", "webkit"] as const).find((browser) =>
    name === browser || name === `${browser}-worker`
  );
}

/** A runtime that is on this machine. */
export interface Executable {
  /** Its absolute path. */
  readonly path: string;
  readonly version: string;
}

/** A runtime, or why there is none. */
export type Found = Executable | { readonly missing: string };

interface Wanted {
  readonly command: "bun" | "node";
  /** Whether a version on the search path will do. */
  readonly accepts: (major: number, minor: number) => boolean;
  /** The version that npm is asked for. */
  readonly npmPackage: string;
  readonly words: string;
}

const wanted = {
  bun: {
    command: "bun",
    accepts: (major, minor) => major > 1 || (major === 1 && minor >= 2),
    npmPackage: "bun@1.4",
    words: "Bun 1.2 or newer",
  },
  node: {
    command: "node",
    accepts: (major) => major >= 24,
    npmPackage: "node@24",
    words: "Node 24 or newer",
  },
  node20: {
    command: "node",
    accepts: (major) => major === 20,
    npmPackage: "node@20",
    words: "Node 20",
  },
} satisfies Record<string, Wanted>;

/** Deno 2.9 stands in for a `node` that is missing from the search path, and Bun may, too: neither is Node. */
const printSelf = "const { deno, bun, node } = process.versions;" +
  "console.log(process.execPath + (deno ? ' deno ' + deno : bun ? ' bun ' + bun : ' node ' + node))";

/** Finds a runtime on the search path, or, where `fetch` allows it, through npx, which keeps it in npm's own cache. */
export async function findRuntime(name: RuntimeName, fetch: boolean): Promise<Found> {
  if (name === "workerd") return findWorkerd();
  const browser = browserOf(name);
  if (browser === "webkit") return await findWebkit();
  if (browser !== undefined) return await findBrowser(browser);
  if (name === "deno" || name === "deno-kv") return { path: Deno.execPath(), version: Deno.version.deno };
  const { command, accepts, npmPackage, words } = wanted[name as keyof typeof wanted];
  const present = await askSelf(command, []);
  const [major = 0, minor = 0] = present?.version.split(".").map(Number) ?? [];
  if (present !== undefined && accepts(major, minor)) return present;
  const found = present === undefined ? `there is no ${command}` : `${command} is ${present.version}`;
  if (!fetch) return { missing: `${found} on the search path, and it was not asked for` };
  const fetched = await fetchRuntime(command, npmPackage);
  return fetched ?? { missing: `needs ${words}: ${found} on the search path, and npx did not fetch ${npmPackage}` };
}

/** A runtime through npx, which keeps it in npm's own cache; `undefined` when it does not come or does not run. */
export async function fetchRuntime(command: "bun" | "node", npmPackage: string): Promise<Executable | undefined> {
  const npx = Deno.build.os === "windows" ? "npx.cmd" : "npx";
  return await askSelf(command, [npx, "-y", "-p", npmPackage]);
}

/** Runs a runtime, through a launcher or not, to learn its own path and version; `undefined` when it does not run. */
async function askSelf(command: "bun" | "node", launcher: readonly string[]): Promise<Executable | undefined> {
  const [first, ...args] = [...launcher, command, "-e", printSelf];
  try {
    const { success, stdout } = await new Deno.Command(first ?? command, {
      args,
      cwd: root,
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(5 * 60_000),
    }).output();
    const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
    const [, path, name, version] = /^(.+) (\S+) (\S+)$/.exec(line) ?? [];
    return success && name === command && path !== undefined && version !== undefined ? { path, version } : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

/** Where browsers are looked for, unless a variable of the environment names one. */
const places = {
  chromium: {
    variable: "CHROMIUM_PATH",
    commands: ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"],
  },
  firefox: { variable: "FIREFOX_PATH", commands: ["firefox", "firefox-esr"] },
} as const;

async function findBrowser(browser: keyof typeof places): Promise<Found> {
  const { variable, commands } = places[browser];
  const named = Deno.env.get(variable);
  for (const command of named ? [named] : commands) {
    try {
      const { success, stdout } = await new Deno.Command(command, { args: ["--version"], stderr: "null" }).output();
      const version = /\d+(\.\d+)+/.exec(new TextDecoder().decode(stdout))?.[0];
      if (!success || version === undefined) continue;
      return { path: command.includes("/") ? command : await onPath(command), version };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) throw error;
    }
  }
  return { missing: `there is no ${browser} at ${named ?? commands.join(", ")}; name one in ${variable}` };
}

/** The WebKit that `playwright-core install` has put where Playwright looks for it. */
async function findWebkit(): Promise<Found> {
  const { webkit } = await import("playwright-core");
  const path = webkit.executablePath();
  const isThere = await Deno.stat(path).then(() => true, () => false);
  return isThere
    ? { path, version: `of Playwright ${createRequire(import.meta.url)("playwright-core/package.json").version}` }
    : { missing: "npx playwright-core install webkit was not called" };
}

async function onPath(command: string): Promise<string> {
  const { stdout } = await new Deno.Command("which", { args: [command] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** The workerd that comes with miniflare. */
function findWorkerd(): Found {
  try {
    const miniflare = createRequire(import.meta.url).resolve("miniflare");
    const { default: path, version }: { default: string; version: string } = createRequire(miniflare)("workerd");
    return { path, version };
  } catch (error) {
    return { missing: `miniflare brings no workerd: ${error instanceof Error ? error.message : error}` };
  }
}
