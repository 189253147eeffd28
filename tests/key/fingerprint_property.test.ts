import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fingerprint } from "../../src/key/fingerprint.ts";
import { random } from "../random.ts";
import { build, canonical, randomRecipe, type Recipe } from "./recipes.ts";

const PAIRS = 100_000;
const PARTS = 10;

const listOf = (recipes: readonly Recipe[]) => recipes.map(canonical).join(",");

describe("fingerprint() of random arguments", () => {
  const byText = new Map<string, string>();
  const byList = new Map<string, string>();
  let equal = 0;

  function compare(seed: number, pairs: number): void {
    const next = random(seed);
    for (let round = 0; round < pairs; round++) {
      const recipes = Array.from(
        { length: 1 + Math.floor(next() * 2) },
        () => randomRecipe(next, 1 + Math.floor(next() * 2)),
      );
      const list = listOf(recipes);
      const text = fingerprint(recipes.map((recipe) => build(recipe, next)));
      const again = fingerprint(recipes.map((recipe) => build(recipe, next)));
      if (text !== again) assert.fail(`two keys for ${list}:\n${text}\n${again}`);
      const knownList = byText.get(text);
      if (knownList !== undefined && knownList !== list) assert.fail(`one key for ${list} and ${knownList}: ${text}`);
      const knownText = byList.get(list);
      if (knownText !== undefined && knownText !== text) assert.fail(`two keys for ${list}: ${text} and ${knownText}`);
      if (knownList !== undefined) equal++;
      byText.set(text, list);
      byList.set(list, text);
    }
  }

  for (let part = 1; part <= PARTS; part++) {
    it(`is one exactly if they are equal, for ${PAIRS / PARTS} pairs and all before, part ${part} of ${PARTS}`, () => {
      compare(20_260 + part, PAIRS / PARTS);
    });
  }

  it("was given enough equal ones and different ones", () => {
    assert.equal(byText.size, byList.size);
    assert.ok(equal > 1_000 && byText.size > 20_000, `${equal} equal, ${byText.size} different`);
  });

  it("differs after a single change, for 10,000 changes", () => {
    const next = random(4);
    let changes = 0;
    for (let round = 0; changes < 10_000 && round < 50_000; round++) {
      const before = randomRecipe(next, 3);
      const after = changed(before, next);
      if (canonical(before) === canonical(after)) continue;
      changes++;
      const texts = [before, after].map((recipe) => fingerprint([build(recipe, next)]));
      if (texts[0] === texts[1]) assert.fail(`one key for ${canonical(before)} and ${canonical(after)}`);
    }
    assert.equal(changes, 10_000);
  });
});

/** A recipe with one part replaced. */
function changed(recipe: Recipe, next: () => number): Recipe {
  const [kind, parts] = recipe;
  if (!Array.isArray(parts) || parts.length === 0 || kind === "bytes" || next() < 0.2) return randomRecipe(next, 2);
  const at = Math.floor(next() * parts.length);
  const part = parts[at];
  const other = kind === "list"
    ? changed(part, next)
    : kind === "object" || kind === "bare"
    ? [part[0], changed(part[1], next)]
    : part;
  return [kind, parts.map((old: unknown, i: number) => i === at ? other : old)] as unknown as Recipe;
}
