import { DEEP, each, graph, type HostileBody, listOf, nest, node, read, refused } from "./hostile_body.ts";

const regexp = (nodes: unknown, source: string): string =>
  graph([0], nodes, { json: [source], meta: { values: { 0: ["regexp"] }, v: 1 } });

/** What claims to be a graph. */
export const graphBodies: readonly HostileBody[] = [
  ...refused("1:super", {
    "no JSON": "{",
    "null": "null",
    "a list": "[]",
    "a text": '"nodes"',
    "a deep text": nest("[", DEEP, "]"),
    "no nodes": '{"root":1}',
    "no root": '{"nodes":[],"leaves":{"json":[]}}',
    "no leaves": '{"root":1,"nodes":[]}',
    "a __proto__ for all": '{"__proto__":{"root":1,"nodes":[],"leaves":{"json":[]}}}',
    "nodes that are no list": graph(1, { length: 1 }),
    ...each(
      [null, [], {}, "object", [null], [0], [["object"]]],
      (one) => [`the node ${JSON.stringify(one)}`, graph(1, [one])],
    ),
    ...each(
      ["function", "promise", "symbol", "class", "getter", "proxy", "weakmap", "generator", "Object", ""],
      (kind) => {
        return [`a node of the kind "${kind}"`, node(kind, "alert(1)", 1)];
      },
    ),
    ...each(["constructor", "__proto__", "toString", "hasOwnProperty"], (kind) => {
      return [`a node named ${kind} (GHSA-5qjj-4xww-7phc)`, node(kind)];
    }),
    "a promise that settles another node (GHSA-mv8w-475r-vwqw)": graph([0], [["promise", [1]], ["object"]]),
  }),
  ...read("1:super", {
    "an object with a then (GHSA-p6vx-979v-rg4c)": graph([0], [["object", "then", [1]], ["map", "then", [0]]]),
    "an array that is its own item": node("array", [0], [0]),
    "a Map that is its own key": node("map", [0], [0]),
  }),
  ...references(),
  ...properties(),
  ...lengths(),
  ...builtIns(),
  ...instances(),
];

function references(): HostileBody[] {
  const strange = [[5], [-5], [0.5], ["0"], ["length"], ["__proto__"], [null], [true], [[0]], [0, 0], [], {}, { 0: 0 }];
  return refused("1:super", {
    ...each([...strange, [1e300], [-1e300], [2 ** 53]], (reference) => {
      return [`the reference ${JSON.stringify(reference)}`, graph(reference, [["object"]])];
    }),
    "a reference to a method (GHSA-vj54-72f3-p5jv)": node("object", "toString", ["push"]),
    "100,000 references to nowhere (GHSA-9rgm-9g3h-6x36)": node("array", ...listOf(100_000, (at) => [at + 1])),
    ...each([[7], ["0"], [0.5], [[0]], [0, 0]], (reference) => {
      return [
        `the reference ${JSON.stringify(reference)} of an instance`,
        graph([1], [["object"], ["type", "Money", reference]]),
      ];
    }),
  });
}

function properties(): HostileBody[] {
  const polluted = ["object", "polluted", true];
  return [
    ...refused("1:super", {
      "a name without a value": node("object", "a"),
      ...each([1, null, true, { a: 1 }, []], (name) => [`the name ${JSON.stringify(name)}`, node("object", name, 2)]),
      "a list that becomes __proto__ as text (GHSA-4q55-j62x-fr9h)": node("null", ["__proto__"], 1),
    }),
    ...read("1:super", {
      "a __proto__ (GHSA-vj54-72f3-p5jv)": graph([0], [["object", "__proto__", [1], "constructor", [1]], polluted]),
      "a __proto__ without a prototype (GHSA-mwv9-gp5h-frr4)": graph([0], [["null", "__proto__", [1]], polluted]),
      "a __proto__ of an error": graph([0], [["error", "Error", 1, "__proto__", [1], "constructor", 1], polluted]),
      "a __proto__ of a sparse array (GHSA-cfw5-2vxh-hr84)": graph([0], [["sparse", 1, "__proto__", [1]], polluted]),
      "a __proto__ that is the object itself": node("object", "__proto__", [0]),
    }),
  ];
}

