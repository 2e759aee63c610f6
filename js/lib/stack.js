import { nice, places, s } from "./chart.js";
import { h } from "./dom.js";
import { drag } from "./drag.js";
import { Drawn } from "./drawn.js";

/**
 * @typedef {{id: number, x: number, y: (number | null)[], text: string}} Place one step: its place on the axis and a value for each panel
 * @typedef {{key: string, name: string, color: string, shape: number, dash: boolean, on: boolean, points: Place[]}} Run
 * @typedef {{title: string, note?: string, log?: boolean, min?: number, max?: number, marks?: {y: number, text: string}[]}} Panel
 * @typedef {{axis: {label: string, log: boolean}, panels: Panel[], runs: Run[], empty: string}} Curves
 * @typedef {{id: number, text: string} | null} Cursor
 */

/** A symbol with so many corners, or a circle. @param {number} shape @param {number} x @param {number} y @param {number} r @returns {string} */
function symbol(shape, x, y, r) {
  const corners = [24, 4, 3, 5, 6][shape % 5], turn = corners === 4 ? Math.PI / 4 : -Math.PI / 2;
  return `M${Array.from({ length: corners }, (_, i) => `${(x + 1.15 * r * Math.cos(turn + (2 * Math.PI * i) / corners)).toFixed(1)} ${(y + 1.15 * r * Math.sin(turn + (2 * Math.PI * i) / corners)).toFixed(1)}`).join("L")}z`;
}

/** Ticks of a logarithmic axis. @param {number} lo @param {number} hi @param {number} most @returns {number[]} */
export function decades(lo, hi, most) {
  if (!(lo > 0) || !(hi > lo) || hi / lo > 1e12) return [];
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const out = [];
    for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e += 1) for (const m of steps) { const v = m * 10 ** e; if (v >= lo * 0.999 && v <= hi * 1.001) out.push(Number(v.toPrecision(3))); }
    if (out.length <= most) return out;
  }
  return [lo, hi];
}

const LEFT = 50, RIGHT = 12, TOP = 4, TITLE = 15, GAP = 8, BOTTOM = 34;

/**
 * Several small curves over one axis, and one line across all of them: a slider over the points of the run in front. Every run can be
 * clicked. Colours come from the page's theme.
 */
export class Stack extends Drawn {
  /** @param {{label: string, slider: string, panel?: number, on: {cursor: (id: number, done: boolean) => void, pick: (run: string, id: number) => void, run: (by: number) => void}}} options */
  constructor({ label, slider, panel = 54, on }) {
    super();
    this.on = on;
    this.panel = panel;
    /** @type {Curves} */ this.data = { axis: { label: "", log: false }, panels: [], runs: [], empty: "" };
    /** @type {Cursor} */ this.cursor = null;
    this.svg = s("svg", { role: "img", "aria-label": label });
    this.dots = s("g", { class: "st-on" });
    this.tip = h("div", { class: "st-tip", hidden: true, "aria-hidden": "true" });
    this.handle = h("div", { class: "st-line", tabindex: "0", role: "slider", "aria-label": slider, "aria-orientation": "horizontal", "aria-valuemin": "1", on: { keydown: (/** @type {KeyboardEvent} */ e) => this._key(e) } }, h("i"));
    this.el = h("div", { class: "st-chart st-stack" }, this.svg, this.handle, this.tip);
    this.width = 1;
    this.stale = true;
    /** @type {[number, number]} */ this.xs = [0, 1];
    /** @type {[number, number][]} */ this.ys = [];
    this.observer.observe(this.el);
    this._pointers();
  }

  get front() { return this.data.runs.find((r) => r.on) ?? this.data.runs[0]; }
  get height() { return TOP + this.data.panels.length * (this.panel + TITLE + GAP) - GAP + BOTTOM; }

  /** @param {Curves} data */
  set(data) { this.data = data; this.stale = true; this.el.style.height = `${this.height}px`; this.paint(); }
  /** @param {Cursor} cursor */
  place(cursor) { this.cursor = cursor; this._line(); }

  /** @param {number} v @returns {number} */
  px(v) { const [a, b] = this.xs, f = this.data.axis.log ? Math.log : (/** @type {number} */ x) => x; return LEFT + ((f(v) - f(a)) / (f(b) - f(a) || 1)) * this.width; }
  /** @param {number} p @returns {number} top of a panel's plot */
  top(p) { return TOP + TITLE + p * (this.panel + TITLE + GAP); }
  /** @param {number} p @param {number} v @returns {number} */
  py(p, v) {
    const [a, b] = this.ys[p], f = this.data.panels[p].log ? Math.log : (/** @type {number} */ y) => y;
    return this.top(p) + (1 - (f(Math.min(b, Math.max(a, v))) - f(a)) / (f(b) - f(a) || 1)) * this.panel;
  }

