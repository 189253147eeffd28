/** A reading of the most precise stopwatch there is, in milliseconds. */
export function stopwatch(): number {
  return globalThis.performance?.now() ?? Date.now();
}
