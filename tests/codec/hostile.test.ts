import assert from "node:assert/strict";
import test from "node:test";
import { createCodec } from "../../src/codec/codec.ts";
import { checksumOfBytes, checksumOfText } from "../../src/codec/checksum.ts";
import { wholeOf } from "../../src/codec/flowing.ts";
import type { Sealed } from "../../src/contract/codec.ts";
import type { Body } from "../../src/contract/entry.ts";
import { SerializationError } from "../../src/errors.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";
import { readAll } from "../flow_chapter.ts";
import { random } from "../random.ts";
import { difference } from "../structural_equality.ts";
import { times } from "../times.ts";
import { FIXTURES } from "./fixture_values.ts";
import { ADVISORIES } from "./hostile/advisories.ts";
import { HOSTILE_BODIES } from "./hostile/hostile_bodies.ts";
import { graph, type HostileBody, MAX_BYTES } from "./hostile/hostile_body.ts";
import { assertData } from "./hostile/assert_data.ts";
import { builtInsNow } from "./hostile/built_ins_now.ts";

const codec = createCodec({ compressor: zlibCompressor(globalThis as never), maxBytes: MAX_BYTES });

/** How long a body may keep the processor busy, in milliseconds, and what memory it may take meanwhile, in bytes. */
const LONGEST = 500;
const LARGEST = 64 * 1024 * 1024;

function checksumOf(body: Body, form: string): number {
  return typeof body === "string" ? checksumOfText(body, form) : checksumOfBytes(body, form);
}

/** Reads a body that somebody wrote with the right checksum. */
function open(form: string, body: Body): unknown {
  return codec.open({ body, form, checksum: checksumOf(body, form) });
}

/** What this process has used: milliseconds, of the processor where the runtime tells, and bytes of memory, or 0. */
function used(): { readonly ms: number; readonly bytes: number } {
  const { process } = globalThis as unknown as {
    process?: { cpuUsage?(): { user: number; system: number }; memoryUsage?(): { rss: number } };
  };
  let [ms, bytes] = [performance.now(), 0];
  try {
    const { user, system } = process!.cpuUsage!();
    if (user > 0) [ms, bytes] = [(user + system) / 1000, process!.memoryUsage!().rss];
  } catch {
    // A browser, or an isolate at the edge.
  }
  return { ms, bytes };
}

/** What a body holds, or why it is refused. A Response or a flow is read to its end, which must not fail then. */
async function outcomeOf({ name, form, body }: HostileBody): Promise<{ content: unknown } | { refusal: unknown }> {
  let value: unknown;
  try {
    value = await open(form, body);
  } catch (refusal) {
    return { refusal };
  }
  if (!(value instanceof Response) && wholeOf(value) === undefined) return { content: value };
  return { content: await readAll(value).catch((error) => assert.fail(`${name} breaks off: ${error}`)) };
}

async function assertHarmless(body: HostileBody): Promise<void> {
  const { name, ends } = body;
  let before = used();
  let outcome = await outcomeOf(body);
  const bytes = used().bytes - before.bytes;
  assert.ok(bytes < LARGEST, `${name} takes ${bytes} bytes`);
  let ms = used().ms - before.ms;
  // Others may have had the machine.
  for (let turn = 1; turn < 4 && ms > LONGEST; turn++) {
    before = used();
    outcome = await outcomeOf(body);
    ms = used().ms - before.ms;
  }
  assert.ok(ms < LONGEST, `${name} takes ${ms} ms`);
  if ("refusal" in outcome) {
    const { refusal } = outcome;
    assert.ok(refusal instanceof SerializationError, `${name}: ${String(refusal)}`);
    assert.match(refusal.message, /^Cannot read a stored value: [^]{1,450}$/, name);
    assert.ok(ends !== "read", `${name} is refused: ${refusal.message}`);
  } else {
    const { content } = outcome;
    assert.ok(ends !== "refused", `${name} is read`);
    assertData(content, name);
    assert.equal(difference(await codec.open(await codec.seal(content)), content), undefined, name);
  }
}

