/** The legend of the map: a colour and a shape for each value; each can be hidden. */

import { get, make } from "./elements.js";
import { capital } from "./labels.js";
import { colourOf, mark } from "./palette.js";

/** @typedef {import("./map.js").MapView} MapView */

const MANY = 20; // values, of which one is found by its name

/**
 * Offers the labels that can colour the map.
 * @param {HTMLSelectElement} select
 * @param {HTMLElement} field  hidden where there is nothing to choose
 * @param {import("./projection.js").Projection} projection
 */
export function fillColours(select, field, projection) {
  select.replaceChildren(...projection.names.map((name) => new Option(capital(name), name)));
  field.hidden = projection.names.length === 0;
}

/** Says what the dots are and how they are arranged. @param {import("./projection.js").Projection} projection */
export function describeMap({ clustered, steering, xNumber, headings: { across, down, columns, rows } }) {
  const similar = "those that lie close together have similar coordinates";
  const place = rows.length ? `columns by ${across}, rows by ${down}` : clustered && steering.length ? `a cluster for each ${steering[0]}` : similar;
  const number = xNumber ? ` In ${steering.length ? "each cluster" : "the map"}, ${xNumber} rises from left to right.` : "";
  get("map-about").textContent = `Each dot is a recording that the model learned from: ${place}.${number}`;
  const names = (/** @type {import("./projection.js").Heading[]} */ headings) => headings.map(({ text }) => text).join("; ");
  get("map-names").textContent = rows.length ? `Columns from left to right, ${across}: ${names(columns)}. Rows from top to bottom, ${down}: ${names(rows)}.` : "";
}

/** @param {string[]} values  of a number @returns {HTMLElement} the lowest and the highest, and the colours between */
function scale(values) {
  const bar = make("span", { className: "scale" });
  const colours = values.map((_, index) => colourOf(index, values.length));
  bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  return make("span", {}, values[0], bar, values[values.length - 1]);
}

/** @param {HTMLElement} place @param {MapView} map */
export function showLegend(place, map) {
  const { projection, label } = map;
  /** @type {Set<number>} */
  const hidden = new Set();
  projection?.hide(label, hidden);
  if (projection && label && projection.scaleOf(label)) {
    place.replaceChildren(scale(projection.values[label]));
    return;
  }
  const apply = () => {
    buttons.forEach((each, i) => each.setAttribute("aria-pressed", String(!hidden.has(i))));
    projection?.hide(label, hidden);
    map.redraw();
  };
  const search = make("input", { type: "search", placeholder: `Find ${label}`, ariaLabel: `Find ${label}` });
  /** @type {HTMLElement[]} */
  const buttons = (label ? (projection?.values[label] ?? []) : []).map((value, index) => {
    const button = make("button", { type: "button", ariaPressed: "true", title: "Click: hide or show. Double click: show only this." });
    button.innerHTML = mark(index); // markup of our own, made from a number
    button.append(value);
    button.addEventListener("click", () => {
      if (!hidden.delete(index)) hidden.add(index);
      if (hidden.size === buttons.length) hidden.clear(); // never an empty map
      apply();
    });
    button.addEventListener("dblclick", () => {
      hidden.clear();
      for (let i = 0; i < buttons.length; i++) if (i !== index) hidden.add(i);
      apply();
    });
    return button;
  });
  const words = buttons.length > MANY && projection && label ? wordsOf(projection, label) : [];
  const nothing = make("span", { role: "status" });
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    const found = words.map((own) => own.some((word) => word.toLowerCase().includes(wanted)));
    hidden.clear();
    if (found.includes(true)) found.forEach((is, i) => is || hidden.add(i));
    nothing.textContent = found.includes(true) ? "" : "Nothing found: all are shown";
    buttons.forEach((button, i) => (button.hidden = hidden.has(i)));
    apply();
  });
  place.replaceChildren(...(words.length ? [search, nothing] : []), ...buttons);
}

/**
 * What each value of a label is found by: its name, and the names that all its recordings share, such as a family.
 * @param {import("./projection.js").Projection} projection
 * @param {string} label
 * @returns {string[][]}
 */
function wordsOf(projection, label) {
  const others = projection.names.filter((name) => name !== label && !projection.scaleOf(name));
  return projection.values[label].map((value, index) => {
    const clips = [...projection.labels[label].keys()].filter((clip) => projection.labels[label][clip] === index);
    const shared = others.map((name) => new Set(clips.map((clip) => projection.valueOf(name, clip)))).filter(({ size }) => size === 1);
    return [value, ...shared.flatMap((names) => [...names])];
  });
}
