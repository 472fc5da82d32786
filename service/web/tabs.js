/** Tabs as the ARIA patterns describe them: one is open, arrows move between them. */

/** @param {HTMLElement} list  holds the tabs @param {(panel: string) => void} opened */
export function tabs(list, opened) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="tab"]')]);
  const panelOf = (/** @type {HTMLElement} */ tab) => tab.getAttribute("aria-controls") ?? "";

  /** @param {string} panel */
  function open(panel) {
    for (const tab of all) {
      const chosen = panelOf(tab) === panel;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const body = document.getElementById(panelOf(tab));
      if (body) body.hidden = !chosen;
    }
    opened(panel);
  }

  list.addEventListener("click", (event) => {
    const tab = all.find((one) => one === event.target);
    if (tab) open(panelOf(tab));
  });
  list.addEventListener("keydown", (event) => {
    const shown = all.filter((tab) => !tab.hidden);
    const at = shown.indexOf(/** @type {HTMLElement} */ (event.target));
    const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: shown.length - 1 };
    const to = moves[/** @type {keyof typeof moves} */ (event.key)];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = shown[(to + shown.length) % shown.length];
    open(panelOf(tab));
    tab.focus();
  });
  return open;
}
