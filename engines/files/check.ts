import type { StorageFault } from "../../src/contract/store.ts";
import { step, type Steps, together } from "../../src/runtime/file_steps.ts";
import { isAbandoned, isOurs, META, readEntry, readMeta, removeEmpty, removeEntry } from "./entry.ts";
import { drop, isAbsence, isFolder, namesIn, type Place } from "./io.ts";
import { JOURNAL, JOURNAL_DRAFT } from "./journal.ts";
import type { Meta } from "./meta.ts";
import { foldersOf, isFolderFor } from "./name.ts";

/**
 * Looks for what is wrong in a scope's folder and, if `fix`, removes what is no whole entry. Files that are not the cache's
 * are told and left alone. What a writer may still be at, because it is less than a minute old, is no fault.
 */
export function* checkScope(place: Place, scope: string, fix: boolean): Steps<StorageFault[]> {
  const now = Date.now();
  const names = yield* namesIn(scope);
  const folders = names.filter(isFolderFor);
  const faults = (yield* together(folders.map((name) => checkEntry(place, scope, name, now, fix)))).flat();
  for (const name of names) {
    if (name === JOURNAL || isFolderFor(name)) continue;
    if (!JOURNAL_DRAFT.test(name)) faults.push(stranger(`${scope}/${name}`));
    else if (yield* isAbandoned(`${scope}/${name}`, now)) faults.push(yield* leftover(`${scope}/${name}`, fix));
  }
  return faults;
}

function* checkEntry(place: Place, scope: string, name: string, now: number, fix: boolean): Steps<StorageFault[]> {
  const folder = `${scope}/${name}`;
  if (!(yield* isFolder(folder))) return [stranger(folder)];
  // In this order: what a writer adds after `meta.json` was read is too young to be a fault.
  const meta = yield* readMeta(place.fs, folder);
  const names = yield* namesIn(folder);
  const faults: StorageFault[] = [];
  const wrong = yield* wrongWith(place, folder, meta, names);
  if (wrong !== undefined) {
    const ours = (other: Meta) => other.storedAt === meta?.storedAt;
    const fixed = fix && (meta ? yield* removeEntry(place.fs, folder, ours) : yield* drop(`${folder}/${META}`));
    faults.push({ ...(meta && { key: meta.key }), reason: wrong, fixed });
  }
  for (const name of names) {
    if (name === META || name === meta?.file) continue;
    if (!isOurs(name)) faults.push(stranger(`${folder}/${name}`));
    else if (yield* isAbandoned(`${folder}/${name}`, now)) faults.push(yield* leftover(`${folder}/${name}`, fix));
  }
  if (meta === undefined && fix && faults.length > 0) yield* removeEmpty(folder);
  return faults;
}

function* wrongWith(
  place: Place,
  folder: string,
  meta: Meta | undefined,
  names: readonly string[],
): Steps<string | undefined> {
  if (meta === undefined) {
    const damaged = names.includes(META) && (yield* readMeta(place.fs, folder)) === undefined;
    return damaged ? `${shown(`${folder}/${META}`)} is damaged` : undefined;
  }
  const { scope, name } = foldersOf(place.directory, meta.key);
  if (folder !== `${scope}/${name}`) return `${shown(folder)} holds the entry of another folder`;
  if (yield* hasBody(folder, meta)) return undefined;
  // A writer may have replaced the entry meanwhile; a reader would see one or the other.
  if ((yield* readEntry(place, folder, meta.key)) !== undefined) return undefined;
  return `the body ${shown(`${folder}/${meta.file}`)} is missing or has not ${meta.bytes} bytes`;
}

function* hasBody(folder: string, { file, bytes }: Meta): Steps<boolean> {
  try {
    const state = yield* step("lstat", `${folder}/${file}`);
    return state.isFile() && state.size === bytes;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

function stranger(path: string): StorageFault {
  return { reason: `${shown(path)} is not the cache's and was left alone`, fixed: false };
}

function* leftover(path: string, fix: boolean): Steps<StorageFault> {
  return { reason: `no entry names ${shown(path)}`, fixed: fix && (yield* drop(path)) };
}

function shown(path: string): string {
  return JSON.stringify(path);
}
