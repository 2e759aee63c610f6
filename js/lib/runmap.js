import { h } from "./dom.js";
import { fitCanvas } from "./paint.js";

/**
 * @typedef {{run: number, id: number, s: number, x: number, y: number}} Dot
 * @typedef {{runs: number[][][], stars: number[][], names: string[], colors: string[], labels: string[], shown: number, at: number | null, empty: string, says: (run: number, id: number) => string}} Chart
 */

const EDGE = 18;

/** Every guess of every run as a point: guesses that look alike lie close together. Lines go from noise to the results; true sounds are stars. */
export class RunMap {
  /** @param {{hear: (id: number | null) => void, go: (run: number, id: number) => void, branch: (run: number, id: number) => void, by: (n: number) => void, other: (n: number) => void}} on */
  constructor(on) {
    this.on = on;
    /** @type {Chart | null} */ this.chart = null;
    /** @type {Dot[]} */ this.dots = [];
    /** @type {Dot | null} */ this.over = null;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.tip = h("div", { class: "st-tip", hidden: true, "aria-hidden": "true" });
    this.el = h("div", { class: "st-runmap", tabindex: "0", role: "slider", "aria-label": "Map of runs", "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", on: {
      pointermove: (/** @type {PointerEvent} */ e) => this._hover(e), pointerleave: () => this._leave(),
      click: (/** @type {MouseEvent} */ e) => this._click(e), keydown: (/** @type {KeyboardEvent} */ e) => this._key(e) } }, this.canvas, this.tip);
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.el);
    /** @type {import("./paint.js").Theme | null} */ this.theme = null;
  }

  /** @param {Chart} chart @param {import("./paint.js").Theme} theme */
  set(chart, theme) {
    this.chart = chart;
    this.theme = theme;
    const line = chart.runs[chart.shown] ?? [], i = line.findIndex(([id]) => id === chart.at);
    this.el.setAttribute("aria-valuemax", Math.max(0, line.length - 1));
    this.el.setAttribute("aria-valuenow", Math.max(0, i));
    this.el.setAttribute("aria-valuetext", i < 0 ? chart.empty : chart.says(chart.shown, line[i][0]));
    this.paint();
  }

  /** The dot next to a place, if it is near. @param {MouseEvent} e @returns {Dot | null} */
  near(e) {
    const box = this.el.getBoundingClientRect(), x = e.clientX - box.left, y = e.clientY - box.top;
    let best = null, d = 14;
    for (const dot of this.dots) { const to = Math.hypot(dot.x - x, dot.y - y) - (dot.run === this.chart?.shown ? 3 : 0); if (to < d) { best = dot; d = to; } }
    return best;
  }

  /** @param {PointerEvent} e */
  _hover(e) {
    const dot = this.near(e), { chart } = this;
    if (dot?.run === this.over?.run && dot?.id === this.over?.id) return;
    const heard = this.over?.run === chart?.shown;
    this.over = dot;
    this.tip.hidden = !dot;
    this.el.style.cursor = dot ? "pointer" : "";
    if (!chart) return;
    if (dot) {
      this.tip.textContent = chart.says(dot.run, dot.id);
      this.tip.style.left = `${Math.min(dot.x + 8, Math.max(0, this.el.clientWidth - 150))}px`;
      this.tip.style.top = `${Math.max(2, dot.y - 30)}px`;
    }
    if (dot && dot.run === chart.shown) this.on.hear(dot.id); else if (heard) this.on.hear(null);
  }

  _leave() {
    const heard = this.over && this.over.run === this.chart?.shown;
    this.over = null;
    this.tip.hidden = true;
    if (heard) this.on.hear(null);
  }

  /** @param {MouseEvent} e */
  _click(e) {
    const dot = this.near(e);
    if (!dot) return;
    this.over = null;
    (e.shiftKey ? this.on.branch : this.on.go)(dot.run, dot.id);
  }

  /** @param {KeyboardEvent} e */
  _key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const { chart } = this, does = /** @type {Record<string, () => void>} */ ({ ArrowLeft: () => this.on.by(-1), ArrowRight: () => this.on.by(1), ArrowUp: () => this.on.other(-1), ArrowDown: () => this.on.other(1),
      Enter: () => { if (chart && chart.at !== null && e.shiftKey) this.on.branch(chart.shown, chart.at); } })[e.key];
    if (!does) return;
    does();
    e.preventDefault();
    e.stopPropagation();
  }

  paint() {
    const { chart, theme } = this, width = this.el.clientWidth, height = this.el.clientHeight;
    if (!chart || !theme || width < 40 || height < 40) return;
    const g = fitCanvas(this.canvas, width, height);
    this.dots = [];
    g.fillStyle = theme.lane;
    g.fillRect(0, 0, width, height);
    const all = [...chart.runs.flat().flatMap(([, ...v]) => v.map((_, i) => i).filter((i) => i % 2 === 0).map((i) => [v[i], v[i + 1]])), ...chart.stars];
    g.font = `11.5px ${theme.font}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    if (all.length < 2) { g.fillStyle = theme.soft; chart.empty.split("\n").forEach((line, i) => g.fillText(line, width / 2, height / 2 + 16 * (i - 1), width - 8)); return; }
    const ends = [0, 1].map((k) => [Math.min(...all.map((p) => p[k])), Math.max(...all.map((p) => p[k]))]);
    const scale = Math.min((width - 2 * EDGE - 24) / (ends[0][1] - ends[0][0] || 1), (height - 2 * EDGE) / (ends[1][1] - ends[1][0] || 1));
    const put = (/** @type {number} */ x, /** @type {number} */ y) => [width / 2 + (x - (ends[0][0] + ends[0][1]) / 2) * scale, height / 2 - (y - (ends[1][0] + ends[1][1]) / 2) * scale];
    const order = chart.runs.map((_, i) => i).sort((a, b) => Number(a === chart.shown) - Number(b === chart.shown));
    for (const run of order) for (let s = 0; s < chart.names.length; s += 1) this._line(g, run, s, put);
    chart.stars.forEach(([x, y], s) => star(g, put(x, y), chart.colors[s], theme));
    this._names(g, put);
  }

  /** @param {CanvasRenderingContext2D} g @param {number} run @param {number} s @param {(x: number, y: number) => number[]} put */
  _line(g, run, s, put) {
    const { chart, theme } = this;
    if (!chart || !theme) return;
    const shown = run === chart.shown, at = chart.runs[run].map(([id, ...v]) => ({ run, id, s, x: put(v[2 * s], v[2 * s + 1])[0], y: put(v[2 * s], v[2 * s + 1])[1] }));
    this.dots.push(...at);
    if (!at.length) return;
    g.strokeStyle = g.fillStyle = chart.colors[s];
    g.globalAlpha = shown ? 1 : 0.45;
    g.lineWidth = shown ? 1.8 : 1.2;
    g.setLineDash(run % 2 ? [4, 3] : []);
    g.beginPath();
    at.forEach((d, i) => (i ? g.lineTo(d.x, d.y) : g.moveTo(d.x, d.y)));
    g.stroke();
    g.setLineDash([]);
    const ball = (/** @type {number[]} */ [x, y], /** @type {number} */ r, full = true) => { g.beginPath(); g.arc(x, y, r, 0, 7); if (full) g.fill(); else g.stroke(); };
    for (const d of at) ball([d.x, d.y], shown ? 1.9 : 1.3);
    ball([at[0].x, at[0].y], 4, false);
    ball([at[at.length - 1].x, at[at.length - 1].y], 4);
    const here = shown && at.find((d) => d.id === chart.at);
    g.globalAlpha = 1;
    if (here) { g.strokeStyle = theme.text; g.lineWidth = 2; ball([here.x, here.y], 6, false); }
  }

  /** Names at the ends of the lines that are shown. @param {CanvasRenderingContext2D} g @param {(x: number, y: number) => number[]} put */
  _names(g, put) {
    const { chart, theme } = this;
    const line = chart?.runs[chart.shown];
    if (!chart || !theme || !line?.length) return;
    g.lineWidth = 3;
    g.strokeStyle = theme.lane;
    const text = (/** @type {string} */ t, /** @type {number[]} */ [x, y], /** @type {string} */ color) => {
      const half = g.measureText(t).width / 2, at = /** @type {const} */ ([Math.min(this.el.clientWidth - half - 3, Math.max(half + 3, x)), y > 22 ? y - 12 : y + 13]);
      g.strokeText(t, ...at);
      g.fillStyle = color;
      g.fillText(t, ...at);
    };
    const [, ...end] = line[line.length - 1], [, ...first] = line[0];
    chart.names.forEach((name, s) => text(name, put(end[2 * s], end[2 * s + 1]), chart.colors[s]));
    text("noise", put(first[0], first[1]), theme.soft);
  }

  destroy() { this.observer.disconnect(); }
}

/** @param {CanvasRenderingContext2D} g @param {number[]} at @param {string} color @param {import("./paint.js").Theme} theme */
function star(g, [x, y], color, theme) {
  g.beginPath();
  for (let i = 0; i < 10; i += 1) { const r = i % 2 ? 3.6 : 8, a = -Math.PI / 2 + (i * Math.PI) / 5; g.lineTo(x + r * Math.cos(a), y + r * Math.sin(a)); }
  g.closePath();
  g.fillStyle = color;
  g.fill();
  g.strokeStyle = theme.text;
  g.lineWidth = 1.2;
  g.stroke();
}
