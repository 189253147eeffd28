import type { Globals } from "../../src/contract/engine.ts";
import { builtin } from "../../src/runtime/abilities.ts";
import type { Address } from "./address.ts";
import type { Hearing, Subscription } from "./connection.ts";
import { withinLimit } from "./time_limit.ts";

/** What is used of a socket of `node:net` and `node:tls`. */
interface Socket {
  on(event: string, listener: (data: unknown) => void): unknown;
  setEncoding(encoding: string): unknown;
  setNoDelay(noDelay: boolean): unknown;
  write(text: string): unknown;
  unref(): unknown;
  destroy(): unknown;
}

interface Sockets {
  connect(options: unknown): Socket;
}

/**
 * Hears what is published on a channel, over a socket of its own that does not keep the process alive.
 *
 * Why not a client: Bun's cannot let the process end while it hears anything (1.4). To hear takes five kinds of answers.
 */
export async function hear(address: Address, channel: string, hearing: Hearing): Promise<Subscription> {
  const { host, port, user, password, tls } = address;
  const sockets = builtin<Sockets>(globalThis as unknown as Globals, tls ? "node:tls" : "node:net")!;
  // The name that a certificate is asked for must be none of a number.
  const isNumber = /^[\d.]+$|:/.test(host);
  const socket = sockets.connect(tls && !isNumber ? { host, port, servername: host } : { host, port });
  // Bytes as characters, so that the lengths the server tells are those of the text. What is heard is ASCII.
  socket.setEncoding("latin1");
  socket.setNoDelay(true);
  const awaited: { resolve(): void; reject(reason: unknown): void }[] = [];
  const answer = () => new Promise<void>((resolve, reject) => awaited.push({ resolve, reject }));
  let closed = false;
  const close = (reason?: unknown): void => {
    if (closed) return;
    closed = true;
    socket.destroy();
    for (const { reject } of awaited.splice(0)) reject(reason ?? new Error("the connection was closed"));
  };
  const broke = (reason: unknown): void => {
    if (closed) return;
    close(reason);
    hearing.broke();
  };
  const take = (reply: Reply): void => {
    if (reply instanceof Error) broke(reply);
    else if (Array.isArray(reply) && reply[0] === "message") hearing.heard(String(reply[2]));
    else awaited.shift()?.resolve();
  };
  let text = "";
  socket.on("data", (data) => {
    text += data;
    let at = 0;
    try {
      for (let found = parse(text, at); found !== undefined && !closed; found = parse(text, at)) {
        at = found.next;
        take(found.reply);
      }
    } catch (error) {
      broke(error);
    }
    text = text.slice(at);
  });
  socket.on("error", broke);
  socket.on("close", () => broke(new Error("the connection was closed")));
  const subscribed = (async () => {
    if (password !== "") {
      socket.write(command("AUTH", ...user === "" ? [] : [user], password));
      await answer();
    }
    socket.write(command("SUBSCRIBE", channel));
    await answer();
  })();
  await withinLimit(subscribed, close);
  socket.unref();
  return {
    ping: () => {
      socket.write(command("PING"));
      return answer();
    },
    close,
  };
}

function command(...args: readonly string[]): string {
  const encoder = new TextEncoder();
  const parts = args.map((arg) => `$${encoder.encode(arg).length}\r\n${arg}\r\n`);
  return `*${args.length}\r\n${parts.join("")}`;
}

type Reply = string | Error | null | Reply[];

/** The answer that begins at a place of a text, and where the next begins; `undefined` where it is not whole yet. */
function parse(text: string, at: number): { readonly reply: Reply; readonly next: number } | undefined {
  const end = text.indexOf("\r\n", at);
  if (end < 0) return undefined;
  const [line, next] = [text.slice(at + 1, end), end + 2];
  switch (text[at]) {
    case "+":
    case ":":
      return { reply: line, next };
    case "-":
      return { reply: new Error(line), next };
    case "$": {
      const length = Number(line);
      if (length < 0) return { reply: null, next };
      return text.length < next + length + 2
        ? undefined
        : { reply: text.slice(next, next + length), next: next + length + 2 };
    }
    case "*": {
      const items: Reply[] = [];
      let from = next;
      while (items.length < Number(line)) {
        const item = parse(text, from);
        if (item === undefined) return undefined;
        items.push(item.reply);
        from = item.next;
      }
      return { reply: items, next: from };
    }
    default:
      throw new Error(`what answers is no Redis server: it says ${JSON.stringify(text.slice(at, at + 20))}`);
  }
}
