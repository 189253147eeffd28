import { fetchRuntime, findRuntime, type Found } from "../../../scripts/matrix/runtimes.ts";

/** What a consumer needs besides Deno, which runs it all: runtimes, and npm with a registry that answers. */
export type Need = "npm" | "bun" | "node20" | "node22" | "node24" | "newest node" | "chromium" | "workerd";

/** Looks a runtime up, on this machine or through npx. */
export async function findNeed(need: Need): Promise<Found> {
  switch (need) {
    case "npm":
      return await findNpm();
    case "node22":
      return await fetchNode("22");
    case "newest node":
      return await fetchNode("latest");
    case "node24":
      return await findRuntime("node", true);
    default:
      return await findRuntime(need, true);
  }
}

async function findNpm(): Promise<Found> {
  const version = await say("npm", "view", "lru-cache", "version");
  return version === undefined
    ? { missing: "there is no npm, or its registry does not answer" }
    : { path: "npm", version };
}

async function fetchNode(version: string): Promise<Found> {
  return await fetchRuntime("node", `node@${version}`) ?? { missing: `npx did not fetch node@${version}` };
}

/** What a program of npm prints; `undefined` when it fails. */
async function say(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const options = { args, stdin: "null", stderr: "null" } as const;
    const { success, stdout } = await new Deno.Command(commandOf(program), options).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** How a program of npm is called on this system. */
export function commandOf(program: string): string {
  return Deno.build.os === "windows" ? `${program}.cmd` : program;
}