  _ranges() {
    const { panels, runs, axis } = this.data, xs = runs.flatMap((r) => r.points.map((p) => p.x));
    const lo = xs.length ? Math.min(...xs) : 1, hi = xs.length ? Math.max(...xs) : 2;
    this.xs = axis.log ? [hi * 1.05, lo / 1.05] : [lo, Math.max(hi, lo + 1)];
    this.ys = panels.map((panel, p) => {
      const v = /** @type {number[]} */ (runs.flatMap((r) => r.points.map((q) => q.y[p])).filter((y) => y !== null));
      const clip = v.map((y) => Math.min(panel.max ?? Infinity, Math.max(panel.min ?? -Infinity, y))), all = [...clip, ...(panel.marks ?? []).map((m) => m.y)];
      if (!clip.length) return panel.log ? [0.1, 1] : [Math.min(0, ...all), Math.max(1, ...all)];
      const a = Math.min(...all), b = Math.max(...all), pad = Math.max((b - a) * 0.08, Math.abs(b) * 1e-3, 1e-6);
      return panel.log ? [a / 1.15, b * 1.15] : [a - pad, b + pad];
    });
  }

  _paint() {
    const full = this.el.clientWidth, { data, svg } = this;
    if (!full) return;
    this._ranges();
    this.stale = false;
    this.width = Math.max(40, full - LEFT - RIGHT);
    const height = this.height, out = [];
    svg.setAttribute("viewBox", `0 0 ${full} ${height}`);
    svg.setAttribute("width", full);
    svg.setAttribute("height", height);
    const [x0, x1] = this.xs, xTicks = data.axis.log ? decades(Math.min(x0, x1), Math.max(x0, x1), this.width / 42) : nice(x0, x1, this.width / 60).filter(Number.isInteger);
    const bottom = this.top(data.panels.length - 1) + this.panel;
    data.panels.forEach((panel, p) => {
      const top = this.top(p), [a, b] = this.ys[p], ticks = panel.log ? decades(a, b, 3) : nice(a, b, 2.6), digits = places(ticks);
      out.push(s("rect", { class: "st-panel", x: LEFT, y: top, width: this.width, height: this.panel }));
      for (const v of xTicks) out.push(s("path", { class: "st-gridline", d: `M${Math.round(this.px(v)) + 0.5} ${top}v${this.panel}` }));
      for (const v of ticks) {
        const y = Math.round(this.py(p, v)) + 0.5;
        out.push(s("path", { class: "st-gridline", d: `M${LEFT} ${y}h${this.width}` }), s("text", { x: LEFT - 6, y: y + 3.5, "text-anchor": "end" }, (panel.log ? String(v) : v.toFixed(digits)).replace("-", "−")));
      }
      for (const m of panel.marks ?? []) out.push(s("path", { class: "st-level", d: `M${LEFT} ${this.py(p, m.y)}h${this.width}` }),
        s("text", { class: "st-leveltext", x: LEFT + 4, y: this.py(p, m.y) + (this.py(p, m.y) < top + 14 ? 11 : -4) }, m.text));
      out.push(s("text", { class: "st-paneltitle", x: LEFT, y: top - 5 }, panel.title, panel.note ? s("tspan", { class: "st-panelnote", dx: 7 }, panel.note) : null));
    });
    for (const v of xTicks) out.push(s("text", { x: this.px(v), y: bottom + 14, "text-anchor": "middle" }, String(v)));
    out.push(s("text", { class: "st-axis", x: LEFT + this.width / 2, y: height - 4, "text-anchor": "middle" }, data.axis.label));
    const runs = [...data.runs].sort((a, b) => Number(a.on) - Number(b.on)).map((run) => this._run(run));
    const empty = data.runs.some((r) => r.points.length) ? [] : [s("text", { class: "st-empty", x: LEFT + this.width / 2, y: this.top(0) + 40, "text-anchor": "middle" }, data.empty)];
    svg.replaceChildren(...out, ...runs, this.dots, ...empty);
    this._line();
  }

  /** @param {Run} run @returns {SVGElement} */
  _run(run) {
    const g = s("g", { class: `st-series${run.on ? " st-on" : ""}`, style: `--st-c: ${run.color}` });
    this.data.panels.forEach((_, p) => {
      const here = run.points.filter((q) => q.y[p] !== null), at = here.map((q) => [this.px(q.x), this.py(p, /** @type {number} */ (q.y[p]))]);
      if (at.length > 1) g.append(s("path", { class: "st-curve", "stroke-dasharray": run.dash ? "6 3" : null, d: `M${at.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}` }));
      const every = run.on && this.width / at.length > 9 ? 1 : Math.max(1, Math.ceil(at.length / 7));
      at.forEach(([x, y], i) => { if (i % every === 0 || i === at.length - 1) g.append(s("path", { class: "st-point st-taken", d: symbol(run.shape, x, y, run.on ? 2.3 : 2.8) })); });
    });
    return g;
  }

