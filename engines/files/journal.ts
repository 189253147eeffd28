import { codeOf, type FileState } from "../../src/runtime/file_system.ts";
import { step, type Steps } from "../../src/runtime/file_steps.ts";
import { randomName } from "../../src/runtime/random_name.ts";
import { drop, fill, isAbsence, openToRead, type Place, writeAll, writeNew } from "./io.ts";

/** The file's name. The dot keeps it apart from the folders of entries. */
export const JOURNAL = "journal.log";

/** The names of drafts of a journal, which replace it when they are whole. */
export const JOURNAL_DRAFT = /^journal-[a-z0-9]{8}\.tmp$/;

/** What happened to one entry, by the name of its folder. */
export type Line =
  | {
    readonly what: "set";
    readonly name: string;
    readonly storedAt: number;
    readonly size: number;
    readonly goneAt: number;
  }
  | { readonly what: "drop"; readonly name: string }
  | { readonly what: "use"; readonly name: string; readonly accessedAt: number; readonly hits: number };

/** A journal as it is at a moment: which file it is and how long. */
export interface Edition {
  /** Tells a replaced file from the one before, even if the system uses its number again. */
  readonly id: string;
  readonly size: number;
}

/** Which journal there is, or `undefined` where there is none. */
export function* currentEdition(folder: string): Steps<Edition | undefined> {
  try {
    const state = yield* step("lstat", `${folder}/${JOURNAL}`);
    return state.isFile() ? editionOf(state) : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The whole lines after a position, and how far they reach; `undefined` when there is no journal. */
export function* readLines(
  { fs }: Place,
  folder: string,
  from: (edition: Edition) => number,
): Steps<{ readonly edition: Edition; readonly from: number; readonly lines: Line[] } | undefined> {
  try {
    const fd = yield* openToRead(fs, `${folder}/${JOURNAL}`);
    try {
      const { id, size } = editionOf(yield* step("fstat", fd));
      const start = from({ id, size });
      const bytes = new Uint8Array(size - start);
      const length = bytes.subarray(0, yield* fill(fd, bytes, start)).lastIndexOf(0x0a) + 1;
      const text = new TextDecoder().decode(bytes.subarray(0, length));
      return { edition: { id, size: start + length }, from: start, lines: parse(text) };
    } finally {
      yield* step("close", fd);
    }
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/**
 * Adds lines and tells which edition they made, or `undefined` when the folder is gone.
 * One write carries them all, so that lines of several processes do not mix. A link or pipe in the journal's place is removed.
 */
export function* appendLines(place: Place, folder: string, lines: readonly Line[]): Steps<Added | undefined> {
  const path = `${folder}/${JOURNAL}`;
  const bytes = new TextEncoder().encode(render(lines));
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = place.fs.constants;
  const flags = (O_WRONLY ?? 0) | (O_APPEND ?? 0) | (O_CREAT ?? 0) | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
  const mode = place.secure ? 0o600 : 0o644;
  let fd: number;
  try {
    fd = yield* step("open", path, flags, mode);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (!isAbsence(error)) throw error;
    yield* drop(path);
    fd = yield* step("open", path, flags, mode);
  }
  try {
    yield* writeAll(fd, bytes);
    return { edition: editionOf(yield* step("fstat", fd)), bytes: bytes.length };
  } finally {
    yield* step("close", fd);
  }
}

/** What an appending made: the edition, and how much of its end was ours. */
export interface Added {
  readonly edition: Edition;
  readonly bytes: number;
}

/** Puts a journal of these lines in place of the one of the given edition; does nothing when that has grown meanwhile. */
export function* replaceLines(place: Place, folder: string, former: Edition, lines: readonly Line[]): Steps<void> {
  const draft = `${folder}/journal-${randomName()}.tmp`;
  yield* writeNew(place, draft, new TextEncoder().encode(render(lines)));
  const current = yield* currentEdition(folder);
  if (current?.id === former.id && current.size === former.size) yield* step("rename", draft, `${folder}/${JOURNAL}`);
  else yield* drop(draft);
}

function editionOf(state: FileState): Edition {
  return { id: `${state.ino}:${state.birthtimeMs}`, size: state.size };
}

function render(lines: readonly Line[]): string {
  let text = "";
  for (const line of lines) text += `${Object.values(line).join(" ")}\n`;
  return text;
}

/** Lines that make no sense are left out: one may be torn, or a person's. */
function parse(text: string): Line[] {
  const lines: Line[] = [];
  for (const row of text.split("\n")) {
    const [what, name, first, second, third, more] = row.split(" ");
    if (name === undefined || more !== undefined) continue;
    const [a, b, c] = [Number(first), Number(second), Number(third)];
    if (what === "drop" && first === undefined) lines.push({ what, name });
    else if (what === "use" && a >= 0 && b >= 0) lines.push({ what, name, accessedAt: a, hits: b });
    else if (what === "set" && !Number.isNaN(a) && !Number.isNaN(b) && !Number.isNaN(c)) {
      lines.push({ what, name, storedAt: a, size: b, goneAt: c });
    }
  }
  return lines;
}
