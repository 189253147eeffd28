import process from "node:process";

/** Tells on stderr how far the work is: a bar on a terminal, otherwise a line for each stage. */
export function tellProgress(run: string): { onProgress: (stage: string, done: number) => void; end: () => void } {
  const { stderr } = process;
  let last = 0;
  let drawn = false;
  return {
    onProgress(stage, done) {
      if (!stderr.isTTY) {
        if (done === 0) stderr.write(`${run}: ${stage}\n`);
        return;
      }
      const now = performance.now();
      if (done > 0 && now - last < 100) return;
      last = now;
      drawn = true;
      stderr.write(`\r\x1b[K${run}: ${stage.padEnd(16)} ${bar(done, 30).padEnd(30, "·")}`);
    },
    end() {
      if (drawn) stderr.write("\r\x1b[K");
    },
  };
}

const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of at most `width` characters for a share from 0 to 1, to an eighth of a character. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return "█".repeat(eighths >> 3) + PARTS[eighths & 7];
}
