// What a JPEG or PNG tells beside its pixels: what is left out before it is decoded, and what is put into the result.

import { chunks, segments } from "./formats.js";
import { cleaned, orientation } from "./exif.js";

const [APP0, APP1, APP2, APP13, ADOBE, COMMENT, START_OF_SCAN] = [0xe0, 0xe1, 0xe2, 0xed, 0xee, 0xfe, 0xda];
const EXIF = "Exif\0\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const XMP_PART = "http://ns.adobe.com/xmp/extension/\0";
const PHOTOSHOP = "Photoshop 3.0\0";
const ICC = "ICC_PROFILE\0";
const SRGB_NAMES = /sRGB( IEC61966-2[.-]1| built-in|2014)?\0|\0s\0R\0G\0B|\0c\x002\0\0|\0u\0R\0G\0B/; // in ASCII or UTF-16
const PREVIEWS = [0x0409, 0x040c]; // of Photoshop's resources
const SRGB_GAMMA = 45455; // of PNG's gAMA
const COLOUR_CHUNKS = ["iCCP", "sRGB", "gAMA", "cHRM", "cICP"];
const KEPT_CHUNKS = ["iCCP", "sRGB", "pHYs", "eXIf", "tEXt", "zTXt", "iTXt", "tIME"];

const latin = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const asBytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const begins = (content, words) => words.length <= content.length && latin(content.subarray(0, words.length)) === words;

/**
 * What a file tells.
 *
 * @param {Uint8Array} bytes of the file
 * @param {string} kind as of `look`
 * @returns {Promise<{parts: object[], turn: number, hasOtherColours: boolean, plain: Blob}>} its segments or chunks that are kept,
 *   orientation 1..8, whether its colours are not sRGB, and the file without what could make a browser turn or change its pixels
 */
export async function told(bytes, kind) {
  if (kind === "jpeg") return toldByJpeg(bytes);
  if (kind === "png") return toldByPng(bytes);
  return { parts: [], turn: 1, hasOtherColours: true, plain: new Blob([bytes]) };
}

