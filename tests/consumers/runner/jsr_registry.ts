import { createHash } from "node:crypto";
import { readTar } from "./read_tar.ts";
import { type LoopbackServer, serve } from "./serve.ts";

/**
 * A registry as JSR is one, for a single package that `deno publish` publishes there and that Deno then imports.
 *
 * It keeps what it is sent, and serves it by the protocol that is described in JSR's documentation of its API: `meta.json`
 * with the versions, `<version>_meta.json` with exports and checksums, and each file as it is.
 */
export function jsrRegistry(): LoopbackServer {
  const name = "@twat/cache";
  let version = "";
  let exports: unknown;
  let files = new Map<string, Uint8Array<ArrayBuffer>>();

  const take = async (request: Request): Promise<Response> => {
    const sent = await readTar(new Uint8Array(await request.arrayBuffer()));
    files = new Map([...sent].map(([path, bytes]) => [path.replace(/^(\.?\/)?/, "/"), bytes]));
    const manifest = JSON.parse(new TextDecoder().decode(files.get("/deno.json")));
    ({ version, exports } = manifest);
    return Response.json({ id: "00000000-0000-0000-0000-000000000000", status: "success", error: null });
  };
  const manifest = () =>
    Object.fromEntries([...files].map(([path, bytes]) => {
      const checksum = `sha256-${createHash("sha256").update(bytes).digest("hex")}`;
      return [path, { size: bytes.length, checksum }];
    }));

  return serve((path, request) => {
    const [scope, bare] = name.slice(1).split("/");
    if (path.startsWith(`/api/scopes/${scope}/packages/${bare}`)) {
      if (request.method === "POST") return take(request);
      return path.includes("/versions/") ? undefined : Response.json({
        ...{ scope, name: bare, description: "", latestVersion: null, isArchived: false, githubRepository: null },
        ...{ runtimeCompat: {}, createdAt: new Date(0), updatedAt: new Date(0) },
      });
    }
    if (path === `/${name}/meta.json`) {
      return Response.json({ scope, name: bare, latest: version, versions: { [version]: {} } });
    }
    if (path === `/${name}/${version}_meta.json`) return Response.json({ manifest: manifest(), exports });
    const file = files.get(path.slice(`/${name}/${version}`.length));
    return file &&
      new Response(file, { headers: { "content-type": path.endsWith(".ts") ? "text/typescript" : "text/plain" } });
  });
}
