/** What the compiler has to refuse: a line that compiles is an error here. */
import { acache, bcache, mcache } from "@twat/cache";

declare function load(id: number): { readonly id: number };

// @ts-expect-error: no such option
mcache(load, { maxsize: 10 });
// @ts-expect-error: a span needs a unit that there is
mcache(load, { ttl: "5 fortnights" });
// @ts-expect-error: a bare number is milliseconds, a text is not one
mcache(load, { ttl: "300" });
// @ts-expect-error: no such policy
mcache(load, { policy: "oldest" });
// @ts-expect-error: the wrapped function has the arguments that it had
mcache(load)("1");
// @ts-expect-error: a persistent cache gives a promise
export const user: { readonly id: number } = bcache(load)(1);
// @ts-expect-error: nothing is kept of a number
mcache(5);

export class Shop {
  // @ts-expect-error: a synchronous member cannot give promises
  @acache
  price(article: string): number {
    return article.length;
  }
}
