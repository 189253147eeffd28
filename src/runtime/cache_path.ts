import type { Globals } from "../contract/engine.ts";
import { PathError } from "../errors.ts";
import { builtin, permitted } from "./abilities.ts";
import { checkFolderName } from "./folder_name.ts";
import { makeFolders, makePrivateFolder } from "./private_folder.ts";

/** The folder of this library within the system's folder for caches. */
const APP = "twat_cache";

/** Why a folder cannot be named here, in words that end a sentence. */
export interface NoFolder {
  readonly reason: string;
}

/** Where `getCachePath` looks and what it does. */
export interface CachePathOptions {
  /** The folder to use in place of the system's folder for caches. A relative one is taken from the working folder. */
  readonly cacheDir?: string | undefined;
  /** Whether the folder lies among the temporary files, which the system deletes now and then. False by default. */
  readonly temp?: boolean | undefined;
  /** Whether to make the folder, for this user alone, when it is not there. False by default: nothing is made. */
  readonly create?: boolean | undefined;
}

/**
 * The folder under which all caches keep their data: `twat_cache` within `cacheDir` or, without that, within the
 * system's folder for caches (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`).
 *
 * Reads the environment only where that is permitted without asking; makes nothing.
 */
export function cacheRoot(
  globals: Globals,
  options: Pick<CachePathOptions, "cacheDir" | "temp"> = {},
): string | NoFolder {
  const system = systemOf(globals);
  if (options.cacheDir !== undefined) return join(system, given(globals, system, options.cacheDir), APP);
  const base = options.temp ? temporary(globals, system) : ownCaches(globals, system);
  if (typeof base !== "string") return base;
  return join(system, base, options.temp ? perUser(globals, system) : APP);
}

/** What `getCachePath` answers, from given globals. */
export function cachePath(globals: Globals, folderName?: string, options: CachePathOptions = {}): string {
  const name = folderName === undefined ? undefined : checkFolderName(folderName);
  const root = cacheRoot(globals, options);
  if (typeof root !== "string") {
    throw new PathError(`Cannot find a folder for caches: ${root.reason}; give one as the option cacheDir`);
  }
  const path = name === undefined ? root : join(systemOf(globals), root, name);
  if (options.create) {
    if (name === undefined) makeFolders(globals, path, true);
    else makePrivateFolder(globals, path, true);
  }
  return path;
}

/**
 * The folder in which the caches of one `folderName` keep their data, or without a name the one that holds all of them.
 *
 * The same name always gives the same path. Throws a `PathError` for a name that is not allowed or where no folder
 * can be found.
 *
 * @example
 * ```ts
 * import { getCachePath } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const path = getCachePath("weather", { cacheDir: "/var/cache" });
 * assert.match(path, /twat_cache.weather$/);
 * ```
 */
export function getCachePath(folderName?: string, options?: CachePathOptions): string {
  return cachePath(globalThis as unknown as Globals, folderName, options);
}

type System = "posix" | "mac" | "windows";

interface Process {
  readonly platform?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  cwd?(): string;
  getuid?(): number;
}

function processOf(globals: Globals): Process | undefined {
  return globals.process as Process | undefined;
}

function systemOf(globals: Globals): System {
  const platform = processOf(globals)?.platform;
  return platform === "win32" ? "windows" : platform === "darwin" ? "mac" : "posix";
}

/** An environment variable that holds an absolute path. */
function folderIn(globals: Globals, system: System, variable: string): string | undefined {
  if (!permitted(globals, { name: "env", variable })) return undefined;
  const value = processOf(globals)?.env?.[variable];
  return value !== undefined && isAbsolute(system, value) ? value : undefined;
}

function homeOf(globals: Globals, system: System): string | undefined {
  const told = folderIn(globals, system, system === "windows" ? "USERPROFILE" : "HOME");
  if (told !== undefined || !permitted(globals, { name: "sys", kind: "homedir" })) return told;
  // Without HOME, node:os asks the user database, which in some containers has no row for the user: it throws.
  try {
    const home = builtin<{ homedir?(): string }>(globals, "node:os")?.homedir?.();
    return home !== undefined && isAbsolute(system, home) ? home : undefined;
  } catch {
    return undefined;
  }
}

