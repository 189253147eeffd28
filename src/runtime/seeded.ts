/** Numbers in [0, 1), the same for the same seed; seeded by chance at the first draw if there is none. Mulberry32, by T. Ettinger. */
export function seeded(seed: number | undefined): () => number {
  let state = seed;
  return () => {
    state = ((state ?? Math.random() * 0x100000000) + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}
