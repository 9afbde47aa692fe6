// Where a picture is painted: in this browser, so that it is never sent, or on the server. The person chooses; what a browser
// cannot do as well goes to the server by itself, and is told why.

import { Problem, headers, send } from "./api.js";
import { look } from "./engine/formats.js";

export const MOST_PIXELS = 40e6; // painted in a browser
const HEAD = 1 << 20; // bytes in which most files tell their size
const KEPT = "pincel-where"; // the choice, in the browser's storage
const FORMATS = { webp: "WebP", avif: "AVIF", gif: "GIF", bmp: "BMP" }; // painted here, but saved as JPEG or PNG
const aborted = () => new DOMException("cancelled", "AbortError");

/** WebAssembly with SIMD: the smallest module that has some. */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11);

function lacking() {
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(SIMD)) return "This browser is too old to paint by itself.";
  const parts = [globalThis.OffscreenCanvas, globalThis.CompressionStream, globalThis.DecompressionStream, globalThis.Worker];
  return parts.every(Boolean) ? null : "This browser lacks a part that painting needs.";
}

export class Where extends EventTarget {
  #worker = null;
  #orders = new Map(); // id -> {resolve, reject, tell}
  #next = 1;
  #keys = new WeakMap(); // picture -> a number, by which the worker knows it again

  /** @param {object} server what GET /models said; `site` where there is no server behind the page */
  constructor(server) {
    super();
    this.models = new Map(server.models.map((model) => [model.name, model]));
    this.runtime = server.runtime;
    this.hasServer = !server.site;
    this.limits = server.limits ?? {};
    this.share = 0; // of what the browser must load before it paints; 1 when it has it
    this.whyNotHere = this.runtime ? lacking() : "";
    this.canHere = this.whyNotHere === null;
    let kept = null;
    try {
      kept = localStorage.getItem(KEPT);
    } catch {
      // then the choice holds until the page is left
    }
    this.here = this.canHere && (!this.hasServer || kept !== "server");
  }

  /** Choose. */
  set(here) {
    this.here = here;
    try {
      localStorage.setItem(KEPT, here ? "browser" : "server");
    } catch {
      // as above
    }
    this.#changed();
  }

  /** Load what painting with a model here needs, before a picture is there. */
  async warm(name) {
    const model = this.models.get(name);
    if (!this.here || !model?.browser || navigator.connection?.saveData) return;
    (await this.#started()).postMessage({ load: this.#shown(model), headers: headers() });
  }

  /**
   * Where this picture goes.
   *
   * @returns {Promise<{here: boolean, reason: string}>} why it goes to the server though it should be painted here; or "".
   */
  async place(picture, name) {
    if (!this.here) return { here: false, reason: "" };
    const reason = this.models.get(name)?.browser ? await this.#reason(picture) : "this model only paints there";
    return { here: !reason, reason };
  }

  async #reason(picture) {
    let facts = look(new Uint8Array(await picture.slice(0, HEAD).arrayBuffer()));
    if (facts.kind === "jpeg" && !facts.width && picture.size > HEAD) facts = look(new Uint8Array(await picture.arrayBuffer()));
    const { kind, width, height, bits, inks } = facts;
    if (kind === "tiff") return "it is a TIFF file";
    if (kind === "heic") return "it is an iPhone photo (HEIC)";
    if (kind === null) return "it is of a kind that browsers do not read";
    if (bits > 8) return `it has ${bits} bits a colour`;
    if (inks > 3) return "its colours are inks (CMYK)";
    if (width * height > MOST_PIXELS) return `it has more than ${MOST_PIXELS / 1e6} megapixels`;
    if (FORMATS[kind] && this.hasServer) return `so it stays a ${FORMATS[kind]} file`;
    return "";
  }

  /** As `send` of api.js; `paintedHere` and `whyServer` tell where it was done. */
  async send(path, picture, options = {}, signal = undefined, tell = () => {}) {
    const { here, reason } = await this.place(picture, options.model);
    if (here) return { ...(await this.#paint(path, picture, options, signal, tell)), paintedHere: true, whyServer: "" };
    if (this.hasServer) return { ...(await send(path, picture, options, signal, tell)), paintedHere: false, whyServer: reason };
    const why = this.whyNotHere || `A browser cannot paint this photo: ${reason}. Save it as a JPEG of 8 bits, and not larger.`;
    throw new Problem(why);
  }

  async #paint(path, picture, options, signal, tell) {
    const begin = performance.now();
    const model = this.models.get(options.model);
    const worker = await this.#started();
    if (signal?.aborted) throw aborted();
    const id = this.#next++;
    if (!this.#keys.has(picture)) this.#keys.set(picture, id);
    const cancel = () => {
      worker.postMessage({ id, cancel: true });
      this.#orders.get(id)?.reject(aborted());
    };
    signal?.addEventListener("abort", cancel);
    try {
      tell({ state: "working", stage: this.share < 1 ? "load" : "wait", share: this.share });
      const made = await new Promise((resolve, reject) => {
        this.#orders.set(id, { resolve, reject, tell });
        const { label, saturation, format } = options;
        const order = { id, file: picture, model: this.#shown(model), headers: headers(), key: this.#keys.get(picture) };
        worker.postMessage({ ...order, options: { label, saturation, format }, mostPixels: MOST_PIXELS });
      });
      const word = path === "/colorize" ? "coloured" : "painted";
      const stem = (picture.name ?? "picture").replace(/\.[^.]*$/, "") || "picture";
      return {
        ...made,
        name: `${stem}-${word}.${made.format === "png" ? "png" : "jpg"}`,
        size: `${made.width}x${made.height}`,
        pages: 1,
        note: made.keptAll ? null : `saved as ${made.format.toUpperCase()}`,
        milliseconds: performance.now() - begin,
      };
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#orders.delete(id);
    }
  }

  #shown(model) {
    return { url: new URL(model.file, document.baseURI).href, bytes: model.browser.bytes, card: model.browser };
  }

  /** The worker; it is made once, and anew when it has died (of memory, mostly). */
  async #started() {
    await this.#kept();
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL("./engine/worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#heard(data);
    worker.onerror = () => {
      this.#worker = null;
      const problem = new Problem("Painting in this browser stopped; it may lack the memory for it.");
      for (const { reject } of this.#orders.values()) reject(problem);
    };
    const absolute = (address) => new URL(address, document.baseURI).href;
    const { script, module, binary, bytes } = this.runtime;
    worker.postMessage({ runtime: { script: absolute(script), module: absolute(module), binary: absolute(binary), bytes } });
    this.#worker = worker;
    return worker;
  }

  /** A site keeps what it loads for the days without a network; so it waits until that part is awake. */
  async #kept() {
    if (this.hasServer || !navigator.serviceWorker || navigator.serviceWorker.controller) return;
    const awake = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    await Promise.race([awake, new Promise((resolve) => setTimeout(resolve, 5000))]);
  }

  #heard({ id, tell, result, problem, loaded }) {
    const share = loaded ?? (tell?.stage === "load" ? tell.share : tell ? 1 : null);
    if (share !== null && (share === 1 || Math.abs(share - this.share) > 0.01)) {
      this.share = share;
      this.#changed();
      if (loaded) for (const order of this.#orders.values()) order.tell({ state: "working", stage: share < 1 ? "load" : "wait", share });
    }
    if (loaded === 1) globalThis.dispatchEvent(new Event("pincel-loaded")); // for site.js
    const order = this.#orders.get(id);
    if (tell) order?.tell(tell);
    else if (result) order?.resolve(result);
    else if (problem) order?.reject(new Problem(problem));
    else if (problem === null) order?.reject(aborted());
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
