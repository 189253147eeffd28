import { cloudflareKv, type KvBinding } from "../../engines/cloudflare_kv.ts";
import { binding } from "../browser/bindings.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { FakeKv } from "./edge/fake_kv.ts";

// In workerd the real thing; elsewhere a stand-in.
engineContract("cloudflare_kv", {
  engine: cloudflareKv(binding<KvBinding>("KV") ?? new FakeKv()),
  accelerators: ["setMany", "deleteMany"],
  injected: true,
});
