import type { Globals } from "../contract/engine.ts";
import { endsPromises } from "./requests.ts";
import { builtin } from "./abilities.ts";

/** What the system knows of a file or folder. */
export interface FileState {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly ino: number;
  readonly nlink: number;
  readonly mtimeMs: number;
  readonly birthtimeMs: number;
}

/** The operations on files that are used here, as `node:fs` names and types the synchronous ones. */
export interface FileOperations {
  open(path: string, flags: number, mode: number): number;
  close(fd: number): void;
  read(fd: number, into: Uint8Array, offset: number, length: number, position: number | null): number;
  write(fd: number, from: Uint8Array, offset: number, length: number, position: number | null): number;
  fstat(fd: number): FileState;
  lstat(path: string): FileState;
  mkdir(path: string, options: { readonly mode: number; readonly recursive: boolean }): unknown;
  readdir(path: string): string[];
  rename(from: string, to: string): void;
  unlink(path: string): void;
  rmdir(path: string): void;
}

/** The part of `node:fs` that is used here: each operation in its synchronous form and in its callback form. */
export type FileSystem =
  & { readonly constants: Readonly<Record<string, number | undefined>> }
  & { readonly [K in keyof FileOperations as `${K}Sync`]: FileOperations[K] }
  & {
    readonly [K in keyof FileOperations]: (
      ...args: [
        ...args: Parameters<FileOperations[K]>,
        done: (error: unknown, result: ReturnType<FileOperations[K]>) => void,
      ]
    ) => void;
  };

/** The file system of the runtime, or `undefined` where there is none that lasts: what ends with the request ends its files, too. */
export function fileSystem(globals: Globals): FileSystem | undefined {
  if (endsPromises(globals)) return undefined;
  const fs = builtin<FileSystem>(globals, "node:fs");
  return typeof fs?.openSync === "function" && typeof fs.open === "function" ? fs : undefined;
}

/** The code of a file system's error, such as `"ENOENT"`. Empty where there is none: a refusal of Deno has a name only. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}

/**
 * How to make room for bytes about to be read over. Where the runtime can, the room is not cleared first, which for
 * megabytes takes about as long as reading them; nobody may see it before it is filled.
 */
export function roomMaker(globals: Globals): (bytes: number) => Uint8Array {
  interface Buffers {
    readonly Buffer?: { allocUnsafeSlow?(bytes: number): Uint8Array };
  }
  const buffers = builtin<Buffers>(globals, "node:buffer")?.Buffer;
  if (typeof buffers?.allocUnsafeSlow !== "function") return (bytes) => new Uint8Array(bytes);
  return (bytes) => {
    const room = buffers.allocUnsafeSlow!(bytes);
    return new Uint8Array(room.buffer, room.byteOffset, bytes);
  };
}
