// A zip file of files that are packed already (photos), so they are only stored. APPNOTE.TXT 6.3.10, sections 4.3.7-4.3.16.

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** CRC-32 of bytes, as zip, gzip and PNG count it. */
export function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const UTF8_NAMES = 0x0800;
const LARGEST = 0xffffffff; // bytes; beyond it a file needs zip64
const MOST = 0xffff; // files

/** Little-endian fields: pairs of width in bytes and value. */
function fields(...pairs) {
  const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [width]) => sum + width, 0)));
  let at = 0;
  for (const [width, value] of pairs) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return new Uint8Array(view.buffer);
}

/** A moment as MS-DOS time and date (2 seconds fine). */
function dosTime(moment) {
  const time = (moment.getHours() << 11) | (moment.getMinutes() << 5) | (moment.getSeconds() >> 1);
  const date = ((moment.getFullYear() - 1980) << 9) | ((moment.getMonth() + 1) << 5) | moment.getDate();
  return [time, date];
}

/** Names that are the same (also for file systems that ignore case) get a number: photo.jpg, photo (2).jpg. */
export function distinct(names) {
  const taken = new Set();
  return names.map((name) => {
    const dot = name.lastIndexOf(".") > 0 ? name.lastIndexOf(".") : name.length;
    let free = name;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${name.slice(0, dot)} (${n})${name.slice(dot)}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/** One zip Blob of `[{name, blob}]`. The photos' bytes are not copied, only read once for their checksum. */
export async function zip(files, moment = new Date()) {
  if (files.length > MOST) throw new Error(`A zip file holds at most ${MOST} photos; download them in parts.`);
  const [time, date] = dosTime(moment);
  const body = [];
  const directory = [];
  let offset = 0;
  const names = distinct(files.map(({ name }) => name));
  for (const [i, { blob }] of files.entries()) {
    const name = new TextEncoder().encode(names[i]);
    const crc = crc32(new Uint8Array(await blob.arrayBuffer()));
    const common = [[2, 20], [2, UTF8_NAMES], [2, 0], [2, time], [2, date], [4, crc], [4, blob.size], [4, blob.size]];
    const head = fields([4, 0x04034b50], ...common, [2, name.length], [2, 0]);
    body.push(head, name, blob);
    directory.push(
      fields([4, 0x02014b50], [2, 20], ...common, [2, name.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
      name,
    );
    offset += head.length + name.length + blob.size;
    if (offset > LARGEST) throw new Error("These photos together are more than 4 GB; download them one by one.");
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]);
  return new Blob([...body, ...directory, end], { type: "application/zip" });
}
