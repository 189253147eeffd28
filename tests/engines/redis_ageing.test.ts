import { after, test } from "node:test";
import { redis } from "../../engines/redis.ts";
import { stagesChapter } from "../ageing/stages_chapter.ts";
import { redisMissing, startRedis } from "../redis_server.ts";

if (redisMissing !== undefined) test("redis: values age", { skip: redisMissing }, () => {});
else {
  const server = await startRedis();
  after(() => server.close());
  // Not judged here, and the machine may be busy with other tests.
  const patient = { url: server.url, engineTimeout: "10s" } as const;
  const kept = { ...patient, engine: redis, strict: true, version: "1" } as const;
  stagesChapter("redis", (name) => ({ ...kept, folderName: name, name }));
  stagesChapter(
    "memory in front of redis",
    (name) => ({ ...patient, folderName: `front-${name}`, name: `front-${name}` }),
  );
}
