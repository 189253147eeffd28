import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join, posix, relative, sep } from "node:path";
import process from "node:process";

/** A package as one file, made by npm. */
export interface Tarball {
  /** Where it lies. */
  readonly path: string;
  /** What is in it: bytes by path. */
  readonly files: ReadonlyMap<string, number>;
  /** Bytes of the tarball itself. */
  readonly size: number;
}

/** Has npm pack a folder into a tarball in another folder. Needs no network. */
export async function packTarball(folder: string, to: string): Promise<Tarball> {
  await mkdir(to, { recursive: true });
  const isWindows = process.platform === "win32";
  // On Windows npm is a script of the shell, to which a space in a path would be the end of it; this path seldom has one.
  const source = `./${relative(to, folder).split(sep).join(posix.sep)}`;
  const { status, stdout, stderr, error } = spawnSync("npm", [
    "pack",
    "--json",
    "--ignore-scripts",
    "--offline",
    source,
  ], {
    cwd: to,
    encoding: "utf8",
    shell: isWindows,
    env: { ...process.env, npm_config_loglevel: "error" },
  });
  if (status !== 0) {
    const why = error?.message ?? stderr.trim();
    throw new Error(`Cannot pack ${folder}: npm ended with ${status} (${why}); see that npm is installed`);
  }
  const [packed] = JSON.parse(stdout) as [{ filename: string; size: number; files: { path: string; size: number }[] }];
  return {
    path: join(to, packed.filename.replace(/^@/, "").replaceAll("/", "-")),
    files: new Map(packed.files.map(({ path, size }) => [path, size])),
    size: packed.size,
  };
}
