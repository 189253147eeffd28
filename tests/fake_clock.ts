export { FakeClock } from "./contract/fake_clock.ts";
