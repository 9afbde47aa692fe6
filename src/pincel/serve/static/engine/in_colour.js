// Is a photo in colour? Toned and yellowed prints are not; see `pincel.imaging.in_color`, which this follows.

import { blurred, percentile } from "./filters.js";
import { chroma, lightness } from "./lab.js";
import { fitSize, resize } from "./resize.js";

const LONG_SIDE = 192; // in pixels; also takes the grain out
const BLUR = 3; // in those pixels
const KNOTS = 17; // of the curve over lightness
const TERMS = KNOTS + 5; // and of a slow drift over the sheet
const SHARE = 99.5; // percentile
const MOST = 3.4; // units of Lab that a toned print's colours are apart from its tone
const [MOST_ALONG, MOST_ACROSS] = [8.0, 2.5]; // of a warm tone, which fades unevenly along its own hue

/** Whether a picture that is not grey has colours of its own. @param {import("./picture.js").Picture} picture */
export function inColour(picture) {
  const whole = picture.part({ top: 0, left: 0, height: picture.height, width: picture.width });
  const { values, height, width } = resize(whole, ...fitSize(picture.height, picture.width, LONG_SIDE), true);
  const count = height * width;
  const [light, a, b] = Array.from({ length: 3 }, () => new Float32Array(count));
  lightness(values, 3, false, light);
  chroma(values, a, b);
  const terms = Array.from(light, (l, i) => termsOf(l, i, height, width));
  const rest = [a, b].map((plane) => blurred(residual(terms, plane), height, width, BLUR));
  const [toneA, toneB] = [a, b].map((plane) => plane.reduce((sum, value) => sum + value, 0) / count);
  const tone = Math.max(Math.hypot(toneA, toneB), 1e-6);
  const across = percentile(rest[0].map((value, i) => Math.abs(rest[1][i] * toneA - value * toneB) / tone), SHARE);
  const distance = percentile(rest[0].map((value, i) => Math.hypot(value, rest[1][i])), SHARE);
  const isWarm = toneB > 0 && Math.abs(toneA) <= 1.2 * toneB && tone > 1;
  return isWarm ? distance > MOST_ALONG || across > MOST_ACROSS : distance > MOST;
}

function termsOf(light, i, height, width) {
  const place = Math.min(Math.max((light / 100) * (KNOTS - 1), 0), KNOTS - 1 - 1e-6);
  const knot = Math.floor(place);
  const [y, x] = [Math.floor(i / width), i % width];
  const [down, across] = [height > 1 ? (2 * y) / (height - 1) - 1 : -1, width > 1 ? (2 * x) / (width - 1) - 1 : -1];
  const row = new Float64Array(TERMS);
  [row[knot], row[knot + 1]] = [1 - (place - knot), place - knot];
  row.set([across, down, across * across, across * down, down * down], KNOTS);
  return row;
}

/** What is left of a plane once the curve and the drift that fit it best are taken away. */
function residual(terms, plane) {
  const normal = Array.from({ length: TERMS }, () => new Float64Array(TERMS + 1));
  terms.forEach((row, i) => {
    for (let m = 0; m < TERMS; m++) {
      if (row[m] === 0) continue;
      for (let n = 0; n < TERMS; n++) normal[m][n] += row[m] * row[n];
      normal[m][TERMS] += row[m] * plane[i];
    }
  });
  for (let m = 0; m < TERMS; m++) normal[m][m] += 1e-5 * plane.length; // a level that no pixel has counts nothing
  const weights = solved(normal);
  return plane.map((value, i) => value - terms[i].reduce((sum, term, m) => sum + term * weights[m], 0));
}

/** The solution of a positive definite system, its right side in the last column (Gauss). */
function solved(rows) {
  const size = rows.length;
  for (let k = 0; k < size; k++) {
    for (let m = k + 1; m < size; m++) {
      const factor = rows[m][k] / rows[k][k];
      for (let n = k; n <= size; n++) rows[m][n] -= factor * rows[k][n];
    }
  }
  const out = new Float64Array(size);
  for (let k = size - 1; k >= 0; k--) {
    let sum = rows[k][size];
    for (let n = k + 1; n < size; n++) sum -= rows[k][n] * out[n];
    out[k] = sum / rows[k][k];
  }
  return out;
}
