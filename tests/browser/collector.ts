/**
 * What stands in for `node:test` where there is none: it gathers tests while a file loads, runs them one after the other, and tells
 * of each as the runners of other runtimes do, leaves only.
 *
 * Why not a test library for browsers: the files are written for `node:test`, and this is the part of it that they use.
 */
import { textOf, type Told, type Unable } from "./told.ts";

/** Options of a test, suite or hook. */
export interface TestOptions {
  readonly skip?: boolean | string | undefined;
  /** Milliseconds after which it fails. */
  readonly timeout?: number | undefined;
}

/** What a test is handed. */
export interface TestContext {
  readonly name: string;
  /** Runs a subtest after those before it. Resolves when it has ended, however it ended. */
  test(name: string, ...rest: Rest<TestBody>): Promise<void>;
  after(hook: Hook): void;
}

/** The body of a test. */
export type TestBody = (t: TestContext) => unknown;

/** The body of a hook. */
export type Hook = () => unknown;

/** Options and body, either of which may be left out. */
export type Rest<Body> = [Body?] | [TestOptions, Body?];

type HookName = "before" | "after" | "beforeEach" | "afterEach";

/** A suite while its tests are gathered; a test while it runs, since it may have subtests and hooks. */
interface Scope {
  readonly names: readonly string[];
  readonly parent: Scope | undefined;
  readonly hooks: Record<HookName, Hook[]>;
  /** What is to be run in it. */
  readonly steps: (() => Promise<void>)[];
  /** What tells of everything in it without running it. */
  readonly failAll: ((failure: string) => void)[];
  /** Whatever a test is blamed for besides what it throws; `undefined` in a suite. */
  readonly faults: unknown[] | undefined;
  /** The last subtest, when there are any. */
  last: Promise<void> | undefined;
}

/** A test that takes longer hangs, in milliseconds. */
const patience = 120_000;

/** The tests of one file. */
export class Collector {
  readonly #root = scope([], undefined, false);
  #gathering: Scope = this.#root;
  #running: Scope | undefined;
  #unable: readonly Unable[] = [];
  #tell: (told: Told) => void = () => {};
  /** Faults that no test can be blamed for. */
  readonly #stray: unknown[] = [];
  #ended = false;

  /** Registers a test, or runs it as a subtest of the test that runs. */
  test(name: string, ...rest: Rest<TestBody>): Promise<void> {
    return this.#add(this.#running ?? this.#gathering, name, rest);
  }

