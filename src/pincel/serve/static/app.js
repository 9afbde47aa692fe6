// The page: asks the server what there is, then shows one of four views by the address's #.

import { get, offers } from "./api.js";
import { Colour } from "./colour.js";
import { $, icon, isTyping, say } from "./dom.js";
import { Draw } from "./draw.js";
import { showModels } from "./models.js";
import { dropped, fromClipboard } from "./photos.js";
import { Where } from "./where.js";
import { Why } from "./why.js";

const VIEWS = ["colour", "draw", "why", "models"];
const TITLES = { colour: "Colour photos", draw: "Draw", why: "Why", models: "Models" };
const views = {};
const early = []; // photos that came before the models were known

const current = () => (VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : VIEWS[0]);

function route() {
  const name = current();
  for (const view of VIEWS) $(`#view-${view}`).hidden = view !== name;
  for (const link of document.querySelectorAll("nav a[data-view]")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${TITLES[name]} · Pincel`;
  views[name]?.shown?.();
  warm();
  scrollTo(0, 0);
}

/** Load what the view that is open paints with, while the person chooses. */
function warm() {
  const model = { colour: views.colour?.last.model, draw: views.draw?.models[0]?.name }[current()];
  if (model) (globalThis.requestIdleCallback ?? setTimeout)(() => views.colour.where.warm(model));
}

/** Files from a drop or a paste, to the view that is open, as soon as there is one. */
function take(files) {
  if (!views.why) return early.push(...files);
  if (!files.length) return;
  if (current() === "draw" && views.draw.pad) return views.draw.open(files[0], files[0].name);
  if (current() === "why") return views.why.open(files[0]);
  location.hash = "colour";
  views.colour.add(files);
}

function listenForFiles() {
  let depth = 0; // dragenter and dragleave also come from children
  const veil = (shown) => document.body.classList.toggle("dropping", shown);
  const isFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => isFiles(event) && veil(++depth > 0));
  addEventListener("dragleave", (event) => isFiles(event) && veil(--depth > 0));
  addEventListener("dragover", (event) => isFiles(event) && event.preventDefault());
  addEventListener("drop", async (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil(false);
    take(await dropped(event.dataTransfer));
  });
  addEventListener("paste", (event) => {
    if (isTyping(event)) return;
    const files = fromClipboard(event.clipboardData);
    if (files.length) event.preventDefault();
    take(files);
  });
}

function listenForTheme() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = $("#theme");
  const now = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");
  const draw = () => {
    const other = now() === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Use the ${other} theme`);
    button.title = `Use the ${other} theme`;
    button.replaceChildren(icon(other === "dark" ? "moon" : "sun"));
  };
  button.addEventListener("click", () => {
    const next = now() === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try {
      localStorage.setItem("pincel-theme", next);
    } catch {
      // then it holds until the page is left
    }
    draw();
  });
  dark.addEventListener("change", draw);
  draw();
}

async function start() {
  listenForTheme();
  listenForFiles();
  addEventListener("hashchange", route);
  route();
  try {
    const server = await offers();
    if (!server.site) server.models.sort((one, other) => (other.name === "default") - (one.name === "default"));
    const where = new Where(server);
    views.colour = new Colour($("#view-colour"), server, where);
    views.draw = new Draw($("#view-draw"), server, where);
    views.why = new Why($("#view-why"), server, where, () => views.colour.queue.photos);
    showModels(server.models);
    document.body.classList.add("ready");
    views[current()]?.shown?.();
    warm();
    take(early.splice(0));
    const { version } = server.site ? server : await get("/health");
    $("#version").textContent = `Pincel ${version}`;
  } catch (error) {
    $("#unreachable").hidden = false;
    $("#unreachable p").textContent = error.message;
    say(error.message);
  }
}

$(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address's # names the view
  $("#main").focus();
});
$("#reload").addEventListener("click", () => location.reload());
addEventListener("beforeunload", (event) => {
  if (views.colour?.queue.busy) event.preventDefault(); // photos are still on their way
});
start();
