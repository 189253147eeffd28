import type { CacheEvent, MissReason } from "./events.ts";
import { countText, errorText, keyText, sizeText, spanText } from "./wording.ts";

/** One event as a line that a person reads: the cache, what happened, the end of the key, and what there is to say of it. */
export function eventLine(event: CacheEvent): string {
  const key = "key" in event ? ` ${keyText(event.key)}` : "";
  const said = saidOf(event);
  return `"${event.cache}" ${event.type}${key}${said === "" ? "" : `: ${said}`}`;
}

function saidOf(event: CacheEvent): string {
  switch (event.type) {
    case "hit":
      return `${event.state}, ${spanText(event.age)} old`;
    case "miss":
      return missText(event.because);
    case "coalesced":
      return "waits for a computation that is running";
    case "set":
      return `${sizeText(event.size)}${event.cost === 0 ? "" : `, computed in ${spanText(event.cost)}`}`;
    case "skipped":
      return `shouldCache said no, after ${spanText(event.cost)}`;
    case "refused":
      return `not kept: ${errorText(event.error)}`;
    case "fenced":
      return "not kept: its key or tag was invalidated while the function ran";
    case "failed":
      return `the function failed after ${spanText(event.cost)}: ${errorText(event.error)}`;
    case "refresh":
      return event.because === "early" ? "computed anew behind, before its time" : "computed anew behind, being stale";
    case "stale":
      return `served ${spanText(event.age)} old, because the function ${
        event.because === "late" ? "is late" : "failed"
      }`;
    case "evict":
      return evictionText(event.reason);
    case "clear":
      return countText(event.entries, "entry");
    case "error":
      return `cannot ${event.operation}: ${errorText(event.error)}`;
    case "fallback":
      return `"${event.chosen}" in place of "${event.wanted}": ${event.reason}`;
    case "invalidate":
    case "expire":
      return "";
  }
}

/** Why a call computes, in words that end a sentence. */
export function missText(because: MissReason): string {
  switch (because) {
    case "absent":
      return "nothing is kept";
    case "stale":
      return "what is kept is past its time";
    case "gone":
      return "what is kept is past its time for good, or its tag was invalidated";
    case "unreadable":
      return "what is kept cannot be read";
    case "invalid":
      return "validate refuses what is kept";
    case "outdated":
      return "schema refuses what is kept";
  }
}

function evictionText(reason: Extract<CacheEvent, { type: "evict" }>["reason"]): string {
  switch (reason) {
    case "size":
      return "left for room";
    case "manual":
      return "removed";
  }
}
