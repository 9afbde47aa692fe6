// What a network makes of a picture, as `pincel.runtime.painter` and the tasks do it: a draft at the working size, then the
// picture at its own size, in strips.

import { withoutBars } from "./bars.js";
import { ink, resizeInk } from "./ink.js";
import { lightness, toPixels } from "./lab.js";
import { fitSize, raster, resize, rounded } from "./resize.js";
import { Upsampler, fitCoefficients } from "./upsample.js";

const AB_SCALE = 110;
const MOST_SQUEEZED = 0.1; // relative change of a side of a whole picture; beyond it the edge is repeated instead
const NONE_OF_THESE = "none of these";

/**
 * Run the network once.
 *
 * @param {import("./picture.js").Picture} picture
 * @param {object} card of the model
 * @param {{run: Function}} session of its network
 * @param {string|undefined} label a class, "unknown", "auto"
 * @returns {Promise<object>} {box, source, output, height, width, label}
 */
export async function draft(picture, card, session, label) {
  const whole = { top: 0, left: 0, height: picture.height, width: picture.width };
  const box = card.leaves_bars && card.keeps_lightness ? withoutBars(picture) : whole;
  const [height, width] = workingShape(box, card);
  const source = encoded(picture, box, card, height, width);
  const shape = [card.source_channels, height, width];
  const [number, found] = await chosenLabel(source, shape, card, session, label);
  const output = await session.run("painted", source, shape, number);
  return { box, source, output, height, width, label: found, sourceChannels: card.source_channels };
}

function workingShape({ height, width }, card) {
  const longSide = Math.min(card.working_size, card.largest_working_size);
  const whole = (side) => Math.max(card.size_multiple, rounded(side / card.size_multiple) * card.size_multiple);
  if (!card.keeps_lightness) {
    const shape = fitSize(height, width, longSide);
    return shape.map((side) => (Math.abs(whole(side) / side - 1) <= MOST_SQUEEZED ? whole(side) : side));
  }
  const most = rounded(Math.max(height, width) * card.largest_enlargement);
  const shape = fitSize(height, width, Math.min(longSide, most));
  return shape[0] === height && shape[1] === width ? shape : shape.map(whole);
}

/** What the network is shown: planes in -1..1. */
function encoded(picture, box, card, height, width) {
  if (card.draws_lines) {
    const { data } = picture.rows(0, picture.height);
    const lines = resizeInk(ink(data, picture.height, picture.width, picture.isGrey, picture.hasAlpha), height, width);
    return lines.values.map((value) => (rounded(255 * (1 - value)) / 255) * 2 - 1);
  }
  const small = resize(picture.part(box), height, width, true);
  if (card.keeps_lightness) {
    const light = new Float32Array(height * width);
    lightness(small.values, 3, picture.isGrey, light);
    return light.map((value) => value / 50 - 1);
  }
  const count = height * width;
  return Float32Array.from({ length: 3 * count }, (_, i) => (small.values[3 * (i % count) + Math.floor(i / count)] / 255) * 2 - 1);
}

/** [what the network is told, the name of it]; see `pincel.runtime.painter.chosen_label`. */
async function chosenLabel(source, shape, card, session, label) {
  const { classes } = card;
  const wanted = label ?? (card.tells_label ? "auto" : "unknown");
  if (!classes.length) return [null, null];
  if (wanted === "unknown") return [classes.length, null];
  if (wanted !== "auto") return [classes.indexOf(wanted), wanted];
  const logits = await session.run("label_logits", source, shape, classes.length);
  const likeliest = logits.indexOf(Math.max(...logits));
  const isNone = card.least_logit !== null && logits[likeliest] < card.least_logit;
  return isNone ? [classes.length, NONE_OF_THESE] : [likeliest, classes[likeliest]];
}

/**
 * The painting at the picture's own size, strip by strip from the top.
 *
 * @param {import("./picture.js").Picture} picture
 * @param {object} drafted what `draft` gave
 * @param {object} card of the model
 * @param {number} saturation 1 is as the card says
 * @param {(strip: ImageData, top: number) => Promise<void>} take is given every strip, RGBA
 */
export async function paint(picture, drafted, card, saturation, take) {
  const gain = card.saturation * (card.class_saturation[drafted.label ?? ""] ?? 1) * saturation;
  const row = card.keeps_lightness ? colours(picture, drafted, gain) : wholePicture(picture, drafted);
  for (let top = 0; top < picture.height; top += picture.stripRows) {
    const strip = picture.rows(top, Math.min(picture.stripRows, picture.height - top));
    for (let y = 0; y < strip.height; y++) {
      row(top + y, strip.data.subarray(4 * y * strip.width, 4 * (y + 1) * strip.width));
    }
    await take(strip, top);
  }
}

/** (y, RGBA of the row) -> the row painted, in place: the colours under the photo's own lightness. */
function colours(picture, { box, source, output, height, width }, gain) {
  const count = height * width;
  const planes = [0, 1].map((plane) => output.subarray(plane * count, (plane + 1) * count).map((value) => value * AB_SCALE));
  const sourceLight = source.map((value) => (value + 1) * 50);
  const isExact = height === box.height && width === box.width;
  const size = [height, width];
  const upsampler = isExact ? null : new Upsampler(fitCoefficients(sourceLight, planes, ...size), size, box.height, box.width);
  const [light, a, b] = Array.from({ length: 3 }, () => new Float32Array(box.width));
  const grey = new Float32Array(picture.width); // around the box nothing is painted
  const none = new Float32Array(picture.width);
  return (y, pixels) => {
    const isInside = y >= box.top && y < box.top + box.height;
    if (!isInside || box.width < picture.width) {
      lightness(pixels, 4, picture.isGrey, grey);
      if (!isInside) return toPixels(grey, none, none, pixels, 0);
    }
    lightness(pixels.subarray(4 * box.left), 4, picture.isGrey, light);
    if (box.width < picture.width) toPixels(grey, none, none, pixels, 0);
    if (upsampler) upsampler.row(y - box.top, light, gain, a, b);
    else {
      const at = (y - box.top) * width;
      for (let x = 0; x < width; x++) [a[x], b[x]] = [gain * planes[0][at + x], gain * planes[1][at + x]];
    }
    toPixels(light, a, b, pixels, 4 * box.left);
  };
}

/** (y, RGBA of the row) -> the row of a picture that was painted as a whole, opaque where the task draws on paper. */
function wholePicture(picture, { output, height, width }) {
  const count = height * width;
  const values = Float32Array.from({ length: 3 * count }, (_, i) => {
    const value = (output[(i % 3) * count + Math.floor(i / 3)] + 1) / 2;
    return Math.min(Math.max(value, 0), 1) * 255;
  });
  const painted = resize(raster(values, height, width, 3), picture.height, picture.width, true);
  return (y, pixels) => {
    const row = painted.row(y);
    for (let x = 0; x < picture.width; x++) {
      pixels[4 * x] = row[3 * x];
      pixels[4 * x + 1] = row[3 * x + 1];
      pixels[4 * x + 2] = row[3 * x + 2];
    }
  };
}
