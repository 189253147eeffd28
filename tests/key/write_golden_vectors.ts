/**
 * Writes golden_vectors.json anew. Run by hand, when the grammar of fingerprints was changed on purpose: every value
 * that a persistent cache holds is then recomputed by those who upgrade.
 */
import { writeFileSync } from "node:fs";
import { goldenKeys } from "./golden_table.ts";

writeFileSync(new URL("golden_vectors.json", import.meta.url), JSON.stringify(goldenKeys(), null, 2) + "\n");
