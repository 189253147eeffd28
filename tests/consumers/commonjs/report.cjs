/**
 * Prints how often each route of an access log is asked for. For programs that have not moved to ES modules yet.
 *
 *     npm install @twat/cache
 *     node report.cjs FILE
 */
const { readFileSync, statSync } = require("node:fs");
const { fcache, mcache } = require("@twat/cache");

/** Thousands of requests ask for few addresses. */
const routeOf = mcache((address) => new URL(address, "http://localhost").pathname.replace(/\/\d+/g, "/:id"), {
  maxSize: 5_000,
});

/** Kept in files across runs, until the log grows. */
const report = fcache.sync(function report(path, _bytes) {
  const counts = new Map();
  for (const line of readFileSync(path, "utf8").trim().split("\n")) {
    const route = routeOf(line.split(" ")[1]);
    counts.set(route, (counts.get(route) ?? 0) + 1);
  }
  return counts;
}, { folderName: "report" });

const [, , path] = process.argv;
for (const [route, count] of report(path, statSync(path).size)) console.log(count, route);
console.log(
  report.cache.stats().hits === 1 ? "from the cache" : `computed, ${routeOf.cache.stats().hits} routes known`,
);
