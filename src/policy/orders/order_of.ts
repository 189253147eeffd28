import type { PolicyName } from "../../contract/store.ts";
import { FifoOrder } from "./fifo.ts";
import { LfuOrder } from "./lfu.ts";
import { LifoOrder } from "./lifo.ts";
import { MruOrder } from "./mru.ts";
import type { EvictionOrder, Ranked } from "./order.ts";
import { RandomOrder } from "./rr.ts";
import { S3FifoOrder } from "./s3fifo.ts";
import { SieveOrder } from "./sieve.ts";
import { TinyLfuOrder } from "./tinylfu.ts";
import { TtlOrder } from "./ttl.ts";

/**
 * A new order for a policy. `"lru"` is not here: the memory engine has it from the package lru-cache.
 *
 * @param policy Its name.
 * @param random Numbers in [0, 1), for `"rr"`. Called only when something has to leave.
 */
export function orderOf<N extends Ranked>(policy: Exclude<PolicyName, "lru">, random: () => number): EvictionOrder<N> {
  switch (policy) {
    case "lfu":
      return new LfuOrder();
    case "fifo":
      return new FifoOrder();
    case "lifo":
      return new LifoOrder();
    case "mru":
      return new MruOrder();
    case "rr":
      return new RandomOrder(random);
    case "ttl":
      return new TtlOrder();
    case "sieve":
      return new SieveOrder();
    case "s3fifo":
      return new S3FifoOrder();
    case "tinylfu":
      return new TinyLfuOrder();
  }
}
