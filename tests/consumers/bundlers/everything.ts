/** All that a browser may ask for. */
export * from "@twat/cache";
