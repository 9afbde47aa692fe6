// Filters of small pictures as OpenCV and numpy do them.

import { raster, rounded } from "./resize.js";

/** numpy's percentile of values: between two of them it is linear. */
export function percentile(values, share) {
  const sorted = Float32Array.from(values).sort();
  const place = ((sorted.length - 1) * share) / 100;
  const at = Math.floor(place);
  return sorted[at] + (sorted[Math.min(at + 1, sorted.length - 1)] - sorted[at]) * (place - at);
}

export const median = (values) => percentile(values, 50);

/** The largest value under a structuring element, `spans` of rows that begin at row `top` of it. */
export function dilated({ values, height, width }, { top, spans }) {
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let most = -Infinity;
      spans.forEach(([left, right], row) => {
        const from = y + top + row;
        if (from < 0 || from >= height) return;
        for (let at = Math.max(x + left, 0); at <= Math.min(x + right, width - 1); at++) {
          if (values[from * width + at] > most) most = values[from * width + at];
        }
      });
      out[y * width + x] = most;
    }
  }
  return raster(out, height, width);
}

/** Median of 8-bit values in windows of `side` (odd); the edge is repeated. */
export function medianBlurred(values, height, width, side) {
  const half = (side - 1) / 2;
  const out = new Uint8ClampedArray(values.length);
  const inside = (at, size) => Math.min(Math.max(at, 0), size - 1);
  const wanted = (side * side + 1) / 2;
  for (let y = 0; y < height; y++) {
    const counts = new Int32Array(256);
    const column = (x, by) => {
      for (let dy = -half; dy <= half; dy++) counts[values[inside(y + dy, height) * width + inside(x, width)]] += by;
    };
    for (let x = -half; x < half; x++) column(x, 1);
    for (let x = 0; x < width; x++) {
      column(x + half, 1);
      let [level, seen] = [0, counts[0]];
      while (seen < wanted) seen += counts[++level];
      out[y * width + x] = level;
      column(x - half, -1);
    }
  }
  return out;
}

/** Gaussian blur of floats as OpenCV sizes it by `sigma`; the picture is mirrored at its edges, which stand once. */
export function blurred(values, height, width, sigma) {
  const half = Math.floor((rounded(sigma * 4 * 2 + 1) | 1) / 2);
  const weights = Float64Array.from({ length: 2 * half + 1 }, (_, i) => Math.exp(-((i - half) ** 2) / (2 * sigma * sigma)));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const along = (from, size, count, step, next) => {
    const out = new Float32Array(from.length);
    for (let line = 0; line < count; line++) {
      for (let i = 0; i < size; i++) {
        let value = 0;
        for (let k = -half; k <= half; k++) value += weights[k + half] * from[line * next + mirrored(i + k, size) * step];
        out[line * next + i * step] = value / sum;
      }
    }
    return out;
  };
  return along(along(values, width, height, 1, width), height, width, width, 1);
}

function mirrored(at, size) {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const place = ((at % period) + period) % period;
  return place < size ? place : period - place;
}
