import { ConfigurationError } from "../errors.ts";
import { digest } from "./digest.ts";
import { normalizedSource } from "./normalized_source.ts";

/** Who a cached function is, in every key of its values. */
export interface Identity {
  /** The name for people. */
  readonly name: string;
  /** The name as a file name: `a-z 0-9 _ -`, at most 49 characters, with a digest so that no two names share one. */
  readonly scope: string;
  /** `"0"`, or 8 hexadecimal digits that change with the version. */
  readonly version: string;
}

/** What an identity is made from besides the function. */
export interface IdentityOptions {
  /** The name; the function's own unless given. */
  readonly name?: string | undefined;
  /** Any text that changes when results do, or `"source"` for a digest of the source. */
  readonly version?: string | undefined;
  /** Functions whose source counts, too. */
  readonly deps?: readonly unknown[] | undefined;
  /** Whether values outlive the process, so that an older function's may be met. */
  readonly persistent: boolean;
}

const LONGEST_SLUG = 40;

/**
 * The identity of a function.
 *
 * On a persistent cache the version is the digest of the source unless one is given: comments and white space do not
 * count, what the source refers to counts only when it is named in `deps`. A runtime that rewrites the source as it
 * loads it (TypeScript on Deno and Bun) has versions of its own; give a version to share values between runtimes. In
 * memory the version is `"0"` unless one is given.
 *
 * Throws a `ConfigurationError` when a persistent cache is to keep a function without a name, or one whose source
 * cannot be read.
 */
export function identify(fn: unknown, options: IdentityOptions): Identity {
  const name = options.name ?? ownName(fn);
  if (name === "" && options.persistent) {
    throw new ConfigurationError(
      'Cannot keep the values of a function without a name: nothing would tell them from those of another; give the option "name"',
      { issues: [{ path: "name", message: "is missing, and the function has none" }] },
    );
  }
  return { name: name || "anonymous", scope: scopeOf(name || "anonymous"), version: versionOf(fn, name, options) };
}

/** A name as it stands in keys and file names. */
export function scopeOf(name: string): string {
  const slug = name.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, LONGEST_SLUG);
  return `${slug || "fn"}-${digest(name).slice(0, 8)}`;
}

/** The version that a text stands for: 8 hexadecimal digits. */
export function versionDigest(text: string): string {
  return digest(text).slice(0, 8);
}

function versionOf(fn: unknown, name: string, { version, deps = [], persistent }: IdentityOptions): string {
  if (version === undefined && !persistent) return "0";
  const bySource = version === undefined || version === "source";
  if (!bySource && deps.length === 0) return versionDigest(version);
  const sources = deps.map((dep, index) => sourceOf(dep, name, `deps[${index}]`));
  const own = bySource ? `source ${sourceOf(fn, name, "the function")}` : `version ${version}`;
  return versionDigest([own, ...sources].map((text) => `${text.length}:${text}`).join(""));
}

function sourceOf(written: unknown, name: string, which: string): string {
  const fn = unwrapped(written);
  if (typeof fn !== "function") {
    throw new ConfigurationError(
      `Cannot tell the version of "${name}": ${which} is no function; name functions in "deps"`,
      {
        issues: [{ path: which, message: "is no function" }],
      },
    );
  }
  const source = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    throw new ConfigurationError(
      `Cannot tell the version of "${name}": the source of ${which} cannot be read, it is native or bound; give the option "version"`,
      { issues: [{ path: which === "the function" ? "version" : which, message: "has no readable source" }] },
    );
  }
  return normalizedSource(source);
}

/** The function under a cache that was wrapped around it, as often as it was. */
function unwrapped(fn: unknown): unknown {
  let inner = fn;
  for (let layer = 0; layer < 16; layer++) {
    const { original } = (inner as { cache?: { original?: unknown } } | undefined)?.cache ?? {};
    if (typeof original !== "function") break;
    inner = original;
  }
  return inner;
}

function ownName(fn: unknown): string {
  const name = (fn as { name?: unknown } | undefined)?.name;
  return typeof name === "string" ? name : "";
}
