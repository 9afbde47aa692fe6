// EXIF blocks as `pincel.imaging.metadata.exif` keeps them: byte for byte but for what is no longer true of the result.

const [ORIENTATION, X_RESOLUTION, Y_RESOLUTION, EXIF_IFD] = [0x0112, 0x011a, 0x011b, 0x8769];
const [WIDTHS, HEIGHTS] = [
  [0x0100, 0xa002],
  [0x0101, 0xa003],
];
const [PREVIEW_AT, PREVIEW_BYTES] = [0x0201, 0x0202];
const [SHORT, LONG, RATIONAL] = [3, 4, 5];
const BYTES_OF = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4 };

/** How the stored picture is to be turned, 1..8; 0 where a block does not say it as the standard does. */
export function orientation(block) {
  const found = opened(block);
  return found ? turned(found) : 0;
}

/**
 * A block for a picture that stands upright, of this size, without the preview of the picture it was; null: it is unreadable.
 *
 * @param {Uint8Array} block begins with a TIFF header
 */
export function cleaned(block, width, height) {
  const found = opened(block.slice());
  if (!found) return null;
  const { view, bytes, little, first } = found;
  const turn = turned(found);
  if (turn) set(view, first.entries.get(ORIENTATION), 1, little);
  const [across, down] = [first.entries.get(X_RESOLUTION), first.entries.get(Y_RESOLUTION)];
  if (turn >= 5 && across?.type === RATIONAL && down?.type === RATIONAL && across.count === 1 && down.count === 1) {
    const kept = bytes.slice(across.at, across.at + 8);
    bytes.copyWithin(across.at, down.at, down.at + 8);
    bytes.set(kept, down.at);
  }
  const pointer = first.entries.get(EXIF_IFD);
  for (const { entries } of [first, pointer && directory(view, number(view, pointer, little), little)].filter(Boolean)) {
    for (const [tags, value] of [[WIDTHS, width], [HEIGHTS, height]]) {
      for (const tag of tags) {
        const entry = entries.get(tag);
        if (entry?.count === 1 && (entry.type === SHORT || entry.type === LONG)) set(view, entry, value, little);
      }
    }
  }
  return first.following ? withoutPreview(found) : bytes;
}

function opened(block) {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  if (block.length < 8) return null;
  const little = view.getUint16(0) === 0x4949;
  if ((!little && view.getUint16(0) !== 0x4d4d) || view.getUint16(2, little) !== 42) return null;
  const first = directory(view, view.getUint32(4, little), little);
  return first && { view, bytes: block, little, first };
}

/** Entries by tag, where the next directory is (0: this is the last), and where that is told; null: there is none at `at`. */
function directory(view, at, little) {
  if (at < 8 || at + 2 > view.byteLength) return null;
  const end = at + 2 + 12 * view.getUint16(at, little);
  if (end > view.byteLength) return null;
  const entries = new Map();
  for (let place = at + 2; place < end; place += 12) {
    const [tag, type, count] = [view.getUint16(place, little), view.getUint16(place + 2, little), view.getUint32(place + 4, little)];
    const size = BYTES_OF[type] * count;
    const value = size > 4 ? view.getUint32(place + 8, little) : place + 8;
    if (type in BYTES_OF && !entries.has(tag) && value + size <= view.byteLength) entries.set(tag, { type, count, at: value });
  }
  const following = end + 4 <= view.byteLength ? view.getUint32(end, little) : 0;
  return { entries, following, followingAt: end };
}

const number = (view, entry, little) => (entry.type === SHORT ? view.getUint16(entry.at, little) : view.getUint32(entry.at, little));

function turned({ view, little, first }) {
  const entry = first.entries.get(ORIENTATION);
  if (!entry || entry.count !== 1 || (entry.type !== SHORT && entry.type !== LONG)) return 0;
  const value = number(view, entry, little);
  return value >= 1 && value <= 8 ? value : 0;
}

/** Overwrite a SHORT or LONG; a SHORT that is too small becomes a LONG. */
function set(view, entry, value, little) {
  const isShort = entry.type === SHORT && value < 65536;
  view.setUint16(entry.at - 6, isShort ? SHORT : LONG, little);
  view.setUint32(entry.at, 0);
  if (isShort) view.setUint16(entry.at, value, little);
  else view.setUint32(entry.at, value, little);
}

function withoutPreview({ view, bytes, little, first }) {
  view.setUint32(first.followingAt, 0, little);
  const second = directory(view, first.following, little);
  const [start, size] = [second?.entries.get(PREVIEW_AT), second?.entries.get(PREVIEW_BYTES)];
  if (!start || !size) return bytes;
  const begin = number(view, start, little);
  const end = begin + number(view, size, little);
  if (end === bytes.length && begin > first.following) return bytes.subarray(0, begin);
  if (begin >= 8 && begin < end && end <= bytes.length) bytes.fill(0, begin, end);
  return bytes;
}
