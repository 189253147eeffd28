import process from "node:process";
import type { CacheInfo, CacheStats, Refusal } from "../../mod.ts";
import type { Answer } from "./answer.ts";
import { readRange } from "./blocks.ts";
import { makeCaches, type Place } from "./caches.ts";
import { digestOf, gather } from "./corpus.ts";
import { DOCUMENTED, findPages } from "./find_pages.ts";
import type { Page } from "./page.ts";
import { type PageServer, servePages } from "./page_server.ts";
import { quote } from "./quote.ts";

/** What one process is to do. */
export interface RunOptions extends Place {
  readonly packages: string;
  readonly questions: readonly string[];
  readonly limit?: number | undefined;
  /** Whether to drop everything that is kept before the work begins. */
  readonly clear: boolean;
  /** Hears how far the work is: a stage, and how much of it is done, from 0 to 1. */
  readonly onProgress: (stage: string, done: number) => void;
}

/** What one cache did in one process. */
export interface CacheUse {
  readonly decorator: string;
  readonly name: string;
  readonly calls: number;
  /** How often the function ran. */
  readonly executions: number;
  readonly hits: number;
  readonly errors: number;
  /** What the hits would have cost, in milliseconds. */
  readonly savedMs: number;
  readonly engine: string;
  readonly reason: string;
  readonly refused: readonly Refusal[];
  readonly persistent: boolean;
}

/** What one process did. */
export interface Run {
  /** The number of the process. */
  readonly pid: number;
  readonly files: number;
  readonly bytes: number;
  readonly sections: number;
  /** How long each stage of the work took, in milliseconds. Starting the process and loading the program are not part of it. */
  readonly stages: Readonly<Record<string, number>>;
  readonly workMs: number;
  /** What processors spent on the work, in milliseconds: as `workMs`, but whatever else the machine does. */
  readonly cpuMs: number;
  readonly caches: readonly CacheUse[];
  readonly answers: readonly Answer[];
  /** The first sentence of each hit, by path and line. */
  readonly quotes: Readonly<Record<string, string>>;
}

/** Reads the documentation, compares all of it, answers the questions, and fetches what the answers point to. */
export async function runOnce(options: RunOptions): Promise<Run> {
  const { packages, questions, limit, clear, onProgress, ...place } = options;
  let server: Promise<PageServer> | undefined;
  const caches = makeCaches(packages, place, async (page) => (await (server ??= servePages(packages))).urlOf(page));
  const kept = [caches.page, caches.matrix, caches.related, caches.nearest, caches.answered, caches.fetched];
  if (clear) { for (const { cache } of kept) await cache.clear(); }
  const stages: Record<string, number> = {};
  const cpu = process.cpuUsage();
  const timed = async <T>(stage: string, work: () => T | Promise<T>): Promise<T> => {
    onProgress(stage, 0);
    const start = performance.now();
    const result = await work();
    stages[stage] = performance.now() - start;
    return result;
  };

  const files = await timed("list files", () => findPages(packages, limit, DOCUMENTED));
  const corpus = await timed("read and index", async () => {
    const pages: Page[] = [];
    for (const file of files) {
      pages.push(await caches.page(file));
      onProgress("read and index", pages.length / files.length);
    }
    return gather(digestOf(files), pages);
  });
  const matrix = await timed("weigh terms", () => caches.matrix(corpus));
  const related = await timed("relate files", () => caches.related(corpus, matrix));
  const nearest = await timed("relate sections", () => caches.nearest(corpus));
  const library = { corpus, related, nearest };
  const answers = await timed("answer", () => questions.map((question) => caches.answered(library, question)));
  const quotes = await timed("fetch quotes", async () => {
    const pageAt = new Map(corpus.pages.map((page) => [page.path, page]));
    const quoted: Record<string, string> = {};
    for (const { hits } of answers) {
      await Promise.all(hits.map(async ({ path, line, start, end }) => {
        quoted[`${path}:${line}`] = quote(await readRange(pageAt.get(path)!, start, end, caches.fetched));
      }));
    }
    await (await server)?.close();
    return quoted;
  });

  const { user, system } = process.cpuUsage(cpu);
  const run: Run = {
    pid: process.pid,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    sections: corpus.pages.reduce((sum, { places }) => sum + places.length / 3, 0),
    stages,
    workMs: Object.values(stages).reduce((sum, ms) => sum + ms, 0),
    cpuMs: (user + system) / 1000,
    caches: [
      use("mcache", caches.terms.cache),
      use("mcache", caches.postings.cache),
      use("bcache", caches.page.cache),
      use("fcache", caches.matrix.cache),
      use("fcache", caches.related.cache),
      use("fcache", caches.nearest.cache),
      use("ucache", caches.answered.cache),
      use("acache", caches.fetched.cache),
    ],
    answers,
    quotes,
  };
  for (const { cache } of kept) await cache.close();
  return run;
}

function use(decorator: string, cache: { readonly info: CacheInfo; stats(): CacheStats }): CacheUse {
  const { name, engine, reason, refused, persistent } = cache.info;
  const { hits, misses, coalesced, errors, savedMs } = cache.stats();
  const calls = hits + misses;
  return {
    decorator,
    name,
    calls,
    executions: misses - coalesced,
    hits,
    errors,
    savedMs,
    engine,
    reason,
    refused,
    persistent,
  };
}
