import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, mcache } from "../../mod.ts";
import { fastFolder } from "../engines_here.ts";

const cacheDir = fastFolder();

type Method = (this: unknown, x: number) => number;

test("@mcache composes with a decorator of somebody else's, in either order", () => {
  const log: string[] = [];
  const logged = (method: Method, context: { readonly name: string | symbol }): Method =>
    function (x) {
      log.push(`${String(context.name)} ${x}`);
      return method.call(this, x);
    };
  class Calculator {
    runs = 0;
    @logged
    @mcache
    outside(x: number): number {
      this.runs++;
      return x * 2;
    }
    @mcache
    @logged
    inside(x: number): number {
      this.runs++;
      return x * 2;
    }
  }
  const calculator = new Calculator();
  assert.deepEqual([calculator.outside(1), calculator.outside(1)], [2, 2]);
  assert.deepEqual([calculator.inside(1), calculator.inside(1)], [2, 2]);
  assert.deepEqual(log, ["outside 1", "outside 1", "inside 1"]);
  assert.equal(calculator.runs, 2);
});

test("@mcache over @bcache keeps per instance in memory what instances share on disk", async () => {
  const runs: string[] = [];
  class User {
    readonly id: number;
    constructor(id: number) {
      this.id = id;
    }
    @mcache
    @bcache({
      cacheDir,
      folderName: "users",
      key(this: User, x: number) {
        return [this.id, x];
      },
    })
    async load(x: number): Promise<string> {
      runs.push(`${this.id}/${x}`);
      return await Promise.resolve(`${this.id}/${x}`);
    }
  }
  for (const id of [1, 1, 2]) {
    const user = new User(id);
    assert.deepEqual([await user.load(5), await user.load(5)], [`${id}/5`, `${id}/5`]);
  }
  assert.deepEqual(runs, ["1/5", "2/5"]);
});

test("an inherited @mcache method has a cache of its own for each instance of each subclass", async () => {
  const runs: string[] = [];
  class Shape {
    readonly size: number = 1;
    @mcache
    area(scale: number): number {
      runs.push(`${this.constructor.name} ${this.size}`);
      return this.size * this.size * scale;
    }
    @acache
    async later(scale: number): Promise<number> {
      return await Promise.resolve(this.size * scale);
    }
  }
  class Square extends Shape {
    override readonly size: number = 2;
  }
  class Large extends Square {
    override readonly size: number = 3;
  }
  const shapes = [new Shape(), new Square(), new Large(), new Large()];
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(shapes.map((shape) => shape.area(10)), [10, 40, 90, 90]);
    assert.deepEqual(await Promise.all(shapes.map((shape) => shape.later(10))), [10, 20, 30, 30]);
  }
  assert.deepEqual(runs, ["Shape 1", "Square 2", "Large 3", "Large 3"]);
});
