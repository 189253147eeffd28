import type { Listed } from "../../src/contract/entry.ts";
import { EntryIndex } from "./entry_index.ts";
import { nameOf } from "./name.ts";
import { NamesInStore } from "./names_in_store.ts";
import { listedFrom } from "./record.ts";
import type { TextStore } from "./text_store.ts";

/** One folder of a foreign store, shared by all of this process that have it open. */
export interface SharedFolder {
  readonly texts: TextStore;
  readonly index: EntryIndex;
  /** Says that one user is done, except for what is `idle` in the end. */
  release(idle: Promise<unknown>): Promise<void>;
}

interface Used {
  readonly texts: TextStore;
  readonly index: EntryIndex;
  users: number;
}

interface Opened {
  readonly texts: TextStore;
  readonly folders: Map<string, Used>;
}

const open = new WeakMap<object, Opened>();

/** How many texts are read at a time where a listing gives names alone. */
const PAGE = 32;

/** Opens a folder of a foreign store. Stores on one folder of one object know of each other's changes at once. */
export function shareFolder(native: object, makeTexts: () => TextStore, folder: string): SharedFolder {
  const opened: Opened = open.get(native) ?? { texts: makeTexts(), folders: new Map() };
  open.set(native, opened);
  const used = opened.folders.get(folder) ?? newFolder(opened.texts, folder);
  opened.folders.set(folder, used);
  used.users++;
  const release = async (idle: Promise<unknown>) => {
    if (--used.users === 0) opened.folders.delete(folder);
    const unused = opened.folders.size === 0;
    if (unused) open.delete(native);
    await idle;
    if (unused) opened.texts.close();
  };
  return { texts: used.texts, index: used.index, release };
}

function newFolder(store: TextStore, folder: string): Used {
  const texts = store.list === undefined ? new NamesInStore(store, folder) : store;
  const used: Used = {
    texts,
    index: new EntryIndex((prefix) => walk(texts, folder, prefix, () => used.users > 0)),
    users: 0,
  };
  return used;
}

/**
 * Reads the heads of what a folder holds, while that is wanted. What is damaged, and what stands under another's name, is left
 * out.
 */
async function* walk(
  texts: TextStore,
  folder: string,
  prefix: string,
  wanted: () => boolean,
): AsyncGenerator<[string, Listed][]> {
  for await (const page of texts.list!(prefix)) {
    for (let at = 0; at < page.length && wanted(); at += PAGE) {
      const found = page.slice(at, at + PAGE);
      const unread = found.filter(({ text }) => text === undefined).map(({ name }) => name);
      const read = unread.length === 0 ? [] : await texts.getMany(unread);
      yield found.flatMap(({ name, text }): [string, Listed][] => {
        const listed = listedFrom(text ?? read[unread.indexOf(name)]);
        return listed !== undefined && nameOf(folder, listed.key) === name ? [[name, listed]] : [];
      });
    }
    if (!wanted()) return;
  }
}
