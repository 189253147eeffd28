const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Lets all microtasks run, and those that they lead to. */
export function macrotask(): Promise<void> {
  return new Promise<void>((resolve) => {
    if (setImmediate !== undefined) return void setImmediate(resolve);
    if (channel === undefined) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => waiting.shift()?.();
    }
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });
}
