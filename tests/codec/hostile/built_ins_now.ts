/** All that anybody could reach through built-in classes and change. */
export function builtInsNow(): unknown[] {
  const classes = [
    Object,
    Array,
    Map,
    Set,
    Date,
    RegExp,
    Function,
    Error,
    Promise,
    String,
    URL,
    Uint8Array,
    ArrayBuffer,
  ];
  return [...classes, ...classes.map((Class) => Class.prototype as object)].flatMap((owner) =>
    Reflect.ownKeys(owner).flatMap((name) => {
      const { value, get, set } = Object.getOwnPropertyDescriptor(owner, name)!;
      return [owner, name, value, get, set];
    })
  );
}
