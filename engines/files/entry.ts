/**
 * One entry as a folder: the body in a file of its own, and `meta.json`, which names that file and describes it.
 *
 * A body is written under a name that is free, then `meta.json` is replaced by a rename. So a reader sees the old entry
 * or the new one, and a writer that dies leaves at most files that no `meta.json` names.
 *
 * Why: renaming a body over the old one is several times slower than writing a new file. Who makes the folder calls the
 * body `value`, which a person finds; later ones have a random part in their name, because a slow writer that removes
 * the body it replaced must not hit that of a third. When an entry is deleted and written again, `value` comes again, and
 * so a reader holds `meta.json` open meanwhile: once no folder links to it, the body that was read may be its successor's.
 */
import type { Body, Entry } from "../../src/contract/entry.ts";
import { PathError } from "../../src/errors.ts";
import { codeOf, type FileSystem } from "../../src/runtime/file_system.ts";
import { step, type Steps } from "../../src/runtime/file_steps.ts";
import { randomName } from "../../src/runtime/random_name.ts";
import { drop, fill, isAbsence, isFolder, namesIn, openToRead, type Place, writeNew } from "./io.ts";
import { BODY_FILE, endingOf, type Meta, parseMeta, renderMeta } from "./meta.ts";

/** The file that describes an entry. */
export const META = "meta.json";

/** How old a file that no `meta.json` names must be before it is taken for abandoned, in milliseconds. */
const ABANDONED = 60_000;

/** How often a read starts anew because the entry was replaced meanwhile. Only writers without pause get that far. */
const TRIES = 20;

/** The entry in a folder, or `undefined` where there is no whole one. */
export function* readEntry(place: Place, folder: string, key: string): Steps<Entry<Body> | undefined> {
  if (!(yield* isFolder(folder))) return undefined;
  let before: number | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const fd = yield* openToRead(place.fs, `${folder}/${META}`);
      try {
        const meta = yield* metaFrom(fd);
        if (meta === undefined || meta.key !== key) return undefined;
        const body = yield* bodyOf(place, folder, meta);
        const current = body !== undefined && isUnique(meta.file) || (yield* step("fstat", fd)).nlink > 0;
        if (current && body !== undefined) return entryOf(meta, body);
        // Where the system does not count links (network folders), a body that is missing twice is missing.
        if (current && before === meta.storedAt) return undefined;
        before = meta.storedAt;
      } finally {
        yield* step("close", fd);
      }
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }
  return undefined;
}

