import { rawBodies, viewBodies } from "./binary_bodies.ts";
import type { HostileBody } from "./hostile_body.ts";
import { compressedBodies } from "./compressed_bodies.ts";
import { formBodies } from "./form_bodies.ts";
import { graphBodies } from "./graph_bodies.ts";
import { flowBodies, responseBodies } from "./headed_bodies.ts";
import { leafBodies } from "./leaf_bodies.ts";
import { jsonBodies, packedBodies } from "./text_bodies.ts";

/** Bodies that somebody made up, by what they claim to be. */
export const HOSTILE_BODIES: Readonly<Record<string, readonly HostileBody[]>> = {
  "JSON": jsonBodies,
  "packed text": packedBodies,
  "graphs": graphBodies,
  "leaves of graphs": leafBodies,
  "graphs with binary data": viewBodies,
  "raw bytes": rawBodies,
  "compressed bodies": compressedBodies,
  "Responses": responseBodies,
  "flows": flowBodies,
  "forms": formBodies,
};
