/** The OpenAPI document for people: every request, what it takes and what it answers. */

import { get } from "./elements.js";

const PROBLEM = "application/problem+json"; // said once, above
const METHODS = ["get", "post", "put", "patch", "delete"];
/** @type {any} */ let contract = {};

/** @param {string} tag @param {Record<string, string>} attributes @param {(string | Node)[]} inside @returns {HTMLElement} */
function element(tag, attributes, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

/** Follows a reference into the document. @param {any} schema */
function resolved(schema) {
  const path = schema?.$ref?.replace("#/", "").split("/") ?? [];
  return path.length ? path.reduce((/** @type {any} */ at, /** @type {string} */ key) => at[key], contract) : (schema ?? {});
}

/** @param {any} schema @returns {string} such as "list of number" */
function typeOf(schema) {
  if (schema?.$ref) return schema.$ref.split("/").pop();
  if (schema?.enum) return schema.enum.join(" | ");
  if (schema?.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema?.anyOf ?? schema?.oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].filter((word) => word !== "null").join(" | ");
  if (schema?.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema?.type === "object" && typeof schema.additionalProperties === "object") return `object of ${typeOf(schema.additionalProperties)}`;
  return schema?.format === "binary" ? "bytes" : (schema?.type ?? "any");
}

/** @param {any} schema @returns {string} the limits and the default, in words */
function limits(schema) {
  const plain = schema.anyOf?.find((/** @type {any} */ one) => one.type !== "null") ?? schema;
  const [least, most] = [plain.minimum ?? plain.exclusiveMinimum, plain.maximum ?? plain.exclusiveMaximum];
  const told = [];
  if (least !== undefined && most !== undefined) told.push(`${least} to ${most}`);
  else if (least !== undefined) told.push(`from ${least}`);
  const fallback = schema.default;
  if (fallback !== undefined && fallback !== null && fallback.length !== 0) told.push(`default ${fallback}`);
  return told.join("; ");
}

/** @param {string[]} columns @param {(string | Node)[][]} rows  the first of each is its heading */
function grid(columns, rows) {
  const head = element("tr", {}, ...columns.map((word) => element("th", { scope: "col" }, word)));
  const lines = rows.map(([first, ...rest]) => {
    return element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell)));
  });
  return element("div", { class: "wide" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines)));
}

/** @param {[string, any, boolean][]} rows  name, schema with its description, whether it has to be there */
function table(rows) {
  return grid(
    ["Name", "Type", "Meaning"],
    rows.map(([name, schema, required]) => {
      const meaning = [schema.description, limits(schema)].filter(Boolean).join(" — ");
      return [element("code", {}, name), typeOf(schema), worded(required ? ["required", meaning].filter(Boolean).join(" — ") : meaning)];
    }),
  );
}

/** @param {string} text  with `code` @returns {HTMLElement} */
function worded(text) {
  return element("span", {}, ...text.split("`").map((part, i) => (i % 2 ? element("code", {}, part) : part)));
}

/** @param {any} operation @returns {HTMLElement[]} */
function parameters(operation) {
  const rows = (operation.parameters ?? []).map((/** @type {any} */ one) => {
    const schema = resolved(one.schema);
    return [one.name, { ...schema, description: one.description ?? schema.description ?? `in the ${one.in}` }, one.required];
  });
  return rows.length ? [element("h4", {}, "Parameters"), table(rows)] : [];
}

/** @param {any} operation @returns {HTMLElement[]} */
function body(operation) {
  const content = Object.entries(operation.requestBody?.content ?? {});
  if (!content.length) return [];
  const schemas = content.map(([, told]) => resolved(told.schema)).filter((schema) => schema.properties);
  return [element("h4", {}, "Body"), element("p", { class: "soft" }, content.map(([type]) => type).join(", ")), ...schemas.map(fields)];
}

/** @param {any} schema */
function fields(schema) {
  return table(Object.entries(schema.properties).map(([name, one]) => [name, one, schema.required?.includes(name) ?? false]));
}

/** @param {any} operation @returns {HTMLElement[]} */
function answers(operation) {
  const rows = Object.entries(operation.responses).map(([status, { description, content = {} }]) => {
    const types = Object.keys(content).filter((type) => type !== PROBLEM).join(", ");
    const schema = content["application/json"]?.schema;
    return [status, description, types + (schema ? ` (${typeOf(schema)})` : "")];
  });
  return [element("h4", {}, "Answers"), grid(["Status", "When", "Types"], rows)];
}

/** @param {string} path @param {string} method @param {any} operation */
function request(path, method, operation) {
  const title = [element("span", { class: "method" }, method.toUpperCase()), " ", element("code", {}, path)];
  return section(operation.operationId, title, operation.description, ...parameters(operation), ...body(operation), ...answers(operation));
}

/** @param {string} id @param {(string | Node)[]} title @param {string} [about] @param {HTMLElement[]} inside */
function section(id, title, about = "", ...inside) {
  const heading = element("h3", { id: `${id}-title` }, ...title);
  return element("section", { id, "aria-labelledby": `${id}-title` }, heading, element("p", {}, worded(about)), ...inside);
}

/** @returns {[string, string, any][]} path, method and operation of each request */
function requests() {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => /** @type {[string, string, any]} */ ([path, method, item[method]])),
  );
}

async function start() {
  contract = await (await fetch("/openapi.json")).json();
  get("version").textContent = contract.info.version;
  get("about").replaceChildren(worded(`${contract.info.description} Every failure is \`${PROBLEM}\` with a sentence.`));
  const shapes = Object.entries(contract.components.schemas).filter(([, schema]) => schema.properties);
  get("contents").replaceChildren(
    ...requests().map(([path, method, { operationId }]) => element("a", { href: `#${operationId}` }, `${method.toUpperCase()} ${path}`)),
  );
  get("operations").replaceChildren(
    element("h2", {}, "Requests"),
    ...requests().map((one) => request(...one)),
    element("h2", {}, "What JSON holds"),
    ...shapes.map(([name, schema]) => section(`schema-${name}`, [element("code", {}, name)], schema.description, fields(schema))),
  );
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

start().catch(() => get("operations").replaceChildren(element("p", {}, "The service does not answer. Reload this page to ask again.")));
