import type { Globals } from "../contract/engine.ts";
import { PathError } from "../errors.ts";
import { permitted } from "./abilities.ts";
import { codeOf, type FileState, type FileSystem, fileSystem } from "./file_system.ts";
import { randomName } from "./random_name.ts";

/** The file by which a folder is known to be a cache, and to be ours. */
const MARKER = "CACHEDIR.TAG";

const MARK = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache made by @twat/cache. It can be deleted at any time.
# About such folders: https://bford.info/cachedir/
`;

/** Permission bits by which group or others may write. */
const WRITABLE_BY_OTHERS = 0o022;

/** Permission bit of a folder in which only the owner of a file may remove it, such as /tmp. */
const STICKY = 0o1000;

/**
 * Makes a folder that a cache may fill, or makes sure that one that is there may be used: a real folder, not a link,
 * that holds our marker or nothing. When `secure` it is made for this user alone, and one that belongs to another user
 * or that others may write to is refused. Throws a `PathError` that says why.
 *
 * The marker is a `CACHEDIR.TAG` (https://bford.info/cachedir/), which backup programs know to leave out.
 */
export function makePrivateFolder(globals: Globals, path: string, secure: boolean): void {
  const fs = makeFolders(globals, path, secure);
  const state = fs.lstatSync(path);
  if (state.isSymbolicLink()) {
    throw refusal("use", path, "it is a symbolic link; remove the link or choose another folder");
  }
  if (!state.isDirectory()) throw refusal("use", path, "it is not a folder; remove it or choose another folder");
  if (secure) refuseOthers(globals, fs, path, state);
  if (markOf(fs, path) !== "ours") claim(fs, path, secure);
}

/** What became of a folder that was to be removed. */
export type Removal = "removed" | "absent" | "not ours";

/**
 * Removes a cache folder with all that is in it, provided that our marker is in it and that it is not a link.
 * Links inside it are removed and never followed. The marker goes last, so that a removal cut short can be repeated.
 */
export function removeOwnFolder(fs: FileSystem, path: string): Removal {
  let state: FileState;
  try {
    state = fs.lstatSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "absent";
    throw error;
  }
  if (state.isSymbolicLink() || !state.isDirectory() || markOf(fs, path) !== "ours") return "not ours";
  for (const name of fs.readdirSync(path)) if (name !== MARKER) removeTree(fs, `${path}/${name}`);
  fs.unlinkSync(`${path}/${MARKER}`);
  fs.rmdirSync(path);
  return "removed";
}

function removeTree(fs: FileSystem, path: string): void {
  try {
    if (fs.lstatSync(path).isDirectory()) {
      for (const name of fs.readdirSync(path)) removeTree(fs, `${path}/${name}`);
      fs.rmdirSync(path);
    } else {
      fs.unlinkSync(path);
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** Makes a folder and those above it that are missing, and gives the file system. Throws a `PathError` where it cannot. */
export function makeFolders(globals: Globals, path: string, secure: boolean): FileSystem {
  const fs = fileSystem(globals);
  if (fs === undefined) throw refusal("make", path, "this runtime has no file system; use another engine");
  const mode = secure ? 0o700 : 0o755;
  try {
    const missing = missingFolders(globals, fs, path);
    for (const folder of missing.here) makeFolder(fs, folder, { mode, recursive: false });
    if (missing.unseen) makeFolder(fs, path, { mode, recursive: true });
  } catch (error) {
    throw refusal("make", path, `${said(error)}; choose a place you may write to with the option cacheDir`, error);
  }
  return fs;
}

/**
 * The folders that have to be made for a path, from above downwards, and whether some may be out of sight.
 *
 * Why: made one by one, because the recursive mkdir of Node 20 and 24 never comes back from /proc. Only where folders
 * above may not be looked at (Deno with permission for this very path, which a look would prompt for) it has to do.
 */
function missingFolders(
  globals: Globals,
  fs: FileSystem,
  path: string,
): { readonly here: string[]; readonly unseen: boolean } {
  const here: string[] = [];
  for (let folder = path; !exists(fs, folder);) {
    const above = folder.replace(/[\\/]+[^\\/]*[\\/]*$/, "");
    const top = above === folder || above === "" || /^[A-Za-z]:$/.test(above);
    if (!top && !permitted(globals, { name: "read", path: above })) return { here: [], unseen: true };
    here.unshift(folder);
    if (top) break;
    folder = above;
  }
  return { here, unseen: false };
}

function makeFolder(
  fs: FileSystem,
  path: string,
  options: { readonly mode: number; readonly recursive: boolean },
): void {
  try {
    fs.mkdirSync(path, options);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function exists(fs: FileSystem, path: string): boolean {
  try {
    fs.lstatSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    return codeOf(error) !== "ENOTDIR";
  }
}

/** Whether a folder holds our marker, somebody else's, or none. */
function markOf(fs: FileSystem, path: string): "ours" | "other" | "none" {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    const fd = fs.openSync(`${path}/${MARKER}`, (O_RDONLY ?? 0) | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0), 0);
    try {
      const bytes = new Uint8Array(512);
      const text = new TextDecoder().decode(bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, 0)));
      return text.startsWith(MARK.slice(0, MARK.indexOf("\n"))) && text.includes("@twat/cache") ? "ours" : "other";
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    return codeOf(error) === "ENOENT" ? "none" : "other";
  }
}

/** Puts our marker into an empty folder. Two processes may do so at once: the marker appears whole, by a rename. */
function claim(fs: FileSystem, path: string, secure: boolean): void {
  const stranger = fs.readdirSync(path).find((name) => !name.startsWith(MARKER));
  const mark = markOf(fs, path);
  if (mark === "ours") return;
  if (mark === "other" || stranger !== undefined) {
    const found = mark === "other" ? `a ${MARKER} that is not ours` : `"${stranger}" and no ${MARKER}`;
    throw refusal("use", path, `it holds ${found}; choose an empty or new folder`);
  }
  try {
    writeNew(fs, `${path}/${MARKER}`, MARK, secure);
  } catch (error) {
    throw refusal("use", path, `${said(error)}; choose a place you may write to with the option cacheDir`, error);
  }
}

function writeNew(fs: FileSystem, path: string, text: string, secure: boolean): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const flags = (O_WRONLY ?? 0) | (O_CREAT ?? 0) | (O_EXCL ?? 0) | (O_NOFOLLOW ?? 0);
  const bytes = new TextEncoder().encode(text);
  const draft = `${path}-${randomName()}.tmp`;
  const fd = fs.openSync(draft, flags, secure ? 0o600 : 0o644);
  try {
    fs.writeSync(fd, bytes, 0, bytes.length, null);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(draft, path);
}

function refuseOthers(globals: Globals, fs: FileSystem, path: string, state: FileState): void {
  const process = globals.process as { platform?: string; getuid?: () => number } | undefined;
  if (process?.platform === "win32") return;
  const me = typeof process?.getuid === "function" && permitted(globals, { name: "sys", kind: "uid" })
    ? process.getuid()
    : ownerOfNewFile(fs, path);
  if (state.uid !== me) throw refusal("use", path, `it belongs to user ${state.uid}; choose a folder of your own`);
  if ((state.mode & WRITABLE_BY_OTHERS) !== 0) {
    throw refusal("use", path, "other users may write to it; run chmod go-w on it or choose another folder");
  }
  const above = path.replace(/\/+[^/]+\/*$/, "") || "/";
  if (!permitted(globals, { name: "read", path: above })) return;
  const parent = fs.lstatSync(above);
  if (parent.isSymbolicLink()) return;
  if (parent.uid !== me && parent.uid !== 0 && me !== 0) {
    throw refusal("use", path, `the folder above it belongs to user ${parent.uid}; choose a folder of your own`);
  }
  if ((parent.mode & 0o002) !== 0 && (parent.mode & STICKY) === 0) {
    throw refusal("use", path, "anybody may write to the folder above it; run chmod o-w on that or choose another");
  }
}

/** Who we are, where the runtime may not tell: the owner of a file we make. */
function ownerOfNewFile(fs: FileSystem, path: string): number {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const draft = `${path}/${MARKER}-${randomName()}.tmp`;
  const flags = (O_WRONLY ?? 0) | (O_CREAT ?? 0) | (O_EXCL ?? 0) | (O_NOFOLLOW ?? 0);
  const fd = fs.openSync(draft, flags, 0o600);
  try {
    return fs.fstatSync(fd).uid;
  } finally {
    fs.closeSync(fd);
    fs.unlinkSync(draft);
  }
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refusal(verb: string, path: string, because: string, cause?: unknown): PathError {
  return new PathError(
    `Cannot ${verb} cache folder ${JSON.stringify(path)}: ${because}`,
    cause === undefined ? {} : { cause },
  );
}
