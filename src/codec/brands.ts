/** Whether an object is a regular expression and does not only have the prototype of one. */
export function isRegExp(value: object): boolean {
  return !(Symbol.toStringTag in value) && Object.prototype.toString.call(value) === "[object RegExp]";
}

/** The primitive in a boxed one. `valueOf` of the wrong class throws. */
export function unboxed(value: object, prototype: object): string | number | boolean | bigint | undefined {
  switch (prototype) {
    case String.prototype:
      return String.prototype.valueOf.call(value);
    case Number.prototype:
      return Number.prototype.valueOf.call(value);
    case Boolean.prototype:
      return Boolean.prototype.valueOf.call(value);
    case BigInt.prototype:
      return BigInt.prototype.valueOf.call(value);
    default:
      return undefined;
  }
}
