// The view "Why": where a network looked (needs torch on the server), and what a label changes (any model with labels).

import { isAbort, send } from "./api.js";
import { $, chip, el, exampleButtons, later, say } from "./dom.js";
import { inGrey, smaller } from "./photos.js";

const SIDE = 512; // pixels of the long side as it is sent
const TITLES = {
  saliency: "Pixels that matter",
  smoothgrad: "Pixels that matter, smoothed",
  integrated: "What each pixel adds",
  gradcam: "Regions that matter",
  occlusion: "What happens when it is covered",
};

export class Why {
  #photo = null; // {file, url}
  #work = new AbortController();
  #soon = later(120);
  #asked = { map: false, labels: false }; // what is not there yet

  /**
   * @param {HTMLElement} root @param {object} server what `offers` said @param {import("./where.js").Where} where photos are painted
   * @param {() => object[]} photosOfColour
   */
  constructor(root, server, where, photosOfColour) {
    this.root = root;
    this.where = where;
    this.why = server.why ?? { available: false, reason: "This server cannot explain." };
    this.files = new Set(server.models.map(({ name }) => name)); // the others are runs
    this.labelled = server.models.filter((model) => !model.draws && model.labels?.length);
    this.photosOfColour = photosOfColour;
    $("#why-reason").hidden = this.why.available;
    $("#why-reason-text").textContent = this.why.reason ?? "";
    $("#why-map").hidden = !this.why.available;
    $("#why-pick").hidden = !this.why.available && !this.labelled.length;
    if (this.why.available) this.#fillMethods();
    $("#label-model").replaceChildren(...this.labelled.map(({ name, title }) => el("option", { value: name }, title || name)));
    $("#label-model-field").hidden = this.labelled.length < 2;
    this.#fillExamples(server.examples);
    this.#listen();
  }

  /** Called when the view comes up: the photos of "Colour" can be picked here. */
  shown() {
    const tiles = this.photosOfColour().filter(({ canvas }) => canvas);
    $("#why-own").replaceChildren(
      ...tiles.slice(-8).map((photo) => {
        const copy = el("canvas", { width: photo.canvas.width, height: photo.canvas.height });
        copy.getContext("2d").drawImage(photo.canvas, 0, 0);
        const label = { "aria-label": `Look at ${photo.name}` };
        return el("li", {}, el("button", { type: "button", class: "example", ...label, onclick: () => this.open(photo.file) }, copy));
      }),
    );
    $("#why-sent").hidden = !this.where.here || !this.why.available;
    const sends = this.where.here && this.why.available; // then it waits for a person's wish
    if (!this.#photo && tiles.length && !sends) this.open(tiles.at(-1).file);
  }

  async open(file) {
    try {
      const picture = await smaller(file, file.name, SIDE);
      if (this.#photo) URL.revokeObjectURL(this.#photo.url);
      this.#photo = { file: picture, url: URL.createObjectURL(picture) };
    } catch {
      return this.#wrong(`${file.name} is no picture that this browser can show; try a JPEG or PNG.`);
    }
    $("#why-photo").src = this.#photo.url;
    $("#why-work").hidden = false;
    this.#explain();
  }

  #listen() {
    $("#why-choose").addEventListener("click", () => $("#why-file").click());
    $("#why-file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      if (file) this.open(file);
      event.target.value = "";
    });
    const opacity = $("#opacity");
    opacity.addEventListener("input", () => {
      $("#why-heat").style.opacity = opacity.value / 100;
      $("#opacity-value").textContent = `${opacity.value} %`;
    });
    for (const id of ["#methods", "#why-model"]) {
      $(id).addEventListener("change", () => this.#soon(() => this.#explain({ labels: false })));
    }
    $("#label-model").addEventListener("change", () => this.#explain({ map: false }));
  }

  #fillMethods() {
    $("#why-model").replaceChildren(...this.why.models.map((name) => el("option", { value: name }, name)));
    $("#why-model-field").hidden = this.why.models.length < 2;
    $("#methods div").replaceChildren(
      ...this.why.methods.map((method, i) => chip("method", method, TITLES[method] ?? method, i === 0)),
    );
  }

  #fillExamples({ folder, photos }) {
    const open = async (blob, file) => this.open(await inGrey(blob, file));
    $("#why-examples").replaceChildren(...exampleButtons(folder, photos, "Look at the example", open));
  }

  async #explain({ map = true, labels = true } = {}) {
    if (!this.#photo) return;
    this.#asked = { map: map || this.#asked.map, labels: labels || this.#asked.labels }; // what was given up comes anew
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    this.#wrong("");
    $("#why-busy").hidden = false;
    try {
      if (this.why.available && this.#asked.map) await this.#map(signal);
      this.#asked.map = false;
      if (this.#asked.labels) await this.#labels(signal);
      this.#asked.labels = false;
      say("The photo is explained.");
    } catch (error) {
      if (isAbort(error)) return; // newer work goes on
      this.#wrong(error.message);
    }
    $("#why-busy").hidden = true;
  }

  async #map(signal) {
    const heat = $("#why-heat");
    put(heat, null);
    const model = $("#why-model").value;
    const method = $("#methods input:checked").value;
    const made = await send("/explain", this.#photo.file, { model, method }, signal);
    put(heat, made.blob);
    heat.style.opacity = $("#opacity").value / 100;
    const isFile = this.files.has(model); // its labels, if it knows any, are painted one by one below
    const strip = isFile ? null : await send("/labels", this.#photo.file, { model }, signal).catch(orNothing);
    $("#why-strip").hidden = !strip;
    if (strip) put($("#why-strip img"), strip.blob);
  }

  /** The photo painted with every label that a model knows. */
  async #labels(signal) {
    const grid = $("#label-grid");
    const model = this.labelled.find(({ name }) => name === $("#label-model").value);
    $("#why-labels").hidden = !model;
    if (!model) return;
    const auto = await this.where.send("/colorize", this.#photo.file, { model: model.name }, signal);
    const figure = (label) =>
      el(
        "figure",
        { class: label === auto.label ? "own" : "" },
        el("img", { alt: `Painted as ${label}` }),
        el("figcaption", {}, label === "unknown" ? "not told" : label, label === auto.label ? el("b", {}, " found by itself") : null),
      );
    const labels = [...model.labels, "unknown"];
    for (const image of grid.querySelectorAll("img")) put(image, null);
    grid.replaceChildren(...labels.map(figure));
    for (const [i, label] of labels.entries()) {
      const made = label === auto.label ? auto : await this.where.send("/colorize", this.#photo.file, { model: model.name, label }, signal);
      put(grid.children[i].firstElementChild, made.blob);
    }
  }

  #wrong(sentence) {
    $("#why-error").hidden = !sentence;
    $("#why-error-text").textContent = sentence;
  }
}

/** Show a picture in an `<img>`, or none; its old one is forgotten. */
function put(image, blob) {
  if (image.src) URL.revokeObjectURL(image.src);
  if (blob) image.src = URL.createObjectURL(blob);
  else image.removeAttribute("src");
}

/** A run without labels has no strip; that is no error. */
function orNothing(error) {
  if (error.status === 422) return null;
  throw error;
}
