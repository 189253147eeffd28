import type { Writing } from "./writing.ts";

/** Own properties of errors that say where they were made, not what they are. */
const PLACES: ReadonlySet<string> = new Set([
  "stack",
  "line",
  "column",
  "sourceURL",
  "lineNumber",
  "columnNumber",
  "fileName",
]);

/**
 * An error as text: the name of its class, its name, its message, its cause and the properties that were given to it.
 *
 * Where it was made does not count. Neither does what a class of its own keeps in private fields: register such a
 * class.
 */
export function errorText(error: Error, className: string, writing: Writing): string {
  const names = new Set(Object.keys(error));
  if (Object.hasOwn(error, "cause")) names.add("cause");
  if (Object.hasOwn(error, "errors")) names.add("errors");
  for (const place of PLACES) names.delete(place);
  names.delete("name");
  names.delete("message");
  writing.refuseSymbols(error);
  writing.step("name");
  const head = writing.value(className) + writing.value(error.name);
  writing.step("message");
  const message = writing.value(error.message);
  const own = names.size === 0 ? "" : `|${writing.properties(error, [...names])}`;
  return `,(Error${head}${message}${own})`;
}