function toldByJpeg(bytes) {
  const [parts, plain, profiles] = [[], [bytes.subarray(0, 2)], []];
  let [turn, profile, rest] = [0, "", 2];
  for (const { marker, content, at, end } of segments(bytes)) {
    rest = at;
    if (marker === START_OF_SCAN) break;
    rest = end;
    const tells = (marker >= APP0 && marker <= 0xef) || marker === COMMENT;
    if (tells) parts.push({ marker, content });
    if (marker === APP1 && begins(content, EXIF)) turn ||= orientation(content.subarray(EXIF.length));
    if (marker === APP2 && begins(content, ICC)) {
      profile += latin(content);
      profiles.push(bytes.subarray(at, end));
    }
    if (!tells || marker === APP0 || marker === ADOBE) plain.push(bytes.subarray(at, end));
  }
  turn ||= Number(/tiff:Orientation(?:\s*=\s*["']|\s*>)\s*([1-8])(?![0-9])/.exec(xmpOf(parts))?.[1] ?? 1);
  const hasOtherColours = profile !== "" && !SRGB_NAMES.test(profile);
  const file = hasOtherColours ? [plain[0], ...profiles, ...plain.slice(1)] : plain;
  return { parts, turn, hasOtherColours, plain: new Blob([...file, bytes.subarray(rest)]) };
}

const xmpOf = (parts) => latin(parts.find(({ marker, content }) => marker === APP1 && begins(content, XMP))?.content ?? []);

async function toldByPng(bytes) {
  const [parts, plain] = [[], []];
  let [turn, hasOtherColours] = [1, false];
  for (const { type, content, at, end } of chunks(bytes)) {
    if (KEPT_CHUNKS.includes(type)) parts.push({ type, content });
    if (type === "eXIf") turn = orientation(content) || 1;
    if (type === "iCCP") hasOtherColours ||= !SRGB_NAMES.test(latin(await profileOf(content)));
    if (type === "gAMA" && !parts.some((part) => part.type === "sRGB")) {
      const gamma = new DataView(content.buffer, content.byteOffset).getUint32(0);
      hasOtherColours ||= Math.abs(gamma / SRGB_GAMMA - 1) > 0.05;
    }
    if (type === "cICP") hasOtherColours ||= content[0] !== 1 || content[1] !== 13;
    if (type !== "eXIf") plain.push({ type, bytes: bytes.subarray(at, end) });
  }
  const file = hasOtherColours ? plain : plain.filter(({ type }) => !COLOUR_CHUNKS.includes(type));
  return { parts, turn, hasOtherColours, plain: new Blob([bytes.subarray(0, 8), ...file.map((chunk) => chunk.bytes)]) };
}

async function profileOf(content) {
  const packed = content.subarray(content.indexOf(0) + 2);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A JPEG that the browser encoded, with what the photo's file told. Its colours are sRGB now. */
export function intoJpeg(bytes, { parts, hasOtherColours }, width, height) {
  const kept = [...parts].map((part) => jpegPart(part, hasOtherColours, width, height)).filter(Boolean);
  const order = ({ marker, content }) =>
    [marker === APP0, begins(content, EXIF), marker === APP1, marker === APP2, marker === APP13].findIndex(Boolean) + 1 || 9;
  kept.sort((one, other) => order(one) - order(other));
  if (kept[0]?.marker !== APP0) kept.unshift({ marker: APP0, content: asBytes("JFIF\0\x01\x01\0\0\x01\0\x01\0\0") });
  const written = kept.flatMap(({ marker, content }) => [
    Uint8Array.of(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255),
    content,
  ]);
  const rest = [];
  for (const { marker, at, end } of segments(bytes)) {
    if (marker === START_OF_SCAN) {
      rest.push(bytes.subarray(at));
      break;
    }
    if (marker !== APP0 && marker !== APP1 && marker !== APP2) rest.push(bytes.subarray(at, end));
  }
  return new Blob([bytes.subarray(0, 2), ...written, ...rest], { type: "image/jpeg" });
}

function jpegPart({ marker, content }, hasOtherColours, width, height) {
  if (marker === APP0) return begins(content, "JFIF\0") ? { marker, content: withoutThumbnail(content) } : null;
  if (marker === COMMENT) return { marker, content };
  if (marker === APP1 && begins(content, EXIF)) {
    const block = cleaned(content.subarray(EXIF.length), width, height);
    return block && { marker, content: joined(asBytes(EXIF), block) };
  }
  if (marker === APP1 && begins(content, XMP)) return { marker, content: asBytes(cleanedXmp(latin(content), width, height)) };
  if (marker === APP1 && begins(content, XMP_PART)) return { marker, content };
  if (marker === APP2 && begins(content, ICC)) return hasOtherColours ? null : { marker, content };
  if (marker === APP13 && begins(content, PHOTOSHOP)) {
    return { marker, content: joined(asBytes(PHOTOSHOP), withoutPreviews(content.subarray(PHOTOSHOP.length))) };
  }
  return null;
}

const withoutThumbnail = (content) => joined(content.subarray(0, 12), Uint8Array.of(0, 0));

function cleanedXmp(packet, width, height) {
  return packet
    .replace(/<((?:xmp|xap):Thumbnails)\b[^>]*>[^]*?<\/\1\s*>/g, "")
    .replace(/(tiff:Orientation(?:\s*=\s*["']|\s*>)\s*)[1-8](?![0-9])/g, "$11")
    .replace(/((?:tiff:ImageWidth|exif:PixelXDimension)(?:\s*=\s*["']|\s*>)\s*)[0-9]+/g, (_, before) => before + width)
    .replace(/((?:tiff:ImageLength|exif:PixelYDimension)(?:\s*=\s*["']|\s*>)\s*)[0-9]+/g, (_, before) => before + height);
}

/** Photoshop's image resources without previews; what cannot be understood ends them. */
function withoutPreviews(block) {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const kept = [];
  for (let at = 0; at + 12 <= block.length && begins(block.subarray(at), "8BIM"); ) {
    const name = block[at + 6] + 1;
    const sizeAt = at + 6 + name + (name % 2);
    if (sizeAt + 4 > block.length) break;
    const end = sizeAt + 4 + view.getUint32(sizeAt);
    if (end > block.length) break;
    const next = end + ((end - sizeAt) % 2);
    if (!PREVIEWS.includes(view.getUint16(at + 4))) kept.push(block.subarray(at, Math.min(next, block.length)));
    at = next;
  }
  return joined(...kept);
}

/** The chunks of a PNG that go between its header and its pixels, with what the photo's file told. */
export function pngChunks({ parts, hasOtherColours }, width, height) {
  return parts
    .map(({ type, content }) => {
      if (type === "eXIf") return { type, content: cleaned(content, width, height) };
      if ((type === "iCCP" || type === "sRGB") && hasOtherColours) return null;
      if (type === "iTXt" && begins(content, "XML:com.adobe.xmp\0\0")) {
        return { type, content: asBytes(cleanedXmp(latin(content), width, height)) };
      }
      return { type, content };
    })
    .filter((part) => part?.content);
}

function joined(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
