// The painted picture as a file: PNG written here, without loss and in strips; JPEG by the browser.

import { intoJpeg, pngChunks } from "./metadata.js";
import { crc32 } from "../zip.js";

const JPEG_QUALITY = 0.95;
const PAETH = 4; // PNG's filter (PNG 3, 9.4): the best single one for photos

/** Writes strips of RGBA one below the other; `finish` gives the file. */
export class PngFile {
  #parts;
  #planes;
  #previous;
  #packer = new CompressionStream("deflate");
  #packed;
  #writer;

  /** @param {boolean} hasAlpha whether it has transparency @param {object} facts what the photo's file told, or null */
  constructor(width, height, hasAlpha, facts) {
    this.#planes = hasAlpha ? 4 : 3;
    this.#previous = new Uint8ClampedArray(width * 4);
    const header = new DataView(new ArrayBuffer(13));
    header.setUint32(0, width);
    header.setUint32(4, height);
    header.setUint8(8, 8);
    header.setUint8(9, hasAlpha ? 6 : 2);
    const chunks = [{ type: "IHDR", content: new Uint8Array(header.buffer) }, ...(facts ? pngChunks(facts, width, height) : [])];
    this.#parts = [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), ...chunks.flatMap(chunk)];
    this.#packed = this.#collect();
    this.#writer = this.#packer.writable.getWriter();
  }

  /** @param {Uint8ClampedArray} pixels RGBA of whole rows */
  async write(pixels) {
    const width = this.#previous.length / 4;
    const rows = pixels.length / 4 / width;
    const planes = this.#planes;
    const out = new Uint8Array(rows * (1 + width * planes));
    let [to, previous] = [0, this.#previous];
    for (let y = 0; y < rows; y++) {
      const row = pixels.subarray(4 * width * y, 4 * width * (y + 1));
      out[to++] = PAETH;
      for (let x = 0, at = 0; x < width; x++, at += 4) {
        for (let c = 0; c < planes; c++) {
          const left = at ? row[at + c - 4] : 0;
          const up = previous[at + c];
          const corner = at ? previous[at + c - 4] : 0;
          const a = Math.abs(up - corner);
          const b = Math.abs(left - corner);
          const both = Math.abs(left + up - 2 * corner);
          out[to++] = row[at + c] - (a <= b && a <= both ? left : b <= both ? up : corner);
        }
      }
      previous = row;
    }
    this.#previous = previous.slice();
    await this.#writer.write(out);
  }

  async finish() {
    await this.#writer.close();
    await this.#packed;
    return new Blob([...this.#parts, ...chunk({ type: "IEND", content: new Uint8Array() })], { type: "image/png" });
  }

  async #collect() {
    const reader = this.#packer.readable.getReader();
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
      this.#parts.push(...chunk({ type: "IDAT", content: value }));
    }
  }
}

function chunk({ type, content }) {
  const named = new Uint8Array(4 + content.length);
  for (let i = 0; i < 4; i++) named[i] = type.charCodeAt(i);
  named.set(content, 4);
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, content.length);
  view.setUint32(4, crc32(named));
  return [new Uint8Array(view.buffer, 0, 4), named, new Uint8Array(view.buffer, 4, 4)];
}

/** A JPEG of what was painted on the picture's own canvas, with what its file told. */
export async function jpegFile(picture) {
  const { canvas, kind, told, width, height } = picture;
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return intoJpeg(bytes, kind === "jpeg" ? told : { parts: [] }, width, height);
}
