/** A `FileSystemFileHandle`, as far as it is used. */
export interface FileHandle {
  getFile(): Promise<{ readonly size: number; arrayBuffer(): Promise<ArrayBuffer> }>;
  createWritable(): Promise<{
    write(bytes: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(): Promise<void>;
  }>;
}

/** A `FileSystemDirectoryHandle`, as far as it is used. */
export interface DirectoryHandle {
  getDirectoryHandle(name: string, options: { readonly create: boolean }): Promise<DirectoryHandle>;
  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
  keys(): AsyncIterable<string>;
}

/** The global object of a browser, as far as its private files go. */
export interface OpfsGlobals {
  readonly navigator: { readonly storage: { getDirectory(): Promise<DirectoryHandle> } };
}

/** Opens the folder of the site's private files that holds the bodies of a cache, making it where it is missing. */
export async function openFolder({ navigator }: OpfsGlobals, path: string): Promise<DirectoryHandle> {
  let folder = await navigator.storage.getDirectory();
  for (const name of path.split("/")) folder = await folder.getDirectoryHandle(name, { create: true });
  return folder;
}
