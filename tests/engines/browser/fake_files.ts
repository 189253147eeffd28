import type { DirectoryHandle, FileHandle } from "../../../engines/opfs/directory.ts";

/** A folder of private files in memory, which knows as much as the engine asks of one. */
export class FakeFolder implements DirectoryHandle {
  readonly folders: Map<string, FakeFolder> = new Map();
  readonly files: Map<string, Uint8Array> = new Map();
  /** Bytes that may be written before there is no more room. */
  room = Infinity;

  getDirectoryHandle(name: string): Promise<DirectoryHandle> {
    const folder = this.folders.get(name) ?? new FakeFolder();
    this.folders.set(name, folder);
    return Promise.resolve(folder);
  }

  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<FileHandle> {
    if (!this.files.has(name)) {
      if (options?.create !== true) return Promise.reject(new DOMException("no such file", "NotFoundError"));
      this.files.set(name, new Uint8Array(0));
    }
    return Promise.resolve(new FakeFile(this, name));
  }

  removeEntry(name: string): Promise<void> {
    if (this.files.delete(name)) return Promise.resolve();
    return Promise.reject(new DOMException("no such file", "NotFoundError"));
  }

  async *keys(): AsyncGenerator<string> {
    yield* [...this.folders.keys(), ...this.files.keys()];
  }
}

class FakeFile implements FileHandle {
  readonly #folder: FakeFolder;
  readonly #name: string;

  constructor(folder: FakeFolder, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  getFile(): ReturnType<FileHandle["getFile"]> {
    const bytes = this.#folder.files.get(this.#name);
    if (bytes === undefined) return Promise.reject(new DOMException("no such file", "NotFoundError"));
    return Promise.resolve({ size: bytes.length, arrayBuffer: () => Promise.resolve(bytes.slice().buffer) });
  }

  createWritable(): ReturnType<FileHandle["createWritable"]> {
    const written: Uint8Array[] = [];
    const lengthOf = (parts: readonly { readonly length: number }[]) =>
      parts.reduce((sum, { length }) => sum + length, 0);
    return Promise.resolve({
      write: (bytes) => {
        if (lengthOf([...this.#folder.files.values(), ...written, bytes]) > this.#folder.room) {
          return Promise.reject(new DOMException("no more room", "QuotaExceededError"));
        }
        written.push(bytes.slice());
        return Promise.resolve();
      },
      close: () => {
        const bytes = new Uint8Array(lengthOf(written));
        for (let at = 0, n = 0; n < written.length; at += written[n++]!.length) bytes.set(written[n]!, at);
        this.#folder.files.set(this.#name, bytes);
        return Promise.resolve();
      },
      abort: () => Promise.resolve(),
    });
  }
}
