import { Money } from "./fixture_values.ts";

const NAMES = ["a", "b", "id", "name", "~m", "__proto__", "constructor", "", "10", "2", "toJSON", "a.b", "ü"];
const TEXTS = ["", "x", "~", "~u", "text", "\ud800", "ü😀", "[1]", "null", "\\", "a\nb"];
const NUMBERS = [0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 1e-7, 5e-324];

/** A random value that the codec keeps, of up to some 40 parts, with objects that stand in several places. */
export function randomValue(next: () => number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const made: object[] = [];
  let left = 1 + Math.floor(next() * 40);
  const only = next();
  const kinds = only < 0.35 ? 3 : only < 0.65 ? 8 : 24;

  function make(depth: number): unknown {
    left--;
    const kind = depth > 6 || left <= 0 ? Math.floor(next() * 2) : Math.floor(next() * kinds);
    if (kinds > 20 && made.length > 0 && next() < 0.08) return pick(made);
    switch (kind) {
      case 0:
        return pick([null, true, false, pick(TEXTS), Math.floor(next() * 1000)]);
      case 1:
        return kinds > 3
          ? pick([undefined, pick(NUMBERS), BigInt(Math.floor(next() * 1e9)) ** 3n, pick(TEXTS)])
          : next();
      case 2:
        return next() < 0.5 ? fill(keep([]), depth) : record(keep({}), depth);
      case 3:
        return keep(new Date(next() < 0.1 ? NaN : Math.floor((next() - 0.5) * 1e13)));
      case 4: {
        const map = keep(new Map());
        for (let n = next() * 4; n > 0; n--) map.set(make(depth + 1), make(depth + 1));
        return map;
      }
      case 5: {
        const set = keep(new Set());
        for (let n = next() * 4; n > 0; n--) set.add(make(depth + 1));
        return set;
      }
      case 6:
        return rows(depth);
      case 7:
        return record(keep({}), depth);
      case 8:
        return record(keep(Object.create(null)), depth);
      case 9: {
        const array = fill(keep([]), depth);
        array[array.length + Math.floor(next() * 3)] = make(depth + 1);
        if (next() < 0.3) (array as unknown as Record<string, unknown>)["extra"] = make(depth + 1);
        return array;
      }
      case 10:
        return keep(new RegExp(pick(["a", "[/]", "\\/", "\n", "(?:)"]), pick(["", "g", "giu", "sy"])));
      case 11:
        return keep(new URL(pick(["http://a/b?c#d", "data:,x", "https://ü.example/%20"])));
      case 12:
        return error(depth);
      case 13:
      case 14:
      case 15:
        return binary();
      case 16:
        return keep(Object(pick([1, -0, "boxed", false, 7n])));
      case 17: {
        const content = next() < 0.5 ? make(depth + 1) : undefined;
        // What it holds may lead back to what is being made only through objects, which may not hold it yet.
        return new Money(BigInt(Math.floor(next() * 100)), typeof content === "object" ? undefined : content);
      }
      case 18:
        return keep(new URLSearchParams(pick(["", "a=1&b=2", "ü=%20"])));
      default:
        return next() < 0.5 ? fill(keep([]), depth) : record(keep({}), depth);
    }
  }

  function keep<T extends object>(object: T): T {
    if (kinds > 20) made.push(object);
    return object;
  }

  function fill(array: unknown[], depth: number): unknown[] {
    for (let n = next() * 6; n > 0; n--) array.push(make(depth + 1));
    return array;
  }

  function record(object: object, depth: number): object {
    for (let n = next() * 5; n > 0; n--) {
      const name = kinds === 3 && next() < 0.9 ? "plain" + Math.floor(next() * 5) : pick(NAMES);
      Object.defineProperty(object, name, {
        value: make(depth + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return object;
  }

  function rows(depth: number): unknown[] {
    const names = ["id", "name", "at"].slice(0, 1 + Math.floor(next() * 3));
    const list = keep([] as unknown[]);
    for (let n = 2 + next() * 4; n > 0; n--) {
      list.push(Object.fromEntries(names.map((name) => [name, name === "at" ? new Date(1e12) : make(depth + 2)])));
    }
    return list;
  }

  function error(depth: number): Error {
    const result = keep(new (pick([Error, TypeError, RangeError]))(pick(TEXTS)));
    if (next() < 0.4) {
      Object.defineProperty(result, "cause", { value: make(depth + 1), writable: true, configurable: true });
    }
    if (next() < 0.4) Object.assign(result, { code: make(depth + 1) });
    return result;
  }

  function binary(): object {
    const buffer = new ArrayBuffer(48);
    new Uint8Array(buffer).forEach((_, i, all) => all[i] = next() * 256);
    const offset = 8 * Math.floor(next() * 3);
    const Class = pick([Uint8Array, Int16Array, Float32Array, Float64Array, BigInt64Array, Uint8ClampedArray]);
    const view = pick<() => object>([
      () => new Class(buffer, offset, Math.floor(next() * 3)),
      () => new Class(buffer, offset, 3 - offset / 8),
      () => new DataView(buffer, Math.floor(next() * 20), Math.floor(next() * 20)),
      () => buffer,
    ])();
    keep(view);
    if (next() < 0.2) keep(new Uint8Array(buffer, 1, 30));
    return view;
  }

  return make(0);
}
