import { DEEP, each, either, graph, type HostileBody, listOf, nest, read, refused } from "./hostile_body.ts";

const leaves = (json: readonly unknown[], values?: unknown, more: object = {}): string =>
  graph([-1], [], { json, ...(values === undefined ? {} : { meta: { values, v: 1, ...more } }) });
const leaf = (type: unknown, content: unknown): string => leaves([content], { 0: [type] });

const PATHS = [
  "__proto__",
  "__proto__.polluted",
  "constructor.prototype.polluted",
  "0.__proto__.polluted",
  "length",
  "",
];
const UNKNOWN = ["Function", "promise", "toString", "__proto__", "set", "map", "Error", "symbol", "", null, 1];

/** What takes the longest to turn into the host of a URL. */
const LETTERS = listOf(20_000, (at) => String.fromCharCode(0x4e00 + at)).join("");

/** What claims to be a graph with leaves that superjson wrote. */
export const leafBodies: readonly HostileBody[] = [
  ...refused("1:super", {
    "no list": '{"root":1,"nodes":[],"leaves":{"json":{"length":0}}}',
    "a text": '{"root":1,"nodes":[],"leaves":"json"}',
    "no annotations": leaves(["text"]),
    "too few annotations": leaves(["1", "2"], { 0: ["bigint"] }),
    "too many annotations": leaves(["1"], { 0: ["bigint"], 1: ["bigint"] }),
    "annotations of others": leaves(["1"], { 5: ["bigint"] }),
    "annotations that are null": leaves(["1"], null),
    "annotations in a list (GHSA-3j22-8qj3-26mx)": leaves(["1", "2"], [["bigint"], ["bigint"]]),
    "annotations of text": leaves(["1"], { 0: "bigint" }),
    "annotations of nothing": leaves(["1"], { 0: [] }),
    "annotations within annotations": leaves(["1"], { 0: ["map", { "0.1": ["bigint"] }] }),
    ...each(PATHS, (path) => [`the path "${path}" (GHSA-5888-ffcr-r425)`, leaves(["1"], { [path]: ["bigint"] })]),
    "a deep path": leaves(["1"], { [".0".repeat(DEEP)]: ["bigint"] }),
    "equal references (GHSA-5888-ffcr-r425)": leaves(["1"], { 0: ["bigint"] }, { referentialEqualities: { 0: PATHS } }),
    "references to the root": leaves(["1"], { 0: ["bigint"] }, { referentialEqualities: [["constructor"]] }),
    ...each(
      [0, 2, "1", null, true],
      (v) => [`the version ${JSON.stringify(v)}`, leaves(["1"], { 0: ["bigint"] }, { v })],
    ),
    ...each(UNKNOWN, (type) => [`a leaf of the type ${JSON.stringify(type)} (GHSA-5qjj-4xww-7phc)`, leaf(type, "x")]),
    ...each([["class", "Object"], ["custom", "x"], ["symbol", "x"], ["bigint"]], (type) => {
      return [`a leaf of the type ${JSON.stringify(type)}`, leaf(type, "x")];
    }),
    "a leaf of a gigabyte": leaf(["typed-array", "Uint8Array"], 1e9),
    ...each(
      ["bigint", "Date", "regexp", "URL", "number"].flatMap((type) =>
        [5, null, true, ["1"], ""].map((content) => {
          return [type, content] as const;
        })
      ),
      ([type, content]) => [`a ${type} of ${JSON.stringify(content)}`, leaf(type, content)],
    ),
    "undefined with content": leaf("undefined", "x"),
    "a Date that is none": leaf("Date", "2020-13-45T00:00:00.000Z"),
    "a Date beyond all": leaf("Date", "+275760-09-13T00:00:00.001Z"),
    "a Date in words": leaf("Date", "yesterday"),
    "a bigint of too many digits": leaf("bigint", "9".repeat(1_000_000)),
    "a bigint in hexadecimal": leaf("bigint", "0xff"),
    "a number that is one": leaf("number", "5"),
    "a regular expression that is none": leaf("regexp", "/(/"),
    "a regular expression without end": leaf("regexp", "/a"),
    "a regular expression with unknown flags": leaf("regexp", "/a/zz"),
    "a regular expression with a flag twice": leaf("regexp", "/a/gg"),
    "a regular expression that nearly is one (GHSA-vqpr-j7v3-hqw9)": leaf("regexp", `${"/a".repeat(500_000)}!`),
    "a URL that is none": leaf("URL", "http://["),
    "a URL without a scheme": leaf("URL", "//example.com"),
    "a URL with a host that is not ASCII": leaf("URL", "http://ü.example/"),
    "a URL with a host that is encoded": leaf("URL", "http://a:b@%C3%BC.example/"),
    "a URL with a host of 20,000 letters": leaf("URL", `http://${LETTERS}/`),
    "a URL with an encoded host of 20,000 letters": leaf("URL", `https://a:b@${encodeURIComponent(LETTERS)}/`),
    "a URL without slashes": leaf("URL", "https:%C3%BC.example/"),
    "a URL with slashes the other way": leaf("URL", "http:\\\\%C3%BC.example/"),
    "a URL that nearly is one": leaf("URL", `http://${"a@".repeat(500_000)}`),
  }),
  ...read("1:super", {
    "a regular expression that takes forever (GHSA-hx9m-jf43-8ffr)": leaf("regexp", "/^(a+)+$/"),
    "a URL of code": leaf("URL", "javascript:alert(1)"),
    "a URL of many steps": leaf("URL", `http://a${"/a".repeat(50_000)}${"/..".repeat(50_000)}`),
  }),
  ...either("1:super", {
    "a regular expression of many groups": leaf("regexp", `/${nest("(", 50_000, ")")}/`),
    "a regular expression that repeats repeats": leaf("regexp", `/${nest("(?:", 24, "){1,9}", "a")}/`),
  }),
];
