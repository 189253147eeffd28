import { after, test } from "node:test";
import { redis } from "../../engines/redis.ts";
import { stagesChapter } from "../ageing/stages_chapter.ts";
import { redisMissing, startRedis } from "../redis_server.ts";

if (redisMissing !== undefined) test("redis: values age", { skip: redisMissing }, () => {});
else {
  const server = await startRedis();
  after(() => server.close());
  const kept = { engine: redis, url: server.url, strict: true, version: "1" } as const;
  stagesChapter("redis", (name) => ({ ...kept, folderName: name, name }));
  stagesChapter(
    "memory in front of redis",
    (name) => ({ url: server.url, folderName: `front-${name}`, name: `front-${name}` }),
  );
}
