// Requests to the server: uploads with progress, waiting when it is busy, cancelling, the token.

const BASE = "api/v1"; // relative to the page: a proxy may show it under any path
const POLL = 400; // milliseconds between questions how far a photo is
const GRACE = 300; // milliseconds in which a server sees that we hung up
const PATIENCE = 5; // seconds to wait where the server names none

/** What went wrong, as the server (or we) say it in one sentence. */
export class Problem extends Error {
  constructor(sentence, status = 0) {
    super(sentence);
    this.status = status;
  }
}

const UNREACHABLE = "The server does not answer; is `pincel serve` still running?";
const aborted = () => new DOMException("cancelled", "AbortError");

export const isAbort = (error) => error?.name === "AbortError";

let token = null;
try {
  token = sessionStorage.getItem("pincel-token");
} catch {
  // storage may be forbidden; then the token lives as long as the page
}
let asking = null;

/** Ask for the token, once for all requests that wait for it. */
function askToken() {
  asking ??= new Promise((resolve, reject) => {
    const dialog = document.querySelector("#token");
    const field = dialog.querySelector("input");
    dialog.querySelector(".error").hidden = token === null;
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener(
      "close",
      () => {
        asking = null;
        if (dialog.returnValue !== "ok" || !field.value) return reject(new Problem("This server asks for a token.", 401));
        token = field.value.trim();
        try {
          sessionStorage.setItem("pincel-token", token);
        } catch {
          // as above
        }
        resolve();
      },
      { once: true },
    );
  });
  return asking;
}

/** What requests carry: the token, where the server asks for one. */
export const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});

/** What there is: asked of the server, or written beside the page where it is a site without one. */
export async function offers() {
  const { site } = document.documentElement.dataset;
  if (site === undefined) return get("/models");
  const response = await fetch(`${site}/offers.json`).catch(() => null);
  if (!response?.ok) throw new Problem("A part of this page could not be loaded; is there a connection?");
  return { ...(await response.json()), site: true };
}

/** GET some JSON below /api/v1. */
export async function get(path, signal) {
  let response;
  try {
    response = await fetch(BASE + path, { headers: headers(), signal });
  } catch (error) {
    throw isAbort(error) ? error : new Problem(UNREACHABLE);
  }
  if (response.status === 401) {
    await askToken();
    return get(path, signal);
  }
  if (!response.ok) throw new Problem(await sentence(await response.blob(), response.status), response.status);
  return response.json();
}

async function sentence(blob, status) {
  try {
    const { detail, title } = JSON.parse(await blob.text());
    if (typeof detail === "string" && detail) return detail;
    if (title) return title;
  } catch {
    // not a problem document
  }
  return `The server answered with the error ${status}.`;
}

const id = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), hex).join("");
const hex = (byte) => byte.toString(16).padStart(2, "0"); // randomUUID is for safe origins only

/**
 * Send a picture and get what was made of it.
 *
 * While the server is too busy (429) it waits as long as asked and goes on by itself.
 *
 * @param {string} path as "/colorize"
 * @param {Blob} picture with a name when it is a File
 * @param {object} options query parameters; null and undefined are left out
 * @param {AbortSignal} [signal] cancels it here and there
 * @param {(now: {state: string, share?: number, position?: number, stage?: string, seconds?: number}) => void} [tell]
 * @returns {Promise<{blob: Blob, name: string|null, label: string|null, size: string|null, hadColours: boolean, pages: number,
 *   note: string|null, milliseconds: number}>}
 */
export async function send(path, picture, options = {}, signal = undefined, tell = () => {}) {
  const begin = performance.now();
  const query = new URLSearchParams(Object.entries(options).filter(([, value]) => value !== null && value !== undefined));
  for (;;) {
    const answer = await once(`${BASE}${path}?${query}`, picture, signal, tell);
    if (answer.status === 401) await askToken();
    else if (answer.status === 429) {
      const asked = Number(answer.header("Retry-After"));
      await hold(asked > 0 ? asked : PATIENCE, signal, tell);
    } else if (answer.status >= 400) throw new Problem(await sentence(answer.blob, answer.status), answer.status);
    else {
      return {
        blob: answer.blob,
        name: nameOf(answer.header("Content-Disposition")),
        label: decoded(answer.header("X-Pincel-Label")),
        size: answer.header("X-Pincel-Size"),
        hadColours: answer.header("X-Pincel-Notice") === "already-in-colour",
        pages: Number(answer.header("X-Pincel-Pages") ?? 1),
        note: decoded(answer.header("X-Pincel-Note")),
        milliseconds: performance.now() - begin,
      };
    }
  }
}

function once(url, picture, signal, tell) {
  const request = id();
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const xhr = new XMLHttpRequest();
    let timer = 0;
    const end = (settle, value) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      timer = -1;
      settle(value);
    };
    const cancel = () => {
      xhr.abort();
      end(reject, aborted());
      withdraw(request);
    };
    const ask = async () => {
      const now = await fetch(`${BASE}/progress/${request}`, { headers: headers() })
        .then((response) => (response.ok ? response.json() : {}))
        .catch(() => ({}));
      if (timer === -1) return;
      if (now.state === "waiting" || now.state === "working") tell(now);
      timer = setTimeout(ask, POLL);
    };
    xhr.open("POST", url);
    xhr.responseType = "blob";
    xhr.setRequestHeader("X-Request-ID", request);
    for (const [name, value] of Object.entries(headers())) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) tell({ state: "sending", share: event.loaded / event.total });
    };
    xhr.upload.onload = () => {
      tell({ state: "working" });
      timer = setTimeout(ask, POLL);
    };
    xhr.onload = () => end(resolve, { status: xhr.status, blob: xhr.response, header: (name) => xhr.getResponseHeader(name) });
    xhr.onerror = () => end(reject, new Problem(UNREACHABLE));
    signal?.addEventListener("abort", cancel);
    const form = new FormData();
    form.append("picture", picture, picture.name ?? "picture.png");
    xhr.send(form);
  });
}

/** The server sees that we hung up; should something between us hide that, it is told. */
async function withdraw(request) {
  await new Promise((resolve) => setTimeout(resolve, GRACE));
  try {
    const now = await (await fetch(`${BASE}/progress/${request}`, { headers: headers() })).json();
    if (now.state !== "waiting" && now.state !== "working") return;
    await fetch(`${BASE}/requests/${request}`, { method: "DELETE", headers: headers() });
  } catch {
    // nothing is left to cancel
  }
}

function hold(seconds, signal, tell) {
  return new Promise((resolve, reject) => {
    const until = performance.now() + seconds * 1000;
    const stop = () => {
      clearInterval(timer);
      signal?.removeEventListener("abort", abort);
    };
    const abort = () => {
      stop();
      reject(aborted());
    };
    const tick = () => {
      const left = (until - performance.now()) / 1000;
      if (left > 0) return tell({ state: "held", seconds: Math.ceil(left) });
      stop();
      resolve();
    };
    const timer = setInterval(tick, 250);
    signal?.addEventListener("abort", abort);
    tick();
  });
}

function decoded(text) {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The file name in a Content-Disposition header (RFC 6266), or null. */
export function nameOf(header) {
  const encoded = /filename\*=(?:utf-8|iso-8859-1)''([^;]+)/i.exec(header ?? "");
  const plain = /filename="?([^";]+)"?/i.exec(header ?? "");
  return decoded(encoded?.[1] ?? plain?.[1] ?? null);
}
