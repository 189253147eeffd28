import assert from "node:assert/strict";
import process from "node:process";

/** Runs with something else happening just before an operation of the file system is carried out for the first time. */
export function interrupted(
  operation: string,
  when: (args: readonly unknown[]) => boolean,
  other: () => void,
  run: () => void,
): void {
  const fs = process.getBuiltinModule("node:fs") as unknown as Record<string, (...args: unknown[]) => unknown>;
  const real = fs[operation]!;
  fs[operation] = (...args) => {
    if (when(args)) {
      fs[operation] = real;
      other();
    }
    return real(...args);
  };
  try {
    run();
    assert.equal(fs[operation], real, `${operation} was interrupted`);
  } finally {
    fs[operation] = real;
  }
}

/** Runs while an operation of the file system fails as it does on a full or read-only disk. */
export function failing(
  operation: string,
  code: string,
  when: (args: readonly unknown[]) => boolean,
  run: () => void,
): void {
  const fs = process.getBuiltinModule("node:fs") as unknown as Record<string, (...args: unknown[]) => unknown>;
  const real = fs[operation]!;
  let failed = 0;
  fs[operation] = (...args) => {
    if (!when(args)) return real(...args);
    failed++;
    throw Object.assign(new Error(`${code}: made up`), { code });
  };
  try {
    run();
  } finally {
    fs[operation] = real;
  }
  assert.ok(failed > 0, `${operation} was called`);
}
