import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PathError } from "../../src/errors.ts";
import { checkFolderName } from "../../src/runtime/folder_name.ts";

describe("checkFolderName", () => {
  it("checkFolderName() returns the name when it is safe everywhere", () => {
    const good = [
      "a",
      "weather",
      "My_App-1.2",
      "x".repeat(100),
      "0",
      ".hidden",
      "-",
      "_",
      "...a",
      "console",
      "com",
      "com10",
      "nul-1",
    ];
    for (const name of good) assert.equal(checkFolderName(name), name);
  });

  const refused: Record<string, readonly [name: string, because: RegExp][]> = {
    "it leads elsewhere": [
      ["..", /leads to another folder/],
      [".", /leads to another folder/],
      ["../up", /is a path/],
      ["a/b", /is a path/],
      ["a\\b", /is a path/],
      ["/etc", /is a path/],
      ["\\\\server\\share", /is a path/],
      ["C:", /is a path/],
      ["c:temp", /is a path/],
      ["a:b", /is a path/],
    ],
    "it holds what names must not hold": [
      ["", /is empty/],
      ["a\0b", /NUL/],
      ["a b", /" " \(U\+0020\)/],
      ["a\nb", /U\+000A/],
      ["ab:c", /":" \(U\+003A\)/],
      ["~", /U\+007E/],
      ["a%2e", /U\+0025/],
      ["$(id)", /U\+0024/],
    ],
    "it only looks like ASCII": [
      ["．．", /U\+FF0E/],
      ["‥", /U\+2025/],
      ["a∕b", /U\+2215/],
      ["ａ", /U\+FF41/],
      ["а", /U\+0430/],
      ["é", /U\+00E9/],
      ["🦉", /U\+1F989/],
      ["a\u202eb", /U\+202E/],
      ["a\u200b", /U\+200B/],
      ["\ud800", /U\+D800/],
    ],
    "Windows cannot have it": [
      ["con", /device/],
      ["NUL", /device/],
      ["Aux.txt", /device/],
      ["com1", /device/],
      ["LPT9.tar.gz", /device/],
      ["prn.", /device/],
      ["app.", /dot at its end/],
      ["...", /dot at its end/],
    ],
    "it is too long": [["x".repeat(101), /has 101 characters; use at most 100/]],
  };
  for (const [why, names] of Object.entries(refused)) {
    it(`checkFolderName() throws PathError with advice when ${why}`, () => {
      for (const [name, because] of names) {
        assert.throws(() => checkFolderName(name), (error: unknown) => {
          assert.ok(error instanceof PathError, JSON.stringify(name));
          assert.equal(error.code, "ERR_CACHE_FOLDER_NAME");
          assert.match(error.message, because);
          assert.match(error.message, /^Cannot use folder name ".*": .+; .+/);
          return true;
        });
      }
    });
  }

  it("checkFolderName() throws PathError when the name is not a string", () => {
    for (const odd of [undefined, null, 1, {}, ["a"]]) {
      assert.throws(() => checkFolderName(odd as unknown as string), /it is a \w+; give a string/);
    }
  });
});
