/**
 * Finds the sorted order of the names of an object's properties.
 *
 * Why learned: objects that come as arguments have few distinct lists of names, and sorting costs more than all the
 * rest. The order of a list is remembered in one of a fixed number of places, found by the list's length and its first
 * and last names, and compared name by name.
 */

/** A list of names, and how properties of these names are written in sorted order. */
export interface Shape {
  readonly names: readonly string[];
  /** For each property in sorted order, its place among the names. */
  readonly order: readonly number[];
  /** For each property in sorted order, what is written before its value. */
  readonly heads: readonly string[];
  /** The same with the comma that begins the text of a value. */
  readonly leads: readonly string[];
}

const PLACES = 256;
const LONGEST_LIST = 64;
const LONGEST_NAME = 64;

const shapes: (Shape | undefined)[] = new Array(PLACES).fill(undefined);

/** How to write properties of these names, which are not to be changed afterwards. */
export function shapeOf(names: readonly string[]): Shape {
  const count = names.length;
  if (count === 0) return EMPTY;
  const first = names[0]!;
  const last = names[count - 1]!;
  const mixed = count * 31 + first.length * 17 + first.charCodeAt(0) * 7 + last.length * 3 + last.charCodeAt(0);
  const place = mixed & PLACES - 1;
  const known = shapes[place];
  if (known !== undefined && isOf(known, names)) return known;
  const shape = learn(names);
  if (count <= LONGEST_LIST && names.every((name) => name.length <= LONGEST_NAME)) shapes[place] = shape;
  return shape;
}

/** What is written before the value of a property. */
export function nameHead(name: string): string {
  return `,${name.length}:${name}`;
}

const EMPTY: Shape = { names: [], order: [], heads: [], leads: [] };

function isOf(shape: Shape, names: readonly string[]): boolean {
  const known = shape.names;
  if (known.length !== names.length) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== names[i]) return false;
  return true;
}

function learn(names: readonly string[]): Shape {
  const sorted = [...names].sort();
  const places = new Map<string, number>();
  for (let i = 0; i < names.length; i++) places.set(names[i]!, i);
  const heads = sorted.map(nameHead);
  return { names, order: sorted.map((name) => places.get(name)!), heads, leads: heads.map((head) => head + ",") };
}
