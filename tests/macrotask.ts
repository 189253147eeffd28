const { setImmediate, setTimeout } = globalThis as {
  setImmediate?: (callback: () => void) => unknown;
  setTimeout: (callback: () => void, ms: number) => unknown;
};
/** workerd delivers messages amid microtasks, and does not hold up timers that come one after another, as browsers do. */
const inWorkerd = globalThis.navigator?.userAgent === "Cloudflare-Workers";
const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Lets all microtasks run, and those that they lead to. */
export function macrotask(): Promise<void> {
  return new Promise<void>((resolve) => {
    if (setImmediate !== undefined) return void setImmediate(resolve);
    if (inWorkerd) return void setTimeout(resolve, 0);
    if (channel === undefined) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => waiting.shift()?.();
    }
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });
}
