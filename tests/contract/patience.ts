import assert from "node:assert/strict";

/** Lets some milliseconds pass. Only for what is not told by the injected clock: leases, and news from elsewhere. */
export function pauseOf(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

/** Asks again and again until the answer is yes; fails after half a minute, which is long on a busy machine, too. */
export async function until(ask: () => unknown, what: string): Promise<void> {
  const end = Date.now() + 30_000;
  while (!await ask()) {
    assert.ok(Date.now() < end, `after half a minute still not: ${what}`);
    await pauseOf(5);
  }
}
