// The service worker of a site of `pincel site`. `SITE` is written before this text: {version, app, kept}; `app` are the files of
// the page, of one version and kept together; `kept` are runtime and models, whose names change with what is in them.

const { scope } = registration;
const APP = `pincel ${scope} app ${SITE.version}`;
const KEPT = `pincel ${scope} kept`;
const address = (name) => new URL(name, scope).href;
const app = new Set(SITE.app.map(address));
const kept = new Set(SITE.kept.map(address));

addEventListener("install", (event) => {
  // names with a version may come from the browser's own cache; the others must be those of this version
  const files = [...app].map((url) => new Request(url, { cache: url.includes(`/${SITE.version}/`) ? "default" : "reload" }));
  event.waitUntil(caches.open(APP).then((cache) => cache.addAll(files)));
});

addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => clients.claim()));
});

async function forgetOld() {
  for (const name of await caches.keys()) {
    if (name.startsWith(`pincel ${scope} app `) && name !== APP) await caches.delete(name);
  }
  const cache = await caches.open(KEPT);
  for (const { url } of await cache.keys()) if (!kept.has(url)) await cache.delete(url);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = request.url.split(/[?#]/)[0];
  if (request.method !== "GET") return;
  const isPage = request.mode === "navigate" && [scope, address("index.html")].includes(url);
  if (isPage || app.has(url)) event.respondWith(ofTheApp(isPage ? scope : url, request));
  else if (kept.has(url)) event.respondWith(once(url, event));
});

async function ofTheApp(url, request) {
  return (await (await caches.open(APP)).match(url)) ?? fetch(request);
}

/** From what is kept; otherwise fetched and kept. */
async function once(url, event) {
  const cache = await caches.open(KEPT);
  const found = await cache.match(url);
  if (found) return found;
  const response = await fetch(url);
  if (response.ok) {
    const keeping = cache.put(url, response.clone()).catch(async () => {
      const client = await clients.get(event.clientId);
      client?.postMessage("There is no room to keep Pincel on this device; it paints, but needs the network.");
    });
    event.waitUntil(keeping);
  }
  return response;
}
