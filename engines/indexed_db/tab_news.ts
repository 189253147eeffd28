import type { News } from "../../src/contract/store.ts";

interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** What news between tabs wants of the global object. */
export interface NewsGlobals {
  readonly BroadcastChannel?: (new (name: string) => Channel) | undefined;
  readonly addEventListener?: ((type: string, listener: (event: unknown) => void) => void) | undefined;
  readonly removeEventListener?: ((type: string, listener: (event: unknown) => void) => void) | undefined;
}

/** What the tabs and workers of one site tell each other of a storage that they share. */
export class TabNews {
  readonly #globals: NewsGlobals;
  #channel: Channel | undefined;
  readonly #listeners: Set<(news: News) => void> = new Set();

  constructor(name: string, globals: NewsGlobals) {
    this.#globals = globals;
    const { BroadcastChannel } = globals;
    if (typeof BroadcastChannel !== "function") return;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => isNews(data) && this.hear(data);
    globals.addEventListener?.("pageshow", this.#shown);
  }

  /** Tells the others. */
  tell(news: News): void {
    this.#channel?.postMessage(news);
  }

  /** Hands news to those who listen here. */
  hear(news: News): void {
    for (const listener of this.#listeners) listener(news);
  }

  /** Listens until the function that it returns is called; says at once whether there is anything to hear. */
  watch(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#channel === undefined ? "lost" : "live");
    return () => void this.#listeners.delete(listener);
  }

  /** Falls silent and goes deaf. */
  close(): void {
    this.#listeners.clear();
    this.#globals.removeEventListener?.("pageshow", this.#shown);
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** A page that the browser had put aside, for the button "back", has heard nothing meanwhile. */
  readonly #shown = (event: unknown): void => {
    if ((event as { persisted?: boolean }).persisted !== true) return;
    this.hear("lost");
    this.hear("live");
  };
}

/** Anybody on the site may use the channel. */
function isNews(data: unknown): data is News {
  if (typeof data !== "object" || data === null) return false;
  const { keys, prefix } = data as { keys?: unknown; prefix?: unknown };
  return Array.isArray(keys) ? keys.every((key) => typeof key === "string") : typeof prefix === "string";
}
