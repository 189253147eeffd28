/** Decorators on members, by the standard's syntax. */
import { acache, mcache } from "@twat/cache";

export class Shop {
  readonly #prices = new Map([["tea", 3]]);

  @mcache({ ttl: "5m", maxSize: 100 })
  price(article: string, amount: number): number {
    return (this.#prices.get(article) ?? 0) * amount;
  }

  @mcache
  get articles(): readonly string[] {
    return [...this.#prices.keys()];
  }

  @acache
  async stock(article: string): Promise<number> {
    return await Promise.resolve(article.length);
  }

  @mcache
  static open(): Shop {
    return new Shop();
  }
}

export const price: number = Shop.open().price("tea", 2);
