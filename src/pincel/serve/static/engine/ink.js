// Drawings of any kind as ink, 1 on the lines and 0 on the paper, as `pincel.imaging.ink` finds it.

import { fitSize, linearResize, nearestResize, raster, resize, rounded } from "./resize.js";
import { blurred, dilated, median, medianBlurred, percentile } from "./filters.js";

const OVERVIEW = 128; // px, long side at which paper is told from ink
const DARKEST_PAPER = 0.6; // of the brightest paper
const CLEARLY = 1.5; // so much more must be lighter than the paper than darker
const FAINTEST = 0.06; // share of the light; where the darkest ink is less above the grain, the page is empty
const BRIDGE = [[0, 0], [-3, 3], [-4, 4], [-4, 4], [-4, 4], [-4, 4], [-4, 4], [-3, 3], [0, 0]]; // OpenCV's ellipse of 9 x 9

/**
 * What is drawn on a page.
 *
 * @param {Uint8ClampedArray} pixels RGBA @param {boolean} isGrey @param {boolean} hasAlpha
 * @returns {object} a raster of floats in 0..1; all 0 when nothing is drawn
 */
export function ink(pixels, height, width, isGrey, hasAlpha) {
  const channels = isGrey ? 1 : 3;
  const count = height * width;
  const values = new Float32Array(count * channels);
  let grey = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < channels; c++) values[i * channels + c] = pixels[4 * i + c] / 255;
    grey[i] = isGrey ? values[i] : 0.299 * values[3 * i] + 0.587 * values[3 * i + 1] + 0.114 * values[3 * i + 2];
  }
  if (hasAlpha) layOnPaper(values, grey, pixels, channels);
  if (isLightOnDark(raster(grey, height, width))) for (let i = 0; i < values.length; i++) values[i] = 1 - values[i];
  const light = isGrey ? values : grey.map((_, i) => Math.min(values[3 * i], values[3 * i + 1], values[3 * i + 2]));
  const even = evenPaper(light);
  const paper = even ? null : unevenPaper(raster(light, height, width));
  const dark = light.map((value, i) => 1 - value / (even || paper[i]));
  const some = sparse(dark, height, width);
  let low = 0;
  if (!even) {
    const usual = median(some);
    low = usual + 3 * 1.4826 * median(some.map((value) => Math.abs(value - usual)));
  }
  const limit = otsu(some) / 255;
  const drawn = some.filter((value) => value > limit);
  const top = drawn.length ? percentile(drawn, 90) : dark.reduce((most, value) => Math.max(most, value), -Infinity);
  const isEmpty = top - low < FAINTEST;
  return raster(dark.map((value) => (isEmpty ? 0 : Math.min(Math.max((value - low) / (top - low), 0), 1))), height, width);
}

/** Ink at another size: lines thinner than a new pixel stay as dark as they were; specks do not. */
export function resizeInk(drawn, height, width) {
  if (drawn.height === height && drawn.width === width) return drawn;
  const [rows, columns] = [drawn.height / height, drawn.width / width];
  const factor = Math.max(rows, columns);
  const mean = resize(drawn, height, width, false);
  mean.values.forEach((value, i) => (mean.values[i] = Math.min(Math.max(value, 0), 1)));
  if (factor <= 1) return mean;
  const block = rectangle(Math.max(1, Math.ceil(rows)), Math.max(1, Math.ceil(columns)));
  const around = rectangle(3, 3);
  const darkest = dilated(nearestResize(dilated(drawn, block), height, width), around);
  const wide = dilated(mean, around);
  const values = mean.values.map((value, i) => {
    const gain = darkest.values[i] / Math.max(wide.values[i], 1e-6);
    return Math.min(value * Math.min(Math.max(gain, 1), factor), 1);
  });
  return raster(values, height, width);
}

/** A structuring element: of every row the first and last column, from its anchor. */
function rectangle(rows, columns) {
  const left = -Math.floor(columns / 2);
  return { top: -Math.floor(rows / 2), spans: Array.from({ length: rows }, () => [left, left + columns - 1]) };
}

/** Lay values and grey values on white, or on black where what is opaque is mostly light. */
function layOnPaper(values, grey, pixels, channels) {
  let [light, opaque] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    light += (grey[i] * pixels[4 * i + 3]) / 255;
    opaque += pixels[4 * i + 3] / 255;
  }
  const paper = light < 0.5 * opaque ? 1 : 0;
  for (let i = 0; i < grey.length; i++) {
    const alpha = pixels[4 * i + 3] / 255;
    grey[i] = grey[i] * alpha + paper * (1 - alpha);
    for (let c = 0; c < channels; c++) values[i * channels + c] = values[i * channels + c] * alpha + paper * (1 - alpha);
  }
}

const levels = (values) => Uint8ClampedArray.from(values, (value) => Math.abs(255 * value));

function overview(grey) {
  const side = Math.min(OVERVIEW, Math.max(grey.height, grey.width));
  return resize(grey, ...fitSize(grey.height, grey.width, side), false);
}

function isLightOnDark(grey) {
  const small = overview(grey);
  const values = levels(small.values);
  const wide = Math.floor(Math.max(small.height, small.width) / 4) | 1;
  const middle = medianBlurred(values, small.height, small.width, wide);
  let [above, below] = [0, 0];
  values.forEach((value, i) => {
    const rest = value - middle[i];
    if (rest > 0) above += rest * rest;
    else below += rest * rest;
  });
  return above > CLEARLY * below;
}

/** The value that half the page has exactly, when it is the brightest; else 0. */
function evenPaper(light) {
  const counts = histogram(levels(light));
  const most = counts.indexOf(Math.max(...counts));
  const isPaper = most > 0 && counts[most] * 2 >= light.length && !counts.slice(most + 1).some(Boolean);
  return isPaper ? most / 255 : 0;
}

/** The paper's own brightness everywhere, lines and fills bridged. */
function unevenPaper(light) {
  const small = overview(light);
  const bridge = { top: -4, spans: BRIDGE };
  const closed = dilated(small, bridge);
  closed.values.forEach((value, i) => (closed.values[i] = -value));
  const opened = dilated(closed, bridge);
  const bright = blurred(opened.values.map((value) => -value), small.height, small.width, 2);
  const least = Math.max(DARKEST_PAPER * percentile(bright, 95), 1 / 255);
  const bounded = raster(bright.map((value) => Math.max(value, least)), small.height, small.width);
  return linearResize(bounded, light.height, light.width).values;
}

const sparse = (values, height, width) => {
  const [down, across] = [1 + Math.floor(height / 512), 1 + Math.floor(width / 512)];
  const kept = [];
  for (let y = 0; y < height; y += down) for (let x = 0; x < width; x += across) kept.push(values[y * width + x]);
  return Float32Array.from(kept);
};

function histogram(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  return counts;
}

/** Otsu's limit (1979), 0..255: the level that parts dark from light best. */
function otsu(values) {
  const counts = histogram(Uint8ClampedArray.from(values, (value) => 255 * Math.max(value, 0)));
  const all = values.length;
  const mean = counts.reduce((sum, count, level) => sum + level * count, 0) / all;
  let [share, below, best, limit] = [0, 0, 0, 0];
  counts.forEach((count, level) => {
    below *= share;
    share += count / all;
    if (Math.min(share, 1 - share) < 1.2e-7 || Math.max(share, 1 - share) > 1 - 1.2e-7) return;
    below = (below + (level * count) / all) / share;
    const above = (mean - share * below) / (1 - share);
    const between = share * (1 - share) * (below - above) ** 2;
    if (between > best) [best, limit] = [between, level];
  });
  return limit;
}
