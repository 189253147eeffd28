import { fileURLToPath } from "node:url";
import type { Executable, Found } from "../../../scripts/matrix/runtimes.ts";
import { root } from "../../../scripts/tree.ts";
import { commands, type Consumer, type Place, type Way } from "./consumer.ts";
import { commandOf, findNeed, type Need } from "./find_runtimes.ts";
import { jsrRegistry } from "./jsr_registry.ts";
import { npmRegistry } from "./npm_registry.ts";
import { run } from "./program.ts";
import type { LoopbackServer } from "./serve.ts";

const consumers = fileURLToPath(new URL("../", import.meta.url));

/**
 * Where consumers are shown: the package in two registries on this machine, and a folder outside the project for each way to
 * install it, so that nothing is found but what is installed. What several consumers need is made once.
 */
export class Workbench implements AsyncDisposable {
  readonly #folder: string;
  readonly #runtimes: ReadonlyMap<Need, Found>;
  readonly #jsr: LoopbackServer = jsrRegistry();
  #npm: LoopbackServer | undefined;
  readonly #ways = new Map<Way, Promise<string>>();
  #tarball: Promise<string> | undefined;
  #scratches = 0;

  private constructor(folder: string, runtimes: ReadonlyMap<Need, Found>, tarball: string | undefined) {
    this.#folder = folder;
    this.#runtimes = runtimes;
    if (tarball !== undefined) this.#tarball = Deno.realPath(tarball);
  }

  /** Finds what the consumers need. Packs the project when the first of them asks for it, unless it is given a tarball. */
  static async open(shown: readonly Consumer[], tarball?: string): Promise<Workbench> {
    const needs = [...new Set(["npm" as const, ...shown.flatMap((consumer) => consumer.needs)])];
    const runtimes = await Promise.all(needs.map(async (need) => [need, await findNeed(need)] as const));
    // Compilers and bundlers tell files by their real paths.
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "twat-consumers-" }));
    return new Workbench(folder, new Map(runtimes), tarball);
  }

  /** Why a consumer cannot be shown on this machine; `undefined` when it can. */
  lacks(consumer: Consumer): string | undefined {
    const found = (["npm", ...consumer.needs] as const).map((need) => this.#runtimes.get(need));
    return found.flatMap((runtime) => runtime !== undefined && "missing" in runtime ? [runtime.missing] : [])[0];
  }

  /** Shows a consumer in a place of its own. */
  async show(consumer: Consumer): Promise<string> {
    const scratch = `${this.#folder}/scratch${++this.#scratches}`;
    await Deno.mkdir(scratch);
    const env = { ...this.#env, HOME: scratch, USERPROFILE: scratch, LOCALAPPDATA: scratch, XDG_CACHE_HOME: scratch };
    const place: Place = {
      scratch,
      env,
      install: (way) => this.#install(way),
      tarball: () => this.#pack(),
      runtime: (need) => this.#runtimes.get(need) as Executable,
      run: (command, args, cwd) => run(command, args, { cwd, env }),
    };
    return await consumer.show(place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#jsr.close(), this.#npm?.close()]);
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** Caches of downloads that nothing else sees: the tarball of today has the version of yesterday's. */
  get #env(): Record<string, string> {
    const at = (name: string) => `${this.#folder}/downloads/${name}`;
    return {
      npm_config_cache: at("npm"),
      BUN_INSTALL_CACHE_DIR: at("bun"),
      DENO_DIR: at("deno"),
      JSR_URL: `${this.#jsr.origin}/`,
    };
  }

  #pack(): Promise<string> {
    return this.#tarball ??= (async () => {
      const to = `${this.#folder}/packed`;
      await Deno.mkdir(to);
      await run(Deno.execPath(), ["run", "-A", "scripts/pack.ts", "--to", to], { cwd: fileURLToPath(root) });
      for await (const { name } of Deno.readDir(to)) if (name.endsWith(".tgz")) return `${to}/${name}`;
      throw new Error(
        "Cannot show consumers: scripts/pack.ts wrote no tarball; see what it says when it is run by itself",
      );
    })();
  }

  #install(way: Way): Promise<string> {
    const made = this.#ways.get(way) ?? this.#installNow(way);
    this.#ways.set(way, made);
    return made;
  }

  async #installNow(way: Way): Promise<string> {
    const folder = `${this.#folder}/${way}`;
    await Deno.mkdir(folder);
    for await (const { name, isDirectory } of Deno.readDir(consumers)) {
      if (isDirectory && name !== "runner" && name !== "checks") await copy(`${consumers}${name}`, `${folder}/${name}`);
    }
    const call = (command: string, ...args: string[]) => run(command, args, { cwd: folder, env: this.#env });
    if (way === "deno_jsr") await this.#publishToJsr();
    else await Deno.writeTextFile(`${folder}/.npmrc`, `@twat:registry=${await this.#publishToNpm()}/\n`);
    const [program = "", ...args] = commands[way].split(" ");
    const path = this.#find(program);
    if (way === "npm") {
      await call(path, "init", "--yes");
      args.push("--no-audit", "--no-fund", "@types/node", "typescript");
    }
    if (way === "bun") await call(path, "init", "--minimal", "--yes");
    await call(path, ...args);
    return folder;
  }

  /** The program that a command means. */
  #find(program: string): string {
    if (program === "deno") return Deno.execPath();
    if (program === "bun") return (this.#runtimes.get("bun") as Executable).path;
    return commandOf(program);
  }

  async #publishToNpm(): Promise<string> {
    const tarball = await Deno.readFile(await this.#pack());
    this.#npm ??= await npmRegistry(tarball);
    return this.#npm.origin;
  }

  /** By what publishes to JSR, which looks through the sources and rewrites their imports. */
  async #publishToJsr(): Promise<void> {
    const args = ["publish", "--allow-dirty", "--no-check", "--no-provenance", "--token=of-this-machine"];
    await run(Deno.execPath(), args, { cwd: fileURLToPath(root), env: { JSR_URL: `${this.#jsr.origin}/` } });
  }
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
