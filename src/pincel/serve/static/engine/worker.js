// Paints pictures beside the page: one after the other, so that it never blocks, and the photo never leaves.
//
// in:  {runtime} once; then {id, file, model: {url, bytes, card}, headers, options, key, mostPixels} | {id, cancel: true}
//      | {load: model, headers}
// out: {id, tell: {state, stage, share}} | {loaded: share} | {id, problem: sentence, or null when it was cancelled}
//      | {id, result: {blob, format, keptAll, label, width, height, hadColours}}

import { inColour } from "./in_colour.js";
import { NetworkError, Networks } from "./network.js";
import { PngFile, jpegFile } from "./output.js";
import { draft, paint } from "./paint.js";
import { PictureError, open } from "./picture.js";

const BREATH = 80; // milliseconds of work between looks at what was asked meanwhile

let networks = null;
let turn = Promise.resolve();
const cancelled = new Set();
let last = { key: null }; // the last draft: another strength needs no network

class Cancelled extends Error {}

const breathe = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(port1.close());
    port2.postMessage(null);
  });

onmessage = ({ data }) => {
  if (data.runtime) networks = new Networks(data.runtime);
  else if (data.cancel) cancelled.add(data.id);
  else if (data.load) load(data);
  else turn = turn.then(() => answer(data));
};

function load({ load: model, headers }) {
  const tell = (share) => postMessage({ loaded: Math.min(share, 0.99) }); // it is unpacked and prepared after that
  networks.session(model, headers, tell).then(
    () => postMessage({ loaded: 1 }),
    () => {}, // who paints with it is told
  );
}

async function answer(order) {
  const { id } = order;
  const tell = (now) => postMessage({ id, tell: { state: "working", ...now } });
  try {
    await breathe();
    postMessage({ id, result: await painted(order, tell) });
  } catch (error) {
    if (error instanceof Cancelled) postMessage({ id, problem: null });
    else postMessage({ id, problem: sentence(error) });
  }
  cancelled.delete(id);
}

function sentence(error) {
  if (error instanceof PictureError || error instanceof NetworkError) return error.message;
  if (error instanceof RangeError || /memory/i.test(error?.message)) return "This device has not enough memory for this photo.";
  return `This photo could not be painted in this browser (${String(error?.message ?? error).slice(0, 120)}).`;
}

async function painted({ id, file, model, headers, options, key, mostPixels }, tell) {
  let begin = performance.now();
  const stop = () => {
    if (cancelled.has(id)) throw new Cancelled();
  };
  const step = async () => {
    if (performance.now() - begin > BREATH) {
      await breathe();
      begin = performance.now();
    }
    stop();
  };
  const { card } = model;
  const session = await networks.session(model, headers, (share) => tell({ stage: "load", share }));
  stop();
  tell({ stage: "decode" });
  const picture = await open(file, mostPixels);
  await step();
  tell({ stage: "paint", share: 0 });
  const draftKey = `${key} ${model.url} ${options.label}`;
  if (last.key !== draftKey) {
    last = { key: null };
    const drafted = await draft(picture, card, session, options.label);
    const hadColours = card.keeps_lightness && !picture.isGrey && inColour(picture);
    last = { key: draftKey, drafted, hadColours };
  }
  const { drafted, hadColours } = last;
  await step();
  const { width, height } = picture;
  const hasAlpha = picture.hasAlpha && card.keeps_alpha;
  const format = options.format ?? (picture.kind === "png" || hasAlpha ? "png" : "jpeg");
  const png = format === "png" ? new PngFile(width, height, hasAlpha, picture.kind === "png" ? picture.told : null) : null;
  await paint(picture, drafted, card, options.saturation ?? 1, async (strip, top) => {
    if (png) await png.write(strip.data);
    else picture.put(strip, top);
    tell({ stage: "paint", share: (top + strip.height) / height });
    await step();
  });
  tell({ stage: "encode" });
  const blob = png ? await png.finish() : await jpegFile(picture);
  return { blob, format, keptAll: picture.kind === format, label: drafted.label, width, height, hadColours };
}
