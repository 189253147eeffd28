import type { News } from "../../src/contract/store.ts";
import type { Hearing, Subscription } from "./connection.ts";
import { KeptOpen } from "./kept_open.ts";
import { laterUnref, whenWaited } from "./time_limit.ts";

/** How often the connection is tried, and how long it may take to answer, in milliseconds. */
const BEAT = 400;

/** The news of a message, as the programs of `scripts.ts` publish it: `<sender> =<keys>`, or `<sender> *<prefix>`. */
function newsFrom(message: string): News | undefined {
  const start = message.indexOf(" ") + 1;
  const rest = message.slice(start + 1);
  if (message[start] === "=") return { keys: rest.split("\n") };
  return message[start] === "*" ? { prefix: rest } : undefined;
}

/**
 * Tells listeners what others publish on a channel, and whether it would be heard.
 *
 * What was published while the connection was broken is lost, and so it may be while the server does not answer.
 */
export class Watch {
  readonly #listeners = new Set<{ tell(news: News): void }>();
  readonly #kept: KeptOpen<Subscription>;
  #state: "live" | "lost" | undefined;
  #stopBeat: (() => void) | undefined;

  /** `sender` is whose news are not told: this store's own. */
  constructor(subscribe: (hearing: Hearing) => Promise<Subscription>, sender: string) {
    this.#kept = new KeptOpen<Subscription>({
      open: (broke) =>
        subscribe({
          heard: (message) => {
            const news = message.startsWith(`${sender} `) ? undefined : newsFrom(message);
            if (news !== undefined) this.#tell(news);
          },
          broke: () => broke(undefined),
        }),
      opened: (subscription) => {
        this.#turn("live");
        this.#beat(subscription);
      },
      lost: () => {
        this.#stopBeat?.();
        this.#turn("lost");
      },
    });
  }

  /** Adds a listener; returns what removes it. The last that leaves closes the connection. */
  add(tell: (news: News) => void): () => void {
    const listener = { tell };
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#kept.open().catch(() => {});
    else if (this.#state !== undefined) tell(this.#state);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.close();
    };
  }

  /** Stops listening. */
  close(): void {
    this.#listeners.clear();
    this.#stopBeat?.();
    this.#state = undefined;
    this.#kept.close();
  }

  #beat(subscription: Subscription): void {
    this.#stopBeat = laterUnref(() => {
      const silent = () => this.#kept.broke(undefined);
      this.#stopBeat = whenWaited(BEAT, silent, laterUnref);
      subscription.ping().then(() => {
        if (this.#kept.current !== subscription) return;
        this.#stopBeat?.();
        this.#beat(subscription);
      }, () => {
        if (this.#kept.current === subscription) silent();
      });
    }, BEAT);
  }

  #turn(state: "live" | "lost"): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#tell(state);
  }

  #tell(news: News): void {
    for (const { tell } of [...this.#listeners]) tell(news);
  }
}
