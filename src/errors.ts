/** Options of every error here. */
export interface CacheErrorOptions {
  /** What went wrong underneath. */
  cause?: unknown;
  /** A stable identifier for programs; each class has its own default. */
  code?: string;
}

/** Any error of this library. Its `code` is stable, its message says what happened, with what, and what to do. */
export class CacheError extends Error {
  override readonly name: string = "CacheError";
  /** Stable identifier of the error, for example `"ERR_CACHE_KEY"`. */
  readonly code: string;

  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = options.code ?? "ERR_CACHE";
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigurationIssue {
  /** Where it is, for example `"compress.minBytes"`; empty for the whole. */
  readonly path: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

/** Options that cannot mean anything. Lists every issue with its path. */
export class ConfigurationError extends CacheError {
  override readonly name: string = "ConfigurationError";
  /** Everything that is wrong, not just the first. */
  readonly issues: readonly ConfigurationIssue[];

  constructor(message: string, options: CacheErrorOptions & { issues?: readonly ConfigurationIssue[] } = {}) {
    super(message, { code: "ERR_CACHE_CONFIGURATION", ...options });
    this.issues = options.issues ?? [];
  }
}

/**
 * An engine that could not do its work.
 *
 * Its `code` is `"ERR_CACHE_ENGINE"`, which is followed by what is known of the trouble: `_BUSY`, `_FULL`, `_READ_ONLY`,
 * `_DAMAGED`, `_MOVED`, `_NOT_PERMITTED`, `_UNREACHABLE` for a server that does not answer, or `_LIMIT` for more at once than
 * the engine takes.
 */
export class EngineError extends CacheError {
  override readonly name: string = "EngineError";
  /** The name of the engine. */
  readonly engine: string;

  constructor(message: string, options: CacheErrorOptions & { engine: string }) {
    super(message, { code: "ERR_CACHE_ENGINE", ...options });
    this.engine = options.engine;
  }
}

/** One engine that was asked for and could not serve, and why. */
export interface Refusal {
  /** The name of the engine. */
  readonly engine: string;
  /** Why it cannot serve, in words that end a sentence. */
  readonly reason: string;
}

/** No engine that was asked for can be used here. */
export class EngineNotAvailableError extends EngineError {
  override readonly name: string = "EngineNotAvailableError";
  /** Each engine that was tried, with the reason. */
  readonly tried: readonly Refusal[];

  constructor(message: string, options: CacheErrorOptions & { engine: string; tried?: readonly Refusal[] }) {
    super(message, { code: "ERR_CACHE_ENGINE_NOT_AVAILABLE", ...options });
    this.tried = options.tried ?? [];
  }
}

/** Something about one call, key or value that the cache cannot handle. */
export class CacheOperationError extends CacheError {
  override readonly name: string = "CacheOperationError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_OPERATION", ...options });
  }
}

/** An argument from which no key can be made. */
export class CacheKeyError extends CacheOperationError {
  override readonly name: string = "CacheKeyError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_KEY", ...options });
  }
}

/** A value that cannot be kept. */
export class CacheValueError extends CacheOperationError {
  override readonly name: string = "CacheValueError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_VALUE", ...options });
  }
}

/** A value that would not survive encoding, or a body that cannot be read back. */
export class SerializationError extends CacheOperationError {
  override readonly name: string = "SerializationError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_SERIALIZATION", ...options });
  }
}

/** A resource that is missing, closed or held by somebody else. */
export class ResourceError extends CacheError {
  override readonly name: string = "ResourceError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_RESOURCE", ...options });
  }
}

/** Two computations that stand in each other's way. */
export class ConcurrencyError extends ResourceError {
  override readonly name: string = "ConcurrencyError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_CONCURRENCY", ...options });
  }
}

/** A cached function that waits for itself with the same arguments. */
export class ReentryError extends ConcurrencyError {
  override readonly name: string = "ReentryError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_REENTRY", ...options });
  }
}

/** A function that took longer than its `hardTimeout`. */
export class TimeoutError extends ConcurrencyError {
  override readonly name: string = "TimeoutError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_TIMEOUT", ...options });
  }
}

/** A folder or file name that is not allowed or cannot be used. */
export class PathError extends ResourceError {
  override readonly name: string = "PathError";
  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, { code: "ERR_CACHE_PATH", ...options });
  }
}
