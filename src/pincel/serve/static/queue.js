// Photos that are to be coloured: each has a state, its own wishes and, when it is done, a result.
//
//   waiting -> sending -> working -> done        a wish changed: done -> working -> done, the old result stays meanwhile
//                 \-> held (server busy) -/       failed, cancelled: `again` starts anew

import { Problem, isAbort } from "./api.js";
import { megabytes, say } from "./dom.js";
import { thumbnail } from "./photos.js";

const AT_ONCE = 2; // photos on their way
const BUSY = new Set(["sending", "working", "held"]);

export class Queue {
  #changed;
  #where;
  #running = 0;
  #next = 1;

  /**
   * @param {(photo: object|null) => void} changed called after every change; without a photo: the list itself changed
   * @param {import("./where.js").Where} where photos are painted
   */
  constructor(changed, where) {
    this.photos = [];
    this.#changed = changed;
    this.#where = where;
  }

  get done() {
    return this.photos.filter((photo) => photo.result);
  }

  get busy() {
    return this.photos.some((photo) => photo.state === "waiting" || BUSY.has(photo.state));
  }

  /** Add files with the wishes given; returns the new photos. */
  add(files, wishes) {
    const added = files.map((file) => ({
      id: this.#next++,
      file,
      name: file.name,
      wishes: { ...wishes },
      state: "waiting",
      share: 0,
      before: null, // url
      canvas: null, // thumbnail
      width: 0,
      height: 0,
      result: null, // {url, blob, name, label, wishes, milliseconds}
    }));
    this.photos.push(...added);
    this.#changed(null);
    this.#pump();
    return added;
  }

  remove(photo) {
    photo.controller?.abort();
    this.photos = this.photos.filter((other) => other !== photo);
    for (const url of [photo.before, photo.result?.url]) if (url) URL.revokeObjectURL(url);
    this.#changed(null);
    this.#pump();
  }

  clear() {
    for (const photo of [...this.photos]) this.remove(photo);
  }

  cancel(photo) {
    if (photo.state === "waiting" || BUSY.has(photo.state)) {
      photo.controller?.abort();
      if (photo.result) photo.wishes = { ...photo.result.wishes };
      this.#set(photo, { state: photo.result ? "done" : "cancelled" });
      say(`${photo.name}: cancelled.`);
      this.#pump();
    }
  }

  /** Paint with other wishes, or again; what is under way for this photo is given up. */
  again(photo, wishes = photo.wishes) {
    photo.controller?.abort();
    photo.wishes = { ...wishes };
    this.#set(photo, { state: "waiting", urgent: true, error: null });
    this.#pump();
  }

  /** The result in the photo's own file format; it is painted once more where the view needed another one. */
  async original(photo, signal) {
    const { result } = photo;
    if (result.own) return result;
    const made = await this.#where.send("/colorize", photo.file, result.wishes, signal);
    return { blob: made.blob, name: made.name ?? photo.name };
  }

  #set(photo, changes) {
    Object.assign(photo, changes);
    this.#changed(photo);
  }

  #pump() {
    while (this.#running < AT_ONCE) {
      const waiting = this.photos.filter((photo) => photo.state === "waiting");
      const photo = waiting.find((one) => one.urgent) ?? waiting[0];
      if (!photo) return;
      this.#running++;
      this.#paint(photo).finally(() => {
        this.#running--;
        this.#pump();
      });
    }
  }

  async #paint(photo) {
    const controller = new AbortController();
    photo.controller = controller;
    this.#set(photo, { state: "sending", share: 0, stage: null, urgent: false, error: null });
    try {
      await this.#look(photo);
      const { wishes } = photo;
      const tell = (now) => {
        if (!controller.signal.aborted) this.#set(photo, { share: 0, stage: null, position: 0, ...now });
      };
      const view = photo.viewable ? {} : { format: "jpeg" };
      if (!photo.before) {
        const grey = await this.#where.send("/colorize", photo.file, { model: wishes.model, saturation: 0, ...view }, controller.signal, tell);
        await this.#keepBefore(photo, grey.blob);
      }
      const made = await this.#where.send("/colorize", photo.file, { ...wishes, ...view }, controller.signal, tell);
      await this.#keepResult(photo, made, wishes, controller.signal);
    } catch (error) {
      if (photo.controller !== controller || isAbort(error)) return; // newer work, or cancelled and said so
      this.#set(photo, { state: "failed", error: error.message });
      say(`${photo.name}: ${error.message}`);
      if (!(error instanceof Problem)) console.error(error);
    }
  }

  /** Before anything is sent: is it too large, and can the browser show it? */
  async #look(photo) {
    const most = this.#where.limits.megabytes;
    const { here } = await this.#where.place(photo.file, photo.wishes.model);
    if (!here && most && photo.file.size > most * 1e6 * 1.048576) {
      throw new Problem(`${photo.name} is ${megabytes(photo.file.size)}; this server takes photos up to ${most} MB.`, 413);
    }
    if (photo.viewable !== undefined) return;
    const small = await thumbnail(photo.file);
    photo.viewable = small !== null;
    if (small) this.#set(photo, { ...small, before: URL.createObjectURL(photo.file) });
  }

  async #keepBefore(photo, blob) {
    const small = await thumbnail(blob);
    this.#set(photo, { ...small, before: URL.createObjectURL(blob) });
  }

  async #keepResult(photo, made, wishes, signal) {
    const small = await thumbnail(made.blob);
    if (!small) throw new Problem("The server's answer is no picture that this browser can show.");
    signal.throwIfAborted(); // something newer is wanted
    if (photo.result) URL.revokeObjectURL(photo.result.url);
    const result = { ...made, wishes, own: photo.viewable, url: URL.createObjectURL(made.blob) };
    result.name = made.name ?? photo.name;
    this.#set(photo, { state: "done", canvas: small.canvas, width: small.width, height: small.height, result });
    say(`${photo.name} is coloured. ${this.done.length} of ${this.photos.length} photos done.`);
  }
}

/** A photo's state in a few words, as "Sending, 40 %". */
export function stateText(photo) {
  const stages = { wait: "Waiting", load: "Loading the painter", decode: "Reading", paint: "Painting", encode: "Saving" };
  const percent = photo.share > 0 && photo.share < 1 ? `, ${Math.round(photo.share * 100)} %` : "";
  return {
    waiting: "Waiting",
    sending: `Sending${percent}`,
    working: photo.position > 0 ? `${photo.position} before it` : `${stages[photo.stage] ?? "Painting"}${percent}`,
    held: `Server is busy; goes on in ${photo.seconds} s`,
    done: "Done",
    failed: "Failed",
    cancelled: "Cancelled",
  }[photo.state];
}

export const isBusy = (photo) => photo.state === "waiting" || BUSY.has(photo.state);
