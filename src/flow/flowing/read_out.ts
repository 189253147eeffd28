import { flowKindOf } from "../../codec/flowing.ts";
import { isResponse } from "../../codec/response.ts";
import { sourceOf } from "./source.ts";

/** Reads a result that flows to its end, so that it is kept. Any other result is left alone. */
export async function readOut(result: unknown): Promise<void> {
  const flow = isResponse(result) ? result.body : result;
  const kind = flowKindOf(flow);
  if (kind === undefined) return;
  const source = sourceOf(flow as object, kind);
  while (!(await source.next()).done);
}
