import { PathError } from "../errors.ts";

/** The longest folder name, in characters: leaves room for the files below it where a whole path may have 260. */
const LONGEST = 100;

/** Names that Windows gives to devices, whatever extension follows. */
const DEVICES = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(\.|$)/i;

/** What is wrong with a folder name and how to put it right, or `undefined` for a good one. */
function faultOf(name: string): string | undefined {
  if (name === "") return "it is empty; give it at least one letter or digit";
  if (name === "." || name === "..") return 'it leads to another folder; use a plain name such as "my-app"';
  if (name.includes("\0")) return "it holds a NUL character; remove it";
  if (/[/\\]/.test(name) || /^[a-z]:/i.test(name)) {
    return "it is a path; give the name alone and the place as the option cacheDir";
  }
  const stranger = /[^A-Za-z0-9._-]/u.exec(name)?.[0];
  if (stranger !== undefined) {
    const point = stranger.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return `it holds ${
      JSON.stringify(stranger)
    } (U+${point}); use only the letters A-Z and a-z, digits, ".", "_" and "-"`;
  }
  if (name.length > LONGEST) return `it has ${name.length} characters; use at most ${LONGEST}`;
  if (DEVICES.test(name)) return "Windows keeps that name for a device; choose another";
  if (name.endsWith(".")) return "Windows drops the dot at its end; leave it out";
}

/**
 * A folder name that is safe on every system: the given one, once it has been checked.
 *
 * Allowed are 1 to 100 of `A-Z a-z 0-9 . _ -`, except `.`, `..`, a dot at the end and the device names of Windows.
 * Throws a `PathError` that says what is wrong with any other.
 */
export function checkFolderName(name: string): string {
  const fault = typeof name === "string" ? faultOf(name) : `it is a ${typeof name}; give a string`;
  if (fault === undefined) return name;
  const shown = JSON.stringify(typeof name === "string" ? name.slice(0, LONGEST) : name) ?? String(name);
  throw new PathError(`Cannot use folder name ${shown}: ${fault}`, { code: "ERR_CACHE_FOLDER_NAME" });
}
