import { after, test } from "node:test";
import { redis } from "../../engines/redis.ts";
import { flowChapter } from "../flow_chapter.ts";
import { longFlowChapter } from "../long_flow_chapter.ts";
import { redisMissing, startRedis } from "../redis_server.ts";

if (redisMissing !== undefined) test("redis keeps what flows", { skip: redisMissing }, () => {});
else {
  const server = await startRedis();
  after(() => server.close());
  const kept = { engine: redis, url: server.url, strict: true, version: "1" } as const;

  flowChapter("redis", { ...kept, folderName: "flowing" });
  longFlowChapter("redis", { ...kept, folderName: "long" });
  flowChapter("memory in front of redis", { url: server.url, version: "1", folderName: "front" });
}
