/** Files that are dropped anywhere on the page. */

import { get } from "./elements.js";

/** @param {(files: File[]) => void} take */
export function onDrop(take) {
  const veil = get("drop");
  const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => event.relatedTarget || (veil.hidden = true));
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veil.hidden = true;
    take([...(event.dataTransfer?.files ?? [])]);
  });
}
