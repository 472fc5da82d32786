/** Labels of sounds: the selects of a tone, words for a reader, mixtures on the way from one to another. */

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./api.js").LabelChoice} LabelChoice */

/**
 * A select for each label of a model; the first option leaves the label to the sound.
 * @param {HTMLElement} place
 * @param {Record<string, string[]>} values
 * @param {() => void} changed
 */
export function showTone(place, values, changed) {
  place.replaceChildren(
    ...Object.entries(values).map(([name, options]) => {
      const select = document.createElement("select");
      select.name = name;
      select.append(new Option("as it is", ""), ...options.map((value) => new Option(value, value)));
      select.addEventListener("change", changed);
      const field = document.createElement("label");
      field.className = "field";
      field.append(capital(name), select);
      return field;
    }),
  );
}

/** @param {HTMLElement} place @returns {Record<string, string>} what the selects ask for */
export function chosenTone(place) {
  const selects = [...place.querySelectorAll("select")].filter((select) => select.value);
  return Object.fromEntries(selects.map((select) => [select.name, select.value]));
}

/** @param {HTMLElement} place @param {Labels} labels  plain values are chosen, the rest is left to the sound */
export function setTone(place, labels) {
  for (const select of place.querySelectorAll("select")) {
    const value = labels[select.name];
    select.value = typeof value === "string" ? value : "";
  }
}

/** @param {Labels} labels @returns {string} such as "digit 7, speaker theo 80 %" */
export function worded(labels) {
  return Object.entries(labels)
    .map(([name, choice]) => `${name} ${likeliest(choice)}`)
    .join(", ");
}

/** @param {LabelChoice} choice */
function likeliest(choice) {
  if (typeof choice === "string") return choice;
  const sum = Object.values(choice).reduce((a, b) => a + b, 0);
  const [first, second] = Object.entries(choice).sort((a, b) => b[1] - a[1]);
  const share = Math.round((100 * first[1]) / sum);
  if (share > 99) return first[0];
  return second && share < 80 ? `${first[0]} and ${second[0]}` : `${first[0]} (${share} %)`;
}

/** @param {Labels} from @param {Labels} to @param {number} share @returns {Labels} */
export function blended(from, to, share) {
  if (share <= 0) return from;
  if (share >= 1) return to;
  return Object.fromEntries(Object.keys(from).map((name) => [name, mixed(from[name], to[name] ?? from[name], share)]));
}

/** @param {LabelChoice} from @param {LabelChoice} to @param {number} share @returns {LabelChoice} */
function mixed(from, to, share) {
  if (from === to) return from;
  /** @type {Record<string, number>} */
  const weights = {};
  for (const [choice, part] of /** @type {[LabelChoice, number][]} */ ([[from, 1 - share], [to, share]])) {
    const own = typeof choice === "string" ? { [choice]: 1 } : choice;
    const sum = Object.values(own).reduce((a, b) => a + b, 0);
    for (const [value, weight] of Object.entries(own)) {
      weights[value] = Number(((weights[value] ?? 0) + (part * weight) / sum).toFixed(4));
    }
  }
  return weights;
}

/** Weights of at least half a percent, and a plain value where one has nearly all. @param {Labels} labels @returns {Labels} */
export function simplified(labels) {
  return Object.fromEntries(
    Object.entries(labels).map(([name, choice]) => {
      if (typeof choice === "string") return [name, choice];
      const told = Object.entries(choice).filter(([, weight]) => weight >= 0.005);
      if (told.length === 1) return [name, told[0][0]];
      return [name, Object.fromEntries(told.map(([value, weight]) => [value, Number(weight.toFixed(4))]))];
    }),
  );
}

/** @param {string} word */
export function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1).replaceAll("_", " ");
}