function lengths(): HostileBody[] {
  const longest = 4294967295;
  return [
    ...refused("1:super", {
      ...each([longest + 1, -1, 0.5, "5", null, [1], 1e300], (length) => {
        return [`an array of the length ${JSON.stringify(length)} (GHSA-66fc-rw6m-c2q6)`, node("sparse", length)];
      }),
      "an array without a length": node("sparse"),
      "an array whose length is set again": node("sparse", 1, "length", 5),
      "an array with an item past its length": node("sparse", 5, "5", true),
      "an array whose last index has no value": node("sparse", 9, "5"),
      "a Map with an odd end": node("map", 1),
      "a Set of what is no item": node("set", {}),
    }),
    ...read("1:super", {
      "an array of methods": node("sparse", 1, "push", 1, "map", 2, "constructor", 3),
      "an array of a hundred million holes (GHSA-33hq-fvwr-56pm)": node("sparse", 100_000_000, "0", 1),
      "the longest array (GHSA-hx4r-w6wj-j8fg)": node("sparse", longest, "4294967294", 1),
      "three arrays of 33,554,431 holes (GHSA-77vg-94rm-hx3p)": graph([0], [
        ["array", [1], [3]],
        ...listOf(3, () => ["sparse", 33_554_431]),
      ]),
      "500 arrays of 99,999 holes (GHSA-wf3x-273g-mvxv)": graph([0], [
        ["array", [1], [500]],
        ...listOf(500, () => ["sparse", 99_999, "5", true]),
      ]),
    }),
  ];
}

function builtIns(): HostileBody[] {
  return [
    ...refused("1:super", {
      ...each(["Function", "Object", "Promise", "__proto__", "constructor", "eval", "", 1, null, ["Error"]], (name) => {
        return [`an error of the class ${JSON.stringify(name)} (GHSA-3rxj-6cgf-8cfw)`, node("error", name, 0)];
      }),
      ...each([5, -1, 0.5, "0", null, 2 ** 53, 1e300], (count) => {
        return [`an error with ${JSON.stringify(count)} hidden properties`, node("error", "Error", count, "a", 1)];
      }),
      "an error without a count": node("error", "Error"),
      "a regular expression of itself": node("regexp", [0], 1),
      "a regular expression of text": node("regexp", "/a/", 1),
      ...each(
        [0.5, "1", null, [0], true],
        (at) => [`a lastIndex of ${JSON.stringify(at)}`, regexp([["regexp", [-1], at]], "/a/")],
      ),
      "a lastIndex beyond all": regexp([["regexp", [-1], 0]], "/a/").replace("],0]", "],1e999]"),
      ...each(
        [1, null, [0], { a: 1 }],
        (text) => [`search parameters of ${JSON.stringify(text)}`, node("params", text)],
      ),
      ...each(
        ["0x1", "", "-", 1, null, "1n", [1]],
        (digits) => [`a bigint of ${JSON.stringify(digits)}`, node("bigint", digits)],
      ),
      "an empty box": node("box"),
      ...each([null, [0], [1], {}, [0.5]], (content) => {
        return [
          `a box of ${JSON.stringify(content)} (GHSA-cfw5-2vxh-hr84)`,
          graph([0], [["box", content], ["object", "__proto__", 1]]),
        ];
      }),
      "a view without segments": node("view", "Uint8Array", 0, 0, 1),
    }),
    ...read("1:super", {
      "an error that is its own cause": node("error", "Error", 1, "cause", [0]),
      "an error whose stack and message are no text": node("error", "Error", 2, "stack", 5, "message", null),
      "search parameters that set a prototype": node("params", "__proto__[polluted]=1&__proto__=2"),
      "5,000 times one long regular expression (GHSA-hx9m-jf43-8ffr)": regexp(
        listOf(5_000, () => ["regexp", [-1], 1]),
        `/${"[a]".repeat(100_000)}/`,
      ),
      "3,000 boxes of one long bigint (GHSA-mcm9-63f2-9j32)": graph([0], [
        ...listOf(3_000, () => ["box", [3_000]]),
        ["bigint", "f".repeat(100_000)],
      ]),
    }),
  ];
}

function instances(): HostileBody[] {
  const names = ["Function", "Promise", "__proto__", "constructor", "hasOwnProperty", "", 1, null, ["Money"]];
  return refused("1:super", {
    ...each(names, (name) => [`an instance of the class ${JSON.stringify(name)}`, node("type", name, "return 1")]),
    "a class with too much": graph([0], [["type", "Money", [1], 2], ["array"]]),
    "an instance of nothing": node("type", "Money"),
    "an instance of itself": node("type", "Money", [0]),
    "instances in a circle": graph([0], [["type", "Money", [1]], ["array", [2]], ["type", "Money", [1]]]),
    "an instance whose content is not what decode expects": node("type", "Money", null),
  });
}
