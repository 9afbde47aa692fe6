// The stage: a photo before and after, with a divider, zoom and pan. Distances in CSS pixels unless they say otherwise.

import { tween } from "./dom.js";
import { Divider } from "./slider.js";

const LARGEST_FIT = 3; // a small photo is enlarged at most so much to fit
const LARGEST = 8; // device pixels for one of the photo
const ZOOM_STEP = 1.5;
const PAN_STEP = 60;
const SLOP = 4; // so far a pointer may stray before it drags
const DOUBLE = 320; // milliseconds between two taps

export class Viewer {
  #size = [1, 1]; // of the photo, in its own pixels
  #stage = [1, 1];
  #scale = 1;
  #at = [0, 0]; // the photo's top left corner on the stage
  #fits = true;
  #pointers = new Map();
  #gesture = null;
  #tap = null;
  #stop = () => {};

  /** @param {HTMLElement} root a `.stage` */
  constructor(root) {
    this.root = root;
    this.before = root.querySelector(".before");
    this.after = root.querySelector(".after");
    this.bar = root.querySelector(".divider");
    this.percent = root.querySelector(".percent");
    this.divider = new Divider(this.bar, () => this.#place());
    new ResizeObserver(() => this.#resized()).observe(root);
    root.addEventListener("pointerdown", (event) => this.#down(event));
    root.addEventListener("pointermove", (event) => this.#move(event));
    root.addEventListener("pointerup", (event) => this.#up(event));
    root.addEventListener("pointercancel", (event) => this.#up(event, true));
    root.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("dragstart", (event) => event.preventDefault());
    for (const button of root.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoom(button.dataset.zoom));
    }
  }

  /**
   * Show a photo (urls; either may be null) of a size in pixels.
   *
   * `fresh`: it is another photo, not another painting of the same; `reveal`: draw the curtain from its "before".
   */
  show({ before, after, width, height, fresh, reveal }) {
    for (const [layer, url] of [[this.before, before], [this.after, after]]) {
      const image = layer.firstElementChild;
      image.style.filter = "";
      if (!url) image.removeAttribute("src");
      else if (image.src !== url) image.src = url;
    }
    this.root.classList.toggle("compares", Boolean(after && before));
    this.root.classList.toggle("filled", Boolean(after || before));
    this.#size = [width || 1, height || 1];
    if (fresh) this.#fits = true;
    this.#resized();
    if (!after) this.divider.set(100);
    else if (reveal) this.divider.reveal();
    else if (fresh) this.divider.set(50);
  }

  /** Show at once about what more or less colour will look like, until the painted one is there. */
  preview(ratio) {
    this.after.firstElementChild.style.filter = ratio === 1 ? "" : `saturate(${ratio})`;
  }

  /** "in", "out", "fit" or "full"; around a place on the stage, its middle by default. */
  zoom(how, at = this.#stage.map((side) => side / 2)) {
    const full = 1 / devicePixelRatio;
    const isFull = Math.abs(this.#scale - full) < 1e-3;
    const goal = {
      in: () => this.#scale * ZOOM_STEP,
      out: () => this.#scale / ZOOM_STEP,
      fit: () => this.#fit(),
      full: () => full,
      toggle: () => (this.#fits ? (isFull || full < this.#fit() * 1.2 ? this.#fit() * 2.5 : full) : this.#fit()),
    }[how]();
    const from = this.#scale;
    const to = this.#limited(goal);
    this.#stop();
    this.#stop = tween(180, (share) => this.#zoomTo(from * (to / from) ** share, at));
  }

  #fit() {
    return Math.min(this.#stage[0] / this.#size[0], this.#stage[1] / this.#size[1], LARGEST_FIT);
  }

  #limited(scale) {
    return Math.min(Math.max(scale, this.#fit()), Math.max(LARGEST / devicePixelRatio, this.#fit()));
  }

  #zoomTo(scale, [x, y]) {
    const next = this.#limited(scale);
    const grown = next / this.#scale;
    this.#at = [x - (x - this.#at[0]) * grown, y - (y - this.#at[1]) * grown];
    this.#scale = next;
    this.#fits = next <= this.#fit() * 1.001;
    this.#place();
  }

  #pan(dx, dy) {
    this.#at = [this.#at[0] + dx, this.#at[1] + dy];
    this.#place();
  }

  #resized() {
    this.#stage = [this.root.clientWidth || 1, this.root.clientHeight || 1];
    if (this.#fits) this.#scale = this.#fit();
    this.#place();
  }

  /** The photo's visible part: [left, right, top, bottom]. */
  #visible() {
    const spans = [0, 1].map((axis) => [
      Math.max(0, this.#at[axis]),
      Math.min(this.#stage[axis], this.#at[axis] + this.#size[axis] * this.#scale),
    ]);
    return spans.flat();
  }

  #place() {
    for (const axis of [0, 1]) {
      const room = this.#stage[axis] - this.#size[axis] * this.#scale;
      this.#at[axis] = room >= 0 ? room / 2 : Math.min(0, Math.max(room, this.#at[axis]));
    }
    const [left, right, top, bottom] = this.#visible();
    const x = left + ((right - left) * this.divider.value) / 100;
    for (const layer of [this.before, this.after]) {
      const image = layer.firstElementChild;
      image.style.width = `${this.#size[0]}px`;
      image.style.height = `${this.#size[1]}px`;
      image.style.transform = `translate(${this.#at[0]}px, ${this.#at[1]}px) scale(${this.#scale})`;
      image.style.imageRendering = this.#scale * devicePixelRatio > 3.5 && !this.#fits ? "pixelated" : "";
    }
    this.before.style.clipPath = `inset(0 ${Math.max(0, this.#stage[0] - x)}px 0 0)`;
    this.after.style.clipPath = `inset(0 0 0 ${Math.max(0, x)}px)`; // photos with holes must not show both
    const style = this.root.style;
    style.setProperty("--x", `${x}px`);
    style.setProperty("--left", `${left}px`);
    style.setProperty("--right", `${this.#stage[0] - right}px`);
    style.setProperty("--top", `${top}px`);
    style.setProperty("--height", `${Math.max(0, bottom - top)}px`);
    this.root.classList.toggle("zoomed", !this.#fits);
    this.percent.textContent = `${Math.round(this.#scale * devicePixelRatio * 100)} %`;
  }

  #point(event) {
    const box = this.root.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #down(event) {
    if (event.button !== 0 || event.target.closest("button:not(.divider), a")) return;
    this.#stop();
    this.#pointers.set(event.pointerId, this.#point(event));
    if (this.#pointers.size === 2) return this.#pinch();
    const onBar = event.target.closest(".divider") !== null;
    this.#gesture = { kind: "none", onBar, from: this.#point(event), last: this.#point(event) };
    if (onBar) this.#take(event, "slide");
  }

  #take(event, kind) {
    this.#gesture.kind = kind;
    this.root.classList.add("dragging");
    this.root.setPointerCapture(event.pointerId);
  }

  #pinch() {
    const [[ax, ay], [bx, by]] = [...this.#pointers.values()];
    const gesture = { kind: "pinch", apart: Math.hypot(ax - bx, ay - by), middle: [(ax + bx) / 2, (ay + by) / 2] };
    this.#gesture = gesture;
    return gesture;
  }

  #move(event) {
    if (!this.#pointers.has(event.pointerId) || !this.#gesture) return;
    const point = this.#point(event);
    this.#pointers.set(event.pointerId, point);
    const gesture = this.#gesture;
    if (gesture.kind === "pinch") {
      const { apart, middle } = gesture;
      const now = this.#pinch();
      this.#zoomTo((this.#scale * now.apart) / (apart || 1), middle);
      this.#pan(now.middle[0] - middle[0], now.middle[1] - middle[1]);
      return;
    }
    if (gesture.kind === "none") {
      if (Math.hypot(point[0] - gesture.from[0], point[1] - gesture.from[1]) < SLOP) return;
      this.#take(event, this.root.classList.contains("zoomed") ? "pan" : "slide");
    }
    if (gesture.kind === "pan") this.#pan(point[0] - gesture.last[0], point[1] - gesture.last[1]);
    else if (this.root.classList.contains("compares")) {
      const [left, right] = this.#visible();
      this.divider.set((100 * (point[0] - left)) / Math.max(1, right - left));
    }
    gesture.last = point;
  }

  #up(event, cancelled = false) {
    if (!this.#pointers.delete(event.pointerId)) return;
    const wasTap = this.#gesture?.kind === "none" && !cancelled;
    this.#gesture = null;
    this.root.classList.remove("dragging");
    if (!wasTap) return;
    const [x, y] = this.#point(event);
    const last = this.#tap;
    this.#tap = { x, y, time: event.timeStamp };
    if (last && event.timeStamp - last.time < DOUBLE && Math.hypot(x - last.x, y - last.y) < 24) {
      this.#tap = null;
      this.zoom("toggle", [x, y]);
    }
  }

  #wheel(event) {
    if (event.deltaY > 0 && this.#fits) return; // nothing to make smaller: the page scrolls
    event.preventDefault();
    this.#stop();
    const speed = event.ctrlKey ? 0.01 : event.deltaMode === 1 ? 0.05 : 0.0018; // ctrl: a pinch on a touch pad
    this.#zoomTo(this.#scale * Math.exp(-event.deltaY * speed), this.#point(event));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pans = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const zoom = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "full" }[event.key];
    if (zoom) this.zoom(zoom);
    else if (pans && !this.#fits) this.#pan(pans[0] * PAN_STEP, pans[1] * PAN_STEP);
    else return;
    event.preventDefault();
  }
}
