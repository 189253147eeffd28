import type { Identity } from "../key/identity.ts";
import { joinKey } from "../key/join_key.ts";
import { exactKey, type KeyMaker } from "../key/key_maker.ts";
import { NOT_PRIMITIVE, primitiveKey } from "../key/primitive_key.ts";

const KEYS_AT_MOST = 4_096;
const LONGEST = 128;

/**
 * Makes the keys of one function, remembering those of calls with a single primitive argument.
 *
 * Why: the digest of a key costs as much as a read from SQLite; hot calls repeat.
 */
export function digestMemo(text: KeyMaker, identity: Identity): KeyMaker {
  const known = new Map<unknown, string>();
  return (self, args) => {
    const only = text === exactKey && args.length === 1 ? primitiveKey(args[0]) : NOT_PRIMITIVE;
    if (only === NOT_PRIMITIVE || (typeof only === "string" && only.length > LONGEST)) {
      return joinKey(identity, text(self, args));
    }
    const remembered = known.get(only);
    if (remembered !== undefined) return remembered;
    const key = joinKey(identity, text(self, args));
    if (known.size >= KEYS_AT_MOST) known.clear();
    known.set(only, key);
    return key;
  };
}
