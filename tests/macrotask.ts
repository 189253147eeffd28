const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };

/** Lets all microtasks run, and those that they lead to. */
export async function macrotask(): Promise<void> {
  if (setImmediate !== undefined) return await new Promise<void>((resolve) => setImmediate(resolve));
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(undefined);
  });
  port1.close();
}
