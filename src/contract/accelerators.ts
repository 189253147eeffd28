/** The optional methods of a store. */
export const acceleratorNames = [
  "getMany",
  "setMany",
  "deleteMany",
  "touch",
  "sweep",
  "trim",
  "commit",
  "lease",
  "release",
  "watch",
  "check",
] as const;

/** The name of an optional method of a store. */
export type AcceleratorName = typeof acceleratorNames[number];