  /** Registers a suite. */
  describe(name: string, ...rest: Rest<() => unknown>): void {
    const { options, body = () => {} } = split(rest);
    const outer = this.#gathering;
    const names = [...outer.names, name];
    const suite = scope(names, outer, false);
    const because = reasonOf(options);
    if (because !== undefined) {
      outer.steps.push(() => Promise.resolve(this.#skip(names, because)));
      return;
    }
    outer.steps.push(() => this.#runSuite(suite));
    outer.failAll.push((failure) => suite.failAll.forEach((fail) => fail(failure)));
    this.#gathering = suite;
    try {
      const pending = body();
      if (pending instanceof Promise) {
        throw new Error(`Cannot gather "${name}": its body is asynchronous; make it plain`);
      }
    } finally {
      this.#gathering = outer;
    }
  }

  /** Registers a hook of the suite that is gathered, or of the test that runs. */
  hook(kind: HookName, hook: Hook): void {
    (this.#running ?? this.#gathering).hooks[kind].push(hook);
  }

  /** Blames an error that nobody caught on the test that runs. */
  blame(error: unknown): void {
    (this.#running?.faults ?? this.#stray).push(error);
  }

  /** Runs what was registered. */
  async run(unable: readonly Unable[], tell: (told: Told) => void): Promise<void> {
    this.#unable = unable;
    this.#tell = tell;
    await this.#runSuite(this.#root);
    await turn();
    this.#ended = true;
    for (const error of this.#stray) this.#failed(["an error that no test caught"], textOf(error));
  }

  #add(parent: Scope, name: string, rest: Rest<TestBody>): Promise<void> {
    const { options, body = () => {} } = split(rest);
    const names = [...parent.names, name];
    if (this.#ended) {
      throw new Error(`Cannot add "${name}": the tests of this file have ended; add it while the file loads`);
    }
    const run = () => this.#runTest(parent, names, options, body);
    if (parent.faults !== undefined) return parent.last = (parent.last ?? Promise.resolve()).then(run);
    parent.failAll.push((failure) => this.#failed(names, failure));
    return new Promise((resolve) => parent.steps.push(() => run().then(resolve)));
  }

  async #runSuite(suite: Scope): Promise<void> {
    const failure = await failureOf(() => runAll(suite.hooks.before));
    if (failure === undefined) { for (const step of suite.steps) await step(); }
    else for (const fail of suite.failAll) fail(`a before hook failed: ${failure}`);
    const last = await failureOf(() => runAll(suite.hooks.after));
    if (last !== undefined) this.#failed([...suite.names, "after hook"], last);
  }

  async #runTest(parent: Scope, names: readonly string[], options: TestOptions, body: TestBody): Promise<void> {
    const because = reasonOf(options) ?? this.#reasonOfUnable(names);
    if (because !== undefined) return this.#skip(names, because);
    const faults: unknown[] = [];
    const own = { ...scope(names, parent, true), faults };
    const outer = this.#running;
    const context: TestContext = {
      name: names.at(-1) ?? "",
      test: (name, ...rest) => this.#add(own, name, rest),
      after: (hook) => void own.hooks.after.push(hook),
    };
    this.#tell({ kind: "begins", name: names.join(" > ") });
    this.#running = own;
    const failures: (string | undefined)[] = [];
    failures.push(
      await failureOf(async () => {
        await runAll(around(parent, "beforeEach"));
        await within(options.timeout ?? patience, async () => {
          await body(context);
          await own.last;
        });
      }),
      await failureOf(() => runAll(own.hooks.after)),
      await failureOf(() => runAll(around(parent, "afterEach").reverse())),
    );
    await turn();
    this.#running = outer;
    failures.push(...new Set(faults.map((error) => `nobody caught: ${textOf(error)}`)));
    const told = failures.filter((failure) => failure !== undefined);
    if (told.length > 0) this.#failed(names, told.join("\n"));
    else if (own.last === undefined) this.#tell({ kind: "case", name: names.join(" > "), state: "passed" });
  }

  #reasonOfUnable(names: readonly string[]): string | undefined {
    const name = names.join(" > ");
    return this.#unable.find(({ test }) => name.includes(test))?.because;
  }

  #skip(names: readonly string[], reason: string): void {
    this.#tell({ kind: "case", name: names.join(" > "), state: "skipped", ...(reason !== "" && { reason }) });
  }

  #failed(names: readonly string[], failure: string): void {
    this.#tell({ kind: "case", name: names.join(" > "), state: "failed", failure });
  }
}

function scope(names: readonly string[], parent: Scope | undefined, isTest: boolean): Scope {
  const hooks = { before: [], after: [], beforeEach: [], afterEach: [] };
  return { names, parent, hooks, steps: [], failAll: [], faults: isTest ? [] : undefined, last: undefined };
}

function split<Body>(rest: Rest<Body>): { options: TestOptions; body: Body | undefined } {
  const [first, second] = rest;
  if (typeof first === "function") return { options: {}, body: first as Body };
  return { options: (first as TestOptions | undefined) ?? {}, body: second as Body | undefined };
}

/** Why a test is not to be run, `""` where nothing says why, or `undefined`. */
function reasonOf({ skip }: TestOptions): string | undefined {
  return skip === undefined || skip === false ? undefined : skip === true ? "" : skip;
}

function around(from: Scope, kind: HookName): Hook[] {
  return [...(from.parent === undefined ? [] : around(from.parent, kind)), ...from.hooks[kind]];
}

async function runAll(hooks: readonly Hook[]): Promise<void> {
  for (const hook of hooks) await within(patience, async () => void await hook());
}

async function failureOf(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

async function within(span: number, run: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${span} ms`)), span);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets a rejection that nobody handles be told: by a message's turn in browsers, by a timer's in workerd. */
async function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(undefined);
  });
  port1.close();
  await new Promise((resolve) => setTimeout(resolve, 0));
}
