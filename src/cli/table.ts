/** A column of a table: its title, and how it shows a row. */
export interface Column<R> {
  readonly title: string;
  /** Whether it holds amounts, which stand at the right. */
  readonly right?: boolean;
  text(row: R): string;
}

/** Rows as lines of text, in columns, under their titles. Nothing where there are no rows. */
export function tableOf<R>(columns: readonly Column<R>[], rows: readonly R[]): string {
  if (rows.length === 0) return "";
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => plain(text(row))))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]!.length)));
  return cells.map((line) => {
    const padded = line.map((cell, at) => columns[at]!.right ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!));
    return `${padded.join("  ").trimEnd()}\n`;
  }).join("");
}

/** What programs read. */
export function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Text without what a terminal would take for a command: names and tags are whatever a program made them. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
