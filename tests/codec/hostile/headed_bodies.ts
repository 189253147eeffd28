import { DEEP, each, either, graph, headed, type HostileBody, listOf, nest, read, refused } from "./hostile_body.ts";

const response = headed("response");
const flow = headed("flow");
const head = [200, "", [["x", "y"]], 1] as const;

/** What claims to be a Response. */
export const responseBodies: readonly HostileBody[] = [
  ...refused("", {
    "no JSON": response("{"),
    "no list": response({ status: 200 }),
    "too few parts": response([200, "", []]),
    "too many parts": response([200, "", [], 1, 1], "x"),
    "a deep head": response(`[200,"",${nest("[", DEEP, "]")},1]`),
    "a head that is no UTF-8": ["1:response:2", Uint8Array.of(0xff, 0xff)],
    "a head that is longer than all": ["1:response:4000", response(head)[1]],
    "a head that ends early": ["1:response:5", response(head)[1]],
    "no size of its head": ["1:response", response(head)[1]],
    "numbers rearranged": ["1:response:20+shuffle+gzip:30", response(head)[1]],
    ...each(["200", null, true, [], 0, 99, 100, 101, 199, 600, 1e9, -200, 200.5], (status) => {
      return [`the status ${JSON.stringify(status)}`, response([status, "", [], 1])];
    }),
    ...each([204, 205, 304], (status) => [`the status ${status} and a body`, response([status, "", [], 1], "x")]),
    "a body where it says none": response([200, "", [], 0], "x"),
    ...each([2, -1, true, "1", null], (bodied) => {
      return [`${JSON.stringify(bodied)} for whether it has a body`, response([200, "", [], bodied])];
    }),
    ...each(["a\nb", "a\r\nset-cookie: b", "\0", "ü€", 5, null, ["OK"]], (text) => {
      return [`the statusText ${JSON.stringify(text)}`, response([200, text, [], 1])];
    }),
    ...each(
      [null, "x: y", { x: "y" }, [["x"]], [["x", "y", "z"]], [["x", 1]], [[1, "y"]], ["xy"], [null]],
      (headers) => {
        return [`the headers ${JSON.stringify(headers)}`, response([200, "", headers, 1])];
      },
    ),
    ...each(["", "x y", "x:", "x\r\ny", "ü", "x\0", "(x)"], (name) => {
      return [`a header named ${JSON.stringify(name)}`, response([200, "", [[name, "y"]], 1])];
    }),
    ...each(["y\r\nset-cookie: a", "a\nb", "a\0b"], (value) => {
      return [`a header with the value ${JSON.stringify(value)}`, response([200, "", [["x", value]], 1])];
    }),
    "20,000 headers": response([200, "", listOf(20_000, (at) => [`x-${at}`, "y"]), 1]),
  }),
  ...read("", {
    "headers named like prototypes": response([200, "", [["__proto__", "y"], ["constructor", "z"]], 1], "x"),
  }),
  ...either("", { 'a header with the value "€"': response([200, "", [["x", "€"]], 1]) }),
];

const lone = ["stream", ["1:json"], [0, 1], 0] as const;
const LIKE = { 0: 0, 1: 1, length: 2 };
const SIZES = [[1, 1], ["0", 1], [-1, 1], [0.5, 1], [0], [0, -1], [0, 0.5], [0, "1"], [0, null], [0, 2], [0, 0], LIKE];
const FORMS = ["__proto__", "", "1:flow:1", "1:response:1", "1:json+gzip:1", "1:raw:Uint8Array+shuffle", "1:user:text"];

/** A stream of one chunk. */
const chunk = (form: string, body: string) => flow(["stream", [form], [0, body.length], 0], body);

/** What claims to be a generator or a stream. */
export const flowBodies: readonly HostileBody[] = [
  ...refused("", {
    "no JSON": flow("{"),
    "no list": flow({ kind: "stream" }),
    "too few parts": flow(["stream", [], []]),
    "too many parts": flow(["stream", [], [], 0, 0]),
    "a deep head": flow(`["stream",${nest("[", DEEP, "]")},[],0]`),
    "a head that is no UTF-8": ["1:flow:2", Uint8Array.of(0xff, 0xff)],
    "a head that is longer than all": ["1:flow:4000", flow(lone, "1")[1]],
    "a head that ends early": ["1:flow:5", flow(lone, "1")[1]],
    "no size of its head": ["1:flow", flow(lone, "1")[1]],
    ...each(["pipe", "", "__proto__", "Promise", {}, null, 1, ["stream"]], (kind) => {
      return [`the kind ${JSON.stringify(kind)}`, flow([kind, [], [], 0])];
    }),
    ...each([[1], [null], "1:json", { 0: "1:json" }, [["1:json"]]], (forms) => {
      return [`the forms ${JSON.stringify(forms)}`, flow(["stream", forms, [0, 1], 0], "1")];
    }),
    ...each([...SIZES, [0, 2 ** 53 - 1], [0, 1e300], [0, 1, 0], [0, 1, 0, 1]], (sizes) => {
      return [`the sizes ${JSON.stringify(sizes)}`, flow(["stream", ["1:json"], sizes, 0], "1")];
    }),
    ...each(FORMS, (form) => [`a chunk of the form "${form}"`, chunk(form, "1")]),
    "a chunk that is no JSON": chunk("1:json", "{"),
    "a chunk that is deep": chunk("1:json", nest("[", DEEP, "]")),
    "a chunk of an unknown mark": chunk("1:pack", '"~?"'),
    "a chunk of a graph to nowhere": chunk("1:super", graph([5], [])),
    "a chunk of bytes that fit no element": chunk("1:raw:Float64Array", "1"),
    "a damaged chunk behind a sound one (GHSA-x5rw-q4pp-hg5g)": flow(
      ["async-generator", ["1:json"], [0, 1, 0, 1], 0],
      "1{",
    ),
    "a damaged return": flow(["generator", ["1:json"], [0, 1, 0, 1], 1], "1{"),
    "a return of nothing": flow(["generator", [], [], 1]),
    ...each([true, "0", 2, null], (returned) => {
      return [
        `${JSON.stringify(returned)} for whether it returned`,
        flow(["generator", ["1:json"], [0, 1], returned], "1"),
      ];
    }),
    "a stream of bytes that gives a number": flow(["byte-stream", ["1:json"], [0, 1], 0], "1"),
    "a stream of bytes that claims to have a gigabyte (GHSA-g2pg-6438-jwpf)": flow(
      ["byte-stream", ["1:json"], [0, 25], 0],
      '{"byteLength":1000000000}',
    ),
    "a stream of bytes that gives other numbers": flow(["byte-stream", ["1:raw:Float64Array"], [0, 8], 0], "12345678"),
  }),
  ...read("", {
    "a chunk with a __proto__": chunk("1:json", '{"__proto__":{"polluted":true}}'),
    "10,000 empty chunks": flow(["generator", ["1:raw:Uint8Array"], listOf(20_000, () => 0), 0]),
    "a stream of bytes of nothing": flow(["byte-stream", ["1:raw:Uint8Array"], [0, 0, 0, 0], 0]),
    "a return with a then (GHSA-p6vx-979v-rg4c)": flow(["async-generator", ["1:json"], [0, 10], 1], '{"then":1}'),
  }),
];
