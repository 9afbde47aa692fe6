// A photo as its rows of pixels, upright and in sRGB. The browser decodes it; nothing else of it is in memory.

import { told } from "./metadata.js";
import { look } from "./formats.js";

const STRIP = 1 << 18; // pixels that are read together

/** What was wrong with a picture, in one sentence for a person. */
export class PictureError extends Error {}

export class Picture {
  #paper;
  #strip = null; // {top, rows, data}

  /** @param {OffscreenCanvas} canvas @param {object} facts what `told` gave, and the kind of file */
  constructor(canvas, facts) {
    Object.assign(this, facts, { canvas, width: canvas.width, height: canvas.height, stride: 4, channels: 3 });
    this.#paper = canvas.getContext("2d", { willReadFrequently: true });
    [this.isGrey, this.hasAlpha] = this.#colours();
  }

  /** RGBA of whole rows. */
  rows(top, count) {
    return this.#paper.getImageData(0, top, this.width, count);
  }

  /** RGBA of a row. */
  row(y) {
    if (!this.#strip || y < this.#strip.top || y >= this.#strip.top + this.#strip.rows) {
      const rows = Math.min(this.stripRows, this.height - y);
      this.#strip = { top: y, rows, data: this.rows(y, rows).data };
    }
    const at = (y - this.#strip.top) * this.width * 4;
    return this.#strip.data.subarray(at, at + this.width * 4);
  }

  /** RGBA of whole columns. */
  columns(left, count) {
    return this.#paper.getImageData(left, 0, count, this.height).data;
  }

  put(strip, top) {
    this.#paper.putImageData(strip, 0, top);
  }

  get stripRows() {
    return Math.max(1, Math.floor(STRIP / this.width));
  }

  /** A part of it as a raster, see resize.js. */
  part({ top, left, height, width }) {
    const row = (y) => this.row(top + y).subarray(4 * left, 4 * (left + width));
    return { height, width, channels: 3, stride: 4, row };
  }

  #colours() {
    let [isGrey, hasAlpha] = [true, false];
    for (let top = 0; top < this.height; top += this.stripRows) {
      const { data } = this.rows(top, Math.min(this.stripRows, this.height - top));
      const pixels = new Uint32Array(data.buffer); // little-endian: 0xAABBGGRR
      for (let i = 0; i < pixels.length; i++) {
        const pixel = pixels[i];
        if (((pixel ^ (pixel >>> 8)) & 0xffff) !== 0) isGrey = false;
        if (pixel >>> 24 !== 255) hasAlpha = true;
      }
    }
    return [isGrey, hasAlpha];
  }
}

/**
 * Decode a picture file.
 *
 * @param {Blob} file
 * @param {number} mostPixels larger pictures are refused before they are decoded
 * @throws {PictureError} it is none that this browser can decode, or too large
 */
export async function open(file, mostPixels) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { kind, width, height } = look(bytes);
  if (width * height > mostPixels) throw new PictureError(tooLarge(width * height, mostPixels));
  const facts = await told(bytes, kind);
  let bitmap;
  try {
    const colorSpaceConversion = facts.hasOtherColours ? "default" : "none";
    bitmap = await createImageBitmap(facts.plain, { colorSpaceConversion, premultiplyAlpha: "default" });
  } catch {
    throw new PictureError("This file is damaged, or no picture that this browser can read; try a JPEG or PNG.");
  }
  if (bitmap.width * bitmap.height > mostPixels) {
    bitmap.close();
    throw new PictureError(tooLarge(bitmap.width * bitmap.height, mostPixels));
  }
  const canvas = upright(bitmap, kind === "jpeg" || kind === "png" ? facts.turn : 1);
  bitmap.close();
  return new Picture(canvas, { kind, told: facts });
}

const tooLarge = (pixels, most) =>
  `This photo has ${(pixels / 1e6).toFixed(0)} megapixels; in the browser at most ${(most / 1e6).toFixed(0)} can be painted.`;

/** The bitmap on a canvas, turned as EXIF's orientation 1..8 says. */
function upright(bitmap, turn) {
  const { width, height } = bitmap;
  const canvas = turn >= 5 ? new OffscreenCanvas(height, width) : new OffscreenCanvas(width, height);
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  if (!paper) throw new PictureError("This browser has no room for a photo of this size; make it smaller.");
  paper.imageSmoothingEnabled = false;
  const turns = {
    2: [-1, 0, 0, 1, width, 0],
    3: [-1, 0, 0, -1, width, height],
    4: [1, 0, 0, -1, 0, height],
    5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, height, 0],
    7: [0, -1, -1, 0, height, width],
    8: [0, -1, 1, 0, 0, width],
  };
  if (turns[turn]) paper.setTransform(...turns[turn]);
  paper.drawImage(bitmap, 0, 0);
  paper.resetTransform();
  return canvas;
}
