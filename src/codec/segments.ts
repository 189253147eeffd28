/**
 * The memory behind the binary values of a graph.
 *
 * Values that show the same bytes of one buffer keep doing so, and a view keeps its place in a buffer that is itself part of
 * the value. Bytes of a buffer that no value shows are not stored: a pool behind a small view may hold other people's data.
 */

import type { Window } from "./binary_type.ts";

/** Where the bytes of a binary value are. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** What is stored of the buffers, and where each window is in it. */
export interface Segments {
  readonly segments: readonly Uint8Array[];
  readonly places: readonly Place[];
}

/** The smallest set of segments that holds all windows, with overlapping ones in one segment. */
export function segmentsOf(windows: readonly Window[]): Segments {
  const segments: Uint8Array[] = [];
  const places: Place[] = new Array(windows.length);
  const byBuffer = new Map<ArrayBufferLike, number[]>();
  windows.forEach(({ buffer }, i) => {
    const group = byBuffer.get(buffer);
    if (group === undefined) byBuffer.set(buffer, [i]);
    else group.push(i);
  });
  for (const [buffer, group] of byBuffer) {
    group.sort((a, b) => windows[a]!.offset - windows[b]!.offset || windows[b]!.byteLength - windows[a]!.byteLength);
    for (let i = 0; i < group.length;) {
      const start = windows[group[i]!]!.offset;
      let end = start + windows[group[i]!]!.byteLength;
      let next = i + 1;
      for (; next < group.length && touches(windows[group[next]!]!, end); next++) {
        end = Math.max(end, windows[group[next]!]!.offset + windows[group[next]!]!.byteLength);
      }
      // Elements need their alignment; a lone window starts its segment and so is aligned.
      const padding = next - i === 1 ? 0 : start % 8;
      for (const index of group.slice(i, next)) {
        places[index] = { segment: segments.length, offset: windows[index]!.offset - start + padding };
      }
      const bytes = new Uint8Array(buffer, start, end - start);
      segments.push(padding === 0 ? bytes : padded(bytes, padding));
      i = next;
    }
  }
  return { segments, places };
}

/** Whether a window that starts no earlier shares bytes with one that ends at `end`, or is empty and stands in it. */
function touches({ offset, byteLength }: Window, end: number): boolean {
  return offset < end || (offset === end && byteLength === 0);
}

function padded(bytes: Uint8Array, padding: number): Uint8Array {
  const result = new Uint8Array(padding + bytes.byteLength);
  result.set(bytes, padding);
  return result;
}

/** A text and segments as one body, each part starting at a multiple of 8. */
export function joinSegments(text: Uint8Array, segments: readonly Uint8Array[]): Uint8Array {
  let size = aligned(text.byteLength);
  for (const segment of segments) size += aligned(segment.byteLength);
  const body = new Uint8Array(size);
  body.set(text);
  let at = aligned(text.byteLength);
  for (const segment of segments) {
    body.set(segment, at);
    at += aligned(segment.byteLength);
  }
  return body;
}

/** Copies of the segments in a body, or `undefined` when the sizes do not add up to it. */
export function splitSegments(body: Uint8Array, textBytes: number, sizes: unknown): ArrayBuffer[] | undefined {
  if (!Array.isArray(sizes)) return undefined;
  let at = aligned(textBytes);
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < 0) return undefined;
    at += aligned(size);
  }
  if (at !== body.byteLength) return undefined;
  at = aligned(textBytes);
  return sizes.map((size: number) => {
    const copy = new Uint8Array(size);
    copy.set(body.subarray(at, at + size));
    at += aligned(size);
    return copy.buffer;
  });
}

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8;
}
