/**
 * The names under which entries stand in a foreign store: `twat_cache:<folder>:<scope>:<rest of the key>`.
 *
 * Why so plain: stores turn `/` into `:`, drop `?` and what follows, fold cases, read patterns, strip `--`, make a file or a
 * folder of each part, and take 250 characters at most (Memcached). A name of `a-z 0-9 _ - :` with four parts, none of them
 * empty, comes through all of them, and is neither a file where another needs a folder nor hidden from a listing.
 */
import { fnv1a } from "../../src/runtime/fnv1a.ts";

/** What all names begin with, so that what others keep in the store is never listed or dropped. */
const APP = "twat_cache";

/** The longest parts. With them a name has 224 characters at most. */
const FOLDER = 50;
const SCOPE = 70;
const REST = 90;

/** What the names of all entries of a folder begin with. */
export function folderPrefix(folderName: string): string {
  return `${APP}:${part(folderName, FOLDER)}:`;
}

/** The name of a key's entry. Two keys may share one only if they are long; an entry is read back only under its own key. */
export function nameOf(folder: string, key: string): string {
  const slash = key.indexOf("/");
  if (slash < 0) return `${folder}__:${part(key, REST)}`;
  return `${folder}${part(key.slice(0, slash), SCOPE)}:${part(key.slice(slash + 1), REST)}`;
}

/** What the names of all entries under a prefix of keys, `""` or `"<scope>/"`, begin with. */
export function namePrefix(folder: string, prefix: string): string {
  return prefix === "" ? folder : `${folder}${part(prefix.slice(0, prefix.indexOf("/")), SCOPE)}:`;
}

/** The name of something besides entries that a folder needs. No part of a key begins with `_` and a letter over `f`. */
export function asideName(folder: string, what: string): string {
  return `${folder}_${what}`;
}

/** A part of a name: `a-z 0-9` and lone `-` as they are, any other byte as `_` and two digits. Too long ones end in a digest. */
function part(text: string, longest: number): string {
  if (text === "") return "_";
  const name = text.replace(/[^a-z0-9-]|(?<=-)-/gu, (letter) => {
    return Array.from(new TextEncoder().encode(letter), (byte) => `_${byte.toString(16).padStart(2, "0")}`).join("");
  });
  // Windows gives these names to devices.
  if (/^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/.test(name)) return `_${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
  if (name.length <= longest) return name;
  const bytes = new TextEncoder().encode(text);
  const digest = `${fnv1a(bytes).toString(36)}-${fnv1a(bytes.reverse()).toString(36)}`;
  return `${name.slice(0, longest - 17)}__${digest}`;
}
