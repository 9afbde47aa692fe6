// Only on a site of `pincel site`: keeps it on this device, for the days without a network; and says where that cannot be.

const loaded = new Promise((resolve) => addEventListener("pincel-loaded", resolve, { once: true }));
const say = (sentence) => (document.querySelector("#kept").textContent = sentence);

if (!isSecureContext) say("Over plain http this page works, but cannot be kept on this device or installed.");
else if (!navigator.serviceWorker) say("This browser does not keep pages for days without a network.");
else {
  navigator.serviceWorker.addEventListener("message", ({ data }) => say(data));
  navigator.serviceWorker
    .register(new URL("sw.js", document.baseURI))
    .then(() => loaded)
    .then(() => say("Works without a network, too."))
    .catch(() => say("This browser refused to keep the page for days without a network."));
}
