import { SourceMap } from "node:module";
import { mapOf, type Target } from "./bundle.ts";

/** What a test file's run says, with places in its bundle. */
export interface Said {
  readonly file: string;
  readonly text: string;
}

/** A place in a bundle, as stacks of Chromium and workerd have it. */
const place = /(?:http:\/\/localhost:\d+|file:\/\/)\/[^\s()]*?(?:\.test\.ts|bundle\.js):(\d+):(\d+)/g;

/** Texts in which places in bundles have become places in sources, without what the runner of tests itself adds to a stack. */
export async function pointToSources(said: readonly Said[], target: Target): Promise<string[]> {
  const maps = new Map<string, SourceMap>();
  for (const { file, text } of said) {
    if (text.search(place) >= 0 && !maps.has(file)) maps.set(file, new SourceMap(await mapOf(file, target)));
  }
  return said.map(({ file, text }) => `${file} ${rename(text, maps.get(file))}`);
}

function rename(text: string, map: SourceMap | undefined): string {
  if (map === undefined) return text;
  const renamed = text.replaceAll(place, (whole, line: string, column: string) => {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
    return "originalSource" in entry
      ? `${entry.originalSource.replace(/^(\.\.\/)+/, "")}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      : whole;
  });
  return renamed.split("\n").filter((line) => !/^\s+at .*tests\/browser\/collector\.ts:/.test(line)).join("\n");
}
