import assert from "node:assert/strict";
import type { Codec, Sealed } from "../../src/contract/codec.ts";
import { difference } from "../structural_equality.ts";
import { FIXTURES } from "./fixture_values.ts";

/** A fixture as one line of a file. Bytes are base64; text is kept as the base64 of its UTF-8, too, so that lines stay plain. */
export interface StoredLine {
  readonly name: string;
  readonly form: string;
  readonly checksum: number;
  readonly text: boolean;
  readonly base64: string;
}

/** All fixtures as lines of JSON. */
export function fixturesAsLines(codec: Codec): string[] {
  return Object.entries(FIXTURES).map(([name, make]) => {
    const { body, form, checksum } = codec.seal(make()) as Sealed;
    const text = typeof body === "string";
    const base64 = base64Of(text ? new TextEncoder().encode(body) : body);
    return JSON.stringify({ name, form, checksum, text, base64 } satisfies StoredLine);
  });
}

/** Checks that each line reads as the fixture it is named for. Returns how many there were. */
export async function checkLines(codec: Codec, lines: readonly string[]): Promise<number> {
  for (const line of lines) {
    const { name, form, checksum, text, base64 } = JSON.parse(line) as StoredLine;
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const value = await codec.open({
      body: text ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) : bytes,
      form,
      checksum,
    });
    assert.ok(Object.hasOwn(FIXTURES, name), `there is no fixture ${name}`);
    assert.equal(difference(value, FIXTURES[name]!()), undefined, `${name} as ${form}`);
    if (text) {
      assert.equal(difference(await codec.open({ body: bytes, form, checksum }), FIXTURES[name]!()), undefined, name);
    }
  }
  return lines.length;
}

function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
