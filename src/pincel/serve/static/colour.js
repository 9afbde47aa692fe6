// The view "Colour": photos in, a queue of them, one on the stage with its wishes.

import { isAbort } from "./api.js";
import { $, chip, el, exampleButtons, hint, icon, isTyping, later, megabytes, save, say } from "./dom.js";
import { inGrey } from "./photos.js";
import { Queue, isBusy, stateText } from "./queue.js";
import { Viewer } from "./viewer.js";
import { zip } from "./zip.js";

const SOON = 160; // milliseconds after the last move of the strength before it is painted

export class Colour {
  #server;
  #chosen = null;
  #shown = {}; // what the stage shows
  #soon = later(SOON);
  #tiles = new Map(); // photo -> its <li>

  /**
   * @param {HTMLElement} root the view's section
   * @param {object} server what `offers` said
   * @param {import("./where.js").Where} where photos are painted
   */
  constructor(root, server, where) {
    this.root = root;
    this.#server = server;
    this.models = server.models.filter((model) => !model.draws);
    this.last = { model: this.models[0]?.name, saturation: 1 };
    this.where = where;
    this.queue = new Queue((photo) => this.#changed(photo), where);
    this.viewer = new Viewer($(".stage", root));
    this.#fillModels();
    this.#fillExamples();
    this.#listen();
    this.#drawWhere();
  }

  get chosen() {
    return this.#chosen;
  }

  /** Photos from anywhere: chosen, dropped, pasted, taken. */
  add(files) {
    if (!files.length) return;
    const added = this.queue.add(files, this.last);
    if (!this.#chosen || !isBusy(this.#chosen)) this.choose(added[0]);
    say(added.length === 1 ? `${added[0].name} was added.` : `${added.length} photos were added.`);
  }

  choose(photo) {
    this.#chosen = photo;
    this.#draw();
  }

  #listen() {
    const { root } = this;
    for (const input of root.querySelectorAll("input[type=file]")) {
      const take = () => {
        this.add([...input.files]);
        input.value = "";
      };
      input.addEventListener("change", take);
      take(); // what was chosen before the page was ready
    }
    for (const button of root.querySelectorAll("[data-open]")) {
      button.addEventListener("click", () => $(`#${button.dataset.open}`).click());
    }
    const strength = $("#strength");
    strength.addEventListener("input", () => {
      const saturation = strength.value / 100;
      $("#strength-value").textContent = `${strength.value} %`;
      const painted = this.#chosen?.result?.wishes.saturation;
      if (painted > 0.05) this.viewer.preview(saturation / painted);
      this.#soon(() => this.#wish({ saturation }));
    });
    strength.addEventListener("dblclick", () => {
      strength.value = 100;
      strength.dispatchEvent(new Event("input"));
    });
    $("#model").addEventListener("change", (event) => this.#wish({ model: event.target.value, label: undefined }));
    $("#labels").addEventListener("change", (event) => this.#wish({ label: event.target.value }));
    $("#for-all").addEventListener("click", () => this.#forAll());
    $("#download").addEventListener("click", (event) => this.#download(event.currentTarget));
    for (const input of document.querySelectorAll("[name=where]")) {
      input.addEventListener("change", () => this.where.set(input.value === "browser"));
    }
    $("#elsewhere").addEventListener("click", () => this.#paintElsewhere());
    this.where.addEventListener("change", () => this.#drawWhere());
    $("#again").addEventListener("click", () => this.queue.again(this.#chosen));
    $("#stop").addEventListener("click", () => this.queue.cancel(this.#chosen));
    $("#remove").addEventListener("click", () => this.#remove(this.#chosen));
    $("#zip").addEventListener("click", (event) => this.#zip(event.currentTarget));
    $("#clear-all").addEventListener("click", () => this.queue.clear());
    $("#strip").addEventListener("keydown", (event) => this.#walk(event));
    addEventListener("keydown", (event) => {
      if (root.hidden || isTyping(event) || event.ctrlKey || event.metaKey || !this.#chosen) return;
      if (event.key === "Delete") this.#remove(this.#chosen);
      else if (event.key === "," || event.key === ".") this.#step(event.key === "." ? 1 : -1);
      else return;
      event.preventDefault();
    });
  }

  #fillModels() {
    const select = $("#model");
    select.replaceChildren(...this.models.map(({ name, title }) => el("option", { value: name }, title || name)));
    $("#model-field").hidden = this.models.length < 2;
  }

  #fillExamples() {
    const { folder, photos: files } = this.#server.examples;
    $("#photo-examples").hidden = !files.length;
    const open = async (blob, file) => this.add([await inGrey(blob, file)]);
    $("#photo-examples ul").replaceChildren(...exampleButtons(folder, files, "Try the example", open));
  }

  /** The other place, for this photo and all that follow. */
  #paintElsewhere() {
    this.where.set(!this.where.here);
    this.queue.again(this.#chosen);
  }

  #drawWhere() {
    const { here, canHere, hasServer, whyNotHere, share } = this.where;
    $("#where").hidden = !canHere || !hasServer;
    for (const input of document.querySelectorAll("[name=where]")) input.checked = (input.value === "browser") === here;
    const loading = share === 1 ? " Ready to paint." : share > 0 ? ` Loading the painter, ${Math.round(share * 100)} %.` : "";
    const there = hasServer ? "Photos stay on the computer that runs Pincel. Nothing is kept. " : "";
    $("#promise").textContent = here ? `Photos stay in this browser; nothing is sent.${loading}` : there + (whyNotHere ?? "");
    if (this.#chosen) this.#drawPanel(this.#chosen);
  }

  #model() {
    return this.models.find(({ name }) => name === this.#chosen?.wishes.model) ?? this.models[0];
  }

  #wish(changes) {
    const photo = this.#chosen;
    if (!photo) return;
    const wishes = { ...photo.wishes, ...changes };
    const { model, saturation } = wishes;
    this.last = { model, saturation };
    if (JSON.stringify(wishes) !== JSON.stringify(photo.result?.wishes) || isBusy(photo)) this.queue.again(photo, wishes);
  }

  #forAll() {
    const { model, saturation } = this.#chosen.wishes;
    for (const photo of this.queue.photos) {
      if (photo === this.#chosen) continue;
      const label = photo.wishes.model === model ? photo.wishes.label : undefined;
      if (photo.wishes.model !== model || photo.wishes.saturation !== saturation) {
        this.queue.again(photo, { ...photo.wishes, model, saturation, label });
      }
    }
    this.#draw();
  }

  #remove(photo) {
    const { photos } = this.queue;
    const at = photos.indexOf(photo);
    if (photo === this.#chosen) this.#chosen = photos[at + 1] ?? photos[at - 1] ?? null;
    this.queue.remove(photo);
    say(`${photo.name} was removed.`);
  }

  #step(by) {
    const { photos } = this.queue;
    const next = photos[photos.indexOf(this.#chosen) + by];
    if (next) this.choose(next);
    return next;
  }

  #walk(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !event.target.closest(".tile")) return;
    event.preventDefault();
    const next = this.#step(by);
    if (next) this.#tiles.get(next).querySelector(".tile").focus();
  }

  async #download(button) {
    const photo = this.#chosen;
    button.disabled = true;
    try {
      const { blob, name } = await this.queue.original(photo);
      save(blob, name);
    } catch (error) {
      if (!isAbort(error)) this.#changed(Object.assign(photo, { error: error.message }));
    }
    button.disabled = false;
  }

  async #zip(button) {
    button.disabled = true;
    const files = [];
    try {
      for (const photo of this.queue.done) files.push(await this.queue.original(photo));
      save(await zip(files), "pincel-photos.zip");
    } catch (error) {
      if (!isAbort(error)) this.#changed(Object.assign(this.#chosen, { error: error.message }));
    }
    button.disabled = false;
  }

  #changed(photo) {
    if (this.#chosen && !this.queue.photos.includes(this.#chosen)) this.#chosen = null;
    if (photo === null) this.#drawStrip();
    else if (this.#tiles.has(photo)) this.#drawTile(photo);
    this.#drawSummary();
    if (photo === null || photo === this.#chosen) this.#draw();
  }

  #draw() {
    const photo = this.#chosen ?? (this.#chosen = this.queue.photos[0] ?? null);
    $("#colour-empty").hidden = photo !== null;
    $("#colour-work").hidden = photo === null;
    for (const [one, tile] of this.#tiles) tile.classList.toggle("chosen", one === photo);
    for (const [one, tile] of this.#tiles) tile.firstElementChild.setAttribute("aria-current", one === photo);
    if (!photo) return;
    this.#drawStage(photo);
    this.#drawPanel(photo);
  }

  #drawStage(photo) {
    const now = { photo, before: photo.before, after: photo.result?.url };
    const fresh = this.#shown.photo !== photo;
    if (fresh || now.before !== this.#shown.before || now.after !== this.#shown.after) {
      const { width, height } = photo;
      const reveal = photo.result && !photo.seen;
      if (reveal) photo.seen = true;
      this.viewer.show({ before: now.before, after: now.after, width, height, fresh, reveal });
      this.#shown = now;
    }
    const busy = isBusy(photo);
    $("#busy").hidden = !busy;
    $("#busy-text").textContent = stateText(photo);
    const share = busy && photo.share > 0 && photo.share < 1 ? photo.share : null;
    $("#busy").classList.toggle("counts", share !== null);
    $("#busy").style.setProperty("--share", share ?? 0);
  }

  #drawPanel(photo) {
    const { result, wishes } = photo;
    $("#name").textContent = photo.name;
    $("#name").title = photo.name;
    const facts = [photo.width ? `${photo.width} × ${photo.height}` : null, megabytes(photo.file.size)];
    if (result) facts.push(`painted in ${(result.milliseconds / 1000).toFixed(1)} s`);
    if (result?.paintedHere) facts.push("nothing was sent");
    if (result?.whyServer) facts.push(`painted on the server: ${result.whyServer}`);
    if (result?.hadColours) facts.push("had colours already");
    if (result?.pages > 1) facts.push(`first of ${result.pages} pages`);
    if (result?.note) facts.push(result.note);
    $("#facts").textContent = facts.filter(Boolean).join(" · ");
    $("#error").hidden = !photo.error;
    $("#error-text").textContent = photo.error ?? "";
    $("#again").hidden = photo.state !== "failed" && photo.state !== "cancelled";
    $("#download").hidden = photo.state === "failed" || photo.state === "cancelled";
    $("#download").disabled = !result;
    $("#cancelled").hidden = photo.state !== "cancelled";
    const { here, canHere, hasServer } = this.where;
    $("#elsewhere").hidden = !canHere || !hasServer || isBusy(photo) || Boolean(result?.whyServer);
    $("#elsewhere").textContent = here ? "Paint on the server instead" : "Paint in this browser instead";
    $("#model").value = wishes.model;
    $("#model-hint").textContent = $("#model-hint").title = hint(this.#model());
    const percent = Math.round(wishes.saturation * 100);
    if (document.activeElement !== $("#strength")) $("#strength").value = percent;
    $("#strength-value").textContent = `${$("#strength").value} %`;
    $("#for-all").hidden = !this.queue.photos.some(
      (one) => one.wishes.model !== wishes.model || one.wishes.saturation !== wishes.saturation,
    );
    this.#drawLabels(photo);
  }

  #drawLabels(photo) {
    const model = this.#model();
    const box = $("#labels");
    box.hidden = !model?.labels?.length;
    if (box.hidden) return;
    if (box.dataset.model !== model.name) {
      $("div", box).replaceChildren(
        ...(model.tells_label ? [chip("label", "auto", "Find out")] : []),
        ...model.labels.map((label) => chip("label", label, label)),
        chip("label", "unknown", "something else"),
      );
      box.dataset.model = model.name;
    }
    const wanted = photo.wishes.label ?? (model.tells_label ? "auto" : "unknown");
    for (const input of box.querySelectorAll("input")) input.checked = input.value === wanted;
    const found = wanted === "auto" && photo.result?.wishes.model === model.name ? photo.result.label : null;
    for (const chip of box.querySelectorAll(".chip")) {
      chip.classList.toggle("found", found !== null && chip.firstElementChild.value === found);
    }
    $("#found").textContent = found ? `Looks like: ${found}` : "";
  }

  #drawStrip() {
    const { photos } = this.queue;
    for (const photo of this.#tiles.keys()) if (!photos.includes(photo)) this.#tiles.delete(photo);
    for (const photo of photos) {
      if (this.#tiles.has(photo)) continue;
      const state = el("span", { class: "state" });
      const tile = el("button", { type: "button", class: "tile", onclick: () => this.choose(photo) }, state);
      const out = el(
        "button",
        { type: "button", class: "out", "aria-label": `Remove ${photo.name}`, onclick: () => this.#remove(photo) },
        icon("close"),
      );
      this.#tiles.set(photo, el("li", {}, tile, out));
      this.#drawTile(photo);
    }
    const add = $("#strip .add").parentElement;
    $("#strip").replaceChildren(...photos.map((photo) => this.#tiles.get(photo)), add);
  }

  #drawTile(photo) {
    const item = this.#tiles.get(photo);
    const tile = item.firstElementChild;
    const state = tile.querySelector(".state");
    if (photo.canvas && tile.firstElementChild !== photo.canvas) {
      tile.querySelector("canvas")?.remove();
      tile.prepend(photo.canvas);
    }
    item.className = `${photo.state}${photo === this.#chosen ? " chosen" : ""}${photo.error ? " wrong" : ""}`;
    tile.setAttribute("aria-label", `${photo.name}, ${photo.error ?? stateText(photo)}`);
    tile.title = photo.error ?? photo.name;
    tile.style.setProperty("--share", isBusy(photo) ? photo.share : 0);
    const words = { waiting: "Waiting", held: `${photo.seconds} s`, failed: "Failed", cancelled: "Cancelled" };
    const counts = isBusy(photo) && photo.share > 0 && photo.share < 1;
    state.textContent = words[photo.state] ?? (counts ? `${Math.round(photo.share * 100)} %` : "");
  }

  #drawSummary() {
    const { photos, done } = this.queue;
    const failed = photos.filter((photo) => photo.state === "failed").length;
    $("#summary").hidden = photos.length < 2;
    $("#summary-text").textContent =
      `${done.length} of ${photos.length} photos coloured` + (failed ? `, ${failed} failed` : "");
    $("#summary progress").max = photos.length || 1;
    $("#summary progress").value = done.length + failed;
    $("#summary progress").hidden = !this.queue.busy;
    $("#zip").hidden = done.length < 2;
    $("#zip-text").textContent = `Download all ${done.length}`;
  }
}