for (const [claim, bodies] of Object.entries(HOSTILE_BODIES)) {
  test(`open() refuses hostile ${claim}, or reads data that harms nobody`, async () => {
    const before = builtInsNow();
    for (const body of bodies) {
      await assertHarmless(body);
      assert.ok(
        builtInsNow().every((value, at) => Object.is(value, before[at])),
        `${body.name} changed what is built in`,
      );
    }
    assert.equal(builtInsNow().length, before.length);
  });
}

test("there are 300 hostile bodies and more, all different, and one for each advisory that was published", () => {
  const bodies = Object.values(HOSTILE_BODIES).flat();
  const different = new Set(bodies.map(({ form, body }) => `${form} ${body.length} ${checksumOf(body, form)}`));
  assert.ok(different.size >= 300);
  assert.equal(different.size, bodies.length);
  const shown = bodies.flatMap(({ name }) => name.match(/GHSA(-[a-z0-9]{4}){3}/g) ?? []);
  assert.deepEqual([...new Set(shown)].sort(), Object.keys(ADVISORIES).sort());
});

test("open() reads a million references without a fuss", () => {
  const nodes = [["array", ...Array.from({ length: 1_000_000 }, () => [1])], ["sparse", 4294967295]];
  const value = open("1:super", graph([0], nodes)) as unknown[][];
  assert.equal(value.length, 1_000_000);
  assert.equal(value[999_999]!.length, 4294967295);
});

test("open() refuses leaves that are annotated by a list before superjson follows it without end", () => {
  const meta = { values: [["bigint"], ["bigint"]], v: 1 };
  assert.throws(() => open("1:super", graph([-1], [], { json: ["1", "2"], meta })), /are not annotated/);
});

for (const part of [1, 2, 3]) {
  test(`open() never fails otherwise when bodies are changed at random, part ${part} of 3`, () => {
    const next = random(part);
    const before = builtInsNow();
    const subjects = Object.entries(FIXTURES).filter(([name]) => !name.includes("deep") && !name.includes("large"))
      .map(([, make]) => codec.seal(make()) as Sealed);
    const tokens = [
      '"',
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      "0",
      "-1",
      "1e9",
      "null",
      '"~',
      '"__proto__"',
      "[0]",
      "[-1]",
      "\\",
      '"type"',
      '"Money"',
    ];
    let read = 0;
    for (let i = 0; i < 6000 * times; i++) {
      const { form, body } = subjects[i % subjects.length]!;
      if (body.length === 0) continue;
      try {
        open(next() < 0.1 ? subjects[Math.floor(next() * subjects.length)]!.form : form, changed(body, next, tokens));
        read++;
      } catch (error) {
        assert.ok(error instanceof SerializationError, `${form} ${String(body)}: ${(error as Error).stack}`);
      }
    }
    assert.ok(read > 100, "the changes are too wild to reach far");
    assert.ok(builtInsNow().every((value, at) => Object.is(value, before[at])));
  });
}

function changed(body: Body, next: () => number, tokens: readonly string[]): Body {
  const at = Math.floor(next() * body.length);
  const cut = Math.floor(next() * 4);
  if (typeof body === "string") {
    return body.slice(0, at) + tokens[Math.floor(next() * tokens.length)] + body.slice(at + cut);
  }
  const copy = body.slice();
  copy[at] = next() * 256;
  return next() < 0.2 ? copy.slice(0, at) : copy;
}

test("open() refuses random bytes and text under every form", () => {
  const next = random(77);
  const forms = [
    "1:json",
    "1:pack",
    "1:super",
    "1:super:8",
    "1:raw:Float32Array",
    "1:json+gzip:10",
    "1:json+zstd:10",
    "1:raw:Int32Array+delta:2+deflate:8",
  ];
  for (let i = 0; i < 4000 * times; i++) {
    const bytes = Uint8Array.from({ length: Math.floor(next() * 40) }, () => next() * 256);
    const body = i % 2 ? bytes : String.fromCharCode(...bytes);
    try {
      open(forms[i % forms.length]!, body);
    } catch (error) {
      assert.ok(error instanceof SerializationError, (error as Error).stack);
    }
  }
});
