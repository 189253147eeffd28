import process from "node:process";

/** Says what changed by importing the library: `quiet.ts`. */
const before = new Set(Object.getOwnPropertyNames(globalThis));
const spoken: string[] = [];
for (const name of ["log", "info", "warn", "error", "debug"] as const) {
  console[name] = (line: string) => void spoken.push(line);
}
const timers: string[] = [];
for (const name of ["setTimeout", "setInterval", "queueMicrotask"] as const) {
  const real = globalThis[name] as (...args: unknown[]) => unknown;
  Object.assign(globalThis, { [name]: (...args: unknown[]) => (timers.push(name), real(...args)) });
}
const random = Math.random;
let randoms = 0;
Math.random = () => (randoms++, random());
const now = Date.now;
let readings = 0;
Date.now = () => (readings++, now());
await import("../../../mod.ts");
const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name));
process.stdout.write(JSON.stringify({ added, spoken, timers, randoms, readings }));
