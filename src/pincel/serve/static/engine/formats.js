// What a file is, told by its bytes: its kind, its size, and what of it a browser would not keep.

const text = (bytes, at, length) => String.fromCharCode(...bytes.subarray(at, at + length));

const KINDS = [
  ["jpeg", (b) => b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff],
  ["png", (b) => text(b, 0, 8) === "\x89PNG\r\n\x1a\n"],
  ["tiff", (b) => /^(II[*+]\0|MM\0[*+])/.test(text(b, 0, 4))],
  ["webp", (b) => text(b, 0, 4) === "RIFF" && text(b, 8, 4) === "WEBP"],
  ["gif", (b) => /^GIF8[79]a/.test(text(b, 0, 6))],
  ["bmp", (b) => text(b, 0, 2) === "BM"],
  ["avif", (b) => text(b, 4, 4) === "ftyp" && /avi[fs]/.test(text(b, 8, 48))],
  ["heic", (b) => /^ftyp(hei[cxms]|hev[cx]|mif1|msf1)/.test(text(b, 4, 8))],
];

/** A key of `KINDS` above, or null. @param {Uint8Array} head the first 64 bytes, or more */
export const kindOf = (head) => KINDS.find(([, fits]) => fits(head))?.[0] ?? null;

const WITHOUT_LENGTH = (marker) => marker === 1 || (marker >= 0xd0 && marker <= 0xd7);
const [START_OF_SCAN, END] = [0xda, 0xd9];
const isFrame = (marker) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** {marker, at, end, content} of the segments of a JPEG before its pixels (ITU-T T.81, B.1.1). */
export function* segments(bytes) {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xff || WITHOUT_LENGTH(marker)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const size = (bytes[at + 2] << 8) | bytes[at + 3];
    yield { marker, at, end: at + 2 + size, content: bytes.subarray(at + 4, at + 2 + size) };
    if (marker === START_OF_SCAN || marker === END || size < 2) return;
    at += 2 + size;
  }
}

/** {type, at, end, content} of the chunks of a PNG (PNG 3, 5.3). */
export function* chunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return;
    yield { type: text(bytes, at + 4, 4), at, end, content: bytes.subarray(at + 8, end - 4) };
    at = end;
  }
}

/**
 * What is known of a picture before it is decoded.
 *
 * @param {Uint8Array} bytes of the file
 * @returns {{kind: string|null, width: number, height: number, bits: number, inks: number}} width and height are 0 where the file
 *   does not say them in a way that is looked at here
 */
export function look(bytes) {
  const kind = kindOf(bytes);
  const facts = { kind, width: 0, height: 0, bits: 8, inks: 3 };
  if (kind === "jpeg") {
    for (const { marker, content } of segments(bytes)) {
      if (!isFrame(marker)) continue;
      const [bits, top, height, left, width, inks] = content;
      return { ...facts, bits, height: (top << 8) | height, width: (left << 8) | width, inks };
    }
  }
  if (kind === "png") {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length > 24) return { ...facts, width: view.getUint32(16), height: view.getUint32(20), bits: bytes[24] };
  }
  return facts;
}
