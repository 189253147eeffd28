import { after, test } from "node:test";
import { redis } from "../../engines/redis.ts";
import { flowChapter } from "../flow_chapter.ts";
import { longFlowChapter } from "../long_flow_chapter.ts";
import { redisMissing, startRedis } from "../redis_server.ts";

if (redisMissing !== undefined) test("redis keeps what flows", { skip: redisMissing }, () => {});
else {
  const server = await startRedis();
  after(() => server.close());
  // Not judged here, and the machine may be busy with other tests.
  const patient = { url: server.url, engineTimeout: "10s", version: "1" } as const;
  const kept = { ...patient, engine: redis, strict: true } as const;

  flowChapter("redis", { ...kept, folderName: "flowing" });
  longFlowChapter("redis", { ...kept, folderName: "long" });
  flowChapter("memory in front of redis", { ...patient, folderName: "front" });
}
