import type { Page } from "./page.ts";

/** Bytes of a block. Places that are near one another are in the same block, so that one request serves them. */
export const BLOCK = 32 * 1024;

/** Fetches one block of what is at a URL. */
export async function fetchBlock(url: string, block: number): Promise<Uint8Array> {
  const headers = { range: `bytes=${block * BLOCK}-${(block + 1) * BLOCK - 1}` };
  const response = await fetch(url, { headers });
  if (response.status !== 206) {
    throw new Error(`Cannot fetch ${url}: the answer is ${response.status}; run the demo again`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** The text from byte `start` to byte `end` of a page, from as many blocks as it takes. */
export async function readRange(
  page: Page,
  start: number,
  end: number,
  fetched: (page: Page, block: number) => Promise<Uint8Array>,
): Promise<string> {
  const first = Math.floor(start / BLOCK);
  const blocks = await Promise.all(
    Array.from({ length: Math.ceil(end / BLOCK) - first }, (_, index) => fetched(page, first + index)),
  );
  const text = new TextDecoder();
  return blocks.map((bytes, index) => {
    const offset = (first + index) * BLOCK;
    return text.decode(bytes.subarray(Math.max(0, start - offset), Math.max(0, end - offset)), { stream: true });
  }).join("");
}
