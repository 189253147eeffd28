import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Ways to damage a database file. */
export const damages = ["garbage header", "truncated", "text", "garbage pages"] as const;

/** Damages the database of a folder, which nobody has open. */
export function damage(folder: string, how: typeof damages[number]): void {
  const path = join(folder, "cache.sqlite");
  const bytes = readFileSync(path);
  switch (how) {
    case "garbage header":
      return writeFileSync(path, bytes.fill(0xa5, 0, 64));
    case "truncated":
      return truncateSync(path, Math.floor(bytes.length / 2) - 100);
    case "text":
      return writeFileSync(path, "This is no database.\n".repeat(300));
    case "garbage pages":
      return writeFileSync(path, bytes.fill(0xa5, 4096));
  }
}

/** The databases that were set aside in a folder. */
export function aside(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^cache\.sqlite\.damaged-\d+$/.test(name)).sort();
}
