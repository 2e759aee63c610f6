import { h, icon } from "./dom.js";

/**
 * @typedef {{text: string, key?: string, tip?: string}} Part a box where it has a key, else a sign between boxes
 * @typedef {{key: string, label: string, title: string, els: HTMLElement[]}} Panel a part of the side that is folded until it is asked for
 */

/** A word with its explanation: pointing at it shows one plain sentence. @param {string} text @param {string} tip @returns {HTMLElement} */
export const term = (text, tip) => h("span", { class: "st-term", title: tip, text });

/** A method as a line of boxes; the one that is being changed is lit. */
export class Diagram {
  /** @param {Part[]} parts */
  constructor(parts) {
    /** @type {Map<string, HTMLElement>} */ this.boxes = new Map();
    this.el = h("div", { class: "st-diagram", role: "img", "aria-label": parts.map((p) => p.text).join(" ") }, ...parts.map(({ text, key, tip }) => {
      if (!key) return h("i", { text, title: tip });
      const box = h("b", { text, title: tip, "data-part": key });
      this.boxes.set(key, box);
      return box;
    }));
  }

  /** @param {string | null} key */
  light(key) { for (const [k, box] of this.boxes) box.classList.toggle("st-lit", k === key); }
}

/**
 * The layout of every explorer: what this is; the picture, with a side whose parts are folded; the hand that walks through the steps, and the line that
 * says what is seen and what happened. Transport and lanes follow below.
 */
export class Stage {
  /**
   * @param {{title: string, story: string, diagram: Part[], bar: HTMLElement, controls: HTMLElement[], picture: HTMLElement[], panels: Panel[], hand: HTMLElement[], opened: () => void}} parts
   */
  constructor({ title, story, diagram, bar, controls, picture, panels, hand, opened }) {
    this.opened = opened;
    this.diagram = new Diagram(diagram);
    this.facts = h("span", { class: "st-facts", role: "status", "aria-live": "polite" });
    /** Messages and what the pointer reads stand beside the facts; the player fills it. */ this.line = h("div", { class: "st-saying" }, this.facts);
    /** @type {Map<string, {button: HTMLButtonElement, el: HTMLElement}>} */ this.panels = new Map();
    for (const p of panels) this.panels.set(p.key, this._panel(p));
    const all = [...this.panels.values()];
    this.side = h("div", { class: "st-side", hidden: true }, ...all.map((p) => p.el));
    this.rail = h("div", { class: "st-rail", role: "group", "aria-label": "More" }, ...all.map((p) => p.button));
    this.picture = h("div", { class: "st-picture" }, controls.length ? h("div", { class: "st-controls" }, ...controls) : null, ...picture);
    this.el = h("div", { class: "st-stage" },
      h("div", { class: "st-stagehead" }, h("h2", { text: title }), this.diagram.el, bar, h("p", { text: story, title: story })),
      h("div", { class: "st-scene" }, this.picture, this.side, this.rail), h("div", { class: "st-hand" }, ...hand), this.line);
  }

  /** @param {Panel} panel */
  _panel({ key, label, title, els }) {
    const el = h("section", { class: "st-panelbox", "aria-label": label, hidden: true }, ...els);
    const button = h("button", { title, "aria-expanded": "false", "data-panel": key, click: () => this.open(button.getAttribute("aria-expanded") === "true" ? null : key) }, label);
    return { button, el };
  }

  /** Unfold a part of the side; null folds all. @param {string | null} key */
  open(key) {
    for (const [k, { button, el }] of this.panels) { el.hidden = k !== key; button.setAttribute("aria-expanded", String(k === key)); }
    this.side.hidden = key === null;
    this.opened();
  }

  /** @param {string} key @returns {boolean} whether a part of the side is unfolded */
  shows(key) { return this.panels.get(key)?.el.hidden === false; }

  /** Offer a part of the side only where it can do something. @param {string} key @param {boolean} on */
  offer(key, on) {
    const panel = this.panels.get(key);
    if (!panel || panel.button.hidden === !on) return;
    panel.button.hidden = !on;
    if (!on && !panel.el.hidden) this.open(null);
  }

  /** @param {string} text what is seen and heard */
  tell(text) { if (this.facts.textContent !== text) this.facts.textContent = this.facts.title = text; }
}

/** All runs as a table; a click shows one. */
export class RunTable {
  /** @param {(run: number) => void} show @param {(i: number) => string} color */
  constructor(show, color) { this.show = show; this.color = color; this.el = h("div", { class: "st-scroll" }); this.drawn = ""; }

  /** @param {RunFacts[]} runs @param {number} shown @param {[string, string, (string | null)[]][]} columns title, explanation, a value for each run */
  set(runs, shown, columns) {
    const key = JSON.stringify([runs.map((r) => [r.name, r.state, r.steps]), shown, columns]);
    if (key === this.drawn) return;
    this.drawn = key;
    const focused = this.el.contains(document.activeElement), states = /** @type {Record<string, string>} */ ({ ready: "waiting", running: "running", paused: "paused", done: "", failed: "failed", cancelled: "cancelled", trace: "recorded" });
    const swatch = (/** @type {number} */ i) => h("span", { class: "st-swatch", style: `border-top: 3px ${i % 2 ? "dashed" : "solid"} ${this.color(i)}` });
    this.el.replaceChildren(h("table", { class: "st-table st-runs" }, h("thead", {}, h("tr", {}, h("th", { scope: "col", text: "run" }), h("th", { scope: "col", text: "steps" }), ...columns.map(([t, tip]) => h("th", { scope: "col", text: t, title: tip })))),
      h("tbody", {}, ...runs.map((r, i) => h("tr", { class: i === shown ? "st-here" : "", click: () => this.show(i) },
        h("th", { scope: "row" }, h("button", { "aria-pressed": String(i === shown), title: `${r.name}: show and hear it` }, swatch(i), h("span", { text: r.name }))),
        h("td", { text: [r.steps, states[r.state]].filter(Boolean).join(" ") }), ...columns.map(([, , values]) => h("td", { text: values[i] ?? "–" })))))));
    if (focused) /** @type {HTMLElement | null} */ (this.el.querySelector("[aria-pressed=true]"))?.focus();
  }
}

/** A button with an icon and a word. @param {Parameters<typeof icon>[0]} name @param {string} text @param {string} title @param {() => void} click @param {string} [more] class @returns {any} */
export const act = (name, text, title, click, more = "") => h("button", { class: `st-do${more && ` ${more}`}`, title, on: { click } }, icon(name), h("span", { text }));
