/**
 * Proves that deno.json, jsr.json and package.json tell of the same package.
 *
 * Why: `deno publish` reads deno.json and ignores jsr.json beside it, `jsr publish` reads jsr.json alone, and Bun and Node read
 * package.json, so nothing else would notice when they drift apart.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fromNpm, type Manifest, type NpmManifest, publishedManifest, type Texts } from "./npm/manifest.ts";
import { root } from "./tree.ts";

/** The three manifests of the project. */
export interface Manifests {
  readonly deno: Manifest;
  readonly jsr: Manifest;
  readonly npm: Manifest;
}

/** What jsr.json has to hold. */
export function toJsr({ name, version, license, exports, imports, publish }: Manifest): Manifest {
  return Object.fromEntries(
    Object.entries({ name, version, license, exports, imports, publish }).filter(([, value]) => value !== undefined),
  );
}

/** Every disagreement between the manifests, in words. */
export function checkManifests({ deno, jsr, npm }: Manifests): string[] {
  const faults: string[] = [];
  for (const field of ["name", "version", "license"] as const) {
    if (deno[field] === undefined) faults.push(`deno.json has no "${field}"`);
    if (npm[field] !== deno[field]) faults.push(`package.json "${field}": ${differ(npm[field], deno[field])}`);
  }
  const expected = toJsr(deno);
  for (const field of new Set([...Object.keys(expected), ...Object.keys(jsr)]) as Set<keyof Manifest>) {
    if (!same(jsr[field], expected[field])) faults.push(`jsr.json "${field}": ${differ(jsr[field], expected[field])}`);
  }
  faults.push(...compare(`package.json "exports"`, npm.exports, deno.exports));
  const needed = fromNpm(deno.imports);
  const development = Object.entries(npm.devDependencies ?? {}).filter(([name]) => name in needed);
  faults.push(
    ...compare(`package.json dependency`, { ...npm.dependencies, ...Object.fromEntries(development) }, needed),
  );
  return faults;
}

/** Why no package for npm can be made of the manifests, if none can. */
export function checkPublished(deno: Manifest, npm: NpmManifest): string[] {
  try {
    publishedManifest(deno, npm);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function compare(what: string, found: Texts = {}, expected: Texts = {}): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...names].filter((name) => found[name] !== expected[name])
    .map((name) => `${what} "${name}": ${differ(found[name], expected[name])}`);
}

function differ(found: unknown, expected: unknown): string {
  const text = (value: unknown) => value === undefined ? "nothing" : JSON.stringify(value);
  return `${text(found)} where deno.json has ${text(expected)}`;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

if (import.meta.main) {
  const read = async (name: string, otherwise?: string): Promise<NpmManifest> =>
    JSON.parse(
      await readFile(new URL(name, root), "utf8").catch((error) => {
        if (otherwise === undefined) throw error;
        return otherwise;
      }),
    );
  const deno = await read("deno.json");
  if (Deno.args.includes("--write")) {
    await writeFile(new URL("jsr.json", root), `${JSON.stringify(toJsr(deno), null, 2)}\n`);
  }
  const npm = await read("package.json");
  const faults = [...checkManifests({ deno, jsr: await read("jsr.json", "{}"), npm }), ...checkPublished(deno, npm)];
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) {
    console.error("deno.json is the one to edit; `deno task fix` writes jsr.json, package.json is yours");
    Deno.exit(1);
  }
}
