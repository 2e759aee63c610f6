import { h } from "./dom.js";
import { drag } from "./drag.js";
import { Drawn } from "./drawn.js";

const NS = "http://www.w3.org/2000/svg";

/** @param {string} tag @param {Record<string, any>} [props] @param {...(Node | string | null)} children @returns {any} */
export function s(tag, props = {}, ...children) {
  const el = document.createElementNS(NS, tag);
  for (const [k, v] of Object.entries(props)) if (v !== null && v !== undefined && v !== false) el.setAttribute(k, String(v));
  el.append(...children.filter((c) => c !== null));
  return el;
}

/** Round places for about `n` labels between two values. @param {number} lo @param {number} hi @param {number} n @returns {number[]} */
export function nice(lo, hi, n) {
  const span = hi - lo || 1, raw = span / Math.max(1, n), unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * ([1, 2, 2.5, 5, 10].find((m) => m * unit >= raw * 0.999) ?? 10), out = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + 1e-9 * span; i += 1) out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** Decimal places that tell ticks apart. @param {number[]} values @returns {number} */
export function places(values) {
  const step = values.length > 1 ? Math.abs(values[1] - values[0]) : 1;
  for (let p = 0; p < 5; p += 1) if (Math.abs(Number(step.toFixed(p)) - step) < step * 1e-6) return p;
  return 5;
}

/** What lies between two lines of a slope through every point: where a curve no steeper than that can be. @param {{x: number, y: number}[]} points @param {number} slope @param {number[]} at @returns {[number, number][]} low, high */
export function reach(points, slope, at) {
  return at.map((x) => [Math.max(...points.map((p) => p.y - slope * Math.abs(x - p.x))), Math.min(...points.map((p) => p.y + slope * Math.abs(x - p.x)))]);
}

