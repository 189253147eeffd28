/** Units of time, each with how many of it make the next one. */
const SPANS = [["µs", 1_000], ["ms", 1_000], ["s", 60], ["min", 60], ["h", 24], ["d", Infinity]] as const;

/** Units of size, in thousands. */
const SIZES = [["B", 1_000], ["KB", 1_000], ["MB", 1_000], ["GB", 1_000], ["TB", Infinity]] as const;

/** The longest message of an error that is quoted. */
const LONGEST = 200;

/** Milliseconds as a person reads them: `"250 ms"`, `"3.2 s"`, `"12 min"`. */
export function spanText(ms: number): string {
  if (ms === Infinity) return "for ever";
  return ms > 0 ? scaled(ms * 1_000, SPANS) : "0 ms";
}

/** Bytes as a person reads them: `"812 B"`, `"1.4 MB"`. */
export function sizeText(bytes: number): string {
  return scaled(bytes, SIZES);
}

/** What was thrown in one line: its class, unless that says nothing, and its message. */
export function errorText(error: unknown): string {
  const text = error instanceof Error
    ? error.name === "Error" ? error.message || "Error" : error.message ? `${error.name}: ${error.message}` : error.name
    : String(error);
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** The end of a key, enough to find it by. */
export function keyText(key: string): string {
  return `…${key.slice(-8)}`;
}

/** How many of something there are, in the singular or with an "s", or with "y" turned to "ies". */
export function countText(count: number, thing: string): string {
  const things = thing.endsWith("y") ? `${thing.slice(0, -1)}ies` : `${thing}s`;
  return `${count.toLocaleString("en-US")} ${count === 1 ? thing : things}`;
}

/** A number in the largest unit of which there is at least one, with one digit after the point below ten. */
function scaled(amount: number, units: readonly (readonly [name: string, next: number])[]): string {
  let rest = amount;
  for (const [name, next] of units) {
    const shown = rest < 9.95 ? Math.round(rest * 10) / 10 : Math.round(rest);
    if (shown < next) return `${shown} ${name}`;
    rest /= next;
  }
  return `${rest} ${units.at(-1)![0]}`;
}
