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
  /** Says that one user is done. */
  release(): void;
}

interface Opened {
  readonly texts: TextStore;
  readonly folders: Map<string, { readonly texts: TextStore; readonly index: EntryIndex; users: number }>;
}

const open = new WeakMap<object, Opened>();

/** How many texts are read at a time where a listing gives names alone. */
const PAGE = 32;

/** Opens a folder of a foreign store. Stores on one folder of one object know of each other's changes at once. */
export function shareFolder(native: object, makeTexts: () => TextStore, folder: string): SharedFolder {
  const opened: Opened = open.get(native) ?? { texts: makeTexts(), folders: new Map() };
  open.set(native, opened);
  let shared = opened.folders.get(folder);
  if (shared === undefined) {
    const texts = opened.texts.list === undefined ? new NamesInStore(opened.texts, folder) : opened.texts;
    shared = { texts, index: new EntryIndex((prefix) => walk(texts, folder, prefix)), users: 0 };
    opened.folders.set(folder, shared);
  }
  shared.users++;
  const { texts, index } = shared;
  const release = () => {
    if (--shared.users > 0) return;
    opened.folders.delete(folder);
    if (opened.folders.size > 0) return;
    open.delete(native);
    opened.texts.close();
  };
  return { texts, index, release };
}

/** Reads the heads of what a folder holds. What is damaged, and what stands under another's name, is left out. */
async function* walk(texts: TextStore, folder: string, prefix: string): AsyncGenerator<[string, Listed][]> {
  for await (const page of texts.list!(prefix)) {
    for (let at = 0; at < page.length; at += PAGE) {
      const found = page.slice(at, at + PAGE);
      const unread = found.filter(({ text }) => text === undefined).map(({ name }) => name);
      const read = unread.length === 0 ? [] : await texts.getMany(unread);
      yield found.flatMap(({ name, text }): [string, Listed][] => {
        const listed = listedFrom(text ?? read[unread.indexOf(name)]);
        return listed !== undefined && nameOf(folder, listed.key) === name ? [[name, listed]] : [];
      });
    }
  }
}
