/**
 * A reporter for `node --test` that writes one JSON line per leaf test, by its whole name, and one per file without tests.
 * Plain JavaScript, since Node 20 loads it.
 *
 * Why it waits for the outermost test: Node reports children before their parents, and tells a parent's name only then.
 *
 * @param {AsyncIterable<{ type: string, data: Record<string, any> }>} events
 */
export default async function* report(events) {
  /** @type {{ nesting: number, file: string, name: string, state: string, reason: string | undefined, seconds: number | undefined }[]} */
  let waiting = [];
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { name, nesting, file = "", skip = data.todo } = data;
    const children = waiting.filter((item) => item.nesting > nesting);
    for (const child of children) {
      child.name = `${name} > ${child.name}`;
      child.nesting = nesting;
    }
    const failed = type === "test:fail" && data.todo === undefined;
    const failedByItself = failed && data.details?.error?.failureType !== "subtestsFailed";
    // A file without tests passes as a test of its own, called by its path.
    const isFile = /\.test\.[jt]s$/.test(name) && file.endsWith(name);
    const isParent = children.length > 0 || data.details?.type === "suite";
    if (failedByItself || !isParent) {
      const passed = isFile ? "empty" : skip === undefined || skip === false ? "passed" : "skipped";
      const reason = typeof skip === "string" && skip !== "" ? skip : undefined;
      const took = data.details?.duration_ms;
      const seconds = took === undefined ? undefined : took / 1000;
      waiting.push({ nesting, file, name, state: failed ? "failed" : passed, reason, seconds });
    }
    if (nesting > 0) continue;
    yield* waiting.map(toLine);
    waiting = [];
  }
  yield* waiting.map(toLine);
}

/** @param {{ file: string, name: string, state: string, reason: string | undefined, seconds: number | undefined }} item */
function toLine({ file, name, state, reason, seconds }) {
  return `${JSON.stringify({ file, name, state, reason, seconds })}\n`;
}
