/** Proves that what the workflows of CI run is there, is what CONTRIBUTING.md says that they run, and comes from pinned actions. */
import { readdir, readFile } from "node:fs/promises";
import { root } from "./tree.ts";

/** What is compared. Texts are by their path below the project's folder. */
export interface Commands {
  readonly workflows: ReadonlyMap<string, string>;
  /** Pages that tell people what to call. */
  readonly pages: ReadonlyMap<string, string>;
  /** The names of the tasks in deno.json. */
  readonly tasks: readonly string[];
}

/** The page, and the heading on it, that says which tasks CI runs. */
const saidIn = "CONTRIBUTING.md";
const heading = "## What CI runs";

/** Everything that is wrong, in words. */
export function checkWorkflows({ workflows, pages, tasks }: Commands): string[] {
  const faults: string[] = [];
  for (const [path, text] of [...workflows, ...pages]) {
    for (const task of tasksIn(text)) {
      if (!tasks.includes(task)) faults.push(`${path} calls deno task ${task}, which is not in deno.json`);
    }
  }
  for (const [path, text] of workflows) {
    for (const [, action = ""] of text.matchAll(/\buses: *(\S+)/g)) {
      if (!/^[\w-]+\/[\w-]+@v\d+$/.test(action)) {
        faults.push(`${path} uses ${action}; pin it to a major version, owner/name@v1`);
      }
    }
    if (!/^permissions:/m.test(text)) faults.push(`${path} takes the permissions that it is given; say which it needs`);
  }
  const section = pages.get(saidIn)?.split(/^(?=## )/m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const [said, run] = [tasksIn(section), tasksIn([...workflows.values()].join("\n"))];
  for (const task of run) {
    if (!said.includes(task)) faults.push(`${saidIn} does not say that CI runs deno task ${task}`);
  }
  for (const task of said) {
    if (!run.includes(task)) faults.push(`${saidIn} says that CI runs deno task ${task}, which it does not`);
  }
  return faults;
}

function tasksIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\bdeno(?:@2)? task ([a-z][\w:]*)/g), ([, task]) => task!))];
}

if (import.meta.main) {
  const read = async (paths: readonly string[]) =>
    new Map(await Promise.all(paths.map(async (path) => [path, await readFile(new URL(path, root), "utf8")] as const)));
  const folder = ".github/workflows";
  const names = await readdir(new URL(folder, root));
  const faults = checkWorkflows({
    workflows: await read(names.map((name) => `${folder}/${name}`)),
    pages: await read(["CONTRIBUTING.md", "README.md", "SECURITY.md", ".github/pull_request_template.md"]),
    tasks: Object.keys(JSON.parse(await readFile(new URL("deno.json", root), "utf8")).tasks),
  });
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
}
