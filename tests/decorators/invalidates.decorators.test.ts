import assert from "node:assert/strict";
import { test } from "node:test";
import { invalidates, mcache } from "../../mod.ts";

test("@invalidates drops after a method, a static method or a setter what readers keep of what it changed", async () => {
  class Users {
    static readonly names = new Map([[1, "Ann"], [2, "Bob"]]);
    runs = 0;

    @mcache({ tags: (_, id) => [`user:${id}`] })
    name(id: number): string | undefined {
      this.runs++;
      return Users.names.get(id);
    }

    @invalidates((_result, id: number) => [`user:${id}`])
    rename(id: number, name: string): number {
      Users.names.set(id, name);
      return this.runs;
    }

    @invalidates(["user:1", "user:2"])
    static async clear(): Promise<string> {
      await Promise.resolve();
      this.names.clear();
      return "cleared";
    }

    @invalidates(["user:1"])
    set first(name: string) {
      Users.names.set(1, name);
    }
  }
  const users = new Users();
  const both = () => [users.name(1), users.name(2)];
  assert.deepEqual(both(), ["Ann", "Bob"]);
  const renamed: number = users.rename(1, "Anna");
  assert.equal(renamed, 2);
  assert.deepEqual(both(), ["Anna", "Bob"]);
  assert.equal(users.runs, 3);
  users.first = "Annie";
  assert.deepEqual(both(), ["Annie", "Bob"]);
  assert.equal(users.runs, 4);
  const cleared: string = await Users.clear();
  assert.equal(cleared, "cleared");
  assert.deepEqual(both(), [undefined, undefined]);
  assert.equal(Users.clear.name, "clear");
});
