import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, ConfigurationError, mcache, type MethodCache, ucache } from "../../mod.ts";
import { tempFolder } from "../temp_folder.ts";

const cacheDir = tempFolder();

test("@mcache caches per instance, bare and with options, on methods, getters and static methods", () => {
  class Account {
    static readonly runs: string[] = [];
    readonly id: number;
    #rate = 2;

    constructor(id: number) {
      this.id = id;
    }

    @mcache
    bare(x: number): number {
      Account.runs.push(`bare ${this.id}`);
      return x * this.#rate + this.id;
    }

    @mcache({ ttl: "5m" })
    timed(x: number): number {
      Account.runs.push(`timed ${this.id}`);
      return x + this.id;
    }

    @mcache
    get total(): number {
      Account.runs.push(`total ${this.id}`);
      return this.id * 100;
    }

    @mcache({ maxSize: 10 })
    static shared(x: number): number {
      Account.runs.push(`shared ${this.name}`);
      return x;
    }
  }
  const [one, two] = [new Account(1), new Account(2)];
  for (let round = 0; round < 2; round++) {
    assert.equal(one.bare(5), 11);
    assert.equal(two.bare(5), 12);
    assert.equal(one.timed(5), 6);
    assert.equal(two.total, 200);
    assert.equal(Account.shared(3), 3);
  }
  assert.deepEqual(Account.runs, ["bare 1", "bare 2", "timed 1", "total 2", "shared Account"]);
  assert.equal(one.bare.name, "bare");
  assert.equal(one.bare.length, 1);
});

test("the cache of a decorated method is reached for one instance", () => {
  class Thing {
    runs = 0;
    @mcache
    work(x: number): number {
      this.runs++;
      return x;
    }
  }
  const [one, two] = [new Thing(), new Thing()];
  one.work(1);
  two.work(1);
  const { cache } = one.work as unknown as { cache: MethodCache<"sync"> };
  assert.equal(cache.of(one).invalidate(1), true);
  assert.equal(cache.of(two).has(1), true);
  one.work(1);
  assert.deepEqual([one.runs, two.runs], [2, 1]);
});

test("@mcache with key shares one cache among instances", () => {
  let runs = 0;
  class User {
    readonly id: number;
    constructor(id: number) {
      this.id = id;
    }
    @mcache({
      key(this: User, x: number) {
        return [this.id, x];
      },
    })
    load(x: number): string {
      runs++;
      return `${this.id}/${x}`;
    }
  }
  assert.equal(new User(1).load(5), "1/5");
  assert.equal(new User(1).load(5), "1/5");
  assert.equal(runs, 1);
  assert.equal(new User(2).load(5), "2/5");
  assert.equal(runs, 2);
});

test("an override and super each keep their own results", () => {
  class Base {
    @mcache
    value(x: number): string {
      return `base ${x}`;
    }
  }
  class Derived extends Base {
    @mcache
    override value(x: number): string {
      return `derived over ${super.value(x)}`;
    }
  }
  const derived = new Derived();
  assert.equal(derived.value(1), "derived over base 1");
  assert.equal(derived.value(1), "derived over base 1");
  assert.equal(new Base().value(1), "base 1");
});

test("@acache and @ucache decorate methods that give promises", async () => {
  let runs = 0;
  class Api {
    @acache({ ttl: "5m" })
    async load(id: number): Promise<number> {
      runs++;
      return await Promise.resolve(id);
    }
    @ucache
    async other(id: number): Promise<number> {
      runs++;
      return await Promise.resolve(id);
    }
  }
  const api = new Api();
  assert.deepEqual(await Promise.all([api.load(1), api.load(1), api.other(1), api.other(1)]), [1, 1, 1, 1]);
  assert.equal(runs, 2);
});

test("a persistent cache on a method needs key, and works with it", async () => {
  assert.throws(() => {
    class Bad {
      @bcache({ cacheDir })
      async load(id: number): Promise<number> {
        return await Promise.resolve(id);
      }
    }
    return Bad;
  }, (error: ConfigurationError) => error instanceof ConfigurationError && /give the option key/.test(error.message));

  let runs = 0;
  class Good {
    readonly tenant: string;
    constructor(tenant: string) {
      this.tenant = tenant;
    }
    @bcache({
      cacheDir,
      key(this: Good, id: number) {
        return [this.tenant, id];
      },
    })
    async load(id: number): Promise<string> {
      runs++;
      return await Promise.resolve(`${this.tenant} ${id}`);
    }
    @bcache({ cacheDir })
    static async all(): Promise<number> {
      runs++;
      return await Promise.resolve(7);
    }
  }
  assert.equal(await new Good("a").load(1), "a 1");
  assert.equal(await new Good("a").load(1), "a 1");
  assert.equal(await new Good("b").load(1), "b 1");
  assert.equal(await Good.all(), 7);
  assert.equal(await Good.all(), 7);
  assert.equal(runs, 3);
});

test("a decorated method works without its object", () => {
  class Loose {
    @mcache
    work(x: number): number {
      return x * 2;
    }
  }
  const { work } = new Loose();
  assert.equal(work(2), 4);
});
