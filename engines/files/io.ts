import { codeOf, type FileSystem } from "../../src/runtime/file_system.ts";
import { step, type Steps } from "../../src/runtime/file_steps.ts";

/** Where a store keeps its files, and how. */
export interface Place {
  readonly directory: string;
  readonly fs: FileSystem;
  /** Makes room to read a body into. */
  readonly room: (bytes: number) => Uint8Array;
  /** Folders and files for this user alone. */
  readonly secure: boolean;
}

/** What a body or `meta.json` is read with: links are refused, and a pipe in its place does not block. */
export function* openToRead(fs: FileSystem, path: string): Steps<number> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  return yield* step("open", path, (O_RDONLY ?? 0) | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0), 0);
}

/** Writes a file that must not be there yet. What a failure leaves of it is removed. */
export function* writeNew({ fs, secure }: Place, path: string, bytes: Uint8Array): Steps<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const flags = (O_WRONLY ?? 0) | (O_CREAT ?? 0) | (O_EXCL ?? 0) | (O_NOFOLLOW ?? 0);
  const fd = yield* step("open", path, flags, secure ? 0o600 : 0o644);
  let whole = false;
  try {
    yield* writeAll(fd, bytes);
    whole = true;
  } finally {
    yield* step("close", fd);
    if (!whole) yield* drop(path);
  }
}

/** The most bytes handed to the system at a time: some systems take no more than 2 GiB less a page. */
const PORTION = 2 ** 30;

export function* writeAll(fd: number, bytes: Uint8Array): Steps<void> {
  for (let at = 0; at < bytes.length;) {
    at += yield* step("write", fd, bytes, at, Math.min(bytes.length - at, PORTION), null);
  }
}

/** Fills `into` from a file, from a position on; says how many bytes there were. */
export function* fill(fd: number, into: Uint8Array, position: number): Steps<number> {
  let at = 0;
  while (at < into.length) {
    const got = yield* step("read", fd, into, at, Math.min(into.length - at, PORTION), position + at);
    if (got === 0) break;
    at += got;
  }
  return at;
}

/** Removes a file; says whether it was there. */
export function* drop(path: string): Steps<boolean> {
  try {
    yield* step("unlink", path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** Whether a path is a folder and not a link to one. */
export function* isFolder(path: string): Steps<boolean> {
  try {
    return (yield* step("lstat", path)).isDirectory();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** What is in a folder; nothing where there is none or a link. */
export function* namesIn(path: string): Steps<string[]> {
  if (!(yield* isFolder(path))) return [];
  try {
    return yield* step("readdir", path);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** Whether an error says that there is no such file, or no file of ours in its place: a link, a folder, a pipe. */
export function isAbsence(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "EMLINK", "ENXIO", "EAGAIN", "ESPIPE"].includes(codeOf(error));
}
