import { createCodec } from "../codec/codec.ts";
import type { Globals } from "../contract/engine.ts";
import type { SyncStore } from "../contract/store.ts";
import { Front } from "../flow/front.ts";
import { sharing } from "../flow/sharing.ts";
import { checkFolderName } from "../runtime/folder_name.ts";
import { zlibCompressor } from "../runtime/zlib.ts";
import { boundsOf } from "./bounds.ts";
import { engines } from "./engine_manager.ts";
import type { DecoratorName } from "./engine_orders.ts";
import { findHome } from "./home.ts";
import type { Housing } from "./housing.ts";
import { openedFor } from "./opened_for.ts";
import { directoryOf } from "./place.ts";
import { VersionNote } from "./version_note.ts";

/** Every engine there is, in the order of a decorator. */
export function anywhere(decorator: DecoratorName): Housing {
  return {
    outlives: (options, sync) =>
      engines.candidates(decorator, options, sync).wanted.engines.some((engine) => engine.persistent),
    check: (settings, sync) => {
      checkFolderName(settings.folderName);
      if (settings.strict) engines.select({ ...settings.options, decorator, sync });
    },
    nearest: (options, sync) => {
      const first = engines.candidates(decorator, options, sync).engines[0]!;
      return openedFor(first).front ?? first;
    },
    select: (settings, sync) => {
      const selected = engines.select({ ...settings.options, strict: false, decorator, sync });
      return { ...selected, engine: openedFor(selected.engine).engine };
    },
    find: (seeker) => findHome(decorator, seeker),
    front: (settings, sync) => {
      const first = engines.candidates(decorator, settings.options, sync).engines[0]!;
      const { front } = openedFor(first);
      if (front === undefined) return undefined;
      const { seed, ageing } = settings;
      const store = front.open({ directory: "", secure: true, bounds: boundsOf(settings, front), seed }) as SyncStore;
      return new Front({ name: front.name, store, ttl: first.tiers!.ttl, ageing });
    },
    folder: (engine, settings) => {
      const directory = engine.onDisk ? directoryOf(settings, globalThis as unknown as Globals) : undefined;
      return typeof directory === "string" ? directory : undefined;
    },
    codec: ({ compress, serializer }, sync) =>
      createCodec({ compress, serializer, sync, compressor: zlibCompressor(globalThis as unknown as Globals) }),
    sharing,
    note: (options) => new VersionNote(options),
  };
}
