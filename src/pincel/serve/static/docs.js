// The API's own page, made of /openapi.json.

import { $, el } from "./dom.js";

const place = new URL(".", location).href.replace(/\/$/, "");

$("#curl").textContent = `curl --data-binary @scan.jpg \\
  '${place}/api/v1/colorize?saturation=0.9' \\
  -o scan-coloured.jpg`;
$("#python").textContent = `import httpx
from pathlib import Path

photo = Path("scan.jpg").read_bytes()
url = "${place}/api/v1/colorize"
answer = httpx.post(url, content=photo, timeout=60)
Path("scan-coloured.jpg").write_bytes(answer.raise_for_status().content)`;

/** A schema in a few words: "integer, 16 to 4096", "jpeg | png". */
function words(schema, all) {
  if (!schema) return "";
  if (schema.$ref) return words(schema.$ref.split("/").slice(1).reduce((part, key) => part?.[key], all), all);
  const kinds = (schema.anyOf ?? schema.oneOf)?.filter(({ type }) => type !== "null");
  if (kinds) return kinds.map((kind) => words(kind, all)).join(" or ");
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.const !== undefined) return String(schema.const);
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  const span = low !== undefined && high !== undefined ? `, ${low} to ${high}` : low !== undefined ? `, from ${low}` : "";
  return (schema.type ?? "any") + span;
}

/** Sphinx's ``code`` and Markdown's `code` as such. */
function prose(text) {
  return (text ?? "").split(/``?([^`]+)``?/).map((part, i) => (i % 2 ? el("code", {}, part) : part));
}

function parameters(list, all) {
  if (!list?.length) return null;
  const row = ({ name, in: where, schema, description, required }) => {
    const standard = schema?.default ?? null;
    const notes = [standard === null ? null : `default ${standard}`, required ? "needed" : null].filter(Boolean);
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("code", {}, name), where === "query" ? null : el("small", {}, where)),
      el("td", {}, words(schema, all), ...notes.map((note) => el("small", {}, note))),
      el("td", {}, ...prose(description ?? schema?.description)),
    );
  };
  const titles = ["Option", "Value", "What for"].map((title) => el("th", { scope: "col" }, title));
  const head = el("thead", {}, el("tr", {}, ...titles));
  return el("div", { class: "scroll" }, el("table", {}, head, el("tbody", {}, ...list.map(row))));
}

function answers(responses) {
  const items = Object.entries(responses).map(([status, { description, content }]) =>
    el(
      "li",
      {},
      el("code", { class: status < 400 ? "good" : "bad" }, status),
      el("span", {}, ...prose(description), status < 400 && content ? el("small", {}, Object.keys(content).join(", ")) : null),
    ),
  );
  return el("ul", { class: "answers" }, ...items);
}

function call(path, method, operation, all) {
  return el(
    "article",
    { id: `${method}${path.replaceAll(/\W+/g, "-")}` },
    el("h2", {}, el("b", { class: method }, method.toUpperCase()), el("code", {}, path)),
    el("p", {}, ...prose(operation.description ?? operation.summary)),
    parameters(operation.parameters, all),
    answers(operation.responses ?? {}),
  );
}

const ORDER = ["paint", "explain", "requests", "server"];

try {
  const response = await fetch("openapi.json");
  if (!response.ok) throw new Error(`/openapi.json: ${response.status}`);
  const all = await response.json();
  const calls = Object.entries(all.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, place: ORDER.indexOf(operation.tags?.[0]) })),
  );
  calls.sort((one, other) => one.place - other.place);
  $("#calls").replaceChildren(...calls.map(({ path, method, operation }) => call(path, method, operation, all)));
  $("#version").textContent = `${all.info.title} ${all.info.version}`;
} catch (error) {
  $("#failed").hidden = false;
  $("#failed").textContent = `The description of the API cannot be loaded (${error.message}); is the server running?`;
}
