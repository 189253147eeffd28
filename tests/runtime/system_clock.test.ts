import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import type { ClockHost } from "../../src/runtime/system_clock.ts";
import { CoarseClock, coarseClock, systemClock } from "../../src/runtime/system_clock.ts";
import { random } from "../random.ts";

/** Time that passes when told to, with the timers of an event loop. Its `now` stands in for `Date.now`. */
class MadeUpTime implements ClockHost {
  at = 1_790_000_000_000;
  /** Of the whole, by how much the wall clock was set forward, and for how long the monotonic one stood still. */
  set = 0;
  stood = 0;
  readings = 0;
  armed = 0;
  trusted = true;
  hasTimers = true;
  #timers: { due: number; callback: () => void }[] = [];

  now = (): number => {
    this.readings++;
    return Math.floor(this.at + this.set);
  };

  elapsed(): number {
    return Math.max(0, this.at - this.stood - 1_789_999_999_000);
  }

  trusts(now: () => number): boolean {
    return this.trusted && now === this.now;
  }

  soon(callback: () => void): boolean {
    this.armed++;
    if (this.hasTimers) this.#timers.push({ due: this.at + 1, callback });
    return this.hasTimers;
  }

  /** Time passes inside synchronous code: no timer fires. */
  busy(ms: number): void {
    this.at += ms;
  }

  /** Time passes in the event loop: timers that are due fire. */
  idle(ms: number): void {
    this.at += ms;
    const due = this.#timers.filter((timer) => timer.due <= this.at);
    this.#timers = this.#timers.filter((timer) => timer.due > this.at);
    for (const { callback } of due) callback();
  }

  get alive(): number {
    return this.#timers.length;
  }
}

/** Runs a test whose `Date.now` is made up. */
function inMadeUpTime(run: (time: MadeUpTime, clock: CoarseClock) => void): () => void {
  return () => {
    const real = Date.now;
    const time = new MadeUpTime();
    try {
      Date.now = time.now;
      run(time, new CoarseClock(time));
    } finally {
      Date.now = real;
    }
  };
}

function read(clock: CoarseClock, times: number): void {
  for (let time = 0; time < times; time++) clock.now();
}

describe("CoarseClock", () => {
  it(
    "now() is exact when it is read rarely, whatever the pauses",
    inMadeUpTime((time, clock) => {
      const next = random(1);
      for (let reading = 0; reading < 2_000; reading++) {
        assert.equal(clock.now(), Math.floor(time.at));
        time.idle(2 + next() * 10_000);
      }
      assert.equal(time.armed, 0, "no timer without need");
    }),
  );

  it(
    "now() is exact for the first 64 readings of a burst, and cheap afterwards",
    inMadeUpTime((time, clock) => {
      read(clock, 64);
      assert.equal(time.readings, 64);
      read(clock, 6_500);
      assert.ok(time.readings < 64 + 110, `${time.readings} exact readings`);
      assert.equal(time.armed, 1);
    }),
  );

  it(
    "now() is at most 64 readings old when a synchronous loop turns slow, and then exact",
    inMadeUpTime((time, clock) => {
      read(clock, 1_000);
      let old = 0;
      for (let step = 0; step < 500; step++) {
        time.busy(10);
        if (clock.now() !== time.at) old++;
      }
      assert.ok(old > 0 && old <= 64, `${old} old readings`);
      read(clock, 1);
      time.busy(10);
      assert.equal(clock.now(), time.at);
    }),
  );

  it(
    "now() is exact after a pause, however hot it was before",
    inMadeUpTime((time, clock) => {
      for (let round = 0; round < 50; round++) {
        read(clock, 70 + round);
        time.idle(3_600_000);
        assert.equal(clock.now(), time.at);
      }
    }),
  );

  it(
    "now() is at most 64 readings old and, across turns of the event loop, a millisecond, in 100,000 random steps",
    inMadeUpTime((time, clock) => {
      const next = random(7);
      let [exact, idleSince, cheap] = [0, time.at, 0];
      for (let step = 0; step < 100_000; step++) {
        const chance = next();
        if (chance < 0.02) time.busy(next() * 3);
        else if (chance < 0.04) time.idle(next() < 0.2 ? 1 + next() * 5_000 : next());
        const before = time.readings;
        const now = clock.now();
        if (time.readings > before) [exact, idleSince] = [0, time.at];
        else {
          cheap++;
          assert.ok(++exact <= 64);
          assert.equal(now, Math.floor(idleSince));
        }
        assert.ok(now <= time.at);
        assert.ok(time.alive <= 1, "one timer at most");
      }
      assert.ok(cheap > 1_000, `${cheap} cheap readings`);
      time.idle(1);
      assert.equal(time.alive, 0, "no timer a millisecond after the last reading");
    }),
  );

  it(
    "now() goes back with the system's clock where there is no monotonic one",
    inMadeUpTime((time, clock) => {
      time.stood = time.elapsed();
      read(clock, 100);
      time.at -= 60_000;
      read(clock, 65);
      assert.equal(clock.now(), time.at);
    }),
  );

  it(
    "now() is always exact when the time is made up",
    inMadeUpTime((time, clock) => {
      time.trusted = false;
      for (let reading = 0; reading < 1_000; reading++) {
        assert.equal(clock.now(), Math.floor(time.at));
        time.busy(0.25);
      }
    }),
  );

  it(
    "now() is always exact, and asks for few timers, when the host gives none",
    inMadeUpTime((time, clock) => {
      time.hasTimers = false;
      for (let reading = 0; reading < 300_000; reading++) clock.now();
      assert.equal(time.readings, 300_000);
      assert.ok(time.armed <= 3, `${time.armed} attempts`);
    }),
  );
});

