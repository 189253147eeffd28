/** Stands in for `node:assert` and `node:assert/strict` in what is bundled: the npm package made of Node's own, in its strict mode. */
// @ts-types="node:assert/strict"
import assert from "assert";

export const { strict } = assert;
export const { AssertionError } = strict;
export default strict;
