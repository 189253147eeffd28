import type { Argument, Connection } from "./connection.ts";
import { Unanswered } from "./engine_error.ts";
import { type ScriptName, scripts } from "./scripts.ts";
import type { Source } from "./source.ts";
import { LIMIT, TURN } from "./time_limit.ts";

/** How many commands may wait for an answer. */
const WAITING = 1_000;

/** How slow a network may be, in bytes a millisecond: what is large has so much more time. */
const SPEED = 1_000;

interface Waiting {
  /** After how many more turns it is given up. */
  turns: number;
  reject(reason: unknown): void;
}

/**
 * Asks a server: each command is sent now or fails now, and is answered within a second or fails.
 *
 * The one timer for all that waits keeps the process alive, so that no socket has to.
 */
export class Link {
  readonly #source: Source;
  readonly #root: string;
  readonly #waiting = new Set<Waiting>();
  readonly #digests = new Map<ScriptName, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many commands were given up and are still with the client; and since when. */
  #abandoned = 0;
  #triedAt = 0;

  /** `root` is what the keys of a folder begin with. */
  constructor(source: Source, root: string) {
    this.#source = source;
    this.#root = root;
  }

  /** Hands the programs to the server, so that their digests suffice. A user without the right to that sends them whole. */
  async prepare(): Promise<void> {
    const names = Object.keys(scripts) as ScriptName[];
    const loaded = names.map((name) => this.send("SCRIPT", ["LOAD", scripts[name]]));
    for (const [at, result] of (await Promise.allSettled(loaded)).entries()) {
      if (result.status === "fulfilled") this.#digests.set(names[at]!, String(result.value));
      else if (!/\bNOPERM\b/.test(String(result.reason))) throw result.reason;
    }
  }

  /** Runs a program on the server. */
  async run(name: ScriptName, args: readonly Argument[]): Promise<unknown> {
    const digest = this.#digests.get(name);
    const rest = ["1", this.#root, ...args];
    if (digest === undefined) return await this.send("EVAL", [scripts[name], ...rest]);
    try {
      return await this.send("EVALSHA", [digest, ...rest]);
    } catch (error) {
      // The server was started anew, or has forgotten all programs.
      if (!/\bNOSCRIPT\b/.test(String(error))) throw error;
      return await this.send("EVAL", [scripts[name], ...rest]);
    }
  }

  /** Sends a command. */
  send(name: string, args: readonly Argument[]): Promise<unknown> {
    const size = args.reduce((sum, { length }) => sum + length, 0);
    return this.#ask(LIMIT + size / SPEED, (connection) => connection.send(name, args));
  }

  /** Reads what is under keys, which are given without their root, as text. What is not text is garbled. */
  readText(names: readonly string[]): Promise<readonly (string | null)[]> {
    return this.#ask(LIMIT, (connection) => connection.readText(names.map((name) => this.#root + name)));
  }

  /** Reads what is under keys, which are given without their root, as bytes. */
  readBytes(names: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#ask(LIMIT, (connection) => connection.readBytes(names.map((name) => this.#root + name)));
  }

  /** Counts keys, which are given without their root, as used just now. Nobody waits for it. */
  touch(names: readonly string[]): void {
    this.send("TOUCH", names.map((name) => this.#root + name)).then(undefined, () => {});
  }

  #ask<T>(limit: number, command: (connection: Connection) => Promise<T>): Promise<T> {
    const { connection } = this.#source;
    const now = performance.now();
    if (connection === undefined) {
      return Promise.reject(this.#source.failure ?? new Unanswered("it is not connected"));
    }
    if (this.#waiting.size >= WAITING) return Promise.reject(new Unanswered(`${WAITING} commands wait for it`));
    // What was given up is still with a client that was given. One command a second finds out whether it answers again.
    if (this.#abandoned > 0 && now - this.#triedAt < LIMIT) {
      return Promise.reject(new Unanswered(`no answer to ${this.#abandoned} commands`));
    }
    this.#triedAt = now;
    return new Promise((resolve, reject) => {
      let abandoned = false;
      const waiting: Waiting = {
        turns: limit / TURN,
        reject: (reason) => {
          abandoned = true;
          this.#abandoned++;
          reject(reason);
        },
      };
      const done = (): void => {
        if (abandoned) this.#abandoned--;
        else this.#leave(waiting);
      };
      const failed = (error: unknown): void => {
        done();
        reject(error);
      };
      this.#enter(waiting);
      try {
        command(connection).then((answer) => {
          done();
          resolve(answer);
        }, failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  #enter(waiting: Waiting): void {
    this.#waiting.add(waiting);
    this.#timer ??= setTimeout(this.#turn, TURN);
  }

  #leave(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Gives up everything when the first has waited for too long, since answers come in the order of the commands. Counts turns
   * for the reason that `whenWaited` tells.
   */
  readonly #turn = (): void => {
    this.#timer = undefined;
    const [first] = this.#waiting;
    if (first === undefined) return;
    if (--first.turns > 0) {
      this.#timer = setTimeout(this.#turn, TURN);
      return;
    }
    const reason = new Unanswered(`no answer within ${LIMIT} ms`);
    for (const waiting of this.#waiting) waiting.reject(reason);
    this.#waiting.clear();
    this.#source.silent(reason);
  };
}
