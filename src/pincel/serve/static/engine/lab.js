// sRGB <-> CIE Lab as `pincel.imaging.color` does it: L is 0..100 and kept; colours outside sRGB lose chroma, never L.

const THRESHOLD = 216 / 24389; // of CIE's cube root; below it L is linear
const LINEAR_L = 24389 / 27;

const lightOf = (luminance) => (luminance > THRESHOLD ? 116 * Math.cbrt(luminance) - 16 : luminance * LINEAR_L);
const decoded = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const encoded = (linear) => (linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055);

/** Linear light of every 8-bit level. */
const LINEAR = Float32Array.from({ length: 256 }, (_, level) => decoded(level / 255));
/** L of every 8-bit grey level. */
export const GREY_LIGHT = Float32Array.from(LINEAR, lightOf);

const LEVEL_STEPS = 8192;
const LEVELS = Float32Array.from({ length: LEVEL_STEPS + 2 }, (_, step) => 255 * encoded(step / LEVEL_STEPS));

// OpenCV finds L of colours in a table of 33 x 33 x 33 and in between linearly, in sixteenths of a cell, with whole numbers. Its
// L is up to 0.2 below the exact one; a photo painted here shall be the one painted there.
const [CELLS, PARTS, ONE] = [33, 16, 16384];
const SIDE = CELLS + 1; // the last cell has a neighbour, too
const LIGHTS = new Int32Array(SIDE ** 3);
const CELL = new Int32Array(256);
const PART = new Int32Array(256);
for (let level = 0; level < 256; level++) {
  const place = Math.round(ONE * Math.fround(level / 255)) >> 5;
  [CELL[level], PART[level]] = [place >> 4, place & (PARTS - 1)];
}
{
  const linear = Array.from({ length: SIDE }, (_, i) => decoded(Math.min(i, CELLS - 1) / (CELLS - 1)));
  let at = 0;
  for (const red of linear) {
    for (const green of linear) {
      for (const blue of linear) LIGHTS[at++] = Math.round((ONE * lightOf(0.212671 * red + 0.71516 * green + 0.072169 * blue)) / 100);
    }
  }
}

function colourLight(red, green, blue) {
  const along = SIDE;
  const down = SIDE * SIDE;
  const at = CELL[red] * down + CELL[green] * along + CELL[blue];
  const share = PART[blue];
  const rest = PARTS - share;
  const one = LIGHTS[at] * rest + LIGHTS[at + 1] * share;
  const two = LIGHTS[at + along] * rest + LIGHTS[at + along + 1] * share;
  const three = LIGHTS[at + down] * rest + LIGHTS[at + down + 1] * share;
  const four = LIGHTS[at + down + along] * rest + LIGHTS[at + down + along + 1] * share;
  const near = one * (PARTS - PART[green]) + two * PART[green];
  const far = three * (PARTS - PART[green]) + four * PART[green];
  return (((near * (PARTS - PART[red]) + far * PART[red] + 2048) >> 12) * 100) / ONE;
}

/**
 * L of pixels.
 *
 * @param {Uint8ClampedArray} pixels RGBA or RGB
 * @param {number} stride values from one pixel to the next
 * @param {boolean} isGrey whether all channels are equal everywhere in the picture
 * @param {Float32Array} light where L goes, one value a pixel
 */
export function lightness(pixels, stride, isGrey, light) {
  for (let i = 0, at = 0; i < light.length; i++, at += stride) {
    light[i] = isGrey ? GREY_LIGHT[pixels[at]] : colourLight(pixels[at], pixels[at + 1], pixels[at + 2]);
  }
}

/** a and b of pixels, RGB, 3 values each. */
export function chroma(pixels, a, b) {
  const f = (value) => (value > THRESHOLD ? Math.cbrt(value) : (LINEAR_L * value + 16) / 116);
  for (let i = 0, at = 0; i < a.length; i++, at += 3) {
    const [red, green, blue] = [LINEAR[pixels[at]], LINEAR[pixels[at + 1]], LINEAR[pixels[at + 2]]];
    const x = f((0.412453 * red + 0.35758 * green + 0.180423 * blue) / 0.950456);
    const y = f(0.212671 * red + 0.71516 * green + 0.072169 * blue);
    const z = f((0.019334 * red + 0.119193 * green + 0.950227 * blue) / 1.088754);
    a[i] = 500 * (x - y);
    b[i] = 200 * (y - z);
  }
}

const levelOf = (linear) => {
  const place = (linear > 0 ? (linear < 1 ? linear : 1) : 0) * LEVEL_STEPS;
  const step = place | 0;
  return LEVELS[step] + (LEVELS[step + 1] - LEVELS[step]) * (place - step);
};
const cubed = (f) => (f > 6 / 29 ? f * f * f : (f - 16 / 116) / 7.787);
const DARKEST = 1e-7; // linear light beside which a channel counts as clipped: 1e-6 of the encoded value
const LIGHTEST = 1 - 2.3e-6;