  _line() {
    if (this.stale) return;
    const { cursor, handle, front } = this, i = front?.points.findIndex((p) => p.id === cursor?.id) ?? -1;
    handle.hidden = i < 0 || !this.ys.length;
    this.dots.replaceChildren();
    if (handle.hidden || !cursor || !front) return;
    const point = front.points[i];
    handle.style.transform = `translateX(${this.px(point.x).toFixed(1)}px)`;
    handle.style.top = `${this.top(0)}px`;
    handle.style.height = `${this.top(this.data.panels.length - 1) + this.panel - this.top(0)}px`;
    handle.setAttribute("aria-valuemax", front.points.length);
    handle.setAttribute("aria-valuenow", i + 1);
    handle.setAttribute("aria-valuetext", cursor.text);
    this.dots.setAttribute("style", `--st-c: ${front.color}`);
    point.y.forEach((y, p) => { if (y !== null && p < this.ys.length) this.dots.append(s("circle", { class: "st-dot", cx: this.px(point.x), cy: this.py(p, y), r: 4.2 })); });
  }

  /** The step of the run in front that is nearest to a place on screen. @param {number} x px @returns {number | null} */
  step(x) {
    const points = this.front?.points ?? [];
    if (!points.length) return null;
    return points.reduce((a, b) => (Math.abs(this.px(b.x) - x) < Math.abs(this.px(a.x) - x) ? b : a)).id;
  }

  /** @param {number} x @param {number} y @returns {{run: Run, point: Place} | null} a point under the pointer */
  under(x, y) {
    let best = null, least = 9;
    for (const run of this.data.runs) for (const point of run.points) {
      const dx = Math.abs(this.px(point.x) - x);
      if (dx >= least) continue;
      point.y.forEach((v, p) => {
        if (v === null || !this.ys[p]) return;
        const d = Math.hypot(dx, this.py(p, v) - y) - (run.on ? 1.5 : 0);
        if (d < least) { least = d; best = { run, point }; }
      });
    }
    return best;
  }

  _pointers() {
    const { el } = this;
    const at = (/** @type {PointerEvent} */ e) => { const r = el.getBoundingClientRect(); return [e.clientX - r.left, e.clientY - r.top]; };
    drag(el, (e) => {
      if (!this.front?.points.length) return null;
      const [x, y] = at(e), hit = this.under(x, y);
      this.handle.focus({ preventScroll: true });
      if (hit && !hit.run.on) { this.on.pick(hit.run.key, hit.point.id); return null; }
      let last = -1;
      const move = (/** @type {PointerEvent} */ m, /** @type {boolean} */ done) => { const id = this.step(at(m)[0]); if (id !== null && (done || id !== last)) { last = id; this.on.cursor(id, done); } };
      move(e, false);
      return move;
    }, { touch: "pan-y" });
    el.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => {
      const [x, y] = at(e), hit = e.buttons ? null : this.under(x, y);
      el.classList.toggle("st-over-point", !!hit && !hit.run.on);
      this.tip.hidden = !hit;
      if (!hit) return;
      this.tip.textContent = hit.point.text;
      const w = this.tip.offsetWidth;
      this.tip.style.transform = `translate(${Math.min(Math.max(2, x - w / 2), el.clientWidth - w - 2)}px, ${y > 40 ? y - 34 : y + 18}px)`;
    });
    el.addEventListener("pointerleave", () => { this.tip.hidden = true; el.classList.remove("st-over-point"); });
  }

  /** @param {KeyboardEvent} e */
  _key(e) {
    const points = this.front?.points ?? [], i = points.findIndex((p) => p.id === this.cursor?.id), n = points.length;
    if (i < 0 || e.ctrlKey || e.metaKey || e.altKey) return;
    const jump = Math.max(1, Math.round(n / 10));
    /** @type {Record<string, number>} */
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: n - 1, PageUp: i + jump, PageDown: i - jump };
    if (e.key === "ArrowUp" || e.key === "ArrowDown") this.on.run(e.key === "ArrowUp" ? -1 : 1);
    else if (e.key in to) this.on.cursor(points[Math.min(n - 1, Math.max(0, to[e.key]))].id, true);
    else return;
    e.preventDefault();
    e.stopPropagation();
  }
}
