// Resizing as `pincel.imaging.resize` and OpenCV do it: area averages where a picture shrinks, cubic where it grows.
//
// A raster is {height, width, channels, stride, row(y)}: `row` gives the values of a row, `stride` of them a pixel, of which
// the first `channels` count. Large pictures need not be in memory for that.

/** A raster of values in memory. */
export function raster(values, height, width, channels = 1, stride = channels) {
  const row = (y) => values.subarray(y * width * stride, (y + 1) * width * stride);
  return { values, height, width, channels, stride, row };
}

/** Python's and OpenCV's rounding: halves go to the even number. */
export function rounded(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/** [height, width] scaled so that the longer is `longSide`; aspect kept. */
export function fitSize(height, width, longSide) {
  const scale = longSide / Math.max(height, width);
  return [Math.max(1, rounded(height * scale)), Math.max(1, rounded(width * scale))];
}

/**
 * A raster at another size, in memory, channels kept.
 *
 * @param {object} from a raster
 * @param {number} height
 * @param {number} width
 * @param {boolean} bytes whether values are 0..255 and rounded, otherwise floats
 */
export function resize(from, height, width, bytes) {
  if (from.height === height && from.width === width) return sampled(from, same(height), same(width), bytes);
  const shrinks = height * width < from.height * from.width;
  if (Math.min(Math.floor(from.height / height), Math.floor(from.width / width)) >= 8) {
    from = sampled(from, quarter(from.height), quarter(from.width), bytes); // whole factors first, as OpenCV is told to
  }
  const isArea = shrinks && from.height >= height && from.width >= width;
  const taps = isArea ? area : shrinks ? areaWhereOneSideGrows : cubic;
  return sampled(from, taps(from.height, height), taps(from.width, width), bytes);
}

/** Bilinear, as OpenCV's INTER_LINEAR. */
export function linearResize(from, height, width) {
  return sampled(from, linear(from.height, height), linear(from.width, width), false);
}

/** Nearest, as OpenCV's INTER_NEAREST. */
export function nearestResize(from, height, width) {
  const nearest = (size, to) => taps(to, (i, add) => add(Math.min(Math.floor((i * size) / to), size - 1), 1));
  return sampled(from, nearest(from.height, height), nearest(from.width, width), false);
}

/** Which old values make a new one, and with what weight: `begin[i]..begin[i + 1]` of `index` and `weight`. */
function taps(count, each) {
  const [begin, index, weight] = [[0], [], []];
  for (let i = 0; i < count; i++) {
    each(i, (at, share) => {
      index.push(at);
      weight.push(share);
    });
    begin.push(index.length);
  }
  return { count, begin: Int32Array.from(begin), index: Int32Array.from(index), weight: Float32Array.from(weight) };
}

const same = (size) => taps(size, (i, add) => add(i, 1));

/** Cells of four; the edge is repeated evenly to make the last ones whole. */
function quarter(size) {
  const missing = (4 - (size % 4)) % 4;
  const before = Math.floor(missing / 2);
  return taps((size + missing) / 4, (i, add) => {
    for (let k = 0; k < 4; k++) add(Math.min(Math.max(4 * i + k - before, 0), size - 1), 0.25);
  });
}

function area(size, to) {
  const scale = size / to;
  return taps(to, (i, add) => {
    const [begin, end] = [i * scale, (i + 1) * scale];
    const cell = Math.min(scale, size - begin);
    const last = Math.min(Math.floor(end), size - 1);
    const first = Math.min(Math.ceil(begin), last);
    if (first - begin > 1e-3) add(first - 1, (first - begin) / cell);
    for (let at = first; at < last; at++) add(at, 1 / cell);
    if (end - last > 1e-3) add(last, Math.min(end - last, 1, cell) / cell);
  });
}

/** What OpenCV does for areas when one side grows a little. */
function areaWhereOneSideGrows(size, to) {
  const scale = size / to;
  return taps(to, (i, add) => {
    const at = Math.floor(i * scale);
    const place = i + 1 - (at + 1) / scale;
    const share = place <= 0 ? 0 : place - Math.floor(place);
    add(Math.min(at, size - 1), 1 - share);
    add(Math.min(at + 1, size - 1), share);
  });
}

function cubic(size, to) {
  const sharpness = -0.75;
  return taps(to, (i, add) => {
    const place = ((i + 0.5) * size) / to - 0.5;
    const at = Math.floor(place);
    const x = place - at;
    const outer = (d) => ((sharpness * d - 5 * sharpness) * d + 8 * sharpness) * d - 4 * sharpness;
    const inner = (d) => ((sharpness + 2) * d - (sharpness + 3)) * d * d + 1;
    const weights = [outer(x + 1), inner(x), inner(1 - x)];
    weights.push(1 - weights[0] - weights[1] - weights[2]);
    weights.forEach((weight, k) => add(Math.min(Math.max(at - 1 + k, 0), size - 1), weight));
  });
}

function linear(size, to) {
  return taps(to, (i, add) => {
    const place = Math.max(((i + 0.5) * size) / to - 0.5, 0);
    const at = Math.min(Math.floor(place), size - 1);
    add(at, 1 - (place - at));
    add(Math.min(at + 1, size - 1), place - at);
  });
}

/** Rows of the old picture are asked for once, in order, and kept as long as a new one needs them. */
function sampled(from, down, across, bytes) {
  const { channels } = from;
  const values = new (bytes ? Uint8ClampedArray : Float32Array)(down.count * across.count * channels);
  const sum = new Float32Array(across.count * channels);
  const kept = new Map();
  const narrow = (y) => {
    if (!kept.has(y)) kept.set(y, sampledRow(from.row(y), from.stride, channels, across));
    return kept.get(y);
  };
  for (let i = 0; i < down.count; i++) {
    sum.fill(0);
    let least = Infinity;
    for (let tap = down.begin[i]; tap < down.begin[i + 1]; tap++) {
      const [row, weight] = [narrow(down.index[tap]), down.weight[tap]];
      least = Math.min(least, down.index[tap]);
      for (let k = 0; k < sum.length; k++) sum[k] += row[k] * weight;
    }
    values.set(sum, i * sum.length);
    for (const y of kept.keys()) if (y < least) kept.delete(y);
    const next = down.index[down.begin[i + 1]];
    for (const y of kept.keys()) if (y < next) kept.delete(y);
  }
  return raster(values, down.count, across.count, channels);
}

function sampledRow(row, stride, channels, across) {
  const out = new Float32Array(across.count * channels);
  for (let i = 0; i < across.count; i++) {
    for (let tap = across.begin[i]; tap < across.begin[i + 1]; tap++) {
      const [at, weight] = [across.index[tap] * stride, across.weight[tap]];
      for (let c = 0; c < channels; c++) out[i * channels + c] += row[at + c] * weight;
    }
  }
  return out;
}
