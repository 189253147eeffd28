import { each, type HostileBody, refused } from "./hostile_body.ts";

/** No form of this release, by what is wrong with them. */
const UNKNOWN: Readonly<Record<string, readonly string[]>> = {
  "no version that is known": [
    "",
    "1",
    "json",
    ":json",
    "0:json",
    "2:json",
    "01:json",
    "10:json",
    "-1:json",
    "１:json",
  ],
  "no kind that is known": [
    "1:",
    "1:JSON",
    "1:function",
    "1:eval",
    "1:__proto__",
    "__proto__",
    "1:user",
    "1:user:json",
  ],
  "more than a form": ["1:json ", " 1:json", "1:json\n", "1:json\0", "1:json:1", "1:pack:2", "1:raw:Uint8Array:8"],
  "no number": ["1:super:", "1:super:0", "1:super:01", "1:super:-1", "1:super:1e3", "1:response:x", "1:flow:0"],
  "a number of too many digits": ["1:super:99999999999999999", "1:json+gzip:99999999999999999"],
  "no name of a type": [
    "1:raw",
    "1:raw:",
    "1:raw:uint8Array",
    "1:raw:__proto__",
    "1:raw:$",
    `1:raw:U${"a".repeat(40)}`,
  ],
  "no step that is known": ["1:json+", "1:json+gzip", "1:json+gzip:", "1:json+gzip:-1", "1:json+brotli:9"],
  "steps that do not follow": ["1:json+gzip:9+gzip:9", "1:json+gzip:9+shuffle", `1:json${"+shuffle".repeat(9)}`],
  "differences of no order": ["1:raw:Float64Array+delta:0+gzip:8", "1:raw:Float64Array+delta:5+gzip:8"],
  "numbers rearranged and not compressed": [
    "1:json+shuffle",
    "1:raw:Float64Array+shuffle",
    "1:raw:Float64Array+delta:1",
  ],
  "what others here write": ["1:aes256gcm:key", "^abc.1.1^1:json", "!1:json", "clone:tree", "clone:graph"],
  "far too much": ["1:json".repeat(100_000)],
};

/** Forms that are none, and bodies of another kind than their form says. */
export const formBodies: readonly HostileBody[] = refused("", {
  ...each(
    Object.entries(UNKNOWN).flatMap(([wrong, forms]) => forms.map((form) => [wrong, form] as const)),
    ([wrong, form]) => [`${JSON.stringify(form.slice(0, 60))}, ${wrong}`, [form, "1"]],
  ),
  ...each(["1:json", "1:pack", "1:super", "1:user:text"], (form) => {
    return [`bytes that are no text for ${form}`, [form, Uint8Array.of(0xff, 0xff)]];
  }),
  ...each(
    ["1:super:4", "1:raw:Uint8Array", "1:raw:ArrayBuffer", "1:response:4", "1:flow:4", "1:pack+zstd:4"],
    (form) => {
      return [`text for ${form}`, [form, "text"]];
    },
  ),
  "text of a serializer that there is not": ["1:user:text", "text"],
  "bytes of a serializer that there is not": ["1:user:bytes", Uint8Array.of(1)],
});