/** What a folder's `meta.json` says, or `undefined` when it is missing, torn or damaged. */
export function* readMeta(fs: FileSystem, folder: string): Steps<Meta | undefined> {
  try {
    const fd = yield* openToRead(fs, `${folder}/${META}`);
    try {
      return yield* metaFrom(fd);
    } finally {
      yield* step("close", fd);
    }
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/**
 * Writes an entry into its folder, making the folder where it is missing.
 *
 * Fails with `ENOENT` when the folder above is missing, and with that or `EEXIST` when the folder is removed meanwhile.
 */
export function* writeEntry(place: Place, folder: string, key: string, entry: Entry<Body>): Steps<Meta> {
  const fresh = yield* makeFolder(place, folder);
  const bytes = typeof entry.body === "string" ? new TextEncoder().encode(entry.body) : entry.body;
  const file = `value${fresh ? "" : `-${randomName()}`}${endingOf(entry)}`;
  yield* writeNew(place, `${folder}/${file}`, bytes);
  const meta = metaOf(key, entry, file, bytes.length);
  const draft = `${folder}/meta-${randomName()}.tmp`;
  let former: Meta | undefined;
  try {
    former = fresh ? undefined : yield* readMeta(place.fs, folder);
    yield* writeNew(place, draft, renderMeta(meta));
    yield* step("rename", draft, `${folder}/${META}`);
  } catch (error) {
    yield* drop(draft);
    yield* drop(`${folder}/${file}`);
    throw error;
  }
  if (former !== undefined) yield* drop(`${folder}/${former.file}`);
  return meta;
}

/** Removes an entry and its folder, if it is as wanted; says whether there was a whole one that was. */
export function* removeEntry(fs: FileSystem, folder: string, wanted?: (meta: Meta) => boolean): Steps<boolean> {
  if (!(yield* isFolder(folder))) return false;
  const meta = yield* readMeta(fs, folder);
  if (wanted !== undefined && (meta === undefined || !wanted(meta))) return false;
  const there = yield* drop(`${folder}/${META}`);
  if (meta !== undefined) yield* drop(`${folder}/${meta.file}`);
  yield* removeEmpty(folder);
  return there && meta !== undefined;
}

/**
 * Removes what no `meta.json` names and is older than a minute at `now`, and the folder when that leaves it empty; says
 * whether there is an entry. One that was `seen` before is not read again when just `meta.json` and one body are there.
 */
export function* tidyEntry(fs: FileSystem, folder: string, now: number, seen: boolean): Steps<boolean> {
  const names = (yield* namesIn(folder)).filter(isOurs);
  if (seen && names.length === 2 && names.includes(META)) return true;
  const meta = yield* readMeta(fs, folder);
  for (const name of names) {
    if (meta !== undefined && (name === META || name === meta.file)) continue;
    if (yield* isAbandoned(`${folder}/${name}`, now)) yield* drop(`${folder}/${name}`);
  }
  if (meta === undefined && (yield* isAbandoned(folder, now))) yield* removeEmpty(folder);
  return meta !== undefined;
}

/** Whether a file was last written to, or a folder last changed, more than a minute before `now`. */
export function* isAbandoned(path: string, now: number): Steps<boolean> {
  try {
    return (yield* step("lstat", path)).mtimeMs < now - ABANDONED;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** Removes a folder unless something is in it. */
export function* removeEmpty(folder: string): Steps<void> {
  try {
    yield* step("rmdir", folder);
  } catch (error) {
    if (!isAbsence(error) && !["ENOTEMPTY", "EEXIST"].includes(codeOf(error))) throw error;
  }
}

/** Makes a folder in one that is there; says whether it was missing. Throws when a link or a file is in its place. */
export function* makeFolder(place: Place, folder: string): Steps<boolean> {
  try {
    yield* step("mkdir", folder, { mode: place.secure ? 0o700 : 0o755, recursive: false });
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const state = yield* step("lstat", folder);
  if (state.isDirectory()) return false;
  const found = state.isSymbolicLink() ? "a symbolic link" : "a file";
  throw new PathError(`Cannot use folder ${JSON.stringify(folder)}: ${found} stands in its place; remove it`);
}

/** Most `meta.json` are shorter than this, so that one read suffices. */
const USUAL_META = 4096;

/** The most that is read of a `meta.json`: a stranger's file in its place is not read to its end. */
const LONGEST_META = 2 ** 24;

function* metaFrom(fd: number): Steps<Meta | undefined> {
  let bytes = new Uint8Array(USUAL_META);
  let length = yield* step("read", fd, bytes, 0, USUAL_META, 0);
  while (length === bytes.length && length < LONGEST_META) {
    const longer = new Uint8Array(length * 4);
    longer.set(bytes);
    bytes = longer;
    length += yield* fill(fd, bytes.subarray(length), length);
  }
  return parseMeta(bytes.subarray(0, length));
}

/** The body an entry names, or `undefined` when it is missing or too short. */
function* bodyOf({ fs, room }: Place, folder: string, meta: Meta): Steps<Uint8Array | undefined> {
  try {
    const fd = yield* openToRead(fs, `${folder}/${meta.file}`);
    try {
      const bytes = room(meta.bytes);
      return (yield* fill(fd, bytes, 0)) === bytes.length ? bytes : undefined;
    } finally {
      yield* step("close", fd);
    }
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function metaOf(key: string, entry: Entry<Body>, file: string, bytes: number): Meta {
  const { form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label } = entry;
  return { key, file, bytes, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label };
}

function entryOf(meta: Meta, body: Uint8Array): Entry<Body> {
  const { form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label } = meta;
  return { body, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label };
}

function isUnique(file: string): boolean {
  return file.includes("-");
}

/** Whether a file in the folder of an entry has a name that this engine gives. */
export function isOurs(name: string): boolean {
  return name === META || BODY_FILE.test(name) || /^meta-[a-z0-9]{8}\.tmp$/.test(name);
}
