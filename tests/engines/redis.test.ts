import { after, test } from "node:test";
import { redis } from "../../engines/redis.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { until } from "../contract/patience.ts";
import { redisAccelerators } from "../redis_entry.ts";
import { redisMissing, startRedis } from "../redis_server.ts";

if (redisMissing !== undefined) test("redis passes the contract", { skip: redisMissing }, () => {});
else {
  const server = await startRedis();
  // A server of a cluster refuses commands, and programs, whose keys are not all on one machine.
  const ofCluster = await startRedis("--cluster-enabled", "yes");
  await ofCluster.ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  await until(async () => (await ofCluster.ask("CLUSTER", "INFO")).includes("cluster_state:ok"), "the cluster serves");
  after(async () => {
    await server.close();
    await ofCluster.close();
  });
  engineContract("redis by url", { engine: redis, open: { url: server.url }, accelerators: redisAccelerators });
  engineContract("redis by url, in a cluster", {
    engine: redis,
    open: { url: ofCluster.url },
    accelerators: redisAccelerators,
  });
}
