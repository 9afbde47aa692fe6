// Photos as files: which a browser can show, small copies of them, what was dropped or pasted.

/** All files of a drop, those inside dropped folders too. */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const files = [];
  for (const entry of entries) await gather(entry, files);
  return files.filter((file) => isPicture(file));
}

async function gather(entry, files) {
  if (entry.isFile) return files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // at most 100 a time
    if (!some.length) return files.length;
    for (const child of some) await gather(child, files);
  }
}

const isPicture = (file) => file.type.startsWith("image/") || /\.(jpe?g|png|tiff?|webp|bmp|gif)$/i.test(file.name);

let pasted = 0;

/** Pictures of a paste; what has no name of its own gets one. */
export function fromClipboard(data) {
  return [...(data?.files ?? [])].filter(isPicture).map((file) => {
    const nameless = file.name === "" || file.name === "image.png";
    return nameless ? new File([file], `pasted-${++pasted}.${file.type.split("/")[1] || "png"}`, { type: file.type }) : file;
  });
}

/** Size in pixels and a small copy (`<canvas>`, short side `side`) of a picture; null when the browser cannot show it. */
export async function thumbnail(blob, side = 144) {
  let whole;
  try {
    whole = await createImageBitmap(blob);
  } catch {
    return null;
  }
  const { width, height } = whole;
  const scale = Math.min(1, side / Math.min(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const paper = canvas.getContext("2d");
  paper.imageSmoothingQuality = "high";
  paper.drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
  return { width, height, canvas };
}

/** A picture without its colours, long side at most `side` px, as a JPEG file of that name. */
export async function inGrey(blob, name, side = Infinity) {
  const { canvas, paper } = await drawn(blob, side);
  const picture = paper.getImageData(0, 0, canvas.width, canvas.height);
  const levels = picture.data;
  for (let i = 0; i < levels.length; i += 4) {
    levels.fill(0.299 * levels[i] + 0.587 * levels[i + 1] + 0.114 * levels[i + 2], i, i + 3); // Rec. 601
  }
  paper.putImageData(picture, 0, 0);
  return asFile(canvas, name);
}

/** A picture made smaller: long side at most `side` px, as a JPEG file of that name. */
export async function smaller(blob, name, side) {
  return asFile((await drawn(blob, side)).canvas, name);
}

async function drawn(blob, side) {
  const whole = await createImageBitmap(blob);
  const scale = Math.min(1, side / Math.max(whole.width, whole.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(whole.width * scale);
  canvas.height = Math.round(whole.height * scale);
  const paper = canvas.getContext("2d");
  paper.imageSmoothingQuality = "high";
  paper.drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
  return { canvas, paper };
}

async function asFile(canvas, name) {
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
  return new File([blob], name, { type: "image/jpeg" });
}
