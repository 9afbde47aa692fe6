// The view "Draw": a sheet, and beside it what the model makes of it, painted while one draws.

import { $, chip, el, exampleButtons, hint, isTyping, save, say } from "./dom.js";
import { Sketchpad } from "./sketchpad.js";

const SIDE = 256; // pixels of the sheet as it is sent
const SOON = 80; // milliseconds from the first change to the sending; a stroke's end is sent at once

export class Draw {
  #onWay = 0; // sheets that are being painted
  #sent = 0; // how many were sent, and the number of the one that is shown: an older one never replaces a newer
  #shown = 0;
  #stale = false; // the sheet changed since it was sent
  #timer = 0;
  #result = null;

  /** @param {HTMLElement} root @param {object} server what `offers` said @param {import("./where.js").Where} where it is painted */
  constructor(root, server, where) {
    this.root = root;
    this.where = where;
    this.models = server.models.filter((model) => model.draws);
    $("#draw-none").hidden = this.models.length > 0;
    $("#draw-work").hidden = !this.models.length;
    if (!this.models.length) return;
    this.pad = new Sketchpad($("#sheet"), $("#pen-cursor"));
    this.pad.addEventListener("change", ({ detail }) => this.#sheetChanged(detail.finished));
    this.#fill(server.examples);
    this.#listen();
    this.#chooseModel();
    this.#drawTools();
  }

  /** A picture as the sketch. */
  async open(blob, name) {
    try {
      await this.pad.load(blob);
      this.name = name.replace(/\.[^.]*$/, "");
      say(`${name} is on the sheet.`);
    } catch {
      this.#wrong(`${name} is no picture that this browser can show; try a PNG or JPEG.`);
    }
  }

  #fill({ folder, drawings }) {
    $("#draw-model").replaceChildren(...this.models.map(({ name, title }) => el("option", { value: name }, title || name)));
    $("#drawing-examples").hidden = !drawings.length;
    const open = (blob, file) => this.open(blob, file);
    $("#drawing-examples ul").replaceChildren(...exampleButtons(folder, drawings, "Load the drawing", open));
  }

  #listen() {
    const { pad } = this;
    for (const input of document.querySelectorAll("[name=tool]")) {
      input.addEventListener("change", () => this.#takeTool(input.value));
    }
    $("#pen-size").addEventListener("input", (event) => this.#size(Number(event.target.value)));
    $("#pen-colour").addEventListener("input", (event) => (pad.colour = event.target.value));
    $("#undo").addEventListener("click", () => pad.undo());
    $("#redo").addEventListener("click", () => pad.redo());
    $("#clear").addEventListener("click", () => this.#clear());
    $("#load").addEventListener("click", () => $("#sketch-file").click());
    $("#sketch-file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      if (file) this.open(file, file.name);
      event.target.value = "";
    });
    $("#draw-download").addEventListener("click", () => save(this.#result.blob, `${this.name ?? "drawing"}-painted.png`));
    $("#draw-model").addEventListener("change", () => this.#chooseModel());
    $("#draw-labels").addEventListener("change", () => this.#sheetChanged(true));
    addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    if (this.root.hidden || isTyping(event) || event.altKey) return;
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    const act = {
      z: () => (event.shiftKey ? this.pad.redo() : this.pad.undo()),
      y: () => this.pad.redo(),
      ...(!command && {
        p: () => this.#takeTool("pen"),
        e: () => this.#takeTool("eraser"),
        x: () => this.#clear(),
        "[": () => this.#size(this.pad.width - 1),
        "]": () => this.#size(this.pad.width + 1),
      }),
    }[key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #takeTool(tool) {
    this.pad.tool = tool;
    this.#drawTools();
  }

  #size(width) {
    const slider = $("#pen-size");
    slider.value = width;
    this.pad.width = Number(slider.value);
    this.#drawTools();
  }

  #clear() {
    this.pad.clear();
    this.name = undefined;
  }

  #drawTools() {
    const { pad } = this;
    for (const input of document.querySelectorAll("[name=tool]")) input.checked = input.value === pad.tool;
    $("#undo").disabled = !pad.canUndo;
    $("#redo").disabled = !pad.canRedo;
    $("#clear").disabled = pad.isEmpty();
    $("#pen-dot").style.setProperty("--dot", `${Math.max(2, pad.width)}px`);
    $("#sheet").classList.toggle("erases", pad.tool === "eraser");
  }

  get #model() {
    return this.models.find(({ name }) => name === $("#draw-model").value) ?? this.models[0];
  }

  #chooseModel() {
    const { labels = [], task } = this.#model;
    $("#draw-hint").textContent = hint(this.#model);
    $("#draw-labels").hidden = !labels.length;
    $("#draw-labels div").replaceChildren(...labels.map((label, i) => chip("draw-label", label, label, i === 0)));
    $("#pen-colour").parentElement.hidden = task === "sketch";
    this.#sheetChanged(true);
  }

  #sheetChanged(finished) {
    const empty = finished && this.pad.isEmpty();
    $("#sheet-hint").hidden = !empty;
    if (finished) this.#drawTools();
    this.#stale = true;
    if (empty) return this.#show(null);
    if (finished) this.#paint(true);
    else this.#timer ||= setTimeout(() => this.#paint(), SOON);
  }

  /**
   * Send the sheet as it is now; if one is on its way, the newest follows as soon as that is back. Only the end of a
   * stroke does not wait for it.
   */
  async #paint(finished = false) {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#onWay >= (finished ? 2 : 1)) return;
    this.#onWay += 1;
    $("#result").classList.add("paints");
    while (this.#stale && !this.pad.isEmpty()) {
      this.#stale = false;
      const turn = (this.#sent += 1);
      const label = $("#draw-labels input:checked")?.value;
      try {
        const sheet = await this.pad.png(SIDE);
        const wishes = { model: this.#model.name, label, format: "png" };
        const made = await this.where.send("/translate", new File([sheet], "drawing.png"), wishes);
        if (turn > this.#shown && !this.pad.isEmpty()) {
          this.#shown = turn;
          await this.#show(made);
        }
        this.#wrong("");
      } catch (error) {
        this.#wrong(error.message);
        break;
      }
    }
    this.#onWay -= 1;
    if (!this.#onWay) $("#result").classList.remove("paints");
  }

  async #show(made) {
    const old = this.#result;
    const image = $("#result img");
    this.#result = made && { ...made, url: URL.createObjectURL(made.blob) };
    if (made) image.src = this.#result.url;
    else image.removeAttribute("src");
    $("#result").classList.toggle("filled", Boolean(made));
    $("#draw-download").disabled = !made;
    const place = made?.paintedHere ? " in this browser" : "";
    $("#draw-time").textContent = made ? `painted in ${Math.round(made.milliseconds)} ms${place}` : "";
    if (made) await image.decode().catch(() => {});
    if (made && !old) say("The drawing is painted; it changes while you draw.");
    if (old) URL.revokeObjectURL(old.url);
  }

  #wrong(sentence) {
    $("#draw-error").hidden = !sentence;
    $("#draw-error-text").textContent = sentence;
  }
}
