import type { Globals } from "../../src/contract/engine.ts";
import { builtin } from "../../src/runtime/abilities.ts";

/** An argument of a command. */
export type Argument = string | Uint8Array;

/** What is told of a connection that hears what is published. */
export interface Hearing {
  /** Something was published. */
  heard(message: string): void;
  /** The connection broke, so that nothing more is heard. Told once at least, and not for a `close`. */
  broke(): void;
}

/** A connection that hears what is published on one channel. It does not keep the process alive where that can be helped. */
export interface Subscription {
  /** Resolves when the server answers; what was published before has been heard then. */
  ping(): Promise<unknown>;
  /** Gives the connection back. */
  close(): void;
}

/** A client of one of the packages for Redis, in the few words that are used here. */
export interface Connection {
  /** The client. */
  readonly native: unknown;
  /** Whether a command would be sent at once, rather than kept until there is a connection. */
  readonly ready: boolean;
  /** Sends a command; the texts of its answer are strings. */
  send(name: string, args: readonly Argument[]): Promise<unknown>;
  /** Reads what is under keys as text. What is not text is garbled. */
  readText(keys: readonly string[]): Promise<readonly (string | null)[]>;
  /** Reads what is under keys as bytes. */
  readBytes(keys: readonly string[]): Promise<readonly (Uint8Array | null)[]>;
  /** Opens another connection to the same server, which hears what is published on a channel. */
  subscribe(channel: string, hearing: Hearing): Promise<Subscription>;
  /** Closes the client; what it was asked and did not answer is rejected. */
  close(): void;
}

/** Node's class of bytes, which is all that its clients take. */
export interface BufferClass {
  from(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array;
}

/** Node's class of bytes, where the runtime has it. */
export function bufferClass(globals: Globals): BufferClass | undefined {
  return (globals.Buffer as BufferClass | undefined) ??
    builtin<{ Buffer: BufferClass }>(globals, "node:buffer")?.Buffer;
}

/** Turns arguments into what Node's clients take. Other arrays of bytes they refuse, or send as a list of numbers. */
export function bufferer(): (args: readonly Argument[]) => (string | Uint8Array)[] {
  const Buffer = bufferClass(globalThis as unknown as Globals)!;
  return (args) =>
    args.map((arg) => typeof arg === "string" ? arg : Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength));
}
