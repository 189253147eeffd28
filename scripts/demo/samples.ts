/** What the demo asks when nobody asks anything. Each can be answered from what a cache's packages document. */
export const samples: readonly string[] = [
  "Where is LRUCache fetch documented?",
  "Serve a stale value while it is refreshed in the background",
  "How long may an entry live, ttl in milliseconds",
  "Register a class so that its instances are restored",
  "Serialize Date and Map to JSON",
  "Validate an email address",
  "Safely parse unknown input with a schema",
  "Abort a request with a signal after a timeout",
  "Compress a stream with gzip",
  "Copy an object deeply",
];
