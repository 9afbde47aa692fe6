// The view "Models": the card of each, readable; what was measured as bars against doing nothing.

import { $, el, hint, icon } from "./dom.js";

const TASKS = {
  colorize: ["Colours photos", "photo"],
  sketch: ["Paints drawings", "pen"],
  paired: ["Turns one picture into another", "swap"],
};
const FIRST = ["Trained on", "Data licence"]; // the rows that are always open
const ELSEWHERE = new Set(["Task", "Description", "Labels", "Saturation", ...FIRST]);

const QUALITY = "Quality on "; // rows "Quality on SET": "n 60, psnr 22.97, ciede2000 11.35, ..."

// What is measured: the model's own number and that of a picture left as it was; less is better for both.
const MEASURES = [
  { own: "ciede2000", nothing: "grey_ciede2000", title: "Distance from the real colours (CIEDE2000)", left: "left grey" },
  { own: "lite0_distance", nothing: "identity_lite0_distance", title: "Distance from the real photos (Lite0 features)", left: "left a drawing" },
];

export function showModels(models) {
  $("#cards").replaceChildren(...models.map(card));
}

function card(model) {
  const [does, picture] = TASKS[model.task] ?? [model.task, "photo"];
  const rows = Object.fromEntries(model.card ?? []);
  const facts = [
    ["size", `${model.megabytes.toFixed(1)} MB`],
    ["works at", `${model.working_size} px`],
    ...(model.labels?.length ? [["labels", String(model.labels.length)]] : []),
  ];
  const measured = Object.entries(rows)
    .filter(([term]) => term.startsWith(QUALITY))
    .map(([term, text]) => measurement(term.slice(QUALITY.length), numbers(text)))
    .filter(Boolean);
  const rest = Object.entries(rows).filter(([term]) => !ELSEWHERE.has(term));
  return el(
    "article",
    { class: "card" },
    el("p", { class: "does" }, icon(picture), does),
    el("h2", {}, model.title ?? model.name),
    el("p", { class: "title" }, hint(model)),
    el("dl", { class: "numbers" }, ...facts.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value)))),
    model.labels?.length ? el("ul", { class: "words", "aria-label": "Labels" }, ...model.labels.map((label) => el("li", {}, label))) : null,
    ...measured,
    el("dl", { class: "rows" }, ...list(FIRST.filter((term) => rows[term]).map((term) => [term, rows[term]]))),
    rest.length ? el("details", {}, el("summary", {}, "All that the card says"), el("dl", { class: "rows" }, ...list(rest))) : null,
  );
}

const list = (rows) => rows.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, String(text))]);

/** "n 60, psnr 22.97" -> {n: 60, psnr: 22.97}. */
function numbers(text) {
  return Object.fromEntries([...text.matchAll(/(\w+) (-?[\d.]+)(?=,|$)/g)].map(([, name, value]) => [name, Number(value)]));
}

/** Two bars: what the model does, and what doing nothing does, on photos it never saw. */
function measurement(set, values) {
  const measure = MEASURES.find(({ own, nothing }) => values[own] > 0 && values[nothing] > 0);
  if (!measure) return null;
  const own = values[measure.own];
  const nothing = values[measure.nothing];
  const largest = Math.max(own, nothing);
  const bar = (name, value, kind) => {
    const length = el("i", { class: kind });
    length.style.width = `${(100 * value) / largest}%`;
    return [el("dt", {}, name), el("dd", {}, el("span", {}, length), value.toFixed(2))];
  };
  return el(
    "figure",
    { class: "measured" },
    el("figcaption", {}, `${measure.title}; less is better`),
    el("dl", {}, ...bar("painted", own, "own"), ...bar(measure.left, nothing, "nothing")),
    el("p", {}, `${values.n ? `${values.n} pictures, ` : ""}${set}`),
  );
}
