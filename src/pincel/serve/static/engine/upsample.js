// Guided upsampling as `pincel.imaging.upsample` does it: small painted colours -> colours of every pixel of a large photo.

const RADIUS = 1 / 64; // half a window, as a share of the small picture's long side ...
const LEAST_RADIUS = 3; // ... and no less than this, in its pixels
const SMOOTHNESS = 16; // variance of L that counts as flat
const MOST_ROWS = 16; // from one row of the coefficients' grid to the next, in rows of the large picture

import { rounded } from "./resize.js";

/**
 * `a = slope * L + offset`, found in every small window: slope of a, slope of b, offset of a, offset of b.
 *
 * @param {Float32Array} light L of the small picture
 * @param {Float32Array[]} ab its painted planes, in Lab units
 * @returns {Float32Array[]} four planes of its size
 */
export function fitCoefficients(light, ab, height, width) {
  const radius = Math.max(LEAST_RADIUS, rounded(RADIUS * Math.max(height, width)));
  const box = (plane) => blurred(plane, height, width, radius);
  const each = (make) => Float32Array.from(light, (_, i) => make(i));
  const guide = each((i) => light[i] - 50); // centred: float32 keeps its digits
  const meanGuide = box(guide);
  const meanSquare = box(each((i) => guide[i] * guide[i]));
  const fits = ab.map((plane) => {
    const mean = box(plane);
    const product = box(each((i) => plane[i] * guide[i]));
    const slope = each((i) => {
      const variance = Math.max(meanSquare[i] - meanGuide[i] * meanGuide[i], 0);
      return (product[i] - mean[i] * meanGuide[i]) / (variance + SMOOTHNESS);
    });
    const offset = each((i) => mean[i] - slope[i] * (meanGuide[i] + 50));
    return [box(slope), box(offset)];
  });
  return [fits[0][0], fits[1][0], fits[0][1], fits[1][1]];
}

/** Mean over windows of `2 * radius + 1`; the picture is mirrored at its edges. */
function blurred(plane, height, width, radius) {
  return blurredRows(blurredRows(plane, height, width, radius), width, height, radius);
}

/** Mean along rows, turned: rows of the result are columns of what was given. */
function blurredRows(plane, height, width, radius) {
  const out = new Float32Array(plane.length);
  const mirrored = Int32Array.from({ length: width + 2 * radius }, (_, i) => {
    const at = (((i - radius) % (2 * width)) + 2 * width) % (2 * width);
    return at < width ? at : 2 * width - 1 - at;
  });
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    for (let i = 0; i < 2 * radius; i++) sum += plane[row + mirrored[i]];
    for (let x = 0; x < width; x++) {
      sum += plane[row + mirrored[x + 2 * radius]];
      out[x * height + y] = sum / (2 * radius + 1);
      sum -= plane[row + mirrored[x]];
    }
  }
  return out;
}

/** The colours of rows of a large picture. */
export class Upsampler {
  #planes;
  #size;
  #step;
  #height;
  #at;
  #share;
  #near;

  /** @param {Float32Array[]} planes of `fitCoefficients` @param {number[]} size of them: height, width */
  constructor(planes, size, height, width) {
    [this.#planes, this.#size, this.#height] = [planes, size, height];
    this.#step = MOST_ROWS;
    while (this.#step > 1 && 2 * this.#step * size[0] > height) this.#step /= 2;
    this.#at = new Int32Array(width);
    this.#share = new Float32Array(width);
    for (let x = 0; x < width; x++) {
      const place = Math.min(Math.max(((x + 0.5) * size[1]) / width - 0.5, 0), size[1] - 1);
      this.#at[x] = Math.min(Math.floor(place), Math.max(size[1] - 2, 0));
      this.#share[x] = place - this.#at[x];
    }
    this.#near = planes.map(() => new Float32Array(size[1] + 1));
  }

  /** Fill `a` and `b`, a value a pixel, of row `y` by its L, with chroma times `gain`. */
  row(y, light, gain, a, b) {
    const [height, width] = this.#size;
    const place = (y + 0.5) / this.#step - 0.5; // in rows of the grid
    const upper = Math.floor(place);
    const share = place - upper;
    const [first, second] = [this.#grid(upper), this.#grid(upper + 1)];
    this.#planes.forEach((plane, number) => {
      const near = this.#near[number];
      for (let x = 0; x < width; x++) {
        const one = plane[first.above * width + x] * (1 - first.share) + plane[first.below * width + x] * first.share;
        const two = plane[second.above * width + x] * (1 - second.share) + plane[second.below * width + x] * second.share;
        near[x] = gain * (one * (1 - share) + two * share);
      }
      near[width] = near[width - 1];
    });
    const [slopeA, slopeB, offsetA, offsetB] = this.#near;
    for (let x = 0; x < a.length; x++) {
      const i = this.#at[x];
      const s = this.#share[x];
      const l = light[x];
      a[x] = (slopeA[i] + (slopeA[i + 1] - slopeA[i]) * s) * l + offsetA[i] + (offsetA[i + 1] - offsetA[i]) * s;
      b[x] = (slopeB[i] + (slopeB[i + 1] - slopeB[i]) * s) * l + offsetB[i] + (offsetB[i + 1] - offsetB[i]) * s;
    }
  }

  /** Which two rows of the planes make a row of the grid, one for every `step` rows of the large picture. */
  #grid(number) {
    const last = this.#size[0] - 1;
    const centre = (number + 0.5) * this.#step;
    const where = Math.min(Math.max(centre * (this.#size[0] / this.#height) - 0.5, 0), last);
    const above = Math.floor(where);
    return { above, below: Math.min(above + 1, last), share: where - above };
  }
}
