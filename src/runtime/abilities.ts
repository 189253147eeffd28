import type { Globals } from "../contract/engine.ts";

/** A built-in module of the runtime by its `node:` or `bun:` name, or `undefined` where there is none. Asks no permission. */
export function builtin<T>(globals: Globals, name: string): T | undefined {
  const process = globals.process as { getBuiltinModule?: (name: string) => unknown } | undefined;
  return typeof process?.getBuiltinModule === "function" ? process.getBuiltinModule(name) as T | undefined : undefined;
}

/** A permission as `Deno.permissions` describes it. */
export type Permission =
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "sys"; readonly kind: string };

/** Whether something may be done without asking anybody: only a runtime with a permission system ever refuses. */
export function permitted(globals: Globals, permission: Permission): boolean {
  const deno = globals.Deno as { permissions?: { querySync?: (p: Permission) => { state: string } } } | undefined;
  if (typeof deno?.permissions?.querySync !== "function") return true;
  return deno.permissions.querySync(permission).state === "granted";
}
