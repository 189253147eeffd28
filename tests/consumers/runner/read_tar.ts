/** The files of a gzipped tar archive by their names. For archives without names of more than 255 bytes, as packages are. */
export async function readTar(archive: Uint8Array<ArrayBuffer>): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const unzipped = new Blob([archive]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(unzipped).arrayBuffer());
  const text = (at: number, length: number) =>
    new TextDecoder().decode(bytes.subarray(at, at + length)).split("\0")[0]!;
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const [name, size, kind, prefix] = [
      text(at, 100),
      parseInt(text(at + 124, 12), 8),
      text(at + 156, 1),
      text(at + 345, 155),
    ];
    const start = at + 512;
    if (kind === "0" || kind === "") {
      files.set(prefix === "" ? name : `${prefix}/${name}`, bytes.slice(start, start + size));
    }
    at = start + Math.ceil(size / 512) * 512;
  }
  return files;
}
