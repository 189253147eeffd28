/**
 * A page that draws the Mandelbrot set. What it computed is there after a reload, and in other tabs.
 *
 *     npm install @twat/cache vite
 *     npx vite
 */
import { bcache, fcache, mcache } from "@twat/cache";

/** In memory, as long as the page is there: a recursion that would take minutes without. */
const ways = mcache((steps) => steps < 2 ? 1n : ways(steps - 1) + ways(steps - 2));

/** In IndexedDB: small things, with their types. Minifiers drop names of functions, so what outlives the page is given one. */
const visit = bcache((_page) => ({ first: new Date(), colours: new Set(["navy", "gold"]) }), {
  name: "visit",
  folderName: "mandelbrot",
});

/** In files of the site that only it can see (OPFS): large things. */
const pixels = fcache(
  (width, height) =>
    Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => {
      const [x, y] = [(at >> 2) % width / width * 3 - 2.2, Math.floor((at >> 2) / width) / height * 2 - 1];
      let [real, imaginary, steps] = [0, 0, 0];
      for (; steps < 60 && real ** 2 + imaginary ** 2 < 4; steps++) {
        [real, imaginary] = [real ** 2 - imaginary ** 2 + x, 2 * real * imaginary + y];
      }
      return at % 4 === 3 ? 255 : steps * 4;
    }),
  { name: "pixels", folderName: "mandelbrot" },
);

const canvas = document.querySelector("canvas");
const { width, height } = canvas;
canvas.getContext("2d").putImageData(new ImageData(await pixels(width, height), width, height), 0, 0);
const { first, colours } = await visit(location.pathname);

document.querySelector("pre").textContent = [
  `first seen ${first.toISOString()}, drawn in ${[...colours].join(" and ")}, ${ways(90)} ways`,
  ...[pixels, visit].map(({ cache }) =>
    `${cache.info.name}: ${cache.stats().hits ? "kept" : "new"}, ${cache.info.engine}`
  ),
].join("\n");
