/** Stands in for `node:test` in what is bundled: the same names, over one collector per bundle. */
import { Collector, type Hook, type Rest, type TestBody } from "./collector.ts";

/** The tests of the file in this bundle. */
export const collector: Collector = new Collector();

/** As of `node:test`. */
export const test = (name: string, ...rest: Rest<TestBody>): Promise<void> => collector.test(name, ...rest);
/** As of `node:test`. */
export const it: typeof test = test;
/** As of `node:test`. */
export const describe = (name: string, ...rest: Rest<() => unknown>): void => collector.describe(name, ...rest);
/** As of `node:test`. */
export const suite: typeof describe = describe;
/** As of `node:test`. */
export const before = (hook: Hook): void => collector.hook("before", hook);
/** As of `node:test`. */
export const after = (hook: Hook): void => collector.hook("after", hook);
/** As of `node:test`. */
export const beforeEach = (hook: Hook): void => collector.hook("beforeEach", hook);
/** As of `node:test`. */
export const afterEach = (hook: Hook): void => collector.hook("afterEach", hook);

export default test;
