import css from "./grid.css";
import { asBytes } from "./lib/decode.js";
import { h } from "./lib/dom.js";
import { Picture } from "./lib/paint.js";
import { PlayerView } from "./player.js";

/** @typedef {{track: string, scores: Record<string, number>}} Cell */

const STORY = "Every row is a stem, every column a method: click a cell, or press a method’s number, and the same place is heard there.";

/** Methods beside each other on one clock: rows are stems, columns are methods, the score stands in the cell; one lane shows what is heard. */
class GridView {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    const grid = model.get("grid");
    /** @type {string[]} */ this.columns = grid.columns;
    /** @type {string[]} */ this.rows = grid.rows;
    /** @type {(Cell | null)[][]} */ this.cells = grid.cells;
    /** @type {{name: string, unit: string, better: number}[]} */ this.metrics = grid.metrics;
    /** @type {TrackInfo[]} */ this.tracks = model.get("tracks");
    this.index = new Map(this.tracks.map((t, i) => [t.name, i]));
    /** Row and column of what was heard last, less the mixture. @type {[number, number]} */ this.at = [0, 0];
    this.metric = h("select", { "aria-label": "Score in the cells", on: { change: () => this.write() } }, ...this.metrics.map((m) => h("option", { text: m.unit ? `${m.name} (${m.unit})` : m.name })));
    const mix = h("button", { class: "st-cell st-mixcell", title: "Hear the mixture (0)", click: () => this.take(0) }, "mixture");
    /** @type {Map<number, HTMLElement>} */ this.buttons = new Map([[0, mix]]);
    const color = (/** @type {number} */ r) => this.tracks[this.index.get(this.cells[r].find((c) => c)?.track ?? "") ?? 0].color;
    const head = this.columns.map((name, c) => h("th", { scope: "col", title: name }, h("span", { text: name }), c < 9 ? h("span", { class: "st-key", text: c + 1, title: `Key ${c + 1}: the same stem by ${name}` }) : null));
    const body = this.rows.map((stem, r) => h("tr", { style: `--st-c: ${color(r)}` }, h("th", { scope: "row", text: stem, title: stem }), ...this.columns.map((_, c) => h("td", {}, this.cell(r, c)))));
    const above = h("div", { class: "st-gridbox" }, h("table", { class: "st-grid" }, h("thead", {}, h("tr", {}, h("td", {}, mix), ...head)), h("tbody", {}, ...body)), this.metrics.length ? h("label", { class: "st-gridmetric" }, "Score", this.metric) : null);
    this.player = new PlayerView(model, el, { above, css, label: "Comparison", exclusive: true, slim: true, story: STORY, gestures: [["click a cell", "hear that stem by that method, at the same place"]],
      bindings: [
        { keys: [..."123456789"], label: "1 … 9", does: "the same stem by another method", run: (e) => this.method(Number(e.code.slice(-1)) - 1) },
        { keys: ["0"], label: "0", does: "the mixture, and back", run: () => this.take(this.player.solo.has(0) ? this.track(...this.at) ?? 0 : 0) },
        { keys: ["ArrowDown"], label: "↑ and ↓", does: "another stem by the same method", run: () => this.stem(1) },
        { keys: ["ArrowUp"], label: "", does: "", run: () => this.stem(-1) },
      ] });
    this.player.onsolo = () => this.show();
    this.write();
    this.show();
  }

  /** @param {number} r @param {number} c @returns {HTMLElement} */
  cell(r, c) {
    const i = this.track(r, c);
    if (i === undefined) return h("span", { class: "st-nocell", text: "–", title: `${this.columns[c]} has no ${this.rows[r]}` });
    const info = this.model.get("info"), picture = new Picture(asBytes(this.model.get("pictures")[i]), info.spec_rows, info.spec_cols, asBytes(this.model.get("map")), 0, 1);
    const small = h("canvas", { width: 160, height: 30, "aria-hidden": "true" });
    small.getContext("2d").drawImage(picture.canvas, 0, 0, 160, 30);
    const button = h("button", { class: "st-cell", "aria-pressed": "false", click: () => this.take(i) }, small, h("b"));
    this.buttons.set(i, button);
    return button;
  }

  /** The scores of the chosen metric; the best of a row stands out. */
  write() {
    const m = this.metrics[Math.max(0, this.metric.selectedIndex)];
    this.cells.forEach((row, r) => {
      const values = row.map((c) => (m && c ? c.scores[m.name] : undefined)), known = /** @type {number[]} */ (values.filter((v) => v !== undefined));
      const best = known.length > 1 ? Math.max(...known.map((v) => m.better * v)) : null;
      values.forEach((v, c) => {
        const button = this.buttons.get(this.track(r, c) ?? -1), text = button?.querySelector("b");
        if (!button || !text) return;
        text.textContent = v === undefined ? "" : v.toFixed(1).replace("-", "−");
        text.classList.toggle("st-best", v !== undefined && m.better * v === best);
        button.setAttribute("aria-label", `${this.rows[r]} by ${this.columns[c]}${v === undefined ? "" : `, ${m.name} ${v.toFixed(1)}`}`);
      });
    });
  }

  /** @param {number} i */
  take(i) { this.player.toggleSolo(i, false); }
  /** @param {number} r @param {number} c @returns {number | undefined} */
  track(r, c) { const cell = this.cells[r]?.[c]; return cell ? this.index.get(cell.track) : undefined; }
  /** @param {number} c */
  method(c) { const i = this.track(this.at[0], c); if (i !== undefined) this.take(i); else if (c < this.columns.length) this.player.say(`${this.columns[c]} has no ${this.rows[this.at[0]]}`, 3000); }
  /** @param {number} by */
  stem(by) { const i = this.track(Math.min(this.rows.length - 1, Math.max(0, this.at[0] + by)), this.at[1]); if (i !== undefined) this.take(i); }

  /** One lane stays: that of what is heard. */
  show() {
    const [heard = 0] = this.player.solo;
    this.cells.forEach((row, r) => row.forEach((_, c) => { if (this.track(r, c) === heard) this.at = [r, c]; }));
    for (const [i, b] of this.buttons) b.setAttribute("aria-pressed", String(i === heard));
    this.player.lanes.lanes.forEach((l, i) => { l.row.hidden = i !== heard; });
    this.player.lanes.paint();
  }

  destroy() { this.player.destroy(); }
}

/** @param {{model: Model, el: HTMLElement}} context @returns {() => void} */
export default function render({ model, el }) {
  const view = new GridView(model, el);
  return () => view.destroy();
}