/** Symbols that differ without colour. @type {((x: number, y: number, r: number) => string)[]} */
const SHAPES = [
  (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  (x, y, r) => `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (x, y, r) => `M${x} ${y - 1.25 * r}L${x + 1.2 * r} ${y + r}H${x - 1.2 * r}z`,
  (x, y, r) => `M${x} ${y - 1.35 * r}L${x + 1.35 * r} ${y}L${x} ${y + 1.35 * r}L${x - 1.35 * r} ${y}z`,
  (x, y, r) => `M${x} ${y + 1.25 * r}L${x + 1.2 * r} ${y - r}H${x - 1.2 * r}z`,
];

/**
 * @typedef {{x: number, y: number | null, id?: number, taken?: boolean, probe?: boolean, text?: string}} Point
 * @typedef {{key: string, name: string, color: string, shape?: number, points: Point[], selected?: boolean, dash?: boolean, slope?: number | null}} Series
 * @typedef {{label: string, unit?: string, min?: number, max?: number, step?: number, fine?: number, whole?: boolean}} Axis
 * @typedef {{series: Series[], cursor?: {x: number, y?: number | null, text?: string, busy?: boolean} | null, levels?: {y: number, text: string}[], empty?: string, current?: number | null}} Data
 */

/**
 * Curves with axes, units, and a line that can be dragged. Colours come from the page's theme, so nothing is redrawn when it changes.
 * The line is a slider: arrows move it, Page Up and Page Down go to the next point of the chosen curve, up and down choose a curve.
 */
export class Chart extends Drawn {
  /**
   * @param {{label: string, x: Axis, y: Axis, height?: number, slider?: string,
   *   on: {cursor?: (x: number, done: boolean) => void, pick?: (series: Series, point: Point) => void, series?: (by: number) => void}}} options
   *   `slider`: the name of the line for those who hear it; without it there is no line
   */
  constructor({ label, x, y, height = 230, slider, on }) {
    super();
    this.x = x; this.y = y; this.height = height; this.on = on;
    /** @type {Data} */ this.data = { series: [] };
    this.svg = s("svg", { role: "img", "aria-label": label });
    this.tip = h("div", { class: "st-tip", hidden: true, "aria-hidden": "true" });
    this.handle = slider ? h("div", { class: "st-line", tabindex: "0", role: "slider", "aria-label": slider, "aria-orientation": "horizontal", "aria-valuemin": x.min, "aria-valuemax": x.max,
      on: { keydown: (/** @type {KeyboardEvent} */ e) => this._key(e) } }, h("i")) : null;
    this.el = h("div", { class: "st-chart", style: `height: ${height}px` }, this.svg, this.handle, this.tip);
    this.box = { left: 54, right: 14, top: 10, bottom: 38, width: 1, height: 1 };
    this.range = { x: [x.min ?? 0, x.max ?? 1], y: [0, 1] };
    this.observer.observe(this.el);
    this._pointers();
  }

  /** @param {Data} data */
  set(data) { this.data = data; this.paint(); }

  /** @param {number} v @returns {number} */
  px(v) { const [a, b] = this.range.x; return this.box.left + ((v - a) / (b - a)) * this.box.width; }
  /** @param {number} v @returns {number} */
  py(v) { const [a, b] = this.range.y; return this.box.top + (1 - (v - a) / (b - a)) * this.box.height; }
  /** @param {number} x px @returns {number} */
  value(x) { const [a, b] = this.range.x; return Math.min(b, Math.max(a, a + ((x - this.box.left) / this.box.width) * (b - a))); }

  _ranges() {
    const points = this.data.series.flatMap((l) => l.points).filter((p) => p.y !== null);
    const ys = [...points.map((p) => /** @type {number} */ (p.y)), ...(this.data.levels ?? []).map((l) => l.y)];
    const lo = ys.length ? Math.min(...ys) : 0, hi = ys.length ? Math.max(...ys) : 1, pad = Math.max((hi - lo) * 0.1, Math.abs(hi) * 1e-3, 1e-6);
    const xs = points.map((p) => p.x);
    const x0 = this.x.min ?? Math.min(0, ...xs), x1 = this.x.max ?? Math.max(x0 + 1, ...xs);
    const edge = this.x.whole ? (x1 - x0) * 0.04 + 0.1 : 0;
    this.range = { x: [x0 - edge, x1 + edge], y: [lo - pad, hi + pad] };
  }

  _paint() {
    const full = this.el.clientWidth, { box, svg, data } = this;
    if (!full) return;
    this._ranges();
    const yTicks = nice(this.range.y[0], this.range.y[1], Math.max(2, this.height / 46)), digits = places(yTicks);
    box.left = Math.max(46, 30 + 7 * Math.max(...yTicks.map((v) => v.toFixed(digits).length)));
    box.width = Math.max(20, full - box.left - box.right);
    box.height = this.height - box.top - box.bottom;
    svg.setAttribute("viewBox", `0 0 ${full} ${this.height}`);
    svg.setAttribute("width", full);
    svg.setAttribute("height", this.height);
    const { left, top, width, height } = box, bottom = top + height, grid = [];
    for (const v of yTicks) {
      const y = Math.round(this.py(v)) + 0.5;
      grid.push(s("path", { class: "st-gridline", d: `M${left} ${y}H${left + width}` }), s("text", { x: left - 8, y: y + 3.5, "text-anchor": "end" }, v.toFixed(digits).replace("-", "−")));
    }
    let xTicks = nice(this.range.x[0], this.range.x[1], width / 70);
    if (this.x.whole) xTicks = xTicks.filter((v) => Number.isInteger(v));
    const xDigits = this.x.whole ? 0 : places(xTicks);
    for (const v of xTicks) {
      const x = Math.round(this.px(v)) + 0.5;
      grid.push(s("path", { class: "st-gridline", d: `M${x} ${top}V${bottom}` }), s("text", { x, y: bottom + 15, "text-anchor": "middle" }, v.toFixed(xDigits)));
    }
    const title = (/** @type {Axis} */ a) => a.label + (a.unit ? ` (${a.unit})` : "");
    grid.push(s("text", { class: "st-axis", x: left + width / 2, y: this.height - 5, "text-anchor": "middle" }, title(this.x)),
      s("text", { class: "st-axis", x: 0, y: 0, "text-anchor": "middle", transform: `translate(12 ${top + height / 2}) rotate(-90)` }, title(this.y)));
    const shapes = [...data.series].sort((a, b) => Number(!!a.selected) - Number(!!b.selected)).map((line) => this._series(line));
    const levels = (data.levels ?? []).map((l) => s("g", {}, s("path", { class: "st-level", d: `M${left} ${this.py(l.y)}H${left + width}` }),
      s("text", { class: "st-leveltext", x: left + width - 4, y: this.py(l.y) + (this.py(l.y) < top + 16 ? 13 : -5), "text-anchor": "end" }, l.text)));
    svg.replaceChildren(...grid, ...levels, ...shapes, ...(data.empty && !data.series.some((l) => l.points.some((p) => p.y !== null)) ? [s("text", { class: "st-empty", x: left + width / 2, y: top + height / 2, "text-anchor": "middle" }, data.empty)] : []));
    this._line();
  }

  /** @param {Series} line @returns {SVGElement} */
  _series(line) {
    const points = /** @type {(Point & {y: number})[]} */ (line.points.filter((p) => p.y !== null)), on = line.selected;
    const g = s("g", { class: `st-series${on ? " st-on" : ""}`, style: `--st-c: ${line.color}` });
    if (on && line.slope && points.length > 1) {
      const [a, b] = this.range.x, [lo, hi] = this.range.y, at = Array.from({ length: 161 }, (_, i) => a + ((b - a) * i) / 160);
      const band = reach(points, line.slope, at), clip = (/** @type {number} */ v) => this.py(Math.min(hi, Math.max(lo, v))).toFixed(1);
      g.append(s("path", { class: "st-band", d: `M${at.map((x, i) => `${this.px(x).toFixed(1)} ${clip(band[i][1])}`).join("L")}L${at.map((x, i) => `${this.px(x).toFixed(1)} ${clip(band[i][0])}`).reverse().join("L")}z` }));
    }
    if (points.length > 1) g.append(s("path", { class: "st-curve", "stroke-dasharray": line.dash ? "5 4" : null, d: `M${points.map((p) => `${this.px(p.x).toFixed(1)} ${this.py(p.y).toFixed(1)}`).join("L")}` }));
    const shape = SHAPES[(line.shape ?? 0) % SHAPES.length];
    for (const p of points) {
      const current = p.id !== undefined && p.id === this.data.current, r = p.taken ? 5.2 : on ? 4 : 3;
      if (current) g.append(s("circle", { class: "st-current-point", cx: this.px(p.x), cy: this.py(p.y), r: 9 }));
      g.append(s("path", { class: `st-point${p.taken ? " st-taken" : ""}${p.probe ? " st-probe" : ""}`, d: shape(this.px(p.x), this.py(p.y), r) }));
    }
    return g;
  }

  _line() {
    const { cursor } = this.data, { handle, box } = this;
    if (!handle) return;
    handle.hidden = !cursor;
    if (!cursor) return;
    handle.style.transform = `translateX(${this.px(cursor.x).toFixed(1)}px)`;
    handle.style.top = `${box.top}px`;
    handle.style.height = `${box.height}px`;
    handle.classList.toggle("st-busy", !!cursor.busy);
    handle.setAttribute("aria-valuenow", cursor.x.toFixed(3));
    handle.setAttribute("aria-valuetext", cursor.text ?? cursor.x.toFixed(3));
  }

  get selected() { return this.data.series.find((l) => l.selected) ?? this.data.series[0]; }

  /** The point nearest to a place on screen. @param {number} x @param {number} y @param {number} within px @returns {{series: Series, point: Point} | null} */
  nearest(x, y, within) {
    let best = null, least = within;
    for (const series of this.data.series) for (const point of series.points) {
      if (point.y === null) continue;
      const d = Math.hypot(this.px(point.x) - x, this.py(point.y) - y) - (series.selected ? 1 : 0);
      if (d < least) { least = d; best = { series, point }; }
    }
    return best;
  }

  /** A value, or that of a point of the chosen curve that is as good as there. @param {number} x px @returns {number} */
  snap(x) {
    for (const p of this.selected?.points ?? []) if (Math.abs(this.px(p.x) - x) < 5) return p.x;
    const fine = this.x.fine ?? 0.001;
    return Math.round(this.value(x) / fine) * fine;
  }

  _pointers() {
    const { el } = this;
    const at = (/** @type {PointerEvent} */ e) => { const r = el.getBoundingClientRect(); return [e.clientX - r.left, e.clientY - r.top]; };
    drag(el, (e) => {
      const [x, y] = at(e), hit = this.on.pick ? this.nearest(x, y, 11) : null, drags = !!this.on.cursor && !!this.data.cursor;
      if (!hit && !drags) return;
      this.handle?.focus({ preventScroll: true });
      let moved = !hit;
      const move = (/** @type {PointerEvent} */ m, /** @type {boolean} */ done, /** @type {boolean} */ cancelled) => {
        moved ||= Math.abs(at(m)[0] - x) > 4;
        if (moved && drags) this.on.cursor?.(this.snap(at(m)[0]), done);
        else if (hit && done && !cancelled) this.on.pick?.(hit.series, hit.point);
      };
      move(e, false, false);
      return move;
    }, { touch: "pan-y" });
    el.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => {
      const [x, y] = at(e), hit = e.buttons ? null : this.nearest(x, y, 11);
      el.classList.toggle("st-over-point", !!hit);
      this.tip.hidden = !hit;
      if (!hit) return;
      this.tip.textContent = hit.point.text ?? `${hit.series.name}: ${hit.point.x}, ${hit.point.y}`;
      const px = this.px(hit.point.x), py = this.py(/** @type {number} */ (hit.point.y)), w = this.tip.offsetWidth;
      this.tip.style.transform = `translate(${Math.min(Math.max(2, px - w / 2), this.el.clientWidth - w - 2)}px, ${py > 56 ? py - 42 : py + 14}px)`;
    });
    el.addEventListener("pointerleave", () => { this.tip.hidden = true; el.classList.remove("st-over-point"); });
  }

  /** @param {KeyboardEvent} e */
  _key(e) {
    const { cursor } = this.data;
    if (!cursor || e.ctrlKey || e.metaKey || e.altKey) return;
    const step = e.shiftKey ? this.x.fine ?? 0.001 : this.x.step ?? 0.01, [a, b] = [this.x.min ?? this.range.x[0], this.x.max ?? this.range.x[1]];
    const go = (/** @type {number} */ v) => this.on.cursor?.(Math.min(b, Math.max(a, Number(v.toFixed(6)))), true);
    const xs = (this.selected?.points ?? []).map((p) => p.x).sort((p, q) => p - q);
    const next = xs.find((v) => v > cursor.x + 1e-9), last = xs.filter((v) => v < cursor.x - 1e-9).pop();
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => go(cursor.x - step), ArrowRight: () => go(cursor.x + step), Home: () => go(a), End: () => go(b),
      PageUp: () => { if (next !== undefined) go(next); }, PageDown: () => { if (last !== undefined) go(last); },
      ArrowUp: () => this.on.series?.(1), ArrowDown: () => this.on.series?.(-1),
    };
    if (!keys[e.key]) return;
    keys[e.key]();
    e.preventDefault();
    e.stopPropagation();
  }
}
