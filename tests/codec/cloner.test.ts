import assert from "node:assert/strict";
import test from "node:test";
import { createCloner } from "../../src/codec/cloner.ts";
import { createCodec } from "../../src/codec/codec.ts";
import type { Part, Sealed } from "../../src/contract/codec.ts";
import { flowOf } from "../../src/codec/flowing.ts";
import { SerializationError } from "../../src/errors.ts";
import { random } from "../random.ts";
import { difference } from "../structural_equality.ts";
import { FIXTURES } from "./fixture_values.ts";
import { randomValue } from "./random_value.ts";

const cloner = createCloner();

/** An object that can be reached from both, other than by the prototype. */
function shared(one: unknown, other: unknown): object | undefined {
  const mine = reachable(one);
  return [...reachable(other)].find((object) => mine.has(object));
}

function reachable(value: unknown): Set<object> {
  const found = new Set<object>();
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null || found.has(next)) continue;
    found.add(next);
    if (ArrayBuffer.isView(next)) open.push(next.buffer);
    else for (const key of Reflect.ownKeys(next)) open.push(Reflect.get(next, key));
    if (next instanceof Map) open.push(...next.keys(), ...next.values());
    if (next instanceof Set) open.push(...next);
  }
  return found;
}

for (const [name, make] of Object.entries(FIXTURES)) {
  test(`createCloner() copies ${name}, also after a structured clone of what it keeps`, () => {
    const value = make();
    const kept = cloner.seal(value) as Sealed;
    for (const sealed of [kept, structuredClone(kept)]) {
      const [copy, another] = [cloner.open(sealed), cloner.open(sealed)];
      assert.equal(difference(copy, value), undefined);
      assert.equal(shared(copy, value), undefined);
      assert.equal(shared(copy, another), undefined);
    }
    assert.equal(shared(kept, value), undefined);
    assert.equal(difference(value, make()), undefined, "sealing changed the value");
  });
}

test("createCloner() copies 5,000 random values as the codec of bodies brings them back", () => {
  const codec = createCodec();
  const next = random(11);
  for (let i = 0; i < 5_000; i++) {
    const value = randomValue(next);
    const copy = cloner.open(cloner.seal(value) as Sealed);
    assert.equal(difference(copy, value), undefined, `value ${i}`);
    assert.equal(difference(copy, codec.open(codec.seal(value) as Sealed)), undefined, `value ${i}`);
  }
});

test("createCloner() gives each reader of a whole flow chunks of its own", () => {
  const whole = flowOf({ kind: "generator", chunks: [{ n: 1 }, { n: 2 }], returned: [3] });
  const kept = structuredClone(cloner.seal(whole) as Sealed);
  const read = () => [...cloner.open(kept) as Iterable<{ n: number }>];
  const [one, other] = [read(), read()];
  assert.deepEqual(one, [{ n: 1 }, { n: 2 }]);
  assert.equal(shared(one, other), undefined);
});

test("createCloner() copies a Response, at once where its body is known", async () => {
  const kept = await cloner.seal(new Response("hello", { status: 201, headers: { "x-a": "1" } }));
  for (const copy of [cloner.open(kept), cloner.open(structuredClone(kept))] as Response[]) {
    assert.deepEqual([copy.status, copy.headers.get("x-a"), await copy.text()], [201, "1", "hello"]);
  }
  const stream = new Response(new ReadableStream({ start: (controller) => controller.close() }));
  assert.throws(() => createCloner({ sync: true }).seal(stream), /Cannot serialize a Response: .*takes a while/);
});

test("createCloner() uses the encoding of the user for all values", () => {
  const memory = new Uint8Array(1);
  const bytes = createCloner({
    serializer: {
      encode: (value) => {
        memory[0] = value as number;
        return memory;
      },
      decode: (body) => (body as Uint8Array)[0],
    },
  });
  const [one, two] = [bytes.seal(1) as Sealed, bytes.seal(2) as Sealed];
  assert.deepEqual([bytes.open(one), bytes.open(two)], [1, 2]);
  assert.equal(bytes.openPart(bytes.sealPart(7)), 7);
  assert.throws(() => cloner.open(one), /was written by a serializer and there is none now/);
});

test("createCloner() refuses to open what it did not make", () => {
  for (const part of [{ body: "[]", form: "1:json" }, { body: {}, form: "" }]) {
    assert.throws(() => cloner.open({ ...part, checksum: 0 } as Sealed), SerializationError);
  }
  const { body, form } = structuredClone(cloner.seal({ a: /x/ }) as Sealed) as { body: unknown; form: string };
  const broken = { ...body as object, nodes: [["object", "a", [7]]] };
  assert.throws(() => cloner.open({ body: broken, form, checksum: 0 } as unknown as Sealed), /leads nowhere/);
  assert.throws(() => cloner.openPart({ body: broken, form, size: 0 } as unknown as Part), SerializationError);
});
