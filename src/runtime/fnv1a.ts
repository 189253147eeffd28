/** 32-bit FNV-1a (Fowler, Noll and Vo; draft-eastlake-fnv): a change of one byte always changes it. */
export function fnv1a(bytes: Uint8Array, end: number = bytes.length): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}
