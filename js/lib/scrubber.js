import { h, icon } from "./dom.js";
import { drag } from "./drag.js";

/** A slider over the steps of a run, in the order they were made. Taken steps stand out; the sound keeps its place while it moves. */
export class Scrubber {
  /** @param {{label: string, text: (i: number) => string, on: (i: number, done: boolean) => void}} options */
  constructor({ label, text, on }) {
    this.text = text; this.on = on; this.count = 0; this.value = 0;
    this.marks = h("div");
    this.knob = h("i");
    this.ticks = h("div", { class: "st-ticks", "aria-hidden": "true" }, this.marks, this.knob);
    this.track = h("div", { class: "st-scrub", tabindex: "0", role: "slider", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", on: {
      keydown: (/** @type {KeyboardEvent} */ e) => this._key(e) } }, this.ticks);
    drag(this.track, (e) => this._grab(e));
    const button = (/** @type {"back" | "next"} */ name, /** @type {string} */ title, /** @type {number} */ by) => h("button", { "aria-label": title, title, click: () => this.go(this.value + by, true) }, icon(name));
    this.el = h("div", { class: "st-scrubber", role: "group", "aria-label": label }, h("span", { class: "st-cap2", text: label }), button("back", "One back", -1), this.track, button("next", "One on", 1));
  }

  /** @param {{value: number, marks: {taken: boolean, probe?: boolean}[]}} state */
  set({ value, marks }) {
    if (marks.length !== this.count || this.marked !== JSON.stringify(marks)) {
      this.marked = JSON.stringify(marks);
      this.count = marks.length;
      this.marks.replaceChildren(...marks.map((m, i) => h("b", { class: m.taken ? "st-taken" : m.probe ? "st-probe" : "", style: `left: ${this._share(i)}%` })));
      this.track.setAttribute("aria-valuemax", Math.max(0, this.count - 1));
    }
    this.value = Math.min(Math.max(0, value), Math.max(0, this.count - 1));
    this.knob.style.left = `${this._share(this.value)}%`;
    this.track.setAttribute("aria-valuenow", this.value);
    this.track.setAttribute("aria-valuetext", this.count ? this.text(this.value) : "no steps yet");
  }

  /** @param {number} i @returns {number} percent */
  _share(i) { return this.count > 1 ? (100 * i) / (this.count - 1) : 0; }

  /** @param {number} i @param {boolean} done */
  go(i, done) {
    const to = Math.min(Math.max(0, Math.round(i)), this.count - 1);
    if (this.count && (to !== this.value || done)) this.on(to, done);
  }

  /** @param {PointerEvent} e @returns {import("./drag.js").Follow} */
  _grab(e) {
    this.track.focus({ preventScroll: true });
    const move = (/** @type {PointerEvent} */ m, /** @type {boolean} */ done) => { const r = this.ticks.getBoundingClientRect(); this.go(((m.clientX - r.left) / r.width) * (this.count - 1), done); };
    move(e, false);
    return move;
  }

  /** @param {KeyboardEvent} e */
  _key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    /** @type {Record<string, number>} */
    const to = { ArrowLeft: this.value - 1, ArrowDown: this.value - 1, ArrowRight: this.value + 1, ArrowUp: this.value + 1, Home: 0, End: this.count - 1, PageUp: this.value + 10, PageDown: this.value - 10 };
    if (!(e.key in to)) return;
    this.go(to[e.key], true);
    e.preventDefault();
    e.stopPropagation();
  }
}
