/**
 * A server of Deno KV: `deno_kv_server.ts FILE PORT,PORT`, where the token is "secret". Says where it listens for
 * HTTP/1.1, which the client of `@deno/kv` speaks, and for HTTP/2, which that of Deno speaks from the start.
 *
 * It speaks KV Connect (https://github.com/denoland/denokv/blob/main/proto/kv-connect.md) and hands what comes to the
 * database of `@deno/kv`, which takes and gives the very messages of that protocol.
 */
import { Buffer } from "node:buffer";
import process from "node:process";

interface NapiKv {
  readonly dbId: number;
  readonly napi: Readonly<
    Record<"snapshotRead" | "atomicWrite", (dbId: number, request: Uint8Array, debug: boolean) => Promise<Uint8Array>>
  >;
}

const [file, ports] = process.argv.slice(2) as [string, string];
const { openKv } = await import("@deno/kv");
const unused = () => {
  throw new Error("Cannot use V8: only bytes are kept");
};
const options = { implementation: "sqlite", encodeV8: unused, decodeV8: unused } as const;
const { napi, dbId } = await openKv(file, options) as unknown as NapiKv;

type Answer = readonly [status: number, type: string, body: string | Uint8Array];

async function answer(path: string, token: string | undefined, request: Uint8Array): Promise<Answer> {
  if (token !== "Bearer secret") return [401, "text/plain", "that is not the token"];
  switch (path) {
    case "/": {
      const endpoints = [{ url: "/v2", consistency: "strong" }];
      const databaseId = "11111111-1111-4111-8111-111111111111";
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const metadata = { version: 3, databaseId, endpoints, token: "secret", expiresAt };
      return [200, "application/json", JSON.stringify(metadata)];
    }
    case "/v2/snapshot_read":
    case "/v2/atomic_write": {
      const method = path.endsWith("read") ? "snapshotRead" : "atomicWrite";
      return [200, "application/x-protobuf", await napi[method](dbId, request, false)];
    }
    default:
      return [404, "text/plain", "there is nothing here"];
  }
}

/** What the servers of `node:http` and `node:http2` tell and ask in the same way. */
interface Exchange {
  readonly request: AsyncIterable<Uint8Array> & {
    readonly url?: string | undefined;
    readonly headers: { readonly authorization?: string | undefined };
  };
  readonly response: {
    writeHead(status: number, headers: { readonly "content-type": string }): void;
    end(body: Uint8Array): void;
  };
}

async function serve(request: Exchange["request"], response: Exchange["response"]): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  const { url = "/", headers } = request;
  const [status, type, body] = await answer(url, headers.authorization, Buffer.concat(parts));
  response.writeHead(status, { "content-type": type });
  response.end(Buffer.from(body));
}

/** What of a session of `node:http2` makes the client in Deno 2.9 quicker, which waits 40 ms for each acknowledgement. */
interface Session {
  ping(done: () => void): void;
  setLocalWindowSize?(bytes: number): void;
}

/** Listens with one of the two modules; gives its address. */
async function listen(module: "node:http" | "node:http2", port: string | undefined): Promise<string> {
  const { createServer } = await import(module) as typeof import("node:http");
  const settings = { initialWindowSize: 2 ** 20 };
  const server = createServer({ settings } as object, (request, response) => void serve(request, response));
  server.on("session", (session: Session) => session.setLocalWindowSize?.(2 ** 20));
  server.on("stream", ({ session }: { session?: Session }) => session?.ping(() => {}));
  await new Promise<void>((resolve) => server.listen(Number(port), "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as { readonly port: number }).port}`;
}

const [first, second] = ports.split(",");
console.log(`listening at ${await listen("node:http", first)} ${await listen("node:http2", second)};`);
