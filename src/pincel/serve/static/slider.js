// The bar between before and after: a slider for keyboard and screen readers; pointers are the viewer's.

import { tween } from "./dom.js";

const STEP = 2; // per cent of the visible photo
const LEAP = 10;

export class Divider {
  /** @param {HTMLElement} handle @param {(value: number) => void} moved called with 0..100, the share that is "before" */
  constructor(handle, moved) {
    this.handle = handle;
    this.moved = moved;
    this.value = 50;
    this.stop = () => {};
    handle.addEventListener("keydown", (event) => this.#key(event));
  }

  set(value) {
    this.stop();
    this.#put(value);
  }

  /** Draw the curtain: from all before to half. */
  reveal() {
    this.stop();
    this.#put(100);
    this.stop = tween(900, (share) => this.#put(100 - 50 * share));
  }

  #put(value) {
    this.value = Math.min(100, Math.max(0, value));
    const coloured = Math.round(100 - this.value);
    this.handle.setAttribute("aria-valuenow", Math.round(this.value));
    this.handle.setAttribute("aria-valuetext", `${coloured} % of the photo after, ${100 - coloured} % before`);
    this.moved(this.value);
  }

  #key(event) {
    const step = event.shiftKey ? LEAP : STEP;
    const goal = {
      ArrowLeft: this.value - step,
      ArrowDown: this.value - step,
      ArrowRight: this.value + step,
      ArrowUp: this.value + step,
      PageDown: this.value - LEAP,
      PageUp: this.value + LEAP,
      Home: 0,
      End: 100,
    }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.set(goal);
  }
}
