/**
 * Proves that every module a user imports is documented, by `deno doc --lint`.
 *
 * Why not that command alone: it also asks for words on each constructor and on each member that overrides another one, which
 * could only repeat the class or the member above, and on what a package declares that one of our types names.
 */
import { fileURLToPath } from "node:url";
import { root } from "./tree.ts";

/** The complaints of `deno doc --lint` that ask for something a reader misses. */
export function findGaps(output: string): string[] {
  return output.split(/^(?=error\[)/m).slice(1).filter((complaint) => {
    const code = complaint.split("\n").find((line) => /^\s*\d+ \|/.test(line)) ?? "";
    if (/^\s*--> node_modules\//m.test(complaint)) return false;
    return !(complaint.startsWith("error[missing-jsdoc]") && /\|\s+(constructor\(|override )/.test(code));
  }).map((complaint) => complaint.split("\n\n")[0]?.trim() ?? complaint);
}

if (import.meta.main) {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...Object.values<string>(exports)],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stderr).replaceAll(fileURLToPath(root), "");
  const gaps = findGaps(output);
  for (const gap of gaps) console.error(`${gap}\n`);
  const understood = code === 0 || output.includes("documentation lint error");
  if (!understood) console.error(output);
  if (gaps.length > 0 || !understood) Deno.exit(1);
}
