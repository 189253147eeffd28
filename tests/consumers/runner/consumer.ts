import type { Executable } from "../../../scripts/matrix/runtimes.ts";
import type { Need } from "./find_runtimes.ts";

/** How the package is installed, in words of the README. */
export const commands = {
  npm: "npm install @twat/cache",
  bun: "bun add @twat/cache",
  deno_npm: "deno add npm:@twat/cache",
  deno_jsr: "deno add jsr:@twat/cache",
} as const;

/** A way to get the package. */
export type Way = keyof typeof commands;

/** What a consumer is given to show that it works. */
export interface Place {
  /** A folder of its own, with caches of its own. */
  readonly scratch: string;
  /** A folder in which the package is installed, with all consumers in folders of their own. */
  install(way: Way): Promise<string>;
  /** The tarball of the package. */
  tarball(): Promise<string>;
  runtime(need: Need): Executable;
  /** Runs a program to its end in a folder and gives what it printed; one that fails is an error. */
  run(command: string, args: readonly string[], cwd: string): Promise<string>;
  /** What programs are told of their surroundings, for those that are started otherwise. */
  readonly env: Readonly<Record<string, string>>;
}

/** A consumer of the package somewhere. */
export interface Consumer {
  /** The folder of the program, below tests/consumers. */
  readonly name: string;
  /** Where it is, for people: `Node 20`, `nodenext`. */
  readonly on: string;
  /** What has to be on the machine. */
  readonly needs: readonly Need[];
  /** Throws when something is wrong; gives in a few words what was seen. */
  show(place: Place): Promise<string>;
}
