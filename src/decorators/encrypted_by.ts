import type { EncryptionKey, EncryptionKeys } from "../contract/encryption_key.ts";
import type { Engine } from "../contract/engine.ts";
import { encrypted } from "../../engines/encrypted.ts";
import { behindMemory } from "./behind_memory.ts";
import { openedFor } from "./opened_for.ts";

const made = new WeakMap<Engine, Map<EncryptionKey | EncryptionKeys, Engine>>();

/** An engine that encrypts what it stores: the same one each time, so that caches share its stores. Memory stays as it is. */
export function encryptedBy(key: EncryptionKey | EncryptionKeys, candidate: Engine): Engine {
  const { engine, front } = openedFor(candidate);
  if (engine.holds === "references") return candidate;
  const byKey = made.get(engine) ?? new Map<EncryptionKey | EncryptionKeys, Engine>();
  made.set(engine, byKey);
  const known = byKey.get(key) ?? encrypted(engine, key);
  byKey.set(key, known);
  return front === undefined ? known : behindMemory(known);
}
