import { fnv1a } from "../../src/runtime/fnv1a.ts";

/** Names that Windows gives to devices. */
const DEVICES = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/** The longest name in full: two of them and a folder fit where a whole path may have 260 characters. */
const LONGEST = 120;

/**
 * The folder name for a part of a key: the part itself where it is made of `a-z 0-9 _ -`, else with every other byte as
 * `%` and two digits, as in an address. A part that gets too long is cut short and ends in `%%` and a digest of the
 * whole; two such parts may share a name, which is why an entry is read back only under the key it names.
 */
export function folderFor(part: string): string {
  if (part === "") return "%";
  let name = part;
  if (!/^[a-z0-9_-]+$/.test(part)) {
    name = Array.from(new TextEncoder().encode(part), (byte) => {
      const letter = String.fromCharCode(byte);
      return /[a-z0-9_-]/.test(letter) ? letter : hex(byte);
    }).join("");
  } else if (DEVICES.test(part)) {
    name = hex(part.charCodeAt(0)) + part.slice(1);
  }
  if (name.length <= LONGEST) return name;
  const bytes = new TextEncoder().encode(part);
  return `${name.slice(0, LONGEST - 16)}%%${fnv1a(bytes).toString(36)}${fnv1a(bytes.reverse()).toString(36)}`;
}

/** The folders of a key's scope and of its entry, below the folder of the store. */
export function foldersOf(directory: string, key: string): { readonly scope: string; readonly name: string } {
  const slash = key.indexOf("/");
  const scope = `${directory}/${folderFor(slash < 0 ? "" : key.slice(0, slash))}`;
  return { scope, name: folderFor(slash < 0 ? `/${key}` : key.slice(slash + 1)) };
}

/** Whether a name found on disk can be one that `folderFor` gave. */
export function isFolderFor(name: string): boolean {
  return /^[a-z0-9_%-]+$/.test(name) && name.length <= LONGEST;
}

function hex(byte: number): string {
  return `%${byte.toString(16).padStart(2, "0")}`;
}
