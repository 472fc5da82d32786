/** What the colours of the map mean; each value can be hidden. */

import { capital } from "./labels.js";
import { mark } from "./palette.js";

/** @typedef {import("./map.js").MapView} MapView */

/**
 * Fills the choice of labels that may colour the map.
 * @param {HTMLSelectElement} select
 * @param {HTMLElement} field  hidden where there is nothing to choose
 * @param {import("./space.js").Space} space
 */
export function fillColours(select, field, space) {
  select.replaceChildren(...space.names.map((name) => new Option(capital(name), name)));
  field.hidden = space.names.length === 0;
}

/** @param {HTMLElement} place @param {MapView} map  coloured by `map.label` */
export function showLegend(place, map) {
  const { space, label } = map;
  /** @type {Set<number>} */
  const hidden = new Set();
  space?.hide(label, hidden);
  const buttons = (label ? (space?.values[label] ?? []) : []).map((value, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = mark(index); // of our own making: a number goes in, nothing of anyone else's
    button.append(value);
    button.setAttribute("aria-pressed", "true");
    button.title = "Click hides or shows; double click shows only this";
    const apply = () => {
      [...place.children].forEach((child, i) => child.setAttribute("aria-pressed", String(!hidden.has(i))));
      space?.hide(label, hidden);
      map.redraw();
    };
    button.addEventListener("click", () => {
      if (!hidden.delete(index)) hidden.add(index);
      if (hidden.size === place.children.length) hidden.clear(); // an empty map helps nobody
      apply();
    });
    button.addEventListener("dblclick", () => {
      hidden.clear();
      for (let i = 0; i < place.children.length; i++) if (i !== index) hidden.add(i);
      apply();
    });
    return button;
  });
  place.replaceChildren(...buttons);
}
