// Black bars around a picture, as films and letterboxed scans have them; see `pincel.imaging.bars`.

const DARK = 8; // of 255; JPEG leaves so much in a bar that was black
const BLOCK = 64; // rows or columns that are looked at together

/** {top, left, height, width}: where the picture lies; all of it where there are no bars, or nothing but black. */
export function withoutBars(picture) {
  const { width, height } = picture;
  const top = firstLit(height, (y) => isLit(picture.row(y), 0, width));
  if (top === height) return { top: 0, left: 0, height, width };
  const bottom = height - firstLit(height, (y) => isLit(picture.rows(height - 1 - y, 1).data, 0, width));
  const column = columns(picture, top, bottom);
  const left = firstLit(width, (x) => column(x));
  const right = width - firstLit(width, (x) => column(width - 1 - x));
  return { top, left, height: bottom - top, width: right - left };
}

function firstLit(count, lit) {
  let at = 0;
  while (at < count && !lit(at)) at++;
  return at;
}

function isLit(pixels, first, count) {
  for (let at = 4 * first; at < 4 * (first + count); at += 4) {
    if (pixels[at] > DARK || pixels[at + 1] > DARK || pixels[at + 2] > DARK) return true;
  }
  return false;
}

/** `column(x)`: whether it is lit between two rows; columns are read some at a time. */
function columns(picture, top, bottom) {
  let [begin, data] = [-1, null];
  return (x) => {
    const block = Math.floor(x / BLOCK) * BLOCK;
    const width = Math.min(BLOCK, picture.width - block);
    if (begin !== block) [begin, data] = [block, picture.columns(block, width)];
    for (let y = top; y < bottom; y++) if (isLit(data, y * width + x - block, 1)) return true;
    return false;
  };
}
