/** How a program is started. */
export interface ProgramOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that has not ended, or said what it should, by then hangs, in milliseconds. */
const patience = 120_000;

/** Runs a program to its end and gives what it printed. Throws with all it said when it fails. */
export async function run(command: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { success, code, stdout, stderr } = await started(command, args, options, AbortSignal.timeout(patience))
    .output();
  const [out = "", said = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${[command, ...args].join(" ")} ended with ${code} in ${options.cwd}:\n${out}${said}`);
  return out;
}

/** A program that runs until it is stopped. */
export interface Service {
  /** Its first line. */
  readonly line: string;
  stop(): Promise<void>;
}

/** Starts a program and waits for its first line. */
export async function startService(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<Service> {
  const limit = new AbortController();
  const child = started(command, args, options, limit.signal).spawn();
  const timer = setTimeout(() => limit.abort(), patience);
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  clearTimeout(timer);
  const stop = async () => {
    limit.abort();
    await Promise.all([child.status, errors, reader.cancel()]);
  };
  const [line, rest] = text.split("\n");
  if (line === undefined || rest === undefined) {
    await stop();
    throw new Error(`${[command, ...args].join(" ")} ended before it said where it is:\n${text}${await errors}`);
  }
  return { line, stop };
}

function started(command: string, args: readonly string[], { cwd, env = {} }: ProgramOptions, signal: AbortSignal) {
  return new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  });
}
