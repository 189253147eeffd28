/** Runs the test file beside it within a request and answers with what is told, one line of JSON each. */
import { provide } from "./bindings.ts";
import type { Told, Unable } from "./told.ts";
import { runFile } from "./run_file.ts";

export default {
  async fetch(request: Request, bindings: Readonly<Record<string, unknown>>): Promise<Response> {
    provide(bindings);
    const unable: Unable[] = await request.json();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const encoder = new TextEncoder();
    const tell = (told: Told) => void writer.write(encoder.encode(`${JSON.stringify(told)}\n`)).catch(() => {});
    void runFile("./bundle.js", unable, tell).finally(() => writer.close());
    return new Response(readable);
  },
};