/**
 * Lab -> sRGB.
 *
 * @param {Float32Array} light L
 * @param {Float32Array} a
 * @param {Float32Array} b
 * @param {Uint8ClampedArray} pixels RGBA; its alpha stays
 * @param {number} at the first value of it that is written
 */
export function toPixels(light, a, b, pixels, at) {
  for (let i = 0; i < light.length; i++, at += 4) {
    const l = light[i];
    const fy = (l + 16) / 116;
    let x = 0.950456 * cubed(fy + a[i] / 500);
    const y = cubed(fy);
    let z = 1.088754 * cubed(fy - b[i] / 200);
    let red = 3.240479 * x - 1.53715 * y - 0.498535 * z;
    let green = -0.969256 * x + 1.875991 * y + 0.041556 * z;
    let blue = 0.055648 * x - 0.204043 * y + 1.057311 * z;
    const least = red < green ? (red < blue ? red : blue) : green < blue ? green : blue;
    const most = red > green ? (red > blue ? red : blue) : green > blue ? green : blue;
    if (least <= DARKEST || most >= LIGHTEST) {
      if (l > 99.95) red = green = blue = 1;
      else if (l < 0.05) red = green = blue = 0;
      else if (!isInside(l, a[i], b[i])) {
        const [fitA, fitB] = fitting(l, a[i], b[i]);
        x = 0.950456 * cubed(fy + fitA / 500);
        z = 1.088754 * cubed(fy - fitB / 200);
        red = 3.240479 * x - 1.53715 * y - 0.498535 * z;
        green = -0.969256 * x + 1.875991 * y + 0.041556 * z;
        blue = 0.055648 * x - 0.204043 * y + 1.057311 * z;
      }
    }
    pixels[at] = levelOf(red);
    pixels[at + 1] = levelOf(green);
    pixels[at + 2] = levelOf(blue);
  }
}

const single = Math.fround; // as numpy rounds there: some colours lie so near to the limit that it decides

/** Whether clipping a Lab colour to sRGB changes its L by less than 0.15; `single` rounds what is computed. */
function isInside(light, a, b, single = Math.fround) {
  const back = (f) => (f > 6 / 29 ? single(f * single(f * f)) : single(single(single(single(116 * f) - 16) * 27) / 24389));
  const fy = single(single(light + 16) / 116);
  const x = 0.95047 * back(single(fy + single(a / 500)));
  const y = back(fy);
  const z = 1.08883 * back(single(fy - single(b / 200)));
  const shown = (value) => (value > 0 ? (value < 1 ? value : 1) : 0);
  const luminance =
    0.2126729 * shown(3.2404542 * x - 1.5371385 * y - 0.4985314 * z) +
    0.7151522 * shown(-0.969266 * x + 1.8760108 * y + 0.041556 * z) +
    0.072175 * shown(0.0556434 * x - 0.2040259 * y + 1.0572252 * z);
  return Math.abs(lightOf(luminance) - light) < 0.15;
}

/** [a, b] with at most the chroma that sRGB has at this lightness and hue. */
function fitting(light, a, b) {
  const table = largestChroma();
  const turn = single(single(Math.atan2(b, a)) * single(0.5 / Math.PI));
  const row = single(Math.min(Math.max(light, 0), 100) * single((ROWS - 1) / 100));
  const column = single(single(turn - Math.floor(turn)) * (COLUMNS - 1));
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [down, across] = [row - top, column - left];
  const value = (y, x) => (y < ROWS && x < COLUMNS ? table[y * COLUMNS + x] : 0);
  const limit =
    (value(top, left) * (1 - across) + value(top, left + 1) * across) * (1 - down) +
    (value(top + 1, left) * (1 - across) + value(top + 1, left + 1) * across) * down;
  const factor = single(Math.min(1, single(limit / Math.max(single(Math.hypot(a, b)), single(1e-6)))));
  let [fitA, fitB] = [single(a * factor), single(b * factor)];
  for (let turn = 0; turn < 6 && !isInside(light, fitA, fitB); turn++) {
    [fitA, fitB] = [single(fitA * single(0.85)), single(fitB * single(0.85))];
  }
  return [fitA, fitB];
}

const ROWS = 201;
const COLUMNS = 721;
let table = null;

/** Largest chroma inside sRGB for L 0..100 (rows) and hue 0..360 degrees (columns), by bisection to 0.04 units. */
function largestChroma() {
  if (table) return table;
  table = new Float32Array(ROWS * COLUMNS);
  for (let row = 0, at = 0; row < ROWS; row++) {
    const light = (100 * row) / (ROWS - 1);
    for (let column = 0; column < COLUMNS; column++, at++) {
      const hue = (2 * Math.PI * column) / (COLUMNS - 1);
      const [a, b] = [Math.cos(hue), Math.sin(hue)];
      let [low, high] = [0, 140];
      for (let step = 0; step < 12; step++) {
        const middle = (low + high) / 2;
        if (isInside(light, a * middle, b * middle, Number)) low = middle;
        else high = middle;
      }
      table[at] = low;
    }
  }
  return table;
}
