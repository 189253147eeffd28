import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import * as esbuild from "esbuild";

after(() => esbuild.stop());

const built = import.meta.url.endsWith(".js") ? ".js" : ".ts";
const mod = fileURLToPath(new URL(`../mod${built}`, import.meta.url));

function bundle(options: esbuild.BuildOptions): Promise<esbuild.BuildResult<{ write: false; metafile: true }>> {
  return esbuild.build({
    entryPoints: [mod],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    logLevel: "silent",
    ...options,
  }) as never;
}

test("a browser bundle holds no engine that a browser cannot use, and asks for no built-in module", async () => {
  const { metafile } = await bundle({ platform: "browser" });
  const inputs = Object.keys(metafile.inputs);
  assert.ok(inputs.some((path) => path.endsWith(`engines/memory${built}`)));
  assert.deepEqual(
    inputs.filter((path) => /engines\/(bun_|node_)?(sqlite|files|deno_kv|redis|cloudflare_kv)/.test(path)),
    [],
  );
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  assert.deepEqual(imports.filter(({ path }) => /^(node|bun|jsr):/.test(path)), []);
});

test("a bundle of mcache alone holds no engine but memory, and nothing that makes bytes of values", async () => {
  const contents = `export { mcache } from ${JSON.stringify(mod)};`;
  const { metafile } = await bundle({
    entryPoints: [],
    stdin: { contents, resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
    platform: "browser",
    minify: true,
  });
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)
  );
  assert.ok(used.some((path) => path.endsWith(`src/decorators/in_memory${built}`)));
  assert.deepEqual(
    used.filter((path) =>
      /engines\/(?!memory)|superjson|idb-keyval|src\/codec\/codec|decorators\/(anywhere|home)|flow\/leases/.test(path)
    ),
    [],
  );
});

test("memory works in a context that has nothing but the language", async () => {
  const { outputFiles } = await bundle({ platform: "browser", format: "iife", globalName: "cache" });
  const result = runInNewContext(
    `${outputFiles[0]!.text};
    let runs = 0;
    const double = cache.mcache((x) => (runs++, x * 2), { ttl: "5m", maxSize: 10 });
    [double(2), double(2), double.cache.stats().hits, runs, cache.ucache((x) => x).cache.info.engine].join()`,
    {},
  );
  assert.equal(result, "4,4,1,1,memory");
});
