/** Messages about the service: problems as sentences; while it does not answer, the page tries again. */

import { OfflineError, ProblemError, ready } from "./api.js";
import { get } from "./elements.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 8000;
const NOTICE_MS = 4000;

export class Connection {
  #waiting = false;

  /** @param {() => void} back  called when the service answers again */
  constructor(back) {
    this.back = back;
    this.notice = get("notice");
    this.problem = get("problem");
    get("dismiss").addEventListener("click", () => this.clear());
  }

  /** Shows a message for a while. @param {string} text */
  notify = (text) => {
    clearTimeout(this.timer);
    this.notice.textContent = text;
    this.notice.hidden = false;
    this.timer = setTimeout(() => (this.notice.hidden = true), NOTICE_MS);
  };

  /** Hides the problem. */
  clear() {
    this.problem.hidden = true;
  }

  /** Shows the error, or waits until the service answers. @param {Error} error */
  fail = (error) => {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (error instanceof OfflineError) return this.#wait(error.message);
    if (error instanceof ProblemError && error.status === 503) return this.#wait(error.message);
    get("problem-text").textContent = error.message;
    this.problem.hidden = false;
  };

  /** @param {string} reason */
  async #wait(reason) {
    if (this.#waiting) return;
    this.#waiting = true;
    clearTimeout(this.timer);
    this.clear();
    this.notice.textContent = `${reason} Trying again…`;
    this.notice.hidden = false;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (await ready()) break;
    }
    this.#waiting = false;
    this.notify("The service answers again.");
    this.back();
  }
}