/** Where a system says what the folder of a user's caches is. */
const VARIABLES: Readonly<Record<System, readonly string[]>> = {
  posix: ["XDG_CACHE_HOME", "HOME"],
  mac: ["HOME"],
  windows: ["LOCALAPPDATA", "USERPROFILE"],
};

function unknownFolder(globals: Globals, which: string, variables: readonly string[]): string {
  const names = variables.join(" and ");
  return variables.every((variable) => permitted(globals, { name: "env", variable }))
    ? `the ${which} is unknown, because ${names} ${variables.length === 1 ? "holds" : "hold"} no full path`
    : `the ${which} is unknown, because there is no permission to read ${names} (run Deno with ` +
      `--allow-env=${variables.join()} --allow-read --allow-write)`;
}

function ownCaches(globals: Globals, system: System): string | NoFolder {
  const told = system === "windows"
    ? folderIn(globals, system, "LOCALAPPDATA")
    : system === "posix"
    ? folderIn(globals, system, "XDG_CACHE_HOME")
    : undefined;
  if (told !== undefined) return told;
  const home = homeOf(globals, system);
  if (home !== undefined) {
    const below = { posix: [".cache"], mac: ["Library", "Caches"], windows: ["AppData", "Local"] };
    return join(system, home, ...below[system]);
  }
  return { reason: unknownFolder(globals, "home folder", VARIABLES[system]) };
}

function temporary(globals: Globals, system: System): string | NoFolder {
  const variables = system === "windows" ? ["TEMP", "TMP"] : ["TMPDIR", "TMP", "TEMP"];
  for (const variable of variables) {
    const told = folderIn(globals, system, variable);
    if (told !== undefined) return told;
  }
  if (system !== "windows") return "/tmp";
  return { reason: unknownFolder(globals, "folder of temporary files", variables) };
}

/** Users share the folder of temporary files; with one name for all, the first would lock the others out. */
function perUser(globals: Globals, system: System): string {
  const process = processOf(globals);
  if (system === "windows" || typeof process?.getuid !== "function") return APP;
  return permitted(globals, { name: "sys", kind: "uid" }) ? `${APP}-${process.getuid()}` : APP;
}

/** A folder named by the user, absolute. */
function given(globals: Globals, system: System, cacheDir: string): string {
  const fault = cacheDir === ""
    ? "it is empty; leave the option out for the system's folder for caches"
    : cacheDir.includes("\0")
    ? "it holds a NUL character; remove it"
    : /^~([/\\]|$)/.test(cacheDir)
    ? "only a shell knows what ~ means; write the home folder out"
    : undefined;
  if (fault !== undefined) throw new PathError(`Cannot use cacheDir ${JSON.stringify(cacheDir)}: ${fault}`);
  if (isAbsolute(system, cacheDir)) return cacheDir;
  const cwd = processOf(globals)?.cwd?.();
  if (cwd !== undefined) return tidy(system, join(system, cwd, cacheDir));
  throw new PathError(
    `Cannot use cacheDir ${
      JSON.stringify(cacheDir)
    }: it is relative and there is no working folder; give an absolute path`,
  );
}

function isAbsolute(system: System, path: string): boolean {
  return system === "windows" ? /^([a-z]:[/\\]|\\\\)/i.test(path) : path.startsWith("/");
}

function join(system: System, first: string, ...rest: readonly string[]): string {
  const separator = system === "windows" ? "\\" : "/";
  const start = first.replace(system === "windows" ? /[/\\]+$/ : /\/+$/, "");
  return [start, ...rest].join(separator);
}

/** A path without `.` and `..`. */
function tidy(system: System, path: string): string {
  const parts: string[] = [];
  for (const part of path.split(system === "windows" ? /[/\\]/ : "/")) {
    if (part === "..") { if (parts.length > 1) parts.pop(); }
    else if (part !== "." && (part !== "" || parts.length === 0)) parts.push(part);
  }
  return parts.join(system === "windows" ? "\\" : "/");
}
