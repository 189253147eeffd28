const { process } = globalThis as {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
};

/**
 * How many times over tests of chance and damage do their work: once, or as often as `TWAT_TEST_TIMES` says, which the scheduled run of
 * CI sets.
 */
export const times: number = Number(process?.env?.["TWAT_TEST_TIMES"] ?? 1);
