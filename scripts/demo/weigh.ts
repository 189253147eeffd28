import type { Corpus } from "./corpus.ts";
import { linesOf } from "./page_lines.ts";

/**
 * The matrix of TF-IDF weights: a row for each page, a column for each term that at least two pages share, every row of length 1.
 *
 * Sublinear term frequency and smoothed inverse document frequency, as in Manning, Raghavan and Schütze, "Introduction to
 * Information Retrieval", 6.4.
 */
export function weigh({ pages }: Corpus): Float64Array {
  const documents = new Map<string, number>();
  const words = pages.map(({ terms }) => linesOf(terms));
  for (const terms of words) for (const term of terms) documents.set(term, (documents.get(term) ?? 0) + 1);
  const columns = new Map<string, number>();
  for (const [term, count] of documents) if (count > 1) columns.set(term, columns.size);
  const matrix = new Float64Array(pages.length * columns.size);
  pages.forEach((page, index) => {
    const row = matrix.subarray(index * columns.size, (index + 1) * columns.size);
    const columnOf = words[index]!.map((term) => columns.get(term) ?? -1);
    page.termIds.forEach((id, at) => {
      const column = columnOf[id]!;
      if (column >= 0) row[column]! += page.counts[at]!;
    });
    let square = 0;
    words[index]!.forEach((term, id) => {
      const column = columnOf[id]!;
      if (column < 0 || row[column] === 0) return;
      const weight = (1 + Math.log(row[column]!)) * Math.log(1 + pages.length / documents.get(term)!);
      row[column] = weight;
      square += weight * weight;
    });
    const length = Math.sqrt(square) || 1;
    for (let column = 0; column < row.length; column++) row[column]! /= length;
  });
  return matrix;
}

/** The cosine of every row of a matrix with every other, as a square matrix. */
export function relate(matrix: Float64Array, rows: number): Float64Array {
  const width = rows === 0 ? 0 : matrix.length / rows;
  const cosines = new Float64Array(rows * rows);
  for (let one = 0; one < rows; one++) {
    for (let other = one; other < rows; other++) {
      let sum = 0;
      const to = (one + 1) * width;
      for (let at = one * width, beside = other * width; at < to; at++, beside++) sum += matrix[at]! * matrix[beside]!;
      cosines[one * rows + other] = cosines[other * rows + one] = sum;
    }
  }
  return cosines;
}
