/** Whether a function was declared `async`. One that merely returns promises shows that only when it runs. */
export function isAsyncFunction(fn: unknown): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}
