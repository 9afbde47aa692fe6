// What every view needs of the document.

export const $ = (selector, root = document) => root.querySelector(selector);

/** A new element. Properties are set as such; `data`, `aria`-names and `class` as attributes; null children are left out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An icon of the sprite in index.html. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Tell a screen reader; the newest sentence wins. */
export function say(text) {
  $("#live").textContent = text;
}

/** Hand a file to the browser's downloads. */
export function save(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `later(wait)(work)`: run the last given work once nothing new came for `wait` milliseconds. */
export function later(wait) {
  let timer = 0;
  return (work) => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Call `step(0..1)` over some milliseconds, eased; at once where motion is not wanted. Returns a function that stops it. */
export function tween(milliseconds, step) {
  if (calm.matches) {
    step(1);
    return () => {};
  }
  const begin = performance.now();
  let frame = requestAnimationFrame(function tick(now) {
    const share = Math.min(1, Math.max(0, (now - begin) / milliseconds));
    step(1 - (1 - share) ** 3);
    if (share < 1) frame = requestAnimationFrame(tick);
  });
  return () => cancelAnimationFrame(frame);
}

/** 1234567 -> "1.2 MB". */
export function megabytes(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Whether a key press is meant for a field that is being filled in. */
export function isTyping(event) {
  return event.target.closest?.("input:not([type=radio], [type=range], [type=color]), select, textarea, dialog") !== null;
}

/** Buttons with the examples that come with Pincel, in `folder`; `open` gets the file's name and its bytes. */
export function exampleButtons(folder, files, verb, open) {
  return files.map((file) => {
    const url = folder + encodeURIComponent(file);
    const press = async () => {
      const response = await fetch(url).catch(() => null);
      if (response?.ok) open(await response.blob(), file);
    };
    const image = el("img", { src: url, alt: "", loading: "lazy", width: 96, height: 96, draggable: false });
    const label = `${verb} ${file.replace(/\.[^.]*$/, "")}`;
    const properties = { type: "button", class: "example", "aria-label": label, title: label, onclick: press };
    return el("li", {}, el("button", properties, image));
  });
}

/** A chip of a group of radio buttons. */
export function chip(name, value, text, checked = false) {
  return el("label", { class: "chip" }, el("input", { type: "radio", name, value, checked }), el("span", {}, text));
}

/** What a model says of itself, its first sentence. */
export function hint(model) {
  return (model.description ?? "").split(/(?<=[.!?])\s/, 1)[0];
}