describe("CoarseClock beside a monotonic clock", () => {
  it(
    "now() never goes back and is as late as either clock says, after 10,000 jumps of both",
    inMadeUpTime((time, clock) => {
      const next = random(7);
      let [before, passed, last] = [clock.now(), time.elapsed(), time.now()];
      for (let jump = 0; jump < 10_000; jump++) {
        const ms = Math.floor(next() * 10_000);
        if (next() < 0.3) time.set += Math.floor((next() - 0.5) * 7_200_000);
        if (next() < 0.3) time.stood += ms;
        time.idle(ms);
        const now = clock.now();
        assert.ok(now >= time.now(), "behind the wall clock");
        assert.ok(now >= Math.floor(before + time.elapsed() - passed), "behind the monotonic clock");
        assert.ok(
          now - before >= time.now() - last - 3,
          "less has passed than by the wall clock, wherever that stands",
        );
        assert.ok(now - before <= Math.max(ms, time.now() - last, 0) + 1, "ahead of both");
        [before, passed, last] = [now, time.elapsed(), time.now()];
      }
    }),
  );

  it(
    "now() goes back with a made-up Date",
    inMadeUpTime((time, clock) => {
      clock.now();
      time.trusted = false;
      Date.now = () => 5;
      assert.equal(clock.now(), 5);
    }),
  );
});

describe("coarseClock", () => {
  it("now() tells the system's time to the millisecond or so", () => {
    for (let reading = 0; reading < 100_000; reading++) {
      const [before, now] = [Date.now(), coarseClock.now()];
      if (reading % 1_000 === 0) assert.ok(before - now <= 50, `${before - now} ms behind`);
    }
    assert.ok(Math.abs(Date.now() - systemClock.now()) <= 50);
  });

  it("now() follows a made-up Date at once, and the real one after it", () => {
    const real = Date.now;
    try {
      for (let reading = 0; reading < 1_000; reading++) coarseClock.now();
      let fake = 5;
      Date.now = () => fake;
      for (; fake < 1_000; fake++) assert.equal(coarseClock.now(), fake);
    } finally {
      Date.now = real;
    }
    for (let reading = 0; reading < 65; reading++) coarseClock.now();
    assert.ok(Math.abs(coarseClock.now() - Date.now()) <= 50);
  });

  it("lets a process end when it was hot", () => {
    const module = new URL("../../src/runtime/system_clock.ts", import.meta.url).href;
    const script = `
      const { coarseClock } = await import(${JSON.stringify(module)});
      for (let reading = 0; reading < 1000; reading++) coarseClock.now();
      console.log("hot");
    `;
    const isDeno = "Deno" in globalThis;
    const flags = isDeno ? ["eval", script] : ["--eval", script];
    const run = spawnSync(process.execPath, flags, { encoding: "utf8", timeout: 20_000 });
    assert.equal(run.stdout.trim(), "hot", run.stderr);
    assert.equal(run.status, 0);
  });
});
