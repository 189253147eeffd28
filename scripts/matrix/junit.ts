/** One test as a runner reports it. */
export interface Case {
  /** The file it is written in, below the project's folder; empty when the runner does not tell. */
  readonly file: string;
  /** Its name after those of its parents, divided by ` > `. */
  readonly name: string;
  /** `"empty"` stands for a whole file in which there was no test. */
  readonly state: "passed" | "failed" | "skipped" | "empty";
  /** Why it was skipped, where the runner tells. */
  readonly reason?: string;
  /** How long it took, where the runner tells. */
  readonly seconds?: number;
}

interface Reported extends Case {
  /** What the runner says of a failure, in one line. */
  readonly failure: string;
}

/**
 * The tests in a JUnit report of Deno or Bun, leaves only.
 *
 * Why leaves: Deno lists a test with subtests beside its subtests, and a `describe` beside its tests; Bun lists neither subtests
 * nor suites as tests. A parent that failed by itself is a leaf of its own.
 */
export function readJunit(xml: string): Case[] {
  const reported = [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, attributes = "", body = ""]) => toCase(attributes, body),
  );
  const names = reported.map(({ name }) => name);
  const isParent = (name: string) => names.some((other) => other.startsWith(`${name} > `));
  const fileOf = new Map(reported.filter(({ file }) => file !== "").map(({ file, name }) => [name, file]));
  return reported
    .filter(({ name, state, failure }) =>
      !isParent(name) || (state === "failed" && !/^\d+ test steps? failed/.test(failure))
    )
    .map(({ failure: _, ...item }) => ({
      ...item,
      file: item.file || (fileOf.get(item.name.split(" > ")[0] ?? "") ?? ""),
    }));
}

function toCase(attributes: string, body: string): Reported {
  const suite = attribute(attributes, "classname") ?? "";
  const fromDeno = attribute(attributes, "file") === undefined;
  const own = attribute(attributes, "name") ?? "";
  const name = fromDeno || suite === "" ? own : `${suite} > ${own}`;
  // Deno 2.9 reports the tests of a describe() under a file of its own internals.
  const file = (fromDeno ? suite : attribute(attributes, "file") ?? "").replace(/^\.\//, "").replace(/^ext:.*/, "");
  const failure = /<(?:failure|error)\b([^>]*)/.exec(body)?.[1];
  const time = attribute(attributes, "time");
  const skipped = /<skipped\b([^>]*)/.exec(body)?.[1];
  const reason = skipped === undefined ? undefined : attribute(skipped, "message");
  return {
    file,
    name,
    state: failure !== undefined ? "failed" : skipped !== undefined ? "skipped" : "passed",
    failure: failure === undefined ? "" : attribute(failure, "message") ?? "",
    ...(reason !== undefined && { reason }),
    ...(time !== undefined && { seconds: Number(time) }),
  };
}

function attribute(attributes: string, name: string): string | undefined {
  const text = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp|#\d+|#x[0-9a-f]+);/gi, (_, code: string) => {
    const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
    const point = code.startsWith("#x") ? parseInt(code.slice(2), 16) : Number(code.slice(1));
    return named[code] ?? String.fromCodePoint(point);
  });
}
