import { createHash } from "node:crypto";
import { readTar } from "./read_tar.ts";
import { type LoopbackServer, serve } from "./serve.ts";

/** A registry of npm that has one package, as if its tarball had been published. */
export async function npmRegistry(tarball: Uint8Array<ArrayBuffer>): Promise<LoopbackServer> {
  const packed = (await readTar(tarball)).get("package/package.json");
  const manifest: { readonly name: string; readonly version: string } = JSON.parse(new TextDecoder().decode(packed));
  const { name, version } = manifest;
  const digest = (algorithm: string, as: "hex" | "base64") => createHash(algorithm).update(tarball).digest(as);
  const server = serve((path) => {
    if (path.endsWith(".tgz")) return new Response(tarball);
    if (path !== `/${name}`) return undefined;
    const dist = {
      tarball: `${server.origin}/${name}/-/${version}.tgz`,
      shasum: digest("sha1", "hex"),
      integrity: `sha512-${digest("sha512", "base64")}`,
    };
    return Response.json({ name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } });
  });
  return server;
}
