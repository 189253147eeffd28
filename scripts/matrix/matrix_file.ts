import { root } from "../tree.ts";
import type { EngineMatrix } from "./engine_matrix.ts";

/** Where the matrix of the last full run is written down, below the project's folder. */
export const matrixPath = "tests/MATRIX.json";

/** The matrix that is written down; `undefined` where none is. */
export async function readWrittenMatrix(): Promise<EngineMatrix | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(new URL(matrixPath, root)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes a matrix down. */
export async function writeMatrix(matrix: EngineMatrix): Promise<void> {
  await Deno.writeTextFile(new URL(matrixPath, root), `${JSON.stringify(matrix, null, 2)}\n`);
}
