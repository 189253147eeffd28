/**
 * A built-in module of the runtime, or `undefined` where there is none.
 *
 * Why: the contract also runs in browsers and at the edge, where an import of `node:fs` cannot be resolved.
 */
export function builtIn<T>(name: string): T | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): T | undefined } };
  try {
    return process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}
