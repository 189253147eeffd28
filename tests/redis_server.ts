import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Why the tests that want a server cannot run here; `undefined` when they can. */
export const redisMissing: string | undefined = missing();

/** A real server on a free port of this machine, for tests. */
export interface RedisServer {
  readonly port: number;
  /** Its address, `redis://127.0.0.1:<port>`. */
  readonly url: string;
  /** Sends a command and returns what the server says, as it stands on the wire. */
  ask(...command: string[]): Promise<string>;
  /** Kills it, as a crash would. */
  kill(): Promise<void>;
  /** Freezes it: connections stay, nothing is answered. */
  freeze(): void;
  /** Lets a frozen one go on. */
  thaw(): void;
  /** Starts it again after `kill`, empty, on the same port. Resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** Starts a server that keeps nothing on disk, with further options such as `"--requirepass", "secret"`. */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "twat-redis-"));
  const port = await freePort();
  let child: ChildProcess;
  let ended: Promise<unknown>;
  const start = async (): Promise<void> => {
    const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
    child = spawn("redis-server", [...args, ...options], { stdio: "ignore" });
    ended = new Promise((resolve) => child.on("exit", resolve));
    for (let tries = 0; !await answers(port); tries++) {
      if (tries > 500) {
        throw new Error(`Cannot start a server on port ${port}: it does not answer; look at redis-server`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    ask: (...command) => ask(port, command),
    kill,
    // Deno 2.9 takes any signal that a child is sent through its own `kill` for its end.
    freeze: () => void process.kill(child.pid!, "SIGSTOP"),
    thaw: () => void process.kill(child.pid!, "SIGCONT"),
    restart: start,
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function missing(): string | undefined {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "there is no redis-server here";
  }
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Whether the server has begun to serve: it says something, even if it wants a password first. */
async function answers(port: number): Promise<boolean> {
  try {
    return !/^(-LOADING|$)/.test(await ask(port, ["PING"]));
  } catch {
    return false;
  }
}

function ask(port: number, command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part) => text += part);
    socket.on("error", reject);
    socket.on("close", () => resolve(text.replace(/\+OK\r\n$/, "")));
    const parts = command.map((part) => `$${new TextEncoder().encode(part).length}\r\n${part}\r\n`);
    socket.write(`*${command.length}\r\n${parts.join("")}*1\r\n$4\r\nQUIT\r\n`);
  });
}
