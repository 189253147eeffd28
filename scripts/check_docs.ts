/**
 * Proves that every module a user imports is documented, by `deno doc --lint`, and that the examples that nobody can run would
 * compile, if what they take for granted were there.
 *
 * Why not that command alone: it also asks for words on each constructor and on each member that overrides another one, which
 * could only repeat the class or the member above, and on what a package declares that one of our types names.
 */
import { fileURLToPath } from "node:url";
import { readTree, root } from "./tree.ts";

/** The complaints of `deno doc --lint` that ask for something a reader misses. */
export function findGaps(output: string): string[] {
  return output.split(/^(?=error\[)/m).slice(1).filter((complaint) => {
    const code = complaint.split("\n").find((line) => /^\s*\d+ \|/.test(line)) ?? "";
    if (/^\s*--> node_modules\//m.test(complaint)) return false;
    return !(complaint.startsWith("error[missing-jsdoc]") && /\|\s+(constructor\(|override )/.test(code));
  }).map((complaint) => complaint.split("\n\n")[0]?.trim() ?? complaint);
}

/** The examples of a text that are marked `ts ignore`. */
export function ignoredExamples(text: string): string[] {
  const blocks = text.matchAll(/^[ \t]*(\* )?```ts ignore\n([\s\S]*?)^[ \t]*(?:\* )?```/gm);
  return Array.from(blocks, ([, star, code = ""]) => star === undefined ? code : code.replaceAll(/^[ \t]*\* ?/gm, ""));
}

/** What a compiler says against examples, besides that it does not know a name or a module that stands for the reader's own. */
export function findFaults(output: string): string[] {
  const complaints = output.split(/^(?=TS\d+ \[ERROR\])/m).slice(1);
  return complaints.map((complaint) => complaint.replace(/\n\n(Found \d+ errors?|error: )[^]*$/, "").trim())
    .filter((complaint) => !/^TS(2304|2307|2503|18004) /.test(complaint));
}

/** Compiles the ignored examples of the README and of what is published. */
async function checkIgnored(): Promise<string[]> {
  const sources = await readTree(["mod.ts", "src", "engines", "tests/testing.ts", "tests/contract"]);
  const texts = [["README.md", await Deno.readTextFile(new URL("README.md", root))] as const, ...sources];
  // Not in dist, which deno.json excludes.
  const folder = await Deno.makeTempDir({ prefix: "twat-cache-examples-" });
  try {
    const paths: string[] = [];
    for (const [path, text] of texts) {
      for (const [index, code] of ignoredExamples(text).entries()) {
        const file = `${folder}/${path.replaceAll(/\W/g, "_")}_${index}.ts`;
        await Deno.writeTextFile(file, `${code}\nexport {};\n`);
        paths.push(file);
      }
    }
    const { code, stderr } = await deno("check", "--config", "deno.json", ...paths);
    const faults = findFaults(stderr);
    return code !== 0 && !/TS\d+ \[ERROR\]/.test(stderr) ? [stderr] : faults;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function deno(...args: string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root, env: { NO_COLOR: "1" } })
    .output();
  return { code, stderr: new TextDecoder().decode(stderr).replaceAll(fileURLToPath(root), "") };
}

if (import.meta.main) {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const { code, stderr } = await deno("doc", "--lint", ...Object.values<string>(exports));
  const gaps = [...findGaps(stderr), ...await checkIgnored()];
  for (const gap of gaps) console.error(`${gap}\n`);
  const understood = code === 0 || stderr.includes("documentation lint error");
  if (!understood) console.error(stderr);
  if (gaps.length > 0 || !understood) Deno.exit(1);
}
