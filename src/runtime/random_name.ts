/** Eight letters and digits by chance, for the name of a file that must not be there yet. */
export function randomName(): string {
  return Math.floor(Math.random() * 36 ** 8).toString(36).padStart(8, "0");
}
