import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import process from "node:process";
import { after, describe, it, test } from "node:test";
import { denoKvEngine } from "../../engines/deno_kv.ts";
import type { Engine } from "../../src/contract/engine.ts";
import { type Child, startChild } from "../child.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { until } from "../contract/patience.ts";
import { tempFolder } from "../temp_folder.ts";
import { accelerators } from "./children/deno_kv_accelerators.ts";
import {
  addressIn,
  entryOf,
  noDenoKv,
  openDenoKv,
  openKvHere,
  packageOpenKv,
  thrownBy,
} from "./children/deno_kv_open.ts";
import { Soon } from "../soon.ts";

/* Deno KV on a server: the clients of Deno and of @deno/kv over KV Connect, and the database of @deno/kv behind it. */

const script = new URL("./children/deno_kv_server.ts", import.meta.url);
const skip = noDenoKv !== false ? noDenoKv : typeof packageOpenKv === "string" && packageOpenKv;
const engine: Engine = denoKvEngine({ openKv: openKvHere, remote: true });

async function startServer(
  file: string,
  ports = "0,0",
): Promise<Child & { readonly urls: string; readonly url: string }> {
  const child = startChild(script, [file, ports]);
  const urls = /listening at (.+);/.exec(await child.said(";"))![1]!;
  return { ...child, urls, url: addressIn(urls) };
}

function listen(connected: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer(connected).listen(0, "127.0.0.1", () => resolve(server));
  });
}

process.env["DENO_KV_ACCESS_TOKEN"] = "secret";

/** Deno's own client, over HTTP/2, ends the server of these tests now and then: some hundred databases are opened one after another. */
const ownClient = "openKv" in ((globalThis as { Deno?: object }).Deno ?? {});
const overwhelms = "the server of these tests does not withstand Deno's own client opening hundreds of databases";
if (ownClient) test("deno_kv on a server passes the contract by Deno's own client", { skip: overwhelms }, () => {});

if (skip === false && !ownClient) {
  const { process: server, url } = await startServer(`${tempFolder()}/kv.sqlite3`);
  after(() => server.kill("SIGKILL"));
  engineContract("deno_kv on a server", { engine, accelerators, injected: true, open: { url } });
}

describe("Deno KV on a server", { skip }, () => {
  it("open() throws ERR_CACHE_ENGINE_NOT_PERMITTED and names the variable when the token is wrong or missing", async () => {
    const { process: server, url } = await startServer(`${tempFolder()}/kv.sqlite3`);
    try {
      for (const token of ["wrong", undefined]) {
        if (token === undefined) delete process.env["DENO_KV_ACCESS_TOKEN"];
        else process.env["DENO_KV_ACCESS_TOKEN"] = token;
        const error = await thrownBy(() => openDenoKv("", url, engine));
        assert.equal(error.code, "ERR_CACHE_ENGINE_NOT_PERMITTED");
        assert.match(
          error.message,
          /^Cannot open engine "deno_kv": .*; set the environment variable DENO_KV_ACCESS_TOKEN /,
        );
      }
    } finally {
      process.env["DENO_KV_ACCESS_TOKEN"] = "secret";
      server.kill("SIGKILL");
    }
  });

  it("open() throws ERR_CACHE_ENGINE_UNREACHABLE within 6 s when nobody listens or nobody answers", {
    timeout: 60_000,
  }, async () => {
    const sockets = new Set<Socket>();
    const [silent, closed] = await Promise.all([listen((socket) => sockets.add(socket)), listen(() => {})]);
    const urls = [silent, closed].map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await new Promise((resolve) => closed.close(resolve));
    try {
      for (const url of [...urls, "https://nowhere.invalid"]) {
        const soon = new Soon();
        const error = await thrownBy(() => openDenoKv("", url, engine));
        assert.equal(error.code, "ERR_CACHE_ENGINE_UNREACHABLE", `${url}: ${error.message}`);
        assert.match(error.message, /; check the option url and that the server runs$/);
        soon.within(6_000);
      }
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it("get() throws ERR_CACHE_ENGINE_UNREACHABLE within 6 s when the server is killed, and serves once it is back", {
    timeout: 60_000,
  }, async () => {
    const file = `${tempFolder()}/kv.sqlite3`;
    const first = await startServer(file);
    const store = await openDenoKv("", first.url, engine);
    const bytes = new Uint8Array(1_000_000).fill(5);
    await store.set("s/k", entryOf(bytes));
    first.process.kill("SIGKILL");
    await first.ended;
    const soon = new Soon();
    const error = await thrownBy(() => store.get("s/k"));
    assert.equal(error.code, "ERR_CACHE_ENGINE_UNREACHABLE", error.message);
    soon.within(6_000);
    const again = await thrownBy(() => store.get("s/k"));
    assert.equal(again.code, "ERR_CACHE_ENGINE_UNREACHABLE", again.message);
    const second = await startServer(file, first.urls.replace(/http:.*?:(\d+) http:.*:(\d+)/, "$1,$2"));
    try {
      const answers = () => Promise.resolve(store.get("s/k")).then(() => true, () => false);
      await until(answers, "the server is found again");
      const found = await store.get("s/k");
      assert.deepEqual((found?.body as Uint8Array).length, bytes.length);
    } finally {
      await store.close();
      second.process.kill("SIGKILL");
    }
  });

  it("the process ends by itself when a store on a server was used, watched and never closed", {
    timeout: 60_000,
  }, async () => {
    const { process: server, urls } = await startServer(`${tempFolder()}/kv.sqlite3`);
    try {
      const child = new URL("./children/deno_kv_child.ts", import.meta.url);
      const soon = new Soon();
      const { code, stdout, stderr } = await startChild(child, ["leave", "", urls]).ended;
      const now = Date.now();
      assert.equal(code, 0, stderr);
      soon.within(1_000, now - Number(/left at (\d+)/.exec(stdout)?.[1]));
    } finally {
      server.kill("SIGKILL");
    }
  });
});
