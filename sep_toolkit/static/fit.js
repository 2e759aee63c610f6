// Built from js/ by `npm run build`; edit the sources there.

// fit.css
var fit_default = `.st-fitcharts { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 3fr); gap: 8px 18px; }
.st-fitcharts > section { min-width: 0; }
.st-fithead { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 2px 12px; }
.st-fithead span { font-size: 11.5px; color: var(--st-soft); }
.st-tracts { cursor: default; }
.st-chart.st-tracts.st-over-point { cursor: ew-resize; }
.st-fill { fill: var(--st-c); opacity: .1; }
.st-harmonic { stroke: var(--st-c); stroke-width: 1; opacity: .38; }
.st-curve.st-other { opacity: .4; stroke-width: 1.2; }
.st-curve.st-was { stroke: var(--st-text) !important; stroke-dasharray: 4 4; stroke-width: 1.3; opacity: .55; }
.st-formantline { stroke: var(--st-c); stroke-dasharray: 2 3; opacity: .8; }
.st-formant { fill: var(--st-back); stroke: var(--st-c); stroke-width: 2.4; }
.st-formant.st-held { fill: var(--st-c); }
.st-dark .st-formant, .st-dark .st-formantline, .st-dark .st-harmonic { stroke: var(--st-c2); }
.st-dark .st-fill, .st-dark .st-formant.st-held { fill: var(--st-c2); }
.st-chart .st-formanttext { font-size: 11px; font-weight: 600; fill: var(--st-text); paint-order: stroke; stroke: var(--st-back); stroke-width: 3px; }
.st-none { position: absolute; inset: 0; display: flex; align-items: center; justify-content: center; font-size: 13px; color: var(--st-soft); pointer-events: none; }

.st-nudge { border: 1px solid var(--st-line); border-radius: 7px; padding: 9px 12px 11px; display: flex; flex-direction: column; gap: 9px; min-width: 0; }
.st-knobs { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: 7px 18px; }
.st-player .st-knob b { white-space: nowrap; }
.st-knob { display: flex; flex-direction: column; gap: 3px; font-size: 12px; min-width: 0; }
.st-knob span { display: flex; justify-content: space-between; gap: 6px; white-space: nowrap; color: var(--st-soft); }
.st-knob b { font-weight: 600; color: var(--st-text); }
.st-player .st-knob input { width: 100%; height: 18px; margin: 0; accent-color: color-mix(in srgb, var(--st-v, var(--st-accent)) 68%, var(--st-text)); cursor: pointer; min-width: 0; }
.st-knob input:disabled { opacity: .4; cursor: default; }
.st-locks { display: flex; flex-wrap: wrap; gap: 5px 7px; align-items: center; font-size: 12px; }
.st-locks:empty { display: none; }
.st-lockchip { display: inline-flex; align-items: center; gap: 4px; height: 24px; padding: 0 4px 0 10px; border-radius: 12px; border: 1px solid var(--st-line); border-left: 4px solid var(--st-c); white-space: nowrap; }
.st-player .st-lockchip button { width: 18px; height: 18px; border-radius: 50%; color: var(--st-soft); }
.st-lockchip button:hover { background: var(--st-hover); color: var(--st-text); }
.st-lockchip svg { width: 12px; height: 12px; }
.st-fitrow { display: flex; flex-wrap: wrap; align-items: center; gap: 7px 9px; font-size: 12.5px; color: var(--st-soft); }
.st-fitrow .st-grow { flex: 1 1 8px; }
.st-player .st-do.st-main { border-color: var(--st-accent); color: var(--st-accent); }
.st-fitfacts { font-size: 12.5px; color: var(--st-soft); min-height: 1.35em; user-select: text; -webkit-user-select: text; }
.st-player .st-tabs button[aria-pressed=true].st-voicetab { color: var(--st-text); background: color-mix(in srgb, var(--st-c) 20%, transparent); }
.st-voicetab::before { content: ""; width: 9px; height: 9px; border-radius: 50%; background: var(--st-c); margin-right: 6px; flex: none; }

.st-row.st-track.st-pitchrow { height: 208px; }
.st-row.st-track.st-gainrow { height: 92px; }
.st-pitchrow .st-view, .st-gainrow .st-view { cursor: text; }
.st-pitchrow, .st-gainrow { grid-template-rows: 100%; }
.st-pitchrow canvas, .st-gainrow canvas { position: absolute; inset: 0; }
.st-pitchrow .st-gutter, .st-gainrow .st-gutter { position: relative; }
.st-pitchrow .st-view.st-grab, .st-gainrow .st-view.st-grab { cursor: ns-resize; }
.st-gainrow .st-view { background: var(--st-lane); }
.st-linekey { display: flex; align-items: center; gap: 6px; color: var(--st-soft); font-size: 11px; white-space: nowrap; }
.st-linekey i { width: 20px; border-top: 2.4px solid var(--st-v, currentColor); flex: none; }
.st-linekey i.st-dashed { border-top-style: dashed; }
.st-linekey i.st-thin { border-top: 1.4px dashed var(--st-text); }

@container (max-width: 1040px) {
  .st-knobs { grid-template-columns: repeat(4, minmax(0, 1fr)); }
}
@container (max-width: 760px) {
  .st-fitcharts { grid-template-columns: minmax(0, 1fr); }
  .st-row.st-track.st-pitchrow { height: 176px; }
}
`;

// lib/dom.js
function h(tag, props = {}, ...children) {
  let el = document.createElement(tag);
  (["button", "input", "select", "summary"].includes(tag) || "tabindex" in props) && el.setAttribute("data-lm-suppress-shortcuts", "true");
  for (let [key, value] of Object.entries(props))
    if (value != null)
      if (key === "on") for (let [event, fn] of Object.entries(value)) el.addEventListener(
        event,
        /** @type {EventListener} */
        fn
      );
      else key === "text" ? el.textContent = value : key === "class" ? el.className = value : value === !0 ? el.setAttribute(key, "") : value !== !1 && el.setAttribute(key, String(value));
  return el.append(...children.filter((c) => c !== null)), el;
}
var NS = "http://www.w3.org/2000/svg";
function icon(name) {
  let svg = document.createElementNS(NS, "svg");
  for (let [k, v] of Object.entries({ viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true", focusable: "false" })) svg.setAttribute(k, String(v));
  let path = document.createElementNS(NS, "path"), shape = ICONS[name];
  if (path.setAttribute("d", shape.d), shape.fill) path.setAttribute("fill", "currentColor");
  else for (let [k, v] of Object.entries({ fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" })) path.setAttribute(k, String(v));
  return svg.append(path), svg;
}
var ICONS = {
  play: { d: "M6 3.6v12.8a.8.8 0 0 0 1.22.68l10.2-6.4a.8.8 0 0 0 0-1.36l-10.2-6.4A.8.8 0 0 0 6 3.6z", fill: !0 },
  pause: { d: "M5.5 3.5h3v13h-3zM11.5 3.5h3v13h-3z", fill: !0 },
  start: { d: "M5 4v12M16 4.8v10.4L8 10z", fill: !1 },
  loop: { d: "M4 9.5V8.7A3.2 3.2 0 0 1 7.2 5.5H15M12.6 3l2.6 2.5L12.6 8M16 10.5v.8a3.2 3.2 0 0 1-3.2 3.2H5M7.4 17l-2.6-2.5L7.4 12", fill: !1 },
  plus: { d: "M10 4.5v11M4.5 10h11", fill: !1 },
  minus: { d: "M4.5 10h11", fill: !1 },
  fit: { d: "M3 4v12M17 4v12M6 10h8M8 7.6 5.6 10 8 12.4M12 7.6l2.4 2.4-2.4 2.4", fill: !1 },
  volume: { d: "M3.5 7.8v4.4h2.8L10 15.4V4.6L6.3 7.8zM12.8 7.4a3.6 3.6 0 0 1 0 5.2M15 5.2a6.8 6.8 0 0 1 0 9.6", fill: !1 },
  wave: { d: "M3 9v2M6 6v8M9 3.5v13M12 7v6M15 5v10M17.8 9v2", fill: !1 },
  spec: { d: "M3.5 4h13v12h-13zM3.5 8h13M3.5 12h13M8 4v12M12 4v12", fill: !1 },
  both: { d: "M3 6v1M6 4v5M9 3v7M12 5v3M15 4v5M17.5 6v1M3.5 12h13v5h-13zM8 12v5M12 12v5", fill: !1 },
  close: { d: "M5.5 5.5l9 9M14.5 5.5l-9 9", fill: !1 },
  stop: { d: "M5 5h10v10H5z", fill: !0 },
  back: { d: "M12.5 4.5 7 10l5.5 5.5", fill: !1 },
  next: { d: "M7.5 4.5 13 10l-5.5 5.5", fill: !1 },
  branch: { d: "M6 3.5v13M6 11c0-3.5 8-2 8-6.5M11.6 6.8 14 4.2l2.4 2.6", fill: !1 },
  check: { d: "M4.5 10.5l3.6 3.6 7.4-8", fill: !1 }
};

// lib/chart.js
var NS2 = "http://www.w3.org/2000/svg";
function s(tag, props = {}, ...children) {
  let el = document.createElementNS(NS2, tag);
  for (let [k, v] of Object.entries(props)) v != null && v !== !1 && el.setAttribute(k, String(v));
  return el.append(...children.filter((c) => c !== null)), el;
}
function nice(lo, hi, n) {
  let span = hi - lo || 1, raw = span / Math.max(1, n), unit = 10 ** Math.floor(Math.log10(raw)), step = unit * ([1, 2, 2.5, 5, 10].find((m) => m * unit >= raw * 0.999) ?? 10), out = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + 1e-9 * span; i += 1) out.push(Number((i * step).toPrecision(12)));
  return out;
}
function places(values) {
  let step = values.length > 1 ? Math.abs(values[1] - values[0]) : 1;
  for (let p = 0; p < 5; p += 1) if (Math.abs(Number(step.toFixed(p)) - step) < step * 1e-6) return p;
  return 5;
}
function reach(points, slope, at) {
  return at.map((x) => [Math.max(...points.map((p) => p.y - slope * Math.abs(x - p.x))), Math.min(...points.map((p) => p.y + slope * Math.abs(x - p.x)))]);
}
var SHAPES = [
  (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  (x, y, r) => `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (x, y, r) => `M${x} ${y - 1.25 * r}L${x + 1.2 * r} ${y + r}H${x - 1.2 * r}z`,
  (x, y, r) => `M${x} ${y - 1.35 * r}L${x + 1.35 * r} ${y}L${x} ${y + 1.35 * r}L${x - 1.35 * r} ${y}z`,
  (x, y, r) => `M${x} ${y + 1.25 * r}L${x + 1.2 * r} ${y - r}H${x - 1.2 * r}z`
], Chart = class {
  /**
   * @param {{label: string, x: Axis, y: Axis, height?: number, slider?: string,
   *   on: {cursor?: (x: number, done: boolean) => void, pick?: (series: Series, point: Point) => void, series?: (by: number) => void}}} options
   *   `slider`: the name of the line for those who hear it; without it there is no line
   */
  constructor({ label, x, y, height = 230, slider, on }) {
    this.x = x, this.y = y, this.height = height, this.on = on, this.data = { series: [] }, this.svg = s("svg", { role: "img", "aria-label": label }), this.tip = h("div", { class: "st-tip", hidden: !0, "aria-hidden": "true" }), this.handle = slider ? h("div", {
      class: "st-line",
      tabindex: "0",
      role: "slider",
      "aria-label": slider,
      "aria-orientation": "horizontal",
      "aria-valuemin": x.min,
      "aria-valuemax": x.max,
      on: { keydown: (e) => this._key(e) }
    }, h("i")) : null, this.el = h("div", { class: "st-chart", style: `height: ${height}px` }, this.svg, this.handle, this.tip), this.pending = 0, this.box = { left: 54, right: 14, top: 10, bottom: 38, width: 1, height: 1 }, this.range = { x: [x.min ?? 0, x.max ?? 1], y: [0, 1] }, this.observer = new ResizeObserver(() => this.paint()), this.observer.observe(this.el), this._pointers();
  }
  /** @param {Data} data */
  set(data) {
    this.data = data, this.paint();
  }
  /** Draw at the next frame. */
  paint() {
    this.pending || (this.pending = requestAnimationFrame(() => {
      this.pending = 0, this._paint();
    }));
  }
  /** @param {number} v @returns {number} */
  px(v) {
    let [a, b] = this.range.x;
    return this.box.left + (v - a) / (b - a) * this.box.width;
  }
  /** @param {number} v @returns {number} */
  py(v) {
    let [a, b] = this.range.y;
    return this.box.top + (1 - (v - a) / (b - a)) * this.box.height;
  }
  /** @param {number} x px @returns {number} */
  value(x) {
    let [a, b] = this.range.x;
    return Math.min(b, Math.max(a, a + (x - this.box.left) / this.box.width * (b - a)));
  }
  _ranges() {
    let points = this.data.series.flatMap((l) => l.points).filter((p) => p.y !== null), ys = [...points.map((p) => (
      /** @type {number} */
      p.y
    )), ...(this.data.levels ?? []).map((l) => l.y)], lo = ys.length ? Math.min(...ys) : 0, hi = ys.length ? Math.max(...ys) : 1, pad = Math.max((hi - lo) * 0.1, Math.abs(hi) * 1e-3, 1e-6), xs = points.map((p) => p.x), x0 = this.x.min ?? Math.min(0, ...xs), x1 = this.x.max ?? Math.max(x0 + 1, ...xs), edge = this.x.whole ? (x1 - x0) * 0.04 + 0.1 : 0;
    this.range = { x: [x0 - edge, x1 + edge], y: [lo - pad, hi + pad] };
  }
  _paint() {
    let full = this.el.clientWidth, { box, svg, data } = this;
    if (!full) return;
    this._ranges();
    let yTicks = nice(this.range.y[0], this.range.y[1], Math.max(2, this.height / 46)), digits = places(yTicks);
    box.left = Math.max(46, 30 + 7 * Math.max(...yTicks.map((v) => v.toFixed(digits).length))), box.width = Math.max(20, full - box.left - box.right), box.height = this.height - box.top - box.bottom, svg.setAttribute("viewBox", `0 0 ${full} ${this.height}`), svg.setAttribute("width", full), svg.setAttribute("height", this.height);
    let { left, top, width, height } = box, bottom = top + height, grid = [];
    for (let v of yTicks) {
      let y = Math.round(this.py(v)) + 0.5;
      grid.push(s("path", { class: "st-gridline", d: `M${left} ${y}H${left + width}` }), s("text", { x: left - 8, y: y + 3.5, "text-anchor": "end" }, v.toFixed(digits).replace("-", "−")));
    }
    let xTicks = nice(this.range.x[0], this.range.x[1], width / 70);
    this.x.whole && (xTicks = xTicks.filter((v) => Number.isInteger(v)));
    let xDigits = this.x.whole ? 0 : places(xTicks);
    for (let v of xTicks) {
      let x = Math.round(this.px(v)) + 0.5;
      grid.push(s("path", { class: "st-gridline", d: `M${x} ${top}V${bottom}` }), s("text", { x, y: bottom + 15, "text-anchor": "middle" }, v.toFixed(xDigits)));
    }
    let title = (a) => a.label + (a.unit ? ` (${a.unit})` : "");
    grid.push(
      s("text", { class: "st-axis", x: left + width / 2, y: this.height - 5, "text-anchor": "middle" }, title(this.x)),
      s("text", { class: "st-axis", x: 0, y: 0, "text-anchor": "middle", transform: `translate(12 ${top + height / 2}) rotate(-90)` }, title(this.y))
    );
    let shapes = [...data.series].sort((a, b) => +!!a.selected - +!!b.selected).map((line) => this._series(line)), levels = (data.levels ?? []).map((l) => s(
      "g",
      {},
      s("path", { class: "st-level", d: `M${left} ${this.py(l.y)}H${left + width}` }),
      s("text", { class: "st-leveltext", x: left + width - 4, y: this.py(l.y) + (this.py(l.y) < top + 16 ? 13 : -5), "text-anchor": "end" }, l.text)
    ));
    svg.replaceChildren(...grid, ...levels, ...shapes, ...data.empty && !data.series.some((l) => l.points.some((p) => p.y !== null)) ? [s("text", { class: "st-empty", x: left + width / 2, y: top + height / 2, "text-anchor": "middle" }, data.empty)] : []), this._line();
  }
  /** @param {Series} line @returns {SVGElement} */
  _series(line) {
    let points = (
      /** @type {(Point & {y: number})[]} */
      line.points.filter((p) => p.y !== null)
    ), on = line.selected, g = s("g", { class: `st-series${on ? " st-on" : ""}`, style: `--st-c: ${line.color}` });
    if (on && line.slope && points.length > 1) {
      let [a, b] = this.range.x, [lo, hi] = this.range.y, at = Array.from({ length: 161 }, (_, i) => a + (b - a) * i / 160), band = reach(points, line.slope, at), clip = (v) => this.py(Math.min(hi, Math.max(lo, v))).toFixed(1);
      g.append(s("path", { class: "st-band", d: `M${at.map((x, i) => `${this.px(x).toFixed(1)} ${clip(band[i][1])}`).join("L")}L${at.map((x, i) => `${this.px(x).toFixed(1)} ${clip(band[i][0])}`).reverse().join("L")}z` }));
    }
    points.length > 1 && g.append(s("path", { class: "st-curve", "stroke-dasharray": line.dash ? "5 4" : null, d: `M${points.map((p) => `${this.px(p.x).toFixed(1)} ${this.py(p.y).toFixed(1)}`).join("L")}` }));
    let shape = SHAPES[(line.shape ?? 0) % SHAPES.length];
    for (let p of points) {
      let current = p.id !== void 0 && p.id === this.data.current, r = p.taken ? 5.2 : on ? 4 : 3;
      current && g.append(s("circle", { class: "st-current-point", cx: this.px(p.x), cy: this.py(p.y), r: 9 })), g.append(s("path", { class: `st-point${p.taken ? " st-taken" : ""}${p.probe ? " st-probe" : ""}`, d: shape(this.px(p.x), this.py(p.y), r) }));
    }
    return g;
  }
  _line() {
    let { cursor } = this.data, { handle: handle2, box } = this;
    handle2 && (handle2.hidden = !cursor, cursor && (handle2.style.transform = `translateX(${this.px(cursor.x).toFixed(1)}px)`, handle2.style.top = `${box.top}px`, handle2.style.height = `${box.height}px`, handle2.classList.toggle("st-busy", !!cursor.busy), handle2.setAttribute("aria-valuenow", cursor.x.toFixed(3)), handle2.setAttribute("aria-valuetext", cursor.text ?? cursor.x.toFixed(3))));
  }
  get selected() {
    return this.data.series.find((l) => l.selected) ?? this.data.series[0];
  }
  /** The point nearest to a place on screen. @param {number} x @param {number} y @param {number} within px @returns {{series: Series, point: Point} | null} */
  nearest(x, y, within) {
    let best = null, least = within;
    for (let series of this.data.series) for (let point of series.points) {
      if (point.y === null) continue;
      let d = Math.hypot(this.px(point.x) - x, this.py(point.y) - y) - (series.selected ? 1 : 0);
      d < least && (least = d, best = { series, point });
    }
    return best;
  }
  /** A value, or that of a point of the chosen curve that is as good as there. @param {number} x px @returns {number} */
  snap(x) {
    for (let p of this.selected?.points ?? []) if (Math.abs(this.px(p.x) - x) < 5) return p.x;
    let fine = this.x.fine ?? 1e-3;
    return Math.round(this.value(x) / fine) * fine;
  }
  _pointers() {
    let { el } = this, at = (e) => {
      let r = el.getBoundingClientRect();
      return [e.clientX - r.left, e.clientY - r.top];
    };
    el.addEventListener("mousedown", (e) => e.preventDefault()), el.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      let [x, y] = at(e), hit = this.on.pick ? this.nearest(x, y, 11) : null, drags = !!this.on.cursor && !!this.data.cursor;
      if (!hit && !drags) return;
      this.handle?.focus({ preventScroll: !0 }), el.setPointerCapture(e.pointerId);
      let moved = !hit, move = (m, done) => {
        moved ||= Math.abs(at(m)[0] - x) > 4, moved && drags ? this.on.cursor?.(this.snap(at(m)[0]), done) : hit && done && this.on.pick?.(hit.series, hit.point);
      }, onmove = (m) => move(m, !1), onup = (m) => {
        for (let [type, f] of kinds) el.removeEventListener(type, f);
        move(m, !0);
      }, kinds = (
        /** @type {[string, any][]} */
        [["pointermove", onmove], ["pointerup", onup], ["pointercancel", onup]]
      );
      for (let [type, f] of kinds) el.addEventListener(type, f);
      move(e, !1);
    }), el.addEventListener("pointermove", (e) => {
      let [x, y] = at(e), hit = e.buttons ? null : this.nearest(x, y, 11);
      if (el.classList.toggle("st-over-point", !!hit), this.tip.hidden = !hit, !hit) return;
      this.tip.textContent = hit.point.text ?? `${hit.series.name}: ${hit.point.x}, ${hit.point.y}`;
      let px = this.px(hit.point.x), py = this.py(
        /** @type {number} */
        hit.point.y
      ), w = this.tip.offsetWidth;
      this.tip.style.transform = `translate(${Math.min(Math.max(2, px - w / 2), this.el.clientWidth - w - 2)}px, ${py > 56 ? py - 42 : py + 14}px)`;
    }), el.addEventListener("pointerleave", () => {
      this.tip.hidden = !0, el.classList.remove("st-over-point");
    });
  }
  /** @param {KeyboardEvent} e */
  _key(e) {
    let { cursor } = this.data;
    if (!cursor || e.ctrlKey || e.metaKey || e.altKey) return;
    let step = e.shiftKey ? this.x.fine ?? 1e-3 : this.x.step ?? 0.01, [a, b] = [this.x.min ?? this.range.x[0], this.x.max ?? this.range.x[1]], go = (v) => this.on.cursor?.(Math.min(b, Math.max(a, Number(v.toFixed(6)))), !0), xs = (this.selected?.points ?? []).map((p) => p.x).sort((p, q) => p - q), next = xs.find((v) => v > cursor.x + 1e-9), last = xs.filter((v) => v < cursor.x - 1e-9).pop(), keys = {
      ArrowLeft: () => go(cursor.x - step),
      ArrowRight: () => go(cursor.x + step),
      Home: () => go(a),
      End: () => go(b),
      PageUp: () => {
        next !== void 0 && go(next);
      },
      PageDown: () => {
        last !== void 0 && go(last);
      },
      ArrowUp: () => this.on.series?.(1),
      ArrowDown: () => this.on.series?.(-1)
    };
    keys[e.key] && (keys[e.key](), e.preventDefault(), e.stopPropagation());
  }
  destroy() {
    this.observer.disconnect(), cancelAnimationFrame(this.pending);
  }
};

// explorer.css
var explorer_default = `.st-explorer { border-bottom: 1px solid var(--st-line); padding: 12px 14px 10px; display: flex; flex-direction: column; gap: 12px; }
.st-explorer h2 { font-size: 15px; font-weight: 600; margin: 0; color: inherit; letter-spacing: -.005em; }
.st-explorer h3 { font-size: 12px; font-weight: 600; margin: 0 0 4px; color: var(--st-soft); }
.st-explorerhead { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 24px; }
.st-runbar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; flex: 1 1 380px; justify-content: flex-end; }
.st-player .st-order, .st-player .st-do {
  height: 30px; padding: 0 11px 0 8px; gap: 5px; border: 1px solid var(--st-line); font-size: 12.5px; font-weight: 500; white-space: nowrap;
}
.st-player .st-order svg { width: 15px; height: 15px; }
.st-player .st-do { padding: 0 11px; }
.st-player .st-do svg { width: 15px; height: 15px; margin-left: -3px; }
.st-player .st-order:hover:not(:disabled), .st-player .st-do:hover:not(:disabled) { background: var(--st-hover); }
.st-runbar[data-state=ready] .st-order:first-child:not(:disabled), .st-runbar[data-state=paused] .st-order:first-child:not(:disabled) { background: var(--st-accent); border-color: var(--st-accent); color: var(--st-back); }
.st-where { flex: 0 1 270px; min-width: 170px; font-size: 12px; }
.st-whereline { display: flex; gap: 8px; white-space: nowrap; overflow: hidden; margin-bottom: 4px; }
.st-whereline span { color: var(--st-soft); overflow: hidden; text-overflow: ellipsis; }
.st-progress { height: 4px; border-radius: 2px; background: var(--st-hover); overflow: hidden; }
.st-progress i { display: block; height: 100%; background: var(--st-accent); transform-origin: left; transform: scaleX(0); transition: transform 150ms linear; }
.st-runbar[data-state=failed] .st-progress i, .st-runbar[data-state=cancelled] .st-progress i { background: #d55e00; }
.st-runbar[data-state=failed] .st-whereline b { color: #d55e00; }
.st-tabs { display: inline-flex; flex-wrap: wrap; border: 1px solid var(--st-line); border-radius: 7px; overflow: hidden; }
.st-player .st-tabs button { height: 28px; padding: 0 10px; font-size: 12px; border-radius: 0; color: var(--st-soft); }
.st-player .st-tabs button + button { border-left: 1px solid var(--st-line); }
.st-player .st-tabs button:hover { background: var(--st-hover); }
.st-player .st-tabs button[aria-pressed=true] { background: color-mix(in srgb, var(--st-accent) 16%, transparent); color: var(--st-accent); font-weight: 600; }
.st-player .st-tabs button:focus-visible { outline-offset: -2px; }

.st-controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; font-size: 12.5px; }
.st-controls label, .st-named { display: inline-flex; align-items: center; gap: 7px; color: var(--st-soft); white-space: nowrap; }
.st-player select, .st-player input[type=number] {
  font: inherit; font-size: 12.5px; height: 30px; padding: 0 8px; color: var(--st-text); background: var(--st-back); border: 1px solid var(--st-line); border-radius: 6px; margin: 0;
}
.st-player input[type=number] { width: 84px; user-select: text; -webkit-user-select: text; }
.st-player select:disabled, .st-player input:disabled { opacity: .5; }
.st-controls .st-switch { font-size: 12.5px; }
.st-charts { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 3fr); gap: 14px; }
.st-charts > section { min-width: 0; }
.st-chart { position: relative; touch-action: pan-y; cursor: crosshair; }
.st-chart.st-over-point { cursor: pointer; }
.st-chart svg { display: block; position: absolute; inset: 0; overflow: visible; }
.st-chart text { font-size: 11px; fill: var(--st-soft); font-family: inherit; }
.st-chart .st-axis { font-size: 11.5px; }
.st-chart .st-empty { font-size: 13px; }
.st-gridline { stroke: var(--st-grid); stroke-width: 1; fill: none; shape-rendering: crispEdges; }
.st-curve { fill: none; stroke: var(--st-c); stroke-width: 1.4; stroke-linejoin: round; opacity: .5; }
.st-point { fill: var(--st-back); stroke: var(--st-c); stroke-width: 1.5; opacity: .6; }
.st-on .st-curve { stroke-width: 2.4; opacity: 1; }
.st-on .st-point { opacity: 1; stroke-width: 1.8; }
.st-point.st-taken { fill: var(--st-c); opacity: 1; }
.st-point.st-probe { stroke-dasharray: 2 1.4; }
.st-current-point { fill: none; stroke: var(--st-text); stroke-width: 1.6; }
.st-dark .st-series { --st-c2: color-mix(in srgb, var(--st-c) 74%, white); }
.st-dark .st-curve, .st-dark .st-point { stroke: var(--st-c2); }
.st-dark .st-point.st-taken, .st-dark .st-band { fill: var(--st-c2); }
.st-band { fill: var(--st-c); opacity: .13; }
.st-level { stroke: var(--st-faint); stroke-dasharray: 2 3; fill: none; }
.st-chart .st-leveltext { font-size: 10.5px; paint-order: stroke; stroke: var(--st-back); stroke-width: 3px; }
.st-line { position: absolute; left: 0; width: 0; border-left: 1.5px solid var(--st-text); cursor: ew-resize; z-index: 1; }
.st-line i { position: absolute; bottom: -8px; left: -8.75px; width: 16px; height: 16px; border-radius: 50%; background: var(--st-text); border: 3px solid var(--st-back); box-shadow: 0 0 0 1px var(--st-faint); }
.st-line.st-busy i { background: var(--st-accent); }
.st-player .st-line:focus-visible { outline: none; border-left-color: var(--st-accent); }
.st-player .st-line:focus-visible i { outline: 2px solid var(--st-accent); outline-offset: 1px; }
.st-tip { position: absolute; top: 0; left: 0; z-index: 3; pointer-events: none; background: var(--st-text); color: var(--st-back); font-size: 11.5px; line-height: 1.3; padding: 4px 8px; border-radius: 5px; white-space: nowrap; }

.st-scrubber { display: flex; align-items: center; gap: 6px; font-size: 12px; min-width: 0; }
.st-scrubber button { width: 26px; height: 26px; color: var(--st-soft); flex: none; }
.st-scrubber button:hover { background: var(--st-hover); color: var(--st-text); }
.st-cap2 { color: var(--st-soft); white-space: nowrap; margin-right: 2px; }
.st-scrub { position: relative; flex: 1 1 120px; height: 26px; min-width: 60px; cursor: ew-resize; touch-action: none; border-radius: 5px; }
.st-ticks { position: absolute; inset: 0 9px; border-bottom: 1px solid var(--st-line); }
.st-ticks b { position: absolute; bottom: 0; width: 1.5px; height: 7px; margin-left: -.75px; background: var(--st-faint); }
.st-ticks b.st-taken { height: 14px; width: 2.5px; background: var(--st-accent); }
.st-ticks b.st-probe { height: 7px; background: repeating-linear-gradient(var(--st-faint) 0 2px, transparent 2px 4px); }
.st-ticks i { position: absolute; width: 0; top: 3px; bottom: -5px; left: 0; }
.st-ticks i::after { content: ""; position: absolute; left: -5px; bottom: 0; width: 10px; height: 10px; border-radius: 50%; background: var(--st-text); border: 2px solid var(--st-back); box-shadow: 0 0 0 1px var(--st-faint); }
.st-scrubtext { flex: 0 0 auto; min-width: 15em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }

.st-words { font-size: 12.5px; color: var(--st-soft); }
.st-words summary { cursor: pointer; width: max-content; padding: 1px 4px; border-radius: 4px; }
.st-summary { margin: 6px 0 0; color: var(--st-text); max-width: 100ch; white-space: pre-line; user-select: text; -webkit-user-select: text; }
.st-table { border-collapse: collapse; font-size: 12.5px; width: 100%; }
.st-player .st-table th, .st-player .st-table td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--st-line); font-weight: 400; background: none; color: inherit; white-space: nowrap; }
.st-player .st-table th { color: var(--st-soft); font-size: 11.5px; }
.st-player .st-table tbody th, .st-player .st-table thead th:first-child { text-align: left; }
.st-player .st-table tbody th { color: var(--st-text); font-weight: 500; font-size: 12.5px; }
.st-player .st-table tr.st-here > * { background: color-mix(in srgb, var(--st-accent) 10%, transparent); }
.st-note { color: var(--st-soft); font-size: 11.5px; margin: 5px 0 0; max-width: 110ch; }
.st-scroll { overflow-x: auto; }

@container (max-width: 760px) {
  .st-charts { grid-template-columns: minmax(0, 1fr); gap: 8px; }
  .st-explorer { padding: 10px 10px 8px; gap: 10px; }
  .st-runbar { justify-content: flex-start; }
  .st-scrubber { flex-wrap: wrap; }
  .st-scrub { flex-basis: 60%; }
}

.st-exclusive .st-silent .st-view canvas { opacity: .78; }
.st-exclusive .st-silent .st-label { color: var(--st-text); }
.st-player.st-exclusive .st-solo { padding: 0 7px; }
`;

// player.css
var player_default = `.st-player {
  --st-back: var(--jp-layout-color1, var(--vscode-editor-background, #ffffff));
  --st-lane: var(--jp-layout-color2, var(--vscode-editorWidget-background, #f2f3f5));
  --st-text: var(--jp-ui-font-color1, var(--vscode-editor-foreground, #1c1f24));
  --st-soft: var(--jp-ui-font-color2, var(--vscode-descriptionForeground, #565d68));
  --st-accent: var(--jp-brand-color1, var(--vscode-focusBorder, #0b66c3));
  --st-line: color-mix(in srgb, var(--st-text) 16%, transparent);
  --st-faint: color-mix(in srgb, var(--st-text) 38%, transparent);
  --st-grid: color-mix(in srgb, var(--st-text) 9%, transparent);
  --st-hover: color-mix(in srgb, var(--st-text) 8%, transparent);
  --st-head: 148px;
  --st-gut: 50px;
  container-type: inline-size;
  box-sizing: border-box;
  width: 100%;
  min-width: 260px;
  color: var(--st-text);
  background: var(--st-back);
  border: 1px solid var(--st-line);
  border-radius: 8px;
  font: 13px/1.35 var(--jp-ui-font-family, system-ui, -apple-system, "Segoe UI", sans-serif);
  font-variant-numeric: tabular-nums;
  position: relative;
  overflow: hidden;
  user-select: none;
  -webkit-user-select: none;
}
@media (prefers-color-scheme: dark) {
  .st-player {
    --st-back: var(--jp-layout-color1, var(--vscode-editor-background, #16181c));
    --st-lane: var(--jp-layout-color2, var(--vscode-editorWidget-background, #22252b));
    --st-text: var(--jp-ui-font-color1, var(--vscode-editor-foreground, #e8eaed));
    --st-soft: var(--jp-ui-font-color2, var(--vscode-descriptionForeground, #a5acb8));
    --st-accent: var(--jp-brand-color1, var(--vscode-focusBorder, #6cb4ff));
  }
}
.st-player *, .st-player *::before, .st-player *::after { box-sizing: border-box; }
.st-player [hidden] { display: none !important; }
.st-single { --st-head: 0px; }
.st-single .st-name, .st-single .st-cap { visibility: hidden; padding: 0 !important; border: 0 !important; }
.st-player button {
  font: inherit; color: inherit; background: none; border: 0; margin: 0; padding: 0; cursor: pointer;
  display: inline-flex; align-items: center; justify-content: center; border-radius: 6px; line-height: 1;
}
.st-player button:disabled { opacity: .4; cursor: default; }
.st-player :focus { outline: none; }
.st-player :focus-visible { outline: 2px solid var(--st-accent); outline-offset: 1px; }

.st-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; padding: 8px 10px; border-bottom: 1px solid var(--st-line); }
.st-group { display: inline-flex; align-items: center; gap: 2px; }
.st-group > button { width: 30px; height: 30px; color: var(--st-soft); }
.st-group > button:hover:not(:disabled) { background: var(--st-hover); color: var(--st-text); }
.st-group > button[aria-pressed=true] { background: color-mix(in srgb, var(--st-accent) 16%, transparent); color: var(--st-accent); }
.st-player .st-play { width: 36px; height: 36px; border-radius: 50%; background: var(--st-accent); color: var(--st-back); margin-right: 4px; }
.st-player .st-play:hover:not(:disabled) { background: color-mix(in srgb, var(--st-accent) 86%, var(--st-text)); color: var(--st-back); }
.st-clock { display: inline-flex; align-items: baseline; gap: 5px; white-space: nowrap; }
.st-clock b { font-size: 16px; font-weight: 600; min-width: 4.4em; }
.st-clock span { color: var(--st-soft); font-size: 12px; }
.st-chip {
  display: inline-flex; align-items: center; gap: 4px; height: 24px; padding: 0 4px 0 9px; border-radius: 12px; font-size: 12px; white-space: nowrap;
  background: color-mix(in srgb, var(--st-accent) 13%, transparent); color: var(--st-text);
}
.st-chip button { width: 18px; height: 18px; border-radius: 50%; color: var(--st-soft); }
.st-chip button:hover { background: var(--st-hover); color: var(--st-text); }
.st-chip svg { width: 12px; height: 12px; }
.st-gap { flex: 1 1 0; }
.st-seg { border: 1px solid var(--st-line); border-radius: 7px; gap: 0; overflow: hidden; }
.st-seg > button { height: 28px; border-radius: 0; }
.st-seg > button:focus-visible { outline-offset: -2px; }
.st-switch { gap: 7px !important; height: 28px; padding: 0 6px 0 4px !important; white-space: nowrap; color: var(--st-soft); font-size: 12px; width: auto !important; }
.st-switch::before {
  content: ""; width: 26px; height: 15px; border-radius: 8px; background: var(--st-faint) radial-gradient(circle at center, var(--st-back) 5px, transparent 5.5px) no-repeat;
  background-size: 15px 15px; background-position: 0 0;
}
.st-switch[aria-checked=true] { color: var(--st-text); }
.st-switch[aria-checked=true]::before { background-color: var(--st-accent); background-position: 11px 0; }
.st-vol { gap: 6px; color: var(--st-soft); font-size: 12px; }
.st-vol input { width: 84px; height: 18px; margin: 0; accent-color: var(--st-accent); cursor: pointer; }
.st-vol .st-db { min-width: 4.1em; white-space: nowrap; }
.st-meter { width: 64px; height: 8px; border-radius: 2px; background: var(--st-hover); position: relative; overflow: hidden; }
.st-meter i { position: absolute; inset: 0; transform-origin: left; transform: scaleX(0); background: var(--st-accent); }
.st-clip { font-size: 10px; font-weight: 700; letter-spacing: .05em; padding: 2px 5px !important; border-radius: 4px !important; color: var(--st-faint) !important; width: auto !important; height: 18px !important; }
.st-clip.st-on { background: #d55e00 !important; color: #fff !important; }

.st-lanes { position: relative; }
.st-row { display: grid; grid-template-columns: var(--st-head) minmax(0, 1fr) var(--st-gut); }
.st-row + .st-row { border-top: 1px solid var(--st-line); }
.st-row canvas { display: block; width: 100%; height: 100%; }
.st-row.st-ruler { height: 28px; border-bottom: 1px solid var(--st-line); background: var(--st-back); }
.st-ruler + .st-row { border-top: 0; }
.st-ruler .st-time { cursor: pointer; touch-action: none; }
.st-time:focus-visible { outline-offset: -2px !important; }
.st-view { touch-action: pan-y; cursor: text; position: relative; min-width: 0; }
.st-gutter { border-left: 1px solid var(--st-line); min-width: 0; }
.st-row.st-track { height: var(--st-h); }
.st-name { padding: 7px 8px 6px 10px; display: flex; flex-direction: column; gap: 4px; min-width: 0; border-left: 3px solid var(--st-c); border-right: 1px solid var(--st-line); overflow: hidden; }
.st-player:focus-within .st-track.st-current .st-name { background: var(--st-hover); }
.st-name > div { display: flex; align-items: center; gap: 4px; min-width: 0; }
.st-label { font-weight: 600; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow-wrap: anywhere; line-height: 1.2; min-width: 0; flex: 1; }
.st-kind { color: var(--st-soft); font-size: 11px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.st-kind b { font-weight: 600; color: var(--st-accent); }
.st-keys { flex-wrap: wrap; }
.st-said { color: var(--st-soft); font-size: 11px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.st-ruler .st-cap { display: flex; align-items: center; justify-content: center; border-right: 1px solid var(--st-line); min-width: 0; overflow: hidden; }
.st-key { font-size: 10px; color: var(--st-soft); border: 1px solid var(--st-line); border-radius: 3px; padding: 0 4px; line-height: 14px; flex: none; }
.st-sm { min-width: 24px; height: 20px; border: 1px solid var(--st-line) !important; border-radius: 4px !important; font-size: 11px !important; font-weight: 600 !important; color: var(--st-soft) !important; }
.st-sm:hover { background: var(--st-hover) !important; color: var(--st-text) !important; }
.st-solo[aria-pressed=true] { background: #f0c419 !important; border-color: #f0c419 !important; color: #1c1f24 !important; }
.st-mute[aria-pressed=true] { background: #d55e00 !important; border-color: #d55e00 !important; color: #fff !important; }
.st-track .st-view canvas { transition: opacity 120ms; }
.st-silent .st-view canvas { opacity: .34; }
.st-silent .st-label { color: var(--st-soft); font-weight: 500; }

.st-over { position: absolute; top: 0; bottom: 0; left: var(--st-head); right: var(--st-gut); pointer-events: none; overflow: hidden; }
.st-over > * { position: absolute; top: 0; bottom: 0; left: 0; }
.st-head-line { width: 0; border-left: 1.5px solid var(--st-play, #e4002b); margin-left: -.75px; will-change: transform; }
.st-head-line::before { content: ""; position: absolute; top: 16px; left: -6.75px; border: 6px solid transparent; border-top: 8px solid var(--st-play, #e4002b); border-bottom: 0; }
.st-hover-line { width: 1px; background: rgb(255 255 255 / 80%); box-shadow: 0 0 0 .5px rgb(0 0 0 / 55%); opacity: 0; }
.st-over .st-region { background: color-mix(in srgb, var(--st-accent) 15%, transparent); border: solid var(--st-accent); border-width: 0 1.5px; }
.st-over .st-region::before, .st-over .st-region::after {
  position: absolute; top: 2px; font-size: 10px; font-weight: 700; line-height: 13px; padding: 0 4px; background: var(--st-accent); color: var(--st-back); border-radius: 2px;
}
.st-over .st-region::before { content: "A"; left: 0; }
.st-over .st-region::after { content: "B"; right: 0; }
.st-over .st-region.st-off { background: color-mix(in srgb, var(--st-text) 7%, transparent); border-color: var(--st-faint); }
.st-over .st-region.st-off::before, .st-over .st-region.st-off::after { background: var(--st-faint); }
.st-map { height: 34px; border-top: 1px solid var(--st-line); }
.st-map .st-view { cursor: grab; touch-action: none; }
.st-map .st-view:active { cursor: grabbing; }
.st-map .st-cap { font-size: 11px; color: var(--st-soft); display: flex; align-items: center; padding-left: 13px; border-right: 1px solid var(--st-line); overflow: hidden; white-space: nowrap; }

.st-foot { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: center; padding: 5px 10px; border-top: 1px solid var(--st-line); font-size: 12px; color: var(--st-soft); min-height: 29px; }
.st-status { flex: 1 1 180px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.st-status.st-bad { color: #d55e00; font-weight: 600; white-space: normal; user-select: text; -webkit-user-select: text; }
.st-read { white-space: nowrap; color: var(--st-text); text-align: right; }
.st-read:empty { display: none; }
.st-legend { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; font-size: 11px; }
.st-legend canvas { width: 84px; height: 8px; border-radius: 2px; }

.st-help { position: absolute; inset: 0; z-index: 5; background: color-mix(in srgb, var(--st-back) 70%, transparent); display: flex; align-items: flex-start; justify-content: center; padding: 14px; overflow: auto; }
.st-help > div { background: var(--st-back); border: 1px solid var(--st-line); border-radius: 8px; box-shadow: 0 8px 28px rgb(0 0 0 / 24%); padding: 12px 18px 14px; max-width: 640px; width: 100%; }
.st-help h3 { margin: 0 0 8px; font-size: 14px; display: flex; justify-content: space-between; align-items: center; color: inherit; }
.st-help h3 button { width: 26px; height: 26px; }
.st-help dl { margin: 0; columns: 2 250px; column-gap: 24px; font-size: 12px; }
.st-help dl > div { display: flex; gap: 10px; break-inside: avoid; padding: 2.5px 0; }
.st-help dt { flex: 0 0 104px; margin: 0; font-weight: 400; }
.st-help dd { margin: 0; color: var(--st-soft); }
.st-player kbd { font: 11px/16px inherit; font-family: inherit; border: 1px solid var(--st-line); border-bottom-width: 2px; border-radius: 4px; padding: 0 5px; background: var(--st-lane); color: var(--st-text); box-shadow: none; }

.st-abx { padding: 22px 16px 20px; display: flex; flex-direction: column; align-items: center; gap: 16px; text-align: center; }
.st-abx h3 { margin: 0; font-size: 15px; font-weight: 600; color: inherit; }
.st-abx p { margin: 0; color: var(--st-soft); max-width: 62ch; font-size: 13px; }
.st-abx .st-choices { display: flex; gap: 12px; flex-wrap: wrap; justify-content: center; }
.st-player .st-big { min-width: 88px; height: 64px; border: 1.5px solid var(--st-line); border-radius: 10px; font-size: 22px; font-weight: 600; flex-direction: column; gap: 5px; padding: 0 14px; }
.st-player .st-big small { font-size: 11px; font-weight: 400; color: var(--st-soft); }
.st-player .st-big:hover { background: var(--st-hover); }
.st-player .st-big[aria-pressed=true] { border-color: var(--st-accent); background: color-mix(in srgb, var(--st-accent) 14%, transparent); color: var(--st-accent); }
.st-player .st-answer { height: 36px; padding: 0 18px; border-radius: 8px; border: 1px solid var(--st-accent); color: var(--st-accent); font-weight: 600; gap: 8px; }
.st-player .st-answer:hover { background: var(--st-accent); color: var(--st-back); }
.st-testing .st-seg, .st-testing .st-seg + .st-group, .st-testing .st-switch, .st-testing .st-meter, .st-testing .st-legend, .st-testing .st-map { display: none; }
.st-dots { display: flex; gap: 6px; }
.st-dots i { width: 9px; height: 9px; border-radius: 50%; border: 1.5px solid var(--st-faint); }
.st-dots i.st-done { background: var(--st-faint); }
.st-dots i.st-now { border-color: var(--st-accent); background: color-mix(in srgb, var(--st-accent) 40%, transparent); }

@container (max-width: 960px) {
  .st-bar { gap: 5px 9px; }
  .st-vol input { width: 64px; }
  .st-meter { width: 40px; }
}
@container (max-width: 640px) {
  .st-row, .st-over { --st-head: 96px; --st-gut: 44px; }
  .st-single .st-row, .st-single .st-over { --st-head: 0px; }
  .st-bar { gap: 4px 8px; padding: 6px 8px; }
  .st-gap { display: none; }
  .st-name { padding: 5px 5px 4px 6px; gap: 3px; }
  .st-ruler .st-cap .st-chip { padding: 0; background: none; font-size: 10px; gap: 0; }
  .st-vol input { width: 64px; }
  .st-legend, .st-key { display: none; }
  .st-status { white-space: normal; }
  .st-map .st-cap { padding-left: 8px; }
}
@media (prefers-reduced-motion: reduce) { .st-player *, .st-player *::before { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .st-player button[aria-pressed=true], .st-switch[aria-checked=true] { outline: 2px solid Highlight; } }
`;

// lib/abx.js
function abxPanel({ plan, listen, answer, leave }) {
  let trial = 0, now = "", started = performance.now(), answers = [], title = h("h3", { "aria-live": "polite" }), text = h("p"), dots = h("div", { class: "st-dots", "aria-hidden": "true" }, ...plan.x.map(() => h("i"))), big = (name, hint) => h("button", { class: "st-big", type: "button", "aria-pressed": "false", "aria-label": `Listen to ${name}`, on: { click: () => pick(name) } }, name, h("small", { text: hint })), bigs = { A: big("A", "key A"), B: big("B", "key B"), X: big("X", "key X") }, verdicts = [0, 1].map((c) => h(
    "button",
    { class: "st-answer", type: "button", on: { click: () => decide(c) } },
    `X is ${"AB"[c]}`,
    h("kbd", { text: `${c + 1}` })
  )), done = h("button", { class: "st-answer", type: "button", hidden: !0, on: { click: () => leave() } }, "Back to the player"), listenRow = h("div", { class: "st-choices" }, bigs.A, bigs.B, bigs.X), answerRow = h("div", { class: "st-choices" }, ...verdicts), panel = h("div", { class: "st-abx", role: "group", "aria-label": "Blind A/B/X test" }, title, text, dots, listenRow, answerRow, done);
  function pick(name) {
    trial >= plan.x.length || (now = name, listen(name === "A" ? 0 : name === "B" ? 1 : plan.x[trial]), draw());
  }
  function decide(choice) {
    trial >= plan.x.length || (answers.push(choice), answer(choice, (performance.now() - started) / 1e3), trial += 1, started = performance.now(), trial < plan.x.length ? pick("X") : (listen(-1), draw(), done.focus()));
  }
  function draw() {
    let over = trial >= plan.x.length, right = answers.filter((a, i) => a === plan.x[i]).length;
    title.textContent = over ? `${right} of ${plan.x.length} correct` : `Trial ${trial + 1} of ${plan.x.length}: is X the same as A or as B?`, text.textContent = over ? `A was ${plan.names[0]}, B was ${plan.names[1]}. Guessing gets this many or more with p = ${atLeast(right, plan.x.length).toFixed(3)}.` : "Listen as often as you like; switching keeps the place. The answer cannot be taken back.";
    for (let [name, button] of Object.entries(bigs)) button.setAttribute("aria-pressed", String(name === now));
    [...dots.children].forEach((dot, i) => {
      dot.className = i < trial ? "st-done" : i === trial ? "st-now" : "";
    }), listenRow.hidden = answerRow.hidden = over, done.hidden = !over;
  }
  return draw(), { panel, pick, decide, get over() {
    return trial >= plan.x.length;
  } };
}
function atLeast(k, n) {
  let term = 2 ** -n, sum = 0;
  for (let i = 0; i <= n; i += 1)
    i >= k && (sum += term), term = term * (n - i) / (i + 1);
  return Math.min(1, sum);
}

// lib/decode.js
async function decode(data, info) {
  let bytes = asBytes(data), { channels, play_length: length, play_sr: sampleRate } = info;
  if (!bytes.length) return new AudioBuffer({ length, numberOfChannels: channels, sampleRate });
  if (info.codec === "flac" || info.codec === "mp3") return trim(await decodeFile(bytes, sampleRate), info);
  let buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate }), whole2 = bytes.slice().buffer, from = info.codec === "float32" ? new Float32Array(whole2) : new Int16Array(whole2), gain = info.codec === "float32" ? 1 : info.scale / 32767;
  for (let c = 0; c < channels; c += 1) {
    let to = buffer.getChannelData(c);
    for (let i = 0, j = c * length; i < length; i += 1, j += 1) to[i] = from[j] * gain;
  }
  return buffer;
}
function asBytes(data) {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
function decodeFile(bytes, sampleRate) {
  return new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(
    /** @type {ArrayBuffer} */
    bytes.slice().buffer
  );
}
function trim(raw, info) {
  let { play_length: length, channels } = info, gain = info.codec === "flac" ? info.scale * 32768 / 32767 : info.scale, skip = info.codec === "mp3" && raw.length >= length + info.delay ? info.delay : 0, buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate: raw.sampleRate });
  for (let c = 0; c < channels; c += 1) {
    let from = raw.getChannelData(Math.min(c, raw.numberOfChannels - 1)), to = buffer.getChannelData(c), n = Math.min(length, from.length - skip);
    for (let i = 0; i < n; i += 1) to[i] = from[i + skip] * gain;
  }
  return buffer;
}

// lib/keys.js
function nameOf(event) {
  let digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit) return `${event.shiftKey ? "Shift+" : ""}${digit[1]}`;
  let key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key)) ? "Shift+" : ""}${key}`;
}
function handle(event, bindings) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return !1;
  let target = (
    /** @type {HTMLElement} */
    event.target
  ), name = nameOf(event);
  if (target.matches("input[type=range]") && /^(Arrow|Home|End|Page)/.test(event.key) || target.matches("button, summary, a") && (name === "Space" || name === "Enter") || target.matches("input:not([type=range]), textarea, select")) return !1;
  let binding = bindings.find((b) => b.keys.includes(name));
  return binding ? (binding.run(event), event.preventDefault(), event.stopPropagation(), !0) : !1;
}

// lib/timeline.js
var Timeline = class {
  /** @param {number} duration s @param {number} finest shortest part that can fill the screen, s */
  constructor(duration, finest) {
    this.duration = duration, this.finest = Math.min(finest, duration), this.start = 0, this.end = duration, this.width = 1, this.listeners = /* @__PURE__ */ new Set();
  }
  get span() {
    return this.end - this.start;
  }
  get zoomed() {
    return this.span < this.duration * 0.9999;
  }
  /** @param {number} t @returns {number} px */
  x(t) {
    return (t - this.start) / this.span * this.width;
  }
  /** @param {number} x px @returns {number} s, inside the signal */
  t(x) {
    return Math.min(this.duration, Math.max(0, this.start + x / this.width * this.span));
  }
  /** @param {number} start @param {number} end */
  show(start, end) {
    let span = Math.min(this.duration, Math.max(this.finest, end - start)), a = Math.min(Math.max(0, start), this.duration - span);
    if (!(a === this.start && a + span === this.end)) {
      this.start = a, this.end = a + span;
      for (let listener of this.listeners) listener();
    }
  }
  /** @param {number} factor under 1 comes nearer @param {number} at s, stays where it is on screen */
  zoom(factor, at) {
    let span = Math.min(this.duration, Math.max(this.finest, this.span * factor)), share = (at - this.start) / this.span;
    this.show(at - share * span, at + (1 - share) * span);
  }
  /** @param {number} seconds */
  pan(seconds) {
    this.show(this.start + seconds, this.end + seconds);
  }
  fit() {
    this.show(0, this.duration);
  }
  /** Turn the page when `t` has left the screen. @param {number} t */
  follow(t) {
    this.zoomed && (t < this.start || t > this.end) && this.show(t - this.span * 0.04, t + this.span * 0.96);
  }
};
function ticks(span, width) {
  let least = span / Math.max(width, 1) * 72;
  for (let [major, parts] of STEPS) if (major >= least) return { major, minor: major / parts };
  return { major: 3600, minor: 600 };
}
var STEPS = [
  [1e-4, 5],
  [2e-4, 4],
  [5e-4, 5],
  [1e-3, 5],
  [2e-3, 4],
  [5e-3, 5],
  [0.01, 5],
  [0.02, 4],
  [0.05, 5],
  [0.1, 5],
  [0.2, 4],
  [0.5, 5],
  [1, 5],
  [2, 4],
  [5, 5],
  [10, 5],
  [15, 3],
  [30, 3],
  [60, 6],
  [120, 4],
  [300, 5],
  [600, 5],
  [1800, 6]
];
function timeLabel(t, step) {
  if (step < 0.01 && t < 60) return `${(t * 1e3).toFixed(step < 1e-3 ? 1 : 0)} ms`;
  let places2 = Math.max(0, Math.min(4, -Math.floor(Math.log10(step) + 1e-9)));
  return t < 60 && step < 30 ? `${t.toFixed(places2)} s` : clock(t, places2);
}
function clock(t, places2 = 3) {
  let whole2 = Math.max(0, Number(t.toFixed(places2))), m = Math.floor(whole2 / 60), s2 = (whole2 - 60 * m).toFixed(places2);
  return `${m}:${s2.padStart(places2 ? places2 + 3 : 2, "0")}`;
}
function hertz(hz) {
  if (hz < 1e3) return `${Math.round(hz)} Hz`;
  let k = hz / 1e3;
  return `${k >= 10 ? k.toFixed(k % 1 ? 1 : 0).replace(/\.0$/, "") : k.toFixed(2).replace(/\.?0+$/, "")} kHz`;
}
function decibel(db, places2 = 1, sign = !1) {
  if (db === null || !Number.isFinite(db)) return "−∞ dB";
  let text = Math.abs(db).toFixed(places2);
  return `${Number(text) === 0 ? sign ? "±" : "" : db < 0 ? "−" : sign ? "+" : ""}${text} dB`;
}
var mel = (hz) => 2595 * Math.log10(1 + hz / 700), unmel = (m) => 700 * (10 ** (m / 2595) - 1);

// lib/paint.js
function fitCanvas(canvas, width, height) {
  let dpr = window.devicePixelRatio || 1, w = Math.max(1, Math.round(width * dpr)), h2 = Math.max(1, Math.round(height * dpr));
  canvas.width !== w && (canvas.width = w), canvas.height !== h2 && (canvas.height = h2);
  let g = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d")
  );
  return g.setTransform(dpr, 0, 0, dpr, 0, 0), g.clearRect(0, 0, width, height), g;
}
var Picture = class {
  /** @param {Uint8Array} data rows × columns @param {number} rows @param {number} cols @param {Uint8Array} map 256 × RGB @param {number} t0 s, middle of the first column @param {number} step s */
  constructor(data, rows, cols, map, t0, step) {
    Object.assign(this, { data, rows, cols, t0, step }), this.data = data, this.rows = rows, this.cols = cols, this.t0 = t0, this.step = step, this.canvas = document.createElement("canvas"), this.canvas.width = cols, this.canvas.height = rows;
    let g = (
      /** @type {CanvasRenderingContext2D} */
      this.canvas.getContext("2d")
    ), image = g.createImageData(cols, rows);
    for (let r = 0; r < rows; r += 1) {
      let to = (rows - 1 - r) * cols * 4;
      for (let c = 0; c < cols; c += 1, to += 4) {
        let v = data[r * cols + c] * 3;
        image.data[to] = map[v], image.data[to + 1] = map[v + 1], image.data[to + 2] = map[v + 2], image.data[to + 3] = 255;
      }
    }
    g.putImageData(image, 0, 0);
  }
  /** @param {CanvasRenderingContext2D} g @param {Timeline} time @param {number} y @param {number} height */
  draw(g, time, y, height) {
    let left = this.t0 - this.step / 2, x0 = time.x(left), x1 = time.x(left + this.step * this.cols);
    g.save(), g.beginPath(), g.rect(0, y, time.width, height), g.clip(), g.imageSmoothingEnabled = !0, g.imageSmoothingQuality = "high";
    let from = Math.max(0, Math.floor((time.start - left) / this.step) - 1), to = Math.min(this.cols, Math.ceil((time.end - left) / this.step) + 1);
    if (to > from) {
      let scale = (x1 - x0) / this.cols;
      g.drawImage(this.canvas, from, 0, to - from, this.rows, x0 + from * scale, y, (to - from) * scale, height);
    }
    g.restore();
  }
  /** The level at a time and a height, 0 … 1 of the range. @param {number} t @param {number} share 0 bottom … 1 top @returns {number} */
  at(t, share) {
    let c = Math.min(this.cols - 1, Math.max(0, Math.round((t - this.t0) / this.step))), r = Math.min(this.rows - 1, Math.max(0, Math.floor(share * this.rows)));
    return this.data[r * this.cols + c] / 255;
  }
}, freqAt = (share, max_hz) => unmel(share * mel(max_hz));
function envelope(time, peaks, top, buffer) {
  let n = Math.max(1, Math.round(time.width)), lo = new Float32Array(n), hi = new Float32Array(n), bins = peaks.length / 2, perPixel = time.span / time.duration * bins / n;
  if (perPixel < 1 && buffer) {
    let channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c)), a2 = time.start * buffer.sampleRate, step = time.span * buffer.sampleRate / n;
    for (let x = 0; x < n; x += 1) {
      let from = Math.max(0, Math.floor(a2 + x * step)), to = Math.min(buffer.length, Math.max(from + 2, Math.ceil(a2 + (x + 1) * step) + 1)), l = 1 / 0, u = -1 / 0;
      for (let s2 of channels) for (let i = from; i < to; i += 1) {
        let v = s2[i];
        v < l && (l = v), v > u && (u = v);
      }
      lo[x] = to > from ? l : 0, hi[x] = to > from ? u : 0;
    }
    return { lo, hi };
  }
  let a = time.start / time.duration * bins;
  for (let x = 0; x < n; x += 1) {
    let from = Math.min(bins - 1, Math.max(0, Math.floor(a + x * perPixel))), to = Math.min(bins, Math.max(from + 1, Math.ceil(a + (x + 1) * perPixel))), l = 127, u = -127;
    for (let i = from; i < to; i += 1)
      l = Math.min(l, peaks[2 * i]), u = Math.max(u, peaks[2 * i + 1]);
    lo[x] = l / 127 * top, hi[x] = u / 127 * top;
  }
  return { lo, hi };
}
function packPeaks(buffer, bins, top) {
  let out = new Int8Array(2 * bins), n = buffer.length, channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
  for (let b = 0; b < bins; b += 1) {
    let lo = 1 / 0, hi = -1 / 0;
    for (let x of channels) for (let i = Math.floor(b * n / bins); i < Math.floor((b + 1) * n / bins); i += 1)
      x[i] < lo && (lo = x[i]), x[i] > hi && (hi = x[i]);
    out[2 * b] = Math.max(-127, Math.floor(127 * lo / top + 1e-3)), out[2 * b + 1] = Math.min(127, Math.ceil(127 * hi / top - 1e-3));
  }
  return out;
}
function drawWave(g, env, { y, height, top, color, alpha = 1 }) {
  let mid = y + height / 2, scale = (height / 2 - 1) / top, n = env.lo.length;
  g.save(), g.globalAlpha = alpha, g.fillStyle = color, g.beginPath();
  for (let x = 0; x < n; x += 1) {
    let u = mid - env.hi[x] * scale, l = mid - env.lo[x] * scale;
    g.rect(x, Math.min(u, mid + 0.4) - 0.25, 1, Math.max(0.9, l - u + 0.5));
  }
  g.fill(), g.restore();
}
function drawRuler(g, time, height, theme) {
  let { major, minor } = ticks(time.span, time.width);
  g.font = `11px ${theme.font}`, g.textBaseline = "alphabetic", g.fillStyle = theme.soft, g.strokeStyle = theme.faint, g.beginPath();
  for (let i = Math.ceil(time.start / minor - 1e-6); i * minor <= time.end + 1e-9; i += 1) {
    let x = Math.round(time.x(i * minor)) + 0.5, main = Math.abs(i * minor / major - Math.round(i * minor / major)) < 1e-6;
    g.moveTo(x, height), g.lineTo(x, height - (main ? 7 : 4));
  }
  g.stroke();
  let free = 0;
  for (let i = Math.ceil(time.start / major - 1e-6); i * major <= time.end + 1e-9; i += 1) {
    let label = timeLabel(i * major, major), w = g.measureText(label).width, x = time.x(i * major), at = i === 0 && time.start === 0 ? 2 : Math.min(x - w / 2, time.width - w - 2);
    at < free || (g.fillText(label, at, height - 10), free = at + w + 6);
  }
}
function drawGrid(g, time, y, height, color) {
  let { major } = ticks(time.span, time.width);
  g.strokeStyle = color, g.beginPath();
  for (let i = Math.ceil(time.start / major); i * major <= time.end; i += 1) {
    let x = Math.round(time.x(i * major)) + 0.5;
    g.moveTo(x, y), g.lineTo(x, y + height);
  }
  g.stroke();
}
var HZ = [50, 100, 200, 500, 1e3, 2e3, 4e3, 8e3, 16e3, 32e3];
function drawHertz(g, { y, height, max_hz }, theme) {
  g.font = `10px ${theme.font}`, g.textBaseline = "middle";
  let top = mel(max_hz), last = 1 / 0;
  for (let hz of HZ.filter((f) => f <= max_hz)) {
    let at = y + height * (1 - mel(hz) / top);
    at > y + height - 5 || last - Math.max(at, y + 5) < 13 || (g.fillStyle = theme.faint, g.fillRect(0, Math.round(at), 4, 1), g.fillStyle = theme.soft, last = Math.max(y + 6, at), g.fillText(hertz(hz), 7, last));
  }
}
function drawDecibel(g, { y, height, top }, theme) {
  g.font = `10px ${theme.font}`, g.textBaseline = "middle";
  let db = 20 * Math.log10(top), mid = y + height / 2, marks = height >= 84 ? [1, 0.5] : [1];
  for (let share of marks) {
    let at = mid - (height / 2 - 1) * share;
    g.fillStyle = theme.faint, g.fillRect(0, Math.round(at), 4, 1), g.fillStyle = theme.soft, g.fillText(`${decibel(db + 20 * Math.log10(share), 0)}`, 7, Math.max(y + 7, at));
  }
  g.fillStyle = theme.faint, g.fillRect(0, Math.round(mid), 4, 1), g.fillStyle = theme.soft, g.fillText("−∞ dB", 7, mid);
}

// lib/spectrum.js
var FFT = class {
  /** @param {number} n a power of two */
  constructor(n) {
    this.n = n, this.cos = Float64Array.from({ length: n / 2 }, (_, i) => Math.cos(2 * Math.PI * i / n)), this.sin = Float64Array.from({ length: n / 2 }, (_, i) => Math.sin(2 * Math.PI * i / n));
    let bits = Math.log2(n);
    this.order = Uint32Array.from({ length: n }, (_, i) => {
      let r = 0;
      for (let b = 0; b < bits; b += 1) r |= (i >> b & 1) << bits - 1 - b;
      return r >>> 0;
    });
  }
  /** @param {Float64Array} re @param {Float64Array} im */
  run(re, im) {
    let { n, cos, sin, order } = this;
    for (let i = 0; i < n; i += 1) {
      let j = order[i];
      j > i && ([re[i], re[j]] = [re[j], re[i]], [im[i], im[j]] = [im[j], im[i]]);
    }
    for (let size = 2; size <= n; size *= 2) {
      let half = size / 2, stride = n / size;
      for (let a = 0; a < n; a += size)
        for (let k = 0, w = 0; k < half; k += 1, w += stride) {
          let i = a + k, j = i + half, xr = re[j] * cos[w] + im[j] * sin[w], xi = im[j] * cos[w] - re[j] * sin[w];
          re[j] = re[i] - xr, im[j] = im[i] - xi, re[i] += xr, im[i] += xi;
        }
    }
  }
};
function detail(buffer, { start, end, cols, rows, n_fft, ref, floor_db, max_hz }, map) {
  let fft = new FFT(n_fft), re = new Float64Array(n_fft), im = new Float64Array(n_fft), bins = n_fft / 2 + 1, win = Float64Array.from({ length: n_fft }, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / n_fft)), channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c)), power = new Float64Array(bins), data = new Uint8Array(rows * cols), step = (end - start) / cols, edges = rowBins(rows, n_fft, buffer.sampleRate, max_hz);
  for (let c = 0; c < cols; c += 1) {
    let at = Math.round((start + (c + 0.5) * step) * buffer.sampleRate) - n_fft / 2;
    power.fill(0);
    for (let s2 of channels) {
      for (let i = 0; i < n_fft; i += 1)
        re[i] = (s2[at + i] ?? 0) * win[i], im[i] = 0;
      fft.run(re, im);
      for (let k = 0; k < bins; k += 1) power[k] += (re[k] * re[k] + im[k] * im[k]) / channels.length;
    }
    for (let r = 0; r < rows; r += 1) {
      let { lo, hi, mid } = edges[r], p = 0;
      if (hi >= lo) for (let k = lo; k <= hi; k += 1) p = Math.max(p, power[k]);
      else {
        let k = Math.floor(mid), f = mid - k;
        p = power[k] * (1 - f) + (power[k + 1] ?? 0) * f;
      }
      let db = 10 * Math.log10(p / ref + 1e-30);
      data[r * cols + c] = Math.max(0, Math.min(255, Math.round(255 * (1 - db / floor_db))));
    }
  }
  return new Picture(data, rows, cols, map, start + step / 2, step);
}
function rowBins(rows, n_fft, sr, max_hz) {
  let top = n_fft / 2;
  return Array.from({ length: rows }, (_, r) => {
    let a = freqAt(r / rows, max_hz) * n_fft / sr, b = freqAt((r + 1) / rows, max_hz) * n_fft / sr;
    return { lo: Math.ceil(a), hi: Math.min(top, r === rows - 1 ? Math.floor(b) : Math.ceil(b) - 1), mid: Math.min(top, (a + b) / 2) };
  });
}
var whole = /* @__PURE__ */ new WeakMap();
function coarse(buffer, info, map) {
  let { spec_rows: rows, n_fft, spec_ref: ref, floor_db, max_hz, duration } = info, picture = whole.get(buffer);
  if (!picture) {
    let cols = Math.max(1, Math.min(640, Math.ceil(duration * info.play_sr / (n_fft / 16))));
    picture = detail(buffer, { start: 0, end: duration, cols, rows, n_fft, ref, floor_db, max_hz }, map), whole.set(buffer, picture);
  }
  return picture;
}

// lib/lanes.js
var Lanes = class {
  /**
   * @param {{info: any, tracks: TrackInfo[], peaks: Int8Array[], pictures: Uint8Array[], map: Uint8Array, heads: HTMLElement[],
   *   theme: () => Theme, buffers: () => AudioBuffer[] | null,
   *   on: {seek: (t: number, done: boolean) => void, region: (r: [number, number] | null, done: boolean) => void,
   *        hover: (text: string) => void, current: (i: number) => void, hint: (text: string) => void}}} options
   */
  constructor({ info, tracks, peaks, pictures, map, heads, theme, buffers, on }) {
    Object.assign(this, { info, tracks }), this.info = info, this.tracks = tracks, this.map = map, this.theme = theme, this.buffers = buffers, this.on = on, this.time = new Timeline(info.duration, Math.max(2e-3, 64 / info.sr)), this.mode = "both", this.region = null, this.position = 0, this.pending = 0, this.finer = 0, this.drawing = 0, this.due = /* @__PURE__ */ new Map(), this.ruler = h("canvas"), this.slider = h("div", { class: "st-view st-time", tabindex: "0", role: "slider", "aria-label": "Position", "aria-orientation": "horizontal", "aria-valuemin": "0", "aria-valuemax": info.duration.toFixed(3) }, this.ruler);
    let rulerRow = h("div", { class: "st-row st-ruler" }, this.corner = h("div", { class: "st-cap" }), this.slider, h("div"));
    this.lanes = tracks.map((track, i) => {
      let canvas = h("canvas", { role: "img", "aria-label": `Waveform and spectrogram of ${track.name}` }), gutter = h("canvas", { "aria-hidden": "true" }), view = h("div", { class: "st-view", "data-track": i }, canvas), row = h("div", { class: "st-row st-track", style: `--st-c: ${track.color}` }, heads[i], view, h("div", { class: "st-gutter" }, gutter)), picture = new Picture(pictures[i], info.spec_rows, info.spec_cols, map, info.spec_t0, info.spec_step);
      return { row, head: heads[i], view, canvas, gutter, picture, fine: null, peaks: peaks[i] };
    }), this.line = h("div", { class: "st-head-line" }), this.hoverLine = h("div", { class: "st-hover-line" }), this.area = h("div", { class: "st-region", hidden: !0 }), this.over = h("div", { class: "st-over", "aria-hidden": "true" }, this.area, this.hoverLine, this.line), this.body = h("div", { class: "st-lanes" }, rulerRow, ...this.lanes.map((l) => l.row), this.over), this.mapCanvas = h("canvas", { "aria-hidden": "true" }), this.mapView = h("div", { class: "st-view", title: "Overview: drag to move the view, double-click to fit" }, this.mapCanvas), this.mapRow = h("div", { class: "st-row st-map" }, h("div", { class: "st-cap", text: "Overview" }), this.mapView, h("div", { class: "st-gutter" })), this.time.listeners.add(() => {
      this.lanes.forEach((l) => {
        l.fine = l.fine && this.covers(l.fine) ? l.fine : null;
      }), this.paint();
    }), this.observer = new ResizeObserver(() => this.paint()), this.observer.observe(this.slider), this._pointers();
  }
  /** @param {Picture} p @returns {boolean} whether a fine picture still serves the part on screen */
  covers(p) {
    let left = p.t0 - p.step / 2, right = left + p.step * p.cols;
    return left <= this.time.start + p.step && right >= this.time.end - p.step && p.step < 2.5 * this.time.span / Math.max(1, this.time.width);
  }
  /** Show another sound in a lane: its waveform at once, its spectrogram when the page has a moment. @param {number} i @param {AudioBuffer} buffer */
  setTrack(i, buffer) {
    let lane = this.lanes[i];
    lane.peaks = packPeaks(buffer, Math.min(this.info.peak_bins, buffer.length), this.info.top), lane.fine = null, this.due.set(i, buffer), this.paint(), this.drawing || (this.drawing = window.setTimeout(() => this._pictureNext(), 30));
  }
  _pictureNext() {
    this.drawing = 0;
    let [next] = this.due;
    if (!next) return;
    let [i, buffer] = next;
    this.due.delete(i), this.lanes[i].picture = coarse(buffer, this.info, this.map), this.paint(), this.due.size && (this.drawing = window.setTimeout(() => this._pictureNext(), 0));
  }
  /** @param {string} mode */
  setMode(mode) {
    this.mode = mode, this.layout(), this.paint();
  }
  /** Heights by mode and number of tracks: [waveform, spectrogram]. @returns {[number, number]} */
  heights() {
    let n = this.tracks.length, big = n === 1 ? 1.5 : n <= 3 ? 1.15 : n <= 4 ? 1 : 0.8;
    return this.mode === "wave" ? [Math.round(64 * big), 0] : this.mode === "spec" ? [0, Math.round(92 * big)] : [Math.round(44 * big), Math.round(74 * big)];
  }
  layout() {
    let [a, b] = this.heights();
    for (let { row } of this.lanes) row.style.setProperty("--st-h", `${a + b}px`);
  }
  /** Paint all at the next frame. */
  paint() {
    this.pending || (this.pending = requestAnimationFrame(() => {
      this.pending = 0, this._paint();
    }));
  }
  _paint() {
    let width = this.slider.clientWidth;
    if (!width) return;
    this.time.width = width;
    let theme = this.theme(), [wave, spec] = this.heights(), buffers = this.buffers();
    drawRuler(fitCanvas(this.ruler, width, 28), this.time, 28, theme), this.lanes.forEach((lane, i) => {
      let g = fitCanvas(lane.canvas, width, wave + spec), gg = fitCanvas(lane.gutter, 50, wave + spec), { top, max_hz } = this.info;
      wave && (drawGrid(g, this.time, 0, wave, theme.grid), drawWave(g, envelope(this.time, lane.peaks, top, buffers?.[i] ?? null), { y: 0, height: wave, top, color: this.tracks[i].color }), drawDecibel(gg, { y: 0, height: wave, top }, theme)), spec && ((lane.fine ?? lane.picture).draw(g, this.time, wave, spec), drawHertz(gg, { y: wave, height: spec, max_hz }, theme));
    }), this._paintMap(theme), this.place(), this._refineLater();
  }
  /** @param {Theme} theme */
  _paintMap(theme) {
    let width = this.mapView.clientWidth, height = 33, all = new Timeline(this.info.duration, 1e-3), { top } = this.info;
    all.width = width;
    let g = fitCanvas(this.mapCanvas, width, height);
    drawWave(g, envelope(all, this.lanes[0].peaks, top, null), { y: 2, height: height - 4, top, color: theme.soft, alpha: 0.55 });
    let x0 = all.x(this.time.start), x1 = all.x(this.time.end);
    this.region && (g.globalAlpha = 0.22, g.fillStyle = theme.accent, g.fillRect(all.x(this.region[0]), 0, all.x(this.region[1]) - all.x(this.region[0]), height)), g.globalAlpha = 0.62, g.fillStyle = theme.back, g.fillRect(0, 0, x0, height), g.fillRect(x1, 0, width - x1, height), g.globalAlpha = 1, this.time.zoomed && (g.strokeStyle = theme.accent, g.lineWidth = 1.5, g.strokeRect(x0 + 0.75, 0.75, Math.max(3, x1 - x0 - 1.5), height - 1.5)), g.fillStyle = "#e4002b", g.fillRect(all.x(this.position) - 0.75, 0, 1.5, height), this._map = { theme, width };
  }
  /** Denser spectrograms for the part on screen, one lane at a time, once the view has come to rest and the samples are here. */
  _refineLater() {
    clearTimeout(this.finer);
    let { spec_step } = this.info;
    if (!(spec_step * this.time.width / this.time.span > 2.2) || !this.buffers() || this.mode === "wave") return;
    let next = () => {
      let buffers = this.buffers(), i = this.lanes.findIndex((l) => !l.fine);
      if (i < 0 || !buffers) return;
      let { spec_rows: rows, n_fft, spec_ref: ref, floor_db, max_hz } = this.info, { start, end } = this.time, cols = Math.min(Math.round(this.time.width / 1.5), Math.ceil((end - start) * this.info.play_sr / 8));
      this.lanes[i].fine = detail(buffers[i], { start, end, cols, rows, n_fft, ref, floor_db, max_hz }, this.map), this.paint();
    };
    this.finer = window.setTimeout(next, this.lanes.some((l) => l.fine) ? 0 : 140);
  }
  /** Put playhead and region where they belong; cheap enough for every frame. */
  place() {
    let { time } = this;
    if (this.line.style.transform = `translateX(${time.x(this.position).toFixed(2)}px)`, this.area.hidden = !this.region, this.region) {
      let a = time.x(this.region[0]), b = time.x(this.region[1]);
      this.area.style.transform = `translateX(${a.toFixed(2)}px)`, this.area.style.width = `${Math.max(1, b - a).toFixed(2)}px`;
    }
  }
  /** @param {number} t @param {boolean} follow */
  setPosition(t, follow) {
    this.position = t, follow && !this.dragging && this.time.follow(t), this.place();
    let now = performance.now();
    (now - (this._said ?? 0) > 250 || !follow) && (this._said = now, this.slider.setAttribute("aria-valuenow", t.toFixed(3)), this.slider.setAttribute("aria-valuetext", `${t.toFixed(1)} s of ${this.info.duration.toFixed(1)} s`)), this._map && (now - (this._mapped ?? 0) > 60 || !follow) && (this._mapped = now, this._paintMap(this._map.theme));
  }
  /** @param {[number, number] | null} region @param {boolean} looping */
  setRegion(region, looping) {
    this.region = region, this.area.classList.toggle("st-off", !looping), this.place(), this._map && this._paintMap(this._map.theme);
  }
  _pointers() {
    let { slider, body, mapView, time } = this, at = (e) => e.clientX - slider.getBoundingClientRect().left, drag = (el, begin) => el.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      slider.focus({ preventScroll: !0 });
      let move = begin(e);
      if (!move) return;
      el.setPointerCapture(e.pointerId), this.dragging = !0;
      let onmove = (m) => move(m, !1), onup = (m) => {
        this.dragging = !1, el.removeEventListener("pointermove", onmove), el.removeEventListener("pointerup", onup), el.removeEventListener("pointercancel", onup), move(m, !0);
      };
      el.addEventListener("pointermove", onmove), el.addEventListener("pointerup", onup), el.addEventListener("pointercancel", onup);
    });
    for (
      let el of
      /** @type {HTMLElement[]} */
      [slider, mapView, ...this.lanes.map((l) => l.view)]
    ) el.addEventListener("mousedown", (e) => e.preventDefault());
    drag(slider, (e) => (this.on.seek(time.t(at(e)), !1), (m, done) => this.on.seek(time.t(at(m)), done)));
    for (let [i, lane] of this.lanes.entries()) drag(lane.view, (e) => {
      let x0 = at(e), t0 = time.t(x0), region = this.region;
      this.on.current(i);
      let edge = region && [0, 1].find((k) => Math.abs(time.x(region[k]) - x0) < 6), fixed = region && edge !== void 0 && edge !== null ? region[1 - edge] : t0, moved = edge != null;
      return (m, done) => {
        let x = at(m), t = time.t(x);
        moved ||= Math.abs(x - x0) > 4, moved ? this.on.region(Math.abs(t - fixed) < 4e-3 ? null : t < fixed ? [t, fixed] : [fixed, t], done) : done && this.on.seek(t0, !0);
      };
    });
    drag(mapView, (e) => {
      let box = mapView.getBoundingClientRect(), unit = this.info.duration / box.width, t0 = (e.clientX - box.left) * unit, grab = t0 >= time.start && t0 <= time.end ? t0 - time.start : time.span / 2, to = (m) => {
        let a = (m.clientX - box.left) * unit - grab;
        time.show(a, a + time.span);
      };
      return time.zoomed ? to(e) : this.on.seek(t0, !0), (m) => {
        time.zoomed && to(m);
      };
    }), mapView.addEventListener("dblclick", () => time.fit()), body.addEventListener("wheel", (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey) time.zoom(1.0022 ** Math.max(-300, Math.min(300, e.deltaY * (e.deltaMode ? 30 : 1))), time.t(at(e)));
      else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) time.pan((e.deltaX || e.deltaY) / time.width * time.span);
      else {
        this.on.hint("Hold Ctrl and turn the wheel to zoom");
        return;
      }
      e.preventDefault();
    }, { passive: !1 }), body.addEventListener("pointermove", (e) => this._hover(e, at(e))), body.addEventListener("pointerleave", () => {
      this.hoverLine.style.opacity = "0", this.on.hover("");
    });
  }
  /** @param {PointerEvent} e @param {number} x */
  _hover(e, x) {
    let inside = x >= 0 && x <= this.time.width;
    if (this.hoverLine.style.opacity = inside ? "1" : "0", this.hoverLine.style.transform = `translateX(${x}px)`, !inside) {
      this.on.hover("");
      return;
    }
    let t = this.time.t(x), i = this.lanes.findIndex((l) => l.view.contains(
      /** @type {Node} */
      e.target
    ));
    if (i < 0) {
      this.on.hover(clock(t));
      return;
    }
    let lane = this.lanes[i], [wave, spec] = this.heights(), y = e.clientY - lane.view.getBoundingClientRect().top, region = this.region;
    lane.view.style.cursor = region && region.some((r) => Math.abs(this.time.x(r) - x) < 6) ? "ew-resize" : "";
    let parts = [this.tracks[i].name, clock(t)];
    if (spec && y >= wave) {
      let share = Math.min(1, Math.max(0, 1 - (y - wave) / spec)), level = (lane.fine ?? lane.picture).at(t, share);
      parts.push(hertz(freqAt(share, this.info.max_hz)), level <= 0 ? `under ${decibel(this.info.floor_db, 0)}` : decibel(this.info.floor_db * (1 - level), 0));
    } else if (wave) {
      let env = envelope(this.time, lane.peaks, this.info.top, null), k = Math.min(env.hi.length - 1, Math.round(x));
      parts.push(`peak ${decibel(20 * Math.log10(Math.max(env.hi[k], -env.lo[k], 1e-9)), 1)}FS`);
    }
    this.on.hover(parts.join(" · "));
  }
  destroy() {
    this.observer.disconnect(), cancelAnimationFrame(this.pending), clearTimeout(this.finer), clearTimeout(this.drawing), this.due.clear(), this.time.listeners.clear();
    for (let lane of this.lanes) {
      for (let c of [lane.canvas, lane.gutter, lane.picture.canvas]) c.width = c.height = 0;
      lane.fine = null;
    }
  }
};

// lib/loudness.js
var known = /* @__PURE__ */ new WeakMap(), MOST_MATCH_DB = 20;
function kFilters(sr) {
  let gain = 1.5848647011308559, shelf = ((hz, q2, high, mid, low) => {
    let k2 = Math.tan(Math.PI * Math.min(hz, 0.45 * sr) / sr), a02 = 1 + k2 / q2 + k2 * k2;
    return [(high + mid * k2 / q2 + low * k2 * k2) / a02, 2 * (low * k2 * k2 - high) / a02, (high - mid * k2 / q2 + low * k2 * k2) / a02, 2 * (k2 * k2 - 1) / a02, (1 - k2 / q2 + k2 * k2) / a02];
  })(1681.974450955533, 0.7071752369554196, gain, gain ** 0.4996667741545416, 1), k = Math.tan(Math.PI * 38.13547087602444 / sr), q = 0.5003270373238773, a0 = 1 + k / q + k * k;
  return [shelf, [1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]];
}
function loudness(channels, sr) {
  let n = channels[0].length, hop = Math.max(1, Math.min(Math.round(0.1 * sr), Math.floor(n / 4))), count = Math.floor(n / hop), part = new Float64Array(count);
  for (let x of channels) {
    let [[b0, b1, b2, a1, a2], [c0, c1, c2, d1, d2]] = kFilters(sr), s1 = 0, s2 = 0, u1 = 0, u2 = 0;
    for (let i = 0; i < count * hop; i += 1) {
      let y = b0 * x[i] + s1;
      s1 = b1 * x[i] - a1 * y + s2, s2 = b2 * x[i] - a2 * y;
      let z = c0 * y + u1;
      u1 = c1 * y - d1 * z + u2, u2 = c2 * y - d2 * z, part[Math.floor(i / hop)] += z * z;
    }
  }
  let wide = Math.min(4, count), all = [];
  for (let i = 0; i + wide <= count; i += 1) {
    let sum = 0;
    for (let j = i; j < i + wide; j += 1) sum += part[j];
    all.push(sum / (hop * wide));
  }
  let mean = (v) => v.reduce((a, b) => a + b, 0) / v.length, loud = all.filter((z) => z > 10 ** ((-70 + 0.691) / 10));
  if (!loud.length) return -1 / 0;
  let gate = mean(loud) / 10;
  return -0.691 + 10 * Math.log10(mean(loud.filter((z) => z > gate)));
}
function factsOf(buffer) {
  let facts = known.get(buffer);
  if (facts) return facts;
  let channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c)), sum = 0, top = 0;
  for (let x of channels) for (let i = 0; i < x.length; i += 1) {
    sum += x[i] * x[i];
    let a = Math.abs(x[i]);
    a > top && (top = a);
  }
  let rms = Math.sqrt(sum / (channels.length * buffer.length));
  return facts = { rms_db: rms > 1e-7 ? 20 * Math.log10(rms) : null, peak_db: top > 1e-7 ? 20 * Math.log10(top) : null, lufs: loudness(channels, buffer.sampleRate) }, known.set(buffer, facts), facts;
}
function matchGain(to, of) {
  return !Number.isFinite(of.lufs) || !Number.isFinite(to.lufs) ? 0 : Math.min(to.lufs - of.lufs, MOST_MATCH_DB, -(of.peak_db ?? 0));
}

// lib/ramp.js
var Ramp = class {
  /** @param {AudioParam} param @param {number} value */
  constructor(param, value) {
    this.param = param, this.from = value, this.value = value, this.start = -1, this.end = -1, param.value = value;
  }
  /** The earliest time a new ramp may begin. @param {number} at @param {number} now @returns {number} */
  ready(at, now) {
    return this.start > now + GUARD ? Math.max(at, this.start) : Math.max(at, this.end + GAP);
  }
  /** Reach `value` by a ramp beginning at `at` (not before `ready`). @param {number} value @param {number} at @param {number} seconds @param {number} now */
  to(value, at, seconds, now) {
    this.start > now + GUARD && (this.param.cancelScheduledValues(this.start), this.value = this.from), this.from = this.value, this.value = value, this.start = at, this.end = at + seconds, this.param.setValueAtTime(this.from, at), this.param.linearRampToValueAtTime(value, this.end);
  }
}, GUARD = 8e-3, GAP = 5e-4;

// lib/engine.js
var LEAD = 0.02, BUILD = 0.04, QUANTUM = 128, Engine = class {
  /**
   * @param {BaseAudioContext} ctx
   * @param {(AudioBuffer | null)[]} buffers one per track, same length and rate
   * @param {{duration: number, ramp?: number, volume?: number, gains?: number[]}} options
   */
  constructor(ctx, buffers, { duration, ramp = 0.01, volume = 1, gains = [] }) {
    this.ctx = ctx, this.buffers = buffers.slice(), this.duration = duration, this.ramp = ramp, this.master = ctx.createGain(), this.volume = new Ramp(this.master.gain, volume), this.analyser = ctx.createAnalyser(), this.analyser.fftSize = 8192, this.master.connect(this.analyser), this.master.connect(ctx.destination), this.tracks = buffers.map(() => ctx.createGain()), this.gains = this.tracks.map((node, i) => new Ramp(node.gain, gains[i] ?? 1));
    for (let node of this.tracks) node.connect(this.master);
    this.deck = null, this.last = null, this.loop = null, this.rest = 0, this.onended = () => {
    }, this._meter = new Float32Array(this.analyser.fftSize);
  }
  get playing() {
    return this.deck !== null;
  }
  /** A time on the sample grid. @param {number} s @returns {number} */
  snap(s2) {
    return Math.round(s2 * this.ctx.sampleRate) / this.ctx.sampleRate;
  }
  /** The next safe time to schedule at: a whole render quantum. @param {number} [after] @returns {number} */
  when(after = 0) {
    let t = Math.max(this.ctx.currentTime + LEAD, after), step = QUANTUM / this.ctx.sampleRate;
    return Math.ceil(t / step - 1e-6) * step;
  }
  /** Where the signal is at a context time, s. @param {number} [t] @returns {number} */
  position(t = this.ctx.currentTime) {
    let deck = this.deck && t < this.deck.t0 && this.last && this.last.until > t ? this.last : this.deck;
    if (!deck) return this.rest;
    let p = deck.offset + Math.max(0, t - deck.t0);
    if (!deck.loop) return Math.min(p, this.duration);
    let [a, b] = deck.loop;
    return p < b ? p : a + (p - a) % (b - a);
  }
  /** Where the listener is: the position less the way to the loudspeaker. @returns {number} */
  heard() {
    let live = (
      /** @type {AudioContext} */
      this.ctx
    ), late2 = live.outputLatency || live.baseLatency || 0;
    return this.position(Math.max(0, this.ctx.currentTime - Math.min(late2, 0.5)));
  }
  /** @param {number} position @returns {number} where play begins: inside the loop when there is one */
  _entry(position) {
    let p = this.snap(Math.min(Math.max(position, 0), this.duration));
    return this.loop && (p < this.loop[0] || p >= this.loop[1]) ? this.loop[0] : p >= this.duration ? 0 : p;
  }
  /** @param {number} offset @param {number} t0 @param {boolean} fade @returns {Deck} */
  _start(offset, t0, fade) {
    let deck = { t0, offset, loop: this.loop, sources: [], fades: [], nodes: [], until: 1 / 0 };
    return this.tracks.forEach((_, i) => this._source(deck, i, offset, t0, fade)), deck;
  }
  /** @param {Deck} deck @param {number} i @param {number} offset @param {number} t0 @param {boolean} fade */
  _source(deck, i, offset, t0, fade) {
    let { ctx } = this, source = ctx.createBufferSource(), node = ctx.createGain();
    source.buffer = this.buffers[i], deck.loop && (source.loop = !0, [source.loopStart, source.loopEnd] = deck.loop), source.connect(node).connect(this.tracks[i]);
    let ramp = new Ramp(node.gain, fade ? 0 : 1);
    fade && ramp.to(1, t0, this.ramp, ctx.currentTime), source.onended = () => {
      node.disconnect(), this.deck === deck && deck.sources[i] === source && i === 0 && this._ended(deck);
    }, source.start(t0, offset), deck.sources[i] = source, deck.fades[i] = ramp, deck.nodes[i] = node;
  }
  /** @param {Deck} deck */
  _ended(deck) {
    this.rest = this.duration, this.deck = null;
    for (let node of deck.nodes) node.disconnect();
    this.onended();
  }
  /** Fade a deck out from `t` on and let it go. @param {Deck} deck @param {number} t */
  _retire(deck, t) {
    let now = this.ctx.currentTime;
    deck.until = t;
    for (let ramp of deck.fades) ramp.to(0, ramp.ready(t, now), this.ramp, now);
    for (let source of deck.sources) source.stop(Math.max(...deck.fades.map((f) => f.end)) + 2e-3);
  }
  /** When the current deck can be left without cutting its fade. @returns {number} */
  _free() {
    let now = this.ctx.currentTime;
    return this.deck ? Math.max(...this.deck.fades.map((f) => f.ready(0, now))) : 0;
  }
  /** Start every track at one time. @param {number} [position] */
  play(position = this.rest) {
    if (this.deck) return this.seek(position);
    let offset = this._entry(position);
    this.deck = this._start(offset, this.when(this.last ? this.last.until + this.ramp : 0), offset > 0);
  }
  /** Go elsewhere, by a cross-fade while playing. @param {number} position */
  seek(position) {
    let p = this._entry(position);
    if (!this.deck) {
      this.rest = this.snap(Math.min(Math.max(position, 0), this.duration));
      return;
    }
    let t = this.when(this._free()), next = this._start(p, t, !0);
    this._retire(this.deck, t), this.last = this.deck, this.deck = next;
  }
  /** Fade out and stop; the place is kept. */
  pause() {
    if (!this.deck) return;
    let t = this.when(this._free());
    this.rest = this.snap(this.position(t)), this._retire(this.deck, t), this.last = this.deck, this.deck = null;
  }
  /** Loop between two times, or not at all. The sound goes on where it is if that lies inside. @param {[number, number] | null} range */
  setLoop(range) {
    let old = this.loop;
    if (this.loop = range && range[1] - range[0] > 2e-3 ? [this.snap(range[0]), this.snap(Math.min(range[1], this.duration))] : null, String(old) === String(this.loop) || !this.deck) return;
    let t = this.when(this._free()), p = this.position(t), next = this._start(this._entry(p), t, !0);
    this._retire(this.deck, t), this.last = this.deck, this.deck = next;
  }
  /** Gains of all tracks along one common ramp. @param {number[]} gains */
  setGains(gains) {
    let now = this.ctx.currentTime, at = Math.max(...this.gains.map((g) => g.ready(this.when(), now)));
    gains.forEach((g, i) => this.gains[i].to(g, at, this.ramp, now));
  }
  /** @param {number} gain */
  setVolume(gain) {
    let now = this.ctx.currentTime;
    this.volume.to(gain, this.volume.ready(this.when(), now), this.ramp, now);
  }
  /** Exchange what a track plays; the sound stays in its place in time. @param {number} i @param {AudioBuffer} buffer */
  setBuffer(i, buffer) {
    this.buffers[i] = buffer;
    let deck = this.deck;
    if (!deck) return;
    let now = this.ctx.currentTime, old = deck.sources[i], ramp = deck.fades[i], t = this.when(Math.max(ramp.ready(0, now), deck.t0, now + BUILD));
    ramp.to(0, t, this.ramp, now), old.stop(ramp.end + 2e-3), this._source(deck, i, this.snap(this.position(t)), t, !0);
  }
  /** Largest sample of the last `seconds` that left for the loudspeaker. @param {number} seconds @returns {number} */
  peak(seconds) {
    this.analyser.getFloatTimeDomainData(this._meter);
    let n = Math.min(this._meter.length, Math.ceil(seconds * this.ctx.sampleRate)), top = 0;
    for (let i = this._meter.length - n; i < this._meter.length; i += 1) top = Math.max(top, Math.abs(this._meter[i]));
    return top;
  }
  /** Stop at once and take the graph apart. */
  dispose() {
    for (let deck of [this.deck, this.last]) {
      for (let source of deck ? deck.sources : []) {
        source.onended = null;
        try {
          source.stop();
        } catch {
        }
        source.disconnect();
      }
      for (let node of deck ? deck.nodes : []) node.disconnect();
    }
    this.deck = this.last = null;
    for (let node of this.tracks) node.disconnect();
    this.master.disconnect(), this.analyser.disconnect(), this.buffers = [];
  }
};
async function renderOffline(buffers, { duration, sampleRate, channels = 1, seconds, gains, volume, ramp, from = 0, loop = null, actions = [] }) {
  let ctx = new OfflineAudioContext(channels, Math.round(seconds * sampleRate), sampleRate), engine = new Engine(ctx, buffers, { duration, ramp, volume, gains });
  engine.loop = loop ? [engine.snap(loop[0]), engine.snap(loop[1])] : null, engine.play(from);
  for (let { t, run } of actions) ctx.suspend(t).then(() => (run(engine), ctx.resume()));
  let out = await ctx.startRendering();
  return engine.dispose(), out;
}

// lib/session.js
var IDLE = 2e4, PLAYING = "sep-toolkit-playing", Session = class {
  /** @param {{info: Info, load: () => Promise<AudioBuffer[]>, onchange: (what: "play" | "pause" | "end" | "error", error?: unknown) => void}} options */
  constructor({ info, load, onchange }) {
    this.info = info, this.load = load, this.onchange = onchange, this.id = {}, this.ctx = null, this.engine = null, this.loading = null, this.buffers = null, this.gains = [], this.loop = null, this.swapped = /* @__PURE__ */ new Map(), this.volume = 1, this.rest = 0, this.wanted = !1, this.gone = !1, this.timer = 0, this._other = (e) => {
      /** @type {CustomEvent} */
      e.detail !== this.id && this.playing && this.pause();
    }, document.addEventListener(PLAYING, this._other);
  }
  get playing() {
    return this.wanted;
  }
  /** The buffers, decoded at most once. @returns {Promise<AudioBuffer[]>} */
  decoded() {
    return this.loading ??= this.load().then((buffers) => {
      for (let [i, buffer] of this.swapped) buffers[i] = buffer;
      return this.buffers = this.gone ? [] : buffers;
    }), this.loading.catch(() => {
      this.loading = null;
    }), this.loading;
  }
  async play() {
    if (!(this.wanted || this.gone)) {
      this.wanted = !0, clearTimeout(this.timer), document.dispatchEvent(new CustomEvent(PLAYING, { detail: this.id }));
      try {
        let opened = this.ctx ?? (this.ctx = new AudioContext({ sampleRate: this.info.play_sr, latencyHint: "interactive" })), [buffers] = await Promise.all([this.decoded(), opened.resume()]);
        if (this.gone || !this.wanted || this.ctx !== opened) return;
        this.engine ??= this._engine(opened, buffers), this.engine.play(this.rest), this.onchange("play");
      } catch (error) {
        this.wanted = !1, this.onchange("error", error);
      }
    }
  }
  /** @param {AudioContext} ctx @param {AudioBuffer[]} buffers @returns {Engine} */
  _engine(ctx, buffers) {
    let { duration, ramp_s } = this.info, engine = new Engine(ctx, buffers, { duration, ramp: ramp_s, volume: this.volume, gains: this.gains });
    return engine.loop = this.loop && [engine.snap(this.loop[0]), engine.snap(this.loop[1])], engine.onended = () => {
      this.rest = duration, this.wanted = !1, this._idle(), this.onchange("end");
    }, engine;
  }
  pause() {
    this.wanted && (this.wanted = !1, this.engine && (this.engine.pause(), this.rest = this.engine.rest), this._idle(), this.onchange("pause"));
  }
  _idle() {
    clearTimeout(this.timer), this.timer = window.setTimeout(() => this._close(), IDLE);
  }
  _close() {
    clearTimeout(this.timer), this.engine?.dispose(), this.engine = null;
    let ctx = this.ctx;
    this.ctx = null, ctx && ctx.state !== "closed" && ctx.close().catch(() => {
    });
  }
  /** What the listener hears now, s. @returns {number} */
  position() {
    return this.wanted && this.engine?.playing ? this.engine.heard() : this.rest;
  }
  /** @param {number} t s */
  seek(t) {
    this.rest = Math.min(Math.max(0, t), this.info.duration), this.rest >= this.info.duration && this.wanted && !this.loop && (this.pause(), this.rest = this.info.duration), this.engine?.seek(this.rest);
  }
  /** @param {[number, number] | null} range */
  setLoop(range) {
    this.loop = range, this.engine?.setLoop(range);
  }
  /** @param {number[]} gains */
  setGains(gains) {
    this.gains = gains.slice(), this.engine?.setGains(gains);
  }
  /** @param {number} gain */
  setVolume(gain) {
    this.volume = gain, this.engine?.setVolume(gain);
  }
  /** Exchange what a track plays; the sound stays in its place. @param {number} i @param {AudioBuffer} buffer */
  setBuffer(i, buffer) {
    this.swapped.set(i, buffer), this.buffers && (this.buffers[i] = buffer), this.engine?.setBuffer(i, buffer);
  }
  /** The same graph rendered offline, for measuring. @param {any} options @returns {Promise<AudioBuffer>} */
  async renderOffline(options) {
    let { duration, play_sr, channels, ramp_s } = this.info;
    return renderOffline(await this.decoded(), { duration, sampleRate: play_sr, channels, ramp: ramp_s, gains: this.gains, volume: this.volume, ...options });
  }
  destroy() {
    this.gone = !0, this.wanted = !1, document.removeEventListener(PLAYING, this._other), this._close(), this.buffers = null, this.loading = null, this.swapped.clear();
  }
};

// lib/theme.js
function watchTheme(root, onchange) {
  let read = () => {
    let style = getComputedStyle(root), get = (name) => style.getPropertyValue(`--st-${name}`).trim();
    return {
      dark: luminance(style.backgroundColor) < 0.4,
      text: get("text"),
      soft: get("soft"),
      faint: get("faint"),
      line: get("line"),
      grid: get("grid"),
      back: get("back"),
      lane: get("lane"),
      accent: get("accent"),
      font: style.fontFamily
    };
  }, dark = () => root.classList.toggle("st-dark", luminance(getComputedStyle(root).backgroundColor) < 0.4), changed = () => {
    dark(), onchange();
  }, media = matchMedia("(prefers-color-scheme: dark)"), observer = new MutationObserver(() => requestAnimationFrame(changed)), what = { attributes: !0, attributeFilter: ["class", "style", "data-jp-theme-light", "data-jp-theme-name", "data-theme", "data-vscode-theme-kind"] };
  return observer.observe(document.documentElement, what), observer.observe(document.body, what), media.addEventListener("change", changed), dark(), { read, stop() {
    observer.disconnect(), media.removeEventListener("change", changed);
  } };
}
function luminance(color) {
  let [r = 255, g = 255, b = 255] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
var calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// player.js
var MIN_DB = -60, MAX_DB = 12, gainOf = (db) => db <= MIN_DB ? 0 : 10 ** (db / 20), brief = ([a, b]) => b < 60 ? `${a.toFixed(2)} – ${b.toFixed(2)} s` : `${clock(a, 1)} – ${clock(b, 1)}`, late = void 0, PlayerView = class {
  /** @type {Lanes} */
  lanes = late;
  /** @type {HTMLElement & {player?: PlayerView}} */
  root = late;
  /** @type {HTMLElement} */
  status = late;
  /** @type {Record<string, HTMLElement>} */
  modes = late;
  /** @type {import("./lib/keys.js").Binding[] | undefined} */
  _bindings;
  /** @type {number[] | undefined} */
  abxGains;
  /** @type {boolean[]} */
  audible = [];
  /** @type {HTMLElement | null} */
  shade = null;
  clipping = !1;
  pushing = !1;
  gone = !1;
  sent = 0;
  saying = 0;
  scrubbed = 0;
  metered = 0;
  shown = -60;
  /** @param {Model} model @param {HTMLElement} el @param {Extra} [extra] */
  constructor(model, el, extra = {}) {
    this.model = model, this.el = el, this.extra = extra, this.info = model.get("info"), this.tracks = model.get("tracks").map((t) => ({ ...t })), this.solo = /* @__PURE__ */ new Set(), this.muted = /* @__PURE__ */ new Set(), this.region = null, this.loop = !1, this.match = !1, this.volume = 0, this.current = 0, this.frame = 0, this.abx = null, this.undo = [], this.exchanged = /* @__PURE__ */ new Map(), this.undrawn = /* @__PURE__ */ new Map(), this.measuring = 0, this.session = new Session({ info: this.info, load: () => this.load(), onchange: (what, error) => this.heard(what, error) }), this.build(), this.listen(), this.pull(), this.hideFallback();
  }
  async load() {
    this.say("Decoding the sound …");
    let buffers = await Promise.all(
      /** @type {DataView[]} */
      this.model.get("audio").map((data) => decode(data, this.info))
    );
    return this.say(this.info.note), this.lanes?.paint(), queueMicrotask(() => {
      this.gone || (this.rematch(), this.show());
    }), buffers;
  }
  build() {
    let { info, tracks } = this, single = tracks.length === 1, button = (name, label, click, more = {}) => h("button", { type: "button", "aria-label": label, title: label, on: { click }, ...more }, icon(name));
    this.playButton = button("play", "Play (Space)", () => this.toggle(), { class: "st-play" }), this.loopButton = button("loop", "Loop the region, or all (L)", () => this.setLoop(!this.loop), { "aria-pressed": "false" }), this.now = h("b", { text: clock(0) }), this.chipText = h("span"), this.chip = h("span", { class: "st-chip", hidden: !0 }, this.chipText, button("close", "Clear the region (Escape)", () => this.setRegion(null, !0))), this.modes = Object.fromEntries(
      /** @type {const} */
      [["wave", "Waveforms"], ["both", "Waveforms and spectrograms"], ["spec", "Spectrograms"]].map(([mode, label]) => [mode, button(mode, `${label} (V)`, () => this.setView(mode), { "aria-pressed": "false" })])
    ), this.matchButton = h("button", { type: "button", role: "switch", class: "st-switch", "aria-checked": "false", title: "Make every track equally loud, by the gain shown beside its name (G)", on: { click: () => this.setMatch(!this.match) } }, "Match loudness"), this.slider = h("input", { type: "range", min: MIN_DB, max: MAX_DB, step: "0.5", "aria-label": "Volume in dB", title: "Volume; double-click for 0 dB", on: {
      input: () => this.setVolume(Number(this.slider.value), !1),
      change: () => this.setVolume(Number(this.slider.value), !0),
      dblclick: () => this.setVolume(0, !0)
    } }), this.volumeText = h("span", { class: "st-db", "aria-hidden": "true" }), this.meter = h("i"), this.clipButton = h("button", { type: "button", class: "st-clip", "aria-label": "No clipping", title: "Lights when the sum exceeds full scale; click to reset", on: { click: () => this.setClip(!1) } }, "CLIP");
    let bar = h(
      "div",
      { class: "st-bar", role: "toolbar", "aria-label": "Playback" },
      h("div", { class: "st-group" }, this.playButton, button("start", "To the beginning (Home)", () => this.seek(0)), this.loopButton),
      h("div", { class: "st-clock" }, this.now, h("span", { text: `/ ${clock(info.duration)}` })),
      single ? this.chip : null,
      h("div", { class: "st-gap" }),
      h("div", { class: "st-group st-seg", role: "group", "aria-label": "View" }, ...Object.values(this.modes)),
      h("div", { class: "st-group" }, button("minus", "Zoom out (−)", () => this.zoom(2)), button("fit", "Show all (F)", () => this.lanes.time.fit()), button("plus", "Zoom in (+)", () => this.zoom(0.5))),
      single ? null : h("div", { class: "st-group" }, this.matchButton),
      h("div", { class: "st-group st-vol" }, icon("volume"), this.slider, this.volumeText),
      h("div", { class: "st-group", role: "presentation" }, h("div", { class: "st-meter", "aria-hidden": "true" }, this.meter), this.clipButton),
      h("div", { class: "st-group" }, this.helpButton = h("button", { type: "button", "aria-label": "Keys (?)", title: "Keys (?)", on: { click: () => this.help() } }, "?"))
    );
    this.status = h("div", { class: "st-status", tabindex: "-1", role: "status", "aria-live": "polite" }), this.read = h("div", { class: "st-read" });
    let legend = h("div", { class: "st-legend", title: "Levels of all spectrograms, relative to the loudest point of any" }, decibel(info.floor_db, 0), h("canvas", { width: 256, height: 1 }), "0 dB");
    this.foot = h("div", { class: "st-foot" }, this.status, this.read, legend), this.root = h("div", { class: `st-player${single ? " st-single" : ""}${this.extra.exclusive ? " st-exclusive" : ""}`, role: "group", "aria-label": `${this.extra.label ?? "Stem player"}: ${info.title}`, "data-lm-suppress-shortcuts": "true" }), this.el.append(h("style", { text: player_default + (this.extra.css ?? "") }), this.root), this.extra.above && this.root.append(this.extra.above), this.root.append(bar), this.theme = watchTheme(this.root, () => this.lanes.paint());
    let map = asBytes(this.model.get("map"));
    this.lanes = new Lanes({
      info,
      tracks,
      map,
      heads: tracks.map((t, i) => this.head(t, i)),
      theme: this.theme.read,
      buffers: () => this.session.buffers,
      peaks: this.model.get("peaks").map((d) => {
        let b = asBytes(d);
        return new Int8Array(b.buffer, b.byteOffset, b.byteLength);
      }),
      pictures: this.model.get("pictures").map(asBytes),
      on: {
        seek: (t, done) => this.scrub(t, done),
        region: (r, done) => this.setRegion(r, done),
        hover: (text) => {
          this.read.textContent = text;
        },
        current: (i) => this.setCurrent(i),
        hint: (text) => this.say(text, 2500)
      }
    }), single || this.lanes.corner.append(this.chip), this.root.append(this.lanes.body, this.lanes.mapRow, this.foot);
    let g = legend.querySelector("canvas").getContext("2d"), image = g.createImageData(256, 1);
    for (let i = 0; i < 256; i += 1) image.data.set([map[3 * i], map[3 * i + 1], map[3 * i + 2], 255], 4 * i);
    g.putImageData(image, 0, 0), this.say(info.note), this.root.player = this;
  }
  /** The left end of a track's row. @param {TrackInfo} track @param {number} i @returns {HTMLElement} */
  head(track, i) {
    let single = this.tracks.length === 1, { exclusive } = this.extra, said = track.said ?? (single ? "" : track.kind === "mix" ? "= all below" : track.kind === "residual" ? "mixture − stems" : track.kind === "extra" ? "heard by solo" : ""), solo = h("button", { type: "button", class: "st-sm st-solo", "aria-pressed": "false", "aria-label": `Solo ${track.name}`, title: "Solo; with Shift or Ctrl add to the solo", on: { click: (e) => this.toggleSolo(i, e.shiftKey || e.ctrlKey || e.metaKey) } }, "S");
    exclusive && (solo.textContent = "Hear", solo.title = `Hear ${track.name}${i < 9 ? ` (${i + 1})` : ""}`, solo.setAttribute("aria-label", solo.title));
    let mute = h("button", { type: "button", class: "st-sm st-mute", "aria-pressed": "false", "aria-label": `Mute ${track.name}`, title: "Mute", on: { click: () => this.toggleMute(i) } }, "M");
    track.default || (mute.disabled = !0);
    let level = h("span", { class: "st-kind" });
    return h(
      "div",
      { class: "st-name", title: `${track.name}${said ? ` (${said})` : ""}: RMS ${decibel(track.rms_db)}, peak ${decibel(track.peak_db)}${track.default || exclusive ? "" : "; heard when soloed"}`, on: { pointerdown: () => this.setCurrent(i) } },
      h("div", {}, h("span", { class: "st-label", text: track.name }), i < 9 ? h("span", { class: "st-key", text: i + 1, title: `Key ${i + 1}: solo` }) : null),
      h("div", { class: "st-keys" }, solo, exclusive ? null : mute, level),
      said ? h("div", { class: "st-said", text: said }) : null
    );
  }
  get bindings() {
    return this._bindings ??= /** @type {import("./lib/keys.js").Binding[]} */
    [
      ...this.extra.bindings ?? [],
      { keys: ["Space", "k"], label: "Space", does: "play or pause", run: () => this.toggle() },
      { keys: ["ArrowLeft"], label: "←", does: "back 1 s (Shift: 0.1 s)", run: () => this.seek(this.session.position() - 1) },
      { keys: ["ArrowRight"], label: "→", does: "forward 1 s (Shift: 0.1 s)", run: () => this.seek(this.session.position() + 1) },
      { keys: ["Shift+ArrowLeft"], label: "", does: "", run: () => this.seek(this.session.position() - 0.1) },
      { keys: ["Shift+ArrowRight"], label: "", does: "", run: () => this.seek(this.session.position() + 0.1) },
      { keys: ["PageUp"], label: "", does: "", run: () => this.lanes.time.pan(-0.8 * this.lanes.time.span) },
      { keys: ["PageDown"], label: "PgUp PgDn", does: "move the view", run: () => this.lanes.time.pan(0.8 * this.lanes.time.span) },
      { keys: ["Home"], label: "Home", does: "to the beginning", run: () => this.seek(0) },
      { keys: ["End"], label: "End", does: "to the end", run: () => this.seek(this.info.duration) },
      ...this.tracks.length === 1 ? [] : [
        { keys: [..."123456789"], label: "1 … 9", does: this.extra.exclusive ? "hear a track" : "solo a track; again: all", run: (e) => this.toggleSolo(Number(e.code.slice(-1)) - 1, !1) },
        ...this.extra.exclusive ? [] : [
          { keys: ["0"], label: "0", does: "no solo, no mute", run: () => this.clearGains() },
          { keys: [..."123456789"].map((d) => `Shift+${d}`), label: "Shift 1 … 9", does: "mute a track", run: (e) => this.toggleMute(Number(e.code.slice(-1)) - 1) },
          { keys: ["m"], label: "M", does: "mute the chosen track", run: () => this.toggleMute(this.current) }
        ],
        { keys: ["ArrowUp"], label: "", does: "", run: () => this.setCurrent(this.current - 1) },
        { keys: ["ArrowDown"], label: "↑ ↓", does: "choose a track", run: () => this.setCurrent(this.current + 1) },
        { keys: ["s"], label: "S", does: this.extra.exclusive ? "hear the chosen track" : "solo the chosen track", run: () => this.toggleSolo(this.current, !1) },
        { keys: ["g"], label: "G", does: "match loudness on or off", run: () => this.setMatch(!this.match) }
      ],
      { keys: ["l"], label: "L", does: "loop on or off", run: () => this.setLoop(!this.loop) },
      { keys: ["["], label: "[ and ]", does: "region from or to the playhead", run: () => this.mark(0) },
      { keys: ["]"], label: "", does: "", run: () => this.mark(1) },
      { keys: ["+", "="], label: "+ and −", does: "zoom around the playhead", run: () => this.zoom(0.5) },
      { keys: ["-", "_"], label: "", does: "", run: () => this.zoom(2) },
      { keys: ["f"], label: "F", does: "show all", run: () => this.lanes.time.fit() },
      { keys: ["v"], label: "V", does: "waveforms, spectrograms, both", run: () => this.setView({ wave: "both", both: "spec", spec: "wave" }[this.lanes.mode] ?? "both") },
      { keys: ["Escape"], label: "Escape", does: "clear the region", run: () => this.setRegion(null, !0) },
      { keys: ["?"], label: "?", does: "this help", run: () => this.help() }
    ];
  }
  listen() {
    let { root } = this;
    root.addEventListener("keydown", (e) => this.key(e)), root.addEventListener("pointerenter", () => this.session.decoded().catch((error) => this.heard("error", error)), { once: !0 }), root.addEventListener("focusin", () => this.session.decoded().catch((error) => this.heard("error", error)), { once: !0 }), root.addEventListener("click", (e) => {
      e.detail > 0 && !this.shade && !this.abx && /** @type {HTMLElement} */
      e.target.closest("button") && this.focus();
    }), root.addEventListener("mousedown", (e) => {
      /** @type {HTMLElement} */
      e.target.closest("button, input, select, summary, label, .st-status, .st-chart, .st-scrub, .st-summary") || (e.preventDefault(), this.shade || this.focus());
    });
    let on = (event, f) => {
      this.model.on(event, f), this.undo.push(() => this.model.off(event, f));
    };
    for (let key of ["solo", "muted", "region", "loop", "match", "volume_db", "view"]) on(`change:${key}`, () => this.pull());
    on("change:position", () => {
      let t = this.model.get("position");
      Math.abs(t - this.sent) > 1e-4 && this.seek(t);
    }), on("change:abx_plan", () => this.startAbx()), this.sent = this.model.get("position") ?? 0, this.seek(this.sent, !1), this.model.get("abx_plan") && this.startAbx();
  }
  /** Where the keys are heard, whatever is on screen; a focus outside would leave them to the notebook. */
  focus() {
    (this.abx ? this.abx.panel.querySelector(this.abx.over ? ".st-answer:not([hidden] *):not([hidden])" : ".st-big:last-child") : this.lanes.slider)?.focus({ preventScroll: !0 });
  }
  /** @param {KeyboardEvent} e */
  key(e) {
    if (this.shade) {
      (e.key === "Escape" || e.key === "?") && (this.help(), e.preventDefault(), e.stopPropagation());
      return;
    }
    if (this.abx && !this.abx.over) {
      let key = e.key.toLowerCase(), abx = this.abx;
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      ["a", "b", "x"].includes(key) ? abx.pick(key.toUpperCase()) : ["1", "2"].includes(key) ? abx.decide(Number(key) - 1) : key === "escape" ? this.leaveAbx() : ["0", "3", "4", "5", "6", "7", "8", "9", "s", "m", "g", "v"].includes(key) || handle(e, this.bindings.filter((b) => /Space|Arrow(Left|Right)|Home|End|^l$/.test(b.keys[0])));
      return;
    }
    handle(e, this.bindings);
  }
  /** Take over what Python says. */
  pull() {
    if (this.pushing) return;
    let get = (k) => this.model.get(k), indices = (names) => new Set((names ?? []).map((n) => this.tracks.findIndex((t) => t.name === n)).filter((i) => i >= 0));
    this.solo = indices(get("solo")), this.muted = indices(get("muted")), this.region = get("region") ? (
      /** @type {[number, number]} */
      [...get("region")]
    ) : null, this.loop = !!get("loop"), this.match = !!get("match"), this.volume = get("volume_db") ?? 0, this.lanes.mode = get("view") ?? "both", this.lanes.layout(), this.show();
  }
  /** Tell Python. @param {Record<string, any>} values */
  push(values) {
    if (!this.gone) {
      this.pushing = !0;
      for (let [key, value] of Object.entries(values)) this.model.set(key, value);
      this.pushing = !1;
      try {
        this.model.save_changes();
      } catch {
      }
    }
  }
  /** Bring screen and sound to the state. */
  show() {
    let { tracks, solo, muted } = this;
    this.audible = tracks.map((t, i) => solo.size ? solo.has(i) : t.default && !muted.has(i)), this.session.setGains(this.abxGains ?? tracks.map((t, i) => this.audible[i] ? this.match ? gainOf(t.match_db) : 1 : 0)), this.session.setVolume(gainOf(this.volume)), this.session.setLoop(this.loop || this.abx ? this.region ?? [0, this.info.duration] : null), this.lanes.lanes.forEach(({ row, head }, i) => {
      row.classList.toggle("st-silent", !this.audible[i]), row.classList.toggle("st-current", i === this.current && tracks.length > 1), head.querySelector(".st-solo")?.setAttribute("aria-pressed", String(solo.has(i))), head.querySelector(".st-mute")?.setAttribute("aria-pressed", String(muted.has(i))), /** @type {HTMLElement} */
      head.querySelector(".st-kind").replaceChildren(this.match ? h("b", { text: decibel(tracks[i].match_db, 1, !0), title: "Gain of the loudness match" }) : tracks[i].rms_db === null ? "silent" : decibel(tracks[i].rms_db));
    }), this.matchButton.setAttribute("aria-checked", String(this.match)), this.loopButton.setAttribute("aria-pressed", String(this.loop));
    for (let [mode, b] of Object.entries(this.modes)) b.setAttribute("aria-pressed", String(mode === this.lanes.mode));
    this.slider.value = String(this.volume), this.volumeText.textContent = this.volume <= MIN_DB ? "silent" : decibel(this.volume, 1), this.slider.setAttribute("aria-valuetext", this.volumeText.textContent), this.chip.hidden = !this.region, this.region && (this.chipText.textContent = brief(this.region)), this.lanes.setRegion(this.region, this.loop), this.lanes.paint(), this.tick();
  }
  /** @param {Set<number>} set @returns {string[]} */
  names(set) {
    return [...set].sort((a, b) => a - b).map((i) => this.tracks[i].name);
  }
  pushGains() {
    this.show(), this.push({ solo: this.names(this.solo), muted: this.names(this.muted) });
    let heard = this.tracks.filter((_, i) => this.audible[i]).map((t) => t.name);
    this.say(heard.length ? `Heard: ${heard.join(" + ")}` : "Nothing is heard: all tracks are muted");
  }
  /** @param {number} i @param {boolean} add */
  toggleSolo(i, add) {
    if (i < 0 || i >= this.tracks.length) return;
    let had = this.solo.has(i);
    this.extra.exclusive ? this.solo = /* @__PURE__ */ new Set([i]) : add ? had ? this.solo.delete(i) : this.solo.add(i) : this.solo = had && this.solo.size === 1 ? /* @__PURE__ */ new Set() : /* @__PURE__ */ new Set([i]), this.current = i, this.pushGains();
  }
  /** @param {number} i */
  toggleMute(i) {
    if (!this.tracks[i]?.default) {
      this.tracks[i] && this.say(`${this.tracks[i].name} is heard only when soloed`);
      return;
    }
    this.muted.delete(i) || this.muted.add(i), this.current = i, this.pushGains();
  }
  /**
   * Exchange what tracks play and show; the sound stays in its place in time. The ear comes first: levels and pictures follow in a later task.
   * @param {[number, AudioBuffer][]} exchange
   */
  setTracks(exchange) {
    if (!(this.gone || !exchange.length)) {
      for (let [i, buffer] of exchange)
        this.session.setBuffer(i, buffer), this.undrawn.set(i, buffer);
      this.measuring || (this.measuring = window.setTimeout(() => this.measure(), 0));
    }
  }
  /** Levels, waveforms and matching gains of exchanged tracks. */
  measure() {
    if (this.measuring = 0, !this.gone) {
      for (let [i, buffer] of this.undrawn) {
        let facts = factsOf(buffer);
        Object.assign(this.tracks[i], { rms_db: facts.rms_db, peak_db: facts.peak_db }), this.exchanged.set(i, facts), this.lanes.lanes[i].head.title = `${this.tracks[i].name}: RMS ${decibel(facts.rms_db)}, peak ${decibel(facts.peak_db)}`, this.lanes.setTrack(i, buffer);
      }
      this.undrawn.clear(), this.rematch(), this.show();
    }
  }
  /** The matching gain of exchanged tracks: as loud as the first one. */
  rematch() {
    let first = this.session.buffers?.[0];
    if (first) for (let [i, facts] of this.exchanged) this.tracks[i].match_db = matchGain(factsOf(first), facts);
  }
  clearGains() {
    this.solo.clear(), this.muted.clear(), this.pushGains();
  }
  /** @param {number} i */
  setCurrent(i) {
    this.current = Math.min(this.tracks.length - 1, Math.max(0, i)), this.show();
  }
  /** @param {boolean} on */
  setMatch(on) {
    this.match = on, this.show(), this.push({ match: on }), this.say(on ? "Loudness matched: each track plays with the gain beside its name" : "One shared gain: tracks as loud as they are");
  }
  /** @param {boolean} on */
  setLoop(on) {
    this.loop = on, this.show(), this.push({ loop: on }), this.say(on ? this.region ? "Looping the region" : "Looping all" : "Loop off");
  }
  /** @param {string} mode */
  setView(mode) {
    this.lanes.setMode(mode), this.show(), this.push({ view: mode });
  }
  /** @param {number} factor */
  zoom(factor) {
    let { time } = this.lanes, p = this.session.position();
    time.zoom(factor, p >= time.start && p <= time.end ? p : (time.start + time.end) / 2);
  }
  /** @param {number} db @param {boolean} done */
  setVolume(db, done) {
    this.volume = Math.abs(db) < 0.75 ? 0 : db, this.show(), done && this.push({ volume_db: this.volume });
  }
  /** @param {[number, number] | null} region @param {boolean} done */
  setRegion(region, done) {
    let grid = 1 / this.info.sr;
    this.region = region && /** @type {[number, number]} */
    region.map((t) => Math.round(Math.round(t / grid) * grid * 1e6) / 1e6), this.lanes.setRegion(this.region, this.loop || !!region), this.chip.hidden = !this.region, this.region && (this.chipText.textContent = brief(this.region)), done && (this.loop = !!region, !region && this.root.contains(document.activeElement) && this.focus(), this.show(), this.push({ region: this.region, loop: this.loop }), region && !this.session.playing && (this.session.rest < region[0] || this.session.rest >= region[1]) && this.seek(region[0]), this.say(region ? `Region ${clock(region[0], 2)} to ${clock(region[1], 2)}, looping` : "Region cleared"));
  }
  /** Set one end of the region at the playhead. @param {0 | 1} end */
  mark(end) {
    let p = this.session.position(), r = this.region ?? [0, this.info.duration], next = (
      /** @type {[number, number]} */
      end ? [Math.min(r[0], p - 0.01), p] : [p, Math.max(r[1], p + 0.01)]
    );
    next[1] - next[0] > 4e-3 && this.setRegion([Math.max(0, next[0]), Math.min(this.info.duration, next[1])], !0);
  }
  toggle() {
    this.session.playing ? this.session.pause() : this.play();
  }
  play() {
    return this.session.rest >= this.info.duration - 1e-4 && (this.session.rest = 0), this.playState(!0), this.session.play();
  }
  /** @param {number} t @param {boolean} [tell] */
  seek(t, tell = !0) {
    this.session.seek(t), this.lanes.setPosition(this.session.rest, !1), this.now.textContent = clock(this.session.rest), this.session.playing || this.lanes.time.follow(this.session.rest), tell && this.tell(), this.tick();
  }
  /** Seeks while a finger moves: the ear gets one every 60 ms. @param {number} t @param {boolean} done */
  scrub(t, done) {
    let now = performance.now();
    (done || !this.session.playing || now - this.scrubbed > 60) && (this.scrubbed = now, this.seek(t, done));
  }
  tell() {
    this.sent = Math.round(this.session.rest * 1e6) / 1e6, this.push({ position: this.sent });
  }
  /** @param {boolean} on */
  playState(on) {
    this.playButton.replaceChildren(icon(on ? "pause" : "play"));
    let label = on ? "Pause (Space)" : "Play (Space)";
    this.playButton.setAttribute("aria-label", label), this.playButton.title = label, this.root.classList.toggle("st-playing", on);
  }
  /** What became of the sound. @param {"play" | "pause" | "end" | "error"} what @param {unknown} [error] */
  heard(what, error) {
    if (this.playState(this.session.playing), what === "error") {
      this.fail(error);
      return;
    }
    what === "play" ? this.say(this.info.note) : this.tell(), this.push({ playing: this.session.playing }), this.tick();
  }
  /** One frame: playhead, clock, meter. Runs only while something moves. */
  tick() {
    this.frame || this.gone || (this.frame = requestAnimationFrame(() => {
      if (this.frame = 0, this.gone) return;
      let t = this.session.position();
      this.now.textContent = clock(t), this.lanes.setPosition(t, this.session.playing);
      let moving = this.showLevel();
      (this.session.playing || moving) && this.tick();
    }));
  }
  /** @returns {boolean} whether the meter still moves */
  showLevel() {
    let now = performance.now(), engine = this.session.engine, since = Math.min(0.15, (now - this.metered) / 1e3 + 0.01), step = calm() ? 250 : 30;
    if (now - this.metered < step) return !0;
    this.metered = now;
    let peak = engine && this.session.ctx?.state === "running" ? engine.peak(calm() ? 0.15 : since) : 0;
    peak > 1.00001 && this.setClip(!0);
    let db = Math.max(-60, 20 * Math.log10(peak + 1e-9)), shown = Math.max(db, this.shown - 1.5);
    return this.shown = this.session.playing ? shown : Math.max(-60, this.shown - 3), this.meter.style.transform = `scaleX(${((this.shown + 60) / 60).toFixed(3)})`, this.shown > -60;
  }
  /** @param {boolean} on */
  setClip(on) {
    on !== this.clipping && (this.clipping = on, this.clipButton.classList.toggle("st-on", on), this.clipButton.setAttribute("aria-label", on ? "Clipping: click to reset" : "No clipping"), on && this.say("The sum exceeds full scale and clips: turn the volume down"));
  }
  startAbx() {
    let plan = this.model.get("abx_plan");
    if (this.closeAbx(), !plan) return;
    let order = [plan.a, plan.b], listen = (which) => {
      this.abxGains = this.tracks.map((t, i) => which >= 0 && i === order[which] ? plan.match ? gainOf(t.match_db) : 1 : 0), this.show(), which < 0 ? this.session.pause() : this.session.playing || this.play();
    };
    this.abx = abxPanel({ plan, listen, leave: () => this.leaveAbx(), answer: (choice, seconds) => {
      let answers = [...this.model.get("abx_answers") ?? [], [choice, Math.round(seconds * 1e3) / 1e3]];
      this.push({ abx_answers: answers });
    } }), this.abxGains = this.tracks.map(() => 0);
    let focused = this.root.contains(document.activeElement);
    this.lanes.body.hidden = !0, this.root.classList.add("st-testing"), this.lanes.mapRow.before(this.abx.panel), focused && this.focus(), this.say(plan.match ? "Loudness is matched during the test" : ""), this.show();
  }
  closeAbx() {
    this.abx?.panel.remove(), this.abx = null, this.abxGains = void 0, this.lanes.body.hidden = !1, this.root.classList.remove("st-testing"), this.show();
  }
  leaveAbx() {
    this.session.pause(), this.closeAbx(), this.push({ abx_plan: null }), this.focus();
  }
  /** Open or close the table of keys. */
  help() {
    if (this.shade) {
      this.shade.remove(), this.shade = null, this.focus();
      return;
    }
    let close = h("button", { type: "button", "aria-label": "Close", on: { click: () => this.help() } }, icon("close")), extra = [["drag", "select a region"], ["drag its edge", "change it"], ["Ctrl wheel", "zoom"], ["Shift wheel", "pan"]], rows = [...this.bindings.filter((b) => b.label).map((b) => [b.label, b.does]), ...extra], shade = this.shade = /** @type {HTMLElement} */
    h(
      "div",
      { class: "st-help", role: "dialog", "aria-modal": "true", "aria-label": "Keys", on: { click: (e) => {
        e.target === this.shade && this.help();
      } } },
      h("div", {}, h("h3", {}, "Keys", close), h("dl", {}, ...rows.map(([key, does]) => h("div", {}, h("dt", {}, ...key.split(" ").flatMap((k) => /^(and|drag|its|edge|…|wheel)$/.test(k) ? [` ${k} `] : [h("kbd", { text: k }), " "])), h("dd", { text: does })))))
    );
    this.root.append(shade), close.focus();
  }
  /** @param {string} text @param {number} [ms] */
  say(text, ms = 0) {
    this.gone || !this.status || (clearTimeout(this.saying), this.status.classList.remove("st-bad"), this.status.textContent = text, this.status.title = text, ms && (this.saying = window.setTimeout(() => this.say(this.info.note), ms)));
  }
  /** @param {unknown} error */
  fail(error) {
    this.say(`The sound cannot be played: ${error instanceof Error ? error.message : String(error)}`), this.status.classList.add("st-bad");
  }
  /** The script-free output beside this one has done its work. */
  hideFallback() {
    let id = this.model.get("fallback_id");
    if (!id || !/^[\w-]+$/.test(id)) return;
    let style = h("style", { text: `.${id} { display: none !important; }` });
    document.head.append(style), this.undo.push(() => style.remove());
  }
  destroy() {
    this.gone = !0, cancelAnimationFrame(this.frame), clearTimeout(this.saying), clearTimeout(this.measuring), this.undrawn.clear();
    for (let f of this.undo) f();
    this.session.destroy(), this.lanes.destroy(), this.theme?.stop(), delete this.root.player, this.el.replaceChildren();
  }
};

// lib/link.js
var Link = class {
  /** @param {Model} model */
  constructor(model) {
    this.model = model, this.listeners = /* @__PURE__ */ new Map(), this._hear = (message, buffers) => {
      for (let [kind, f] of this.listeners) message && kind in message && f(message, buffers);
    }, model.on("msg:custom", this._hear);
  }
  get alive() {
    return typeof this.model.send == "function";
  }
  /** @param {string} what @param {Record<string, any>} [data] @returns {boolean} whether it went out */
  order(what, data = {}) {
    if (!this.alive) return !1;
    try {
      return this.model.send?.({ do: what, ...data }), !0;
    } catch {
      return !1;
    }
  }
  /** Messages that have a field of this name. @param {string} kind @param {(message: any, buffers: DataView[]) => void} f */
  on(kind, f) {
    this.listeners.set(kind, f);
  }
  destroy() {
    this.model.off("msg:custom", this._hear), this.listeners.clear();
  }
}, LIMIT = 256e6, Sounds = class {
  /** @param {Link} link @param {Model} model @param {() => void} [onnew] */
  constructor(link, model, onnew = () => {
  }) {
    this.link = link, this.held = /* @__PURE__ */ new Map(), this.waiting = /* @__PURE__ */ new Map(), this.asking = /* @__PURE__ */ new Set(), this.onnew = onnew, this.bytes = 0;
    let kept = model.get("kept_sounds");
    this.packed = new Map((kept?.ids ?? []).map((id, i) => [id, kept.data[i]])), this.info = kept?.info, link.on("sound", (message, buffers) => {
      this._take(message.sound, buffers[0], message.info).catch((e) => this.waiting.get(message.sound)?.fail(e));
    });
  }
  /** @param {string} key @returns {AudioBuffer | undefined} */
  has(key) {
    let buffer = this.held.get(key);
    return buffer && (this.held.delete(key), this.held.set(key, buffer)), buffer;
  }
  /** @param {string} key @returns {Promise<AudioBuffer>} */
  get(key) {
    let buffer = this.has(key);
    if (buffer) return Promise.resolve(buffer);
    let under = this.waiting.get(key);
    if (under) return under.promise;
    let data = this.packed.get(key);
    if (data) return decode(data, this.info).then((b) => this._keep(key, b));
    let done = (_b) => {
    }, fail = (_e) => {
    }, promise = (
      /** @type {Promise<AudioBuffer>} */
      new Promise((a, b) => {
        done = a, fail = b;
      })
    );
    return this.waiting.set(key, { promise, done, fail }), this.link.alive ? (this.asking.size || queueMicrotask(() => {
      this.link.order("sound", { keys: [...this.asking] }), this.asking.clear();
    }), this.asking.add(key), promise) : (this.waiting.delete(key), fail(new Error("this sound is not on the page")), promise);
  }
  /** @param {string} key @param {DataView} data @param {Info} info */
  async _take(key, data, info) {
    let buffer = this.held.get(key) ?? this._keep(key, await decode(data, info));
    this.waiting.get(key)?.done(buffer), this.waiting.delete(key), this.onnew();
  }
  /** @param {string} key @param {AudioBuffer} buffer @returns {AudioBuffer} */
  _keep(key, buffer) {
    let size = (b) => 4 * b.length * b.numberOfChannels;
    this.held.set(key, buffer), this.bytes += size(buffer);
    for (let [old, b] of this.held) {
      if (this.bytes <= LIMIT || old === key) break;
      this.held.delete(old), this.bytes -= size(b);
    }
    return buffer;
  }
  destroy() {
    this.held.clear(), this.waiting.clear(), this.packed.clear(), this.bytes = 0;
  }
}, differences = /* @__PURE__ */ new WeakMap();
function minus(a, b) {
  let of = differences.get(a);
  of || differences.set(a, of = /* @__PURE__ */ new WeakMap());
  let had = of.get(b);
  if (had) return had;
  let out = new AudioBuffer({ length: a.length, numberOfChannels: a.numberOfChannels, sampleRate: a.sampleRate });
  for (let c = 0; c < a.numberOfChannels; c += 1) {
    let x = a.getChannelData(c), y = b.getChannelData(Math.min(c, b.numberOfChannels - 1)), z = out.getChannelData(c);
    for (let i = 0; i < z.length; i += 1) z[i] = x[i] - (y[i] ?? 0);
  }
  return of.set(b, out), out;
}

// lib/runbar.js
var STATES = { ready: "Ready", running: "Running", paused: "Paused", done: "Done", failed: "Failed", cancelled: "Cancelled", trace: "Recorded" };
function brief2(seconds) {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : seconds < 100 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
var RunBar = class {
  /** @param {{order: (what: string) => void, show: (i: number) => void}} on */
  constructor(on) {
    this.on = on;
    let button = (name, label, click) => h("button", { type: "button", class: "st-order", on: { click } }, icon(name), h("span", { text: label }));
    this.go = button("play", "Start", () => on.order(this.able.includes("pause") ? "pause" : "start")), this.stop = button("stop", "Cancel", () => on.order("cancel")), this.ask = h("button", { type: "button", class: "st-do", title: "Passes and seconds a whole run takes at most, from a timed excerpt", on: { click: () => on.order("cost") } }, "Cost"), this.fill = h("i"), this.bar = h("div", { class: "st-progress", role: "progressbar", "aria-label": "Progress of the run", "aria-valuemin": "0", "aria-valuemax": "100" }, this.fill), this.state = h("b"), this.text = h("span"), this.tabs = h("div", { class: "st-tabs", role: "group", "aria-label": "Runs" }), this.el = h("div", { class: "st-runbar", role: "group", "aria-label": "Run" }, this.go, this.stop, this.ask, h("div", { class: "st-where" }, h("div", { class: "st-whereline" }, this.state, this.text), this.bar), this.tabs), this.able = [], this.drawn = this.label = "";
  }
  /** @param {RunFacts[]} runs @param {number} shown @param {string[]} able @param {string} unit what a step is called */
  set(runs, shown, able, unit) {
    let now = runs[shown];
    if (this.able = able, !now) return;
    let pause = able.includes("pause"), label = pause ? "Pause" : now.state === "paused" ? "Resume" : "Start", onlyLook = now.state === "trace" || !able.length && now.state !== "running";
    this.go.hidden = this.stop.hidden = onlyLook && now.state === "trace", this.ask.hidden = now.state !== "ready" || !able.length, this.go.disabled = !pause && !able.includes("start"), this.stop.disabled = !able.includes("cancel"), this.label !== label && (this.label = label, this.go.replaceChildren(icon(pause ? "pause" : "play"), h("span", { text: label })));
    let done = now.done ?? (now.state === "trace" ? 1 : 0), percent = Math.round(100 * done);
    this.state.textContent = STATES[now.state], this.el.setAttribute("data-state", now.state);
    let left = now.state === "running" && now.remaining_s !== null && now.remaining_s !== void 0 && now.steps > 2 ? `, at most ${brief2(now.remaining_s)} left` : "", spent = now.elapsed_s ? ` in ${brief2(now.elapsed_s)}` : "";
    this.text.textContent = `${now.steps} ${unit}${now.steps === 1 ? "" : "s"}${spent}${left}`, this.fill.style.transform = `scaleX(${done})`, this.bar.setAttribute("aria-valuenow", percent), this.bar.setAttribute("aria-valuetext", `${STATES[now.state]}, ${this.text.textContent}`), this.tabs.hidden = runs.length < 2;
    let key = JSON.stringify([runs.map((r) => [r.name, r.state]), shown]);
    if (key === this.drawn) return;
    this.drawn = key;
    let focused = this.tabs.contains(document.activeElement);
    this.tabs.replaceChildren(...runs.map((r, i) => h("button", { type: "button", "aria-pressed": String(i === shown), title: `${r.name}: ${STATES[r.state]}`, on: { click: () => this.on.show(i) } }, r.name))), focused && this.tabs.children[shown]?.focus();
  }
};

// lib/explorer.js
var Explorer = class {
  /** @param {Model} model @param {HTMLElement} el @param {(explorer: Explorer) => Hooks} make */
  constructor(model, el, make) {
    this.model = model, this.link = new Link(model), this.sounds = new Sounds(this.link, model, () => this.changed()), this.rows = model.get("rows"), this.runs = model.get("runs"), this.able = model.get("able") ?? [], this.frame = 0, this.ticket = 0, this.gone = !1, this.heard = [], this.undo = [], this.hooks = make(this), this.runbar = new RunBar({ order: (what) => this.order(what), show: (i) => this.show(i) }), this.summary = h("p", { class: "st-summary" });
    let head = h("div", { class: "st-explorerhead" }, h("h2", { text: this.hooks.label }), this.runbar.el), above = h("div", { class: "st-explorer" }, head, ...this.hooks.panel, h("details", { class: "st-words" }, h("summary", { text: "In words" }), this.summary));
    this.player = new PlayerView(model, el, { above, css: explorer_default, label: this.hooks.label, exclusive: !0, bindings: [
      { keys: ["r"], label: "R", does: "start, pause or resume the run", run: () => {
        this.can("pause") ? this.order("pause") : this.can("start") && this.order("start");
      } },
      { keys: [","], label: ", and .", does: "one step back or on", run: () => this.by(-1) },
      { keys: ["."], label: "", does: "", run: () => this.by(1) },
      ...this.hooks.bindings ?? []
    ] }), this.player.root.explorer = this;
    let on = (event, f) => {
      model.on(event, f), this.undo.push(() => model.off(event, f));
    };
    for (let key of ["rows", "runs", "able", "shown", "summary", ...this.hooks.traits]) on(`change:${key}`, () => this.changed());
    on("change:at", () => this.changed()), on("change:said", () => this.says()), this.says(), this.update();
  }
  /** @param {string} what @returns {boolean} */
  can(what) {
    return this.link.alive && this.able.includes(what);
  }
  get shown() {
    return this.model.get("shown") ?? 0;
  }
  get run() {
    return this.runs[this.shown];
  }
  /** The step that is seen and heard: the one chosen, or the last accepted one. @returns {Row | null} */
  get row() {
    let at = this.model.get("at");
    if (at && at[0] === this.shown && this.rows[at[1]]) return this.rows[at[1]];
    for (let i = this.rows.length - 1; i >= 0; i -= 1) if (this.rows[i].accepted) return this.rows[i];
    return null;
  }
  /** @param {Record<string, any>} values */
  push(values) {
    for (let [key, value] of Object.entries(values)) this.model.set(key, value);
    try {
      this.model.save_changes();
    } catch {
    }
  }
  /** See and hear a step; null follows the last accepted one. @param {number | null} index @param {boolean} [done] false while something is dragged: Python is told at the end */
  choose(index, done = !0) {
    let at = index === null ? null : [this.shown, index];
    done ? this.push({ at }) : this.model.set("at", at), this.update();
  }
  /** @param {number} n */
  by(n) {
    let now = this.row?.index ?? -1;
    this.rows.length && this.choose(Math.min(this.rows.length - 1, Math.max(0, now + n)));
  }
  /** @param {number} i */
  show(i) {
    if (i !== this.shown) {
      if (!this.link.alive) {
        this.player.say("This page holds the run that was shown when it was written");
        return;
      }
      this.push({ shown: i, at: null });
    }
  }
  /** @param {string} what @param {Record<string, any>} [data] */
  order(what, data) {
    this.link.order(what, data) || this.player.say("There is no kernel here: what was computed can be seen and heard", 4e3);
  }
  /** Something is new: once a frame is enough for the eye. */
  changed() {
    if (this.frame || this.gone) return;
    if (document.visibilityState === "hidden") {
      this.update();
      return;
    }
    this.frame = requestAnimationFrame(() => {
      this.frame = 0, this.update();
    });
  }
  update() {
    if (this.gone) return;
    this.rows = this.model.get("rows") ?? [], this.runs = this.model.get("runs") ?? [], this.able = this.model.get("able") ?? [], this.hear(), this.runbar.set(this.runs, this.shown, this.link.alive ? this.able : [], this.hooks.unit ?? "step");
    let words = this.model.get("summary") ?? "";
    this.summary.textContent !== words && (this.summary.textContent = words), this.hooks.draw();
  }
  /** Give every track the sound of the step at the cursor; sounds that are here are exchanged at once, others when they come. */
  hear() {
    let ticket = ++this.ticket, sounds = this.hooks.tracks(this.row);
    this.put(
      /** @type {[number, AudioBuffer][]} */
      [...sounds.entries()].filter(([, s2]) => s2 instanceof AudioBuffer)
    );
    for (let [i, sound] of sounds.entries())
      sound === null || sound instanceof AudioBuffer || sound.then(
        (buffer) => {
          ticket === this.ticket && !this.gone && this.put([[i, buffer]]);
        },
        (error) => {
          ticket === this.ticket && !this.gone && this.player.say(`Not heard: ${error instanceof Error ? error.message : error}`);
        }
      );
  }
  /** Exchange what is new, all tracks at one time. @param {[number, AudioBuffer][]} exchange */
  put(exchange) {
    let fresh = exchange.filter(([i, buffer]) => this.heard[i] !== buffer);
    for (let [i, buffer] of fresh) this.heard[i] = buffer;
    this.player.setTracks(fresh);
  }
  /** A sound of a step: at once where it is here. @param {string | undefined} key @returns {Promise<AudioBuffer> | AudioBuffer | null} */
  sound(key) {
    return key === void 0 ? null : this.sounds.has(key) ?? this.sounds.get(key);
  }
  says() {
    let said = this.model.get("said");
    said?.text && (this.player.say(said.text), this.player.status.classList.toggle("st-bad", !!said.bad), said.bad && this.hooks.failed?.());
  }
  destroy() {
    this.gone = !0, cancelAnimationFrame(this.frame);
    for (let f of this.undo) f();
    delete /** @type {any} */
    this.player.root.explorer, this.player.destroy(), this.sounds.destroy(), this.link.destroy(), this.heard = [];
  }
};
function together(sounds, f) {
  return sounds.some((x) => x === null) ? null : sounds.every((x) => x instanceof AudioBuffer) ? f(.../** @type {AudioBuffer[]} */
  sounds) : Promise.all(
    /** @type {Promise<AudioBuffer>[]} */
    sounds
  ).then((b) => f(...b));
}

// lib/scrubber.js
var Scrubber = class {
  /** @param {{label: string, text: (i: number) => string, on: (i: number, done: boolean) => void}} options */
  constructor({ label, text, on }) {
    this.text = text, this.on = on, this.count = 0, this.value = 0, this.marks = h("div"), this.knob = h("i"), this.ticks = h("div", { class: "st-ticks", "aria-hidden": "true" }, this.marks, this.knob), this.track = h("div", { class: "st-scrub", tabindex: "0", role: "slider", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", on: {
      keydown: (e) => this._key(e),
      pointerdown: (e) => this._grab(e),
      mousedown: (e) => e.preventDefault()
    } }, this.ticks);
    let button = (name, title, by) => h("button", { type: "button", "aria-label": title, title, on: { click: () => this.go(this.value + by, !0) } }, icon(name));
    this.said = h("span", { class: "st-scrubtext" }), this.el = h("div", { class: "st-scrubber", role: "group", "aria-label": label }, h("span", { class: "st-cap2", text: label }), button("back", "One back", -1), this.track, button("next", "One on", 1), this.said);
  }
  /** @param {{value: number, marks: {taken: boolean, probe?: boolean}[]}} state */
  set({ value, marks }) {
    (marks.length !== this.count || this.marked !== JSON.stringify(marks)) && (this.marked = JSON.stringify(marks), this.count = marks.length, this.marks.replaceChildren(...marks.map((m, i) => h("b", { class: m.taken ? "st-taken" : m.probe ? "st-probe" : "", style: `left: ${this._share(i)}%` }))), this.track.setAttribute("aria-valuemax", Math.max(0, this.count - 1))), this.value = Math.min(Math.max(0, value), Math.max(0, this.count - 1)), this.knob.style.left = `${this._share(this.value)}%`, this.said.textContent = this.count ? this.text(this.value) : "no steps yet", this.track.setAttribute("aria-valuenow", this.value), this.track.setAttribute("aria-valuetext", this.said.textContent);
  }
  /** @param {number} i @returns {number} percent */
  _share(i) {
    return this.count > 1 ? 100 * i / (this.count - 1) : 0;
  }
  /** @param {number} i @param {boolean} done */
  go(i, done) {
    let to = Math.min(Math.max(0, Math.round(i)), this.count - 1);
    this.count && (to !== this.value || done) && this.on(to, done);
  }
  /** @param {PointerEvent} e */
  _grab(e) {
    if (e.button !== 0) return;
    this.track.focus({ preventScroll: !0 }), this.track.setPointerCapture(e.pointerId);
    let move = (m, done) => {
      let r = this.ticks.getBoundingClientRect();
      this.go((m.clientX - r.left) / r.width * (this.count - 1), done);
    }, onmove = (m) => move(m, !1), onup = (m) => {
      this.track.removeEventListener("pointermove", onmove), this.track.removeEventListener("pointerup", onup), move(m, !0);
    };
    this.track.addEventListener("pointermove", onmove), this.track.addEventListener("pointerup", onup), move(e, !1);
  }
  /** @param {KeyboardEvent} e */
  _key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    let to = { ArrowLeft: this.value - 1, ArrowDown: this.value - 1, ArrowRight: this.value + 1, ArrowUp: this.value + 1, Home: 0, End: this.count - 1, PageUp: this.value + 10, PageDown: this.value - 10 };
    e.key in to && (this.go(to[e.key], !0), e.preventDefault(), e.stopPropagation());
  }
};

// lib/voices.js
function unpack(data, voices, frames, bins) {
  let few = Math.ceil(frames / 4), half = Math.ceil(frames / 2), bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength), at = 0, floats = (n) => Array.from({ length: voices }, () => {
    let v = new Float32Array(bytes, at, n);
    return at += 4 * n, v;
  }), [f0, harmonic, noise, formant] = [floats(frames), floats(frames), floats(frames), floats(few * 5)], envelope2 = Array.from({ length: voices }, () => {
    let v = new Uint8Array(bytes, at, half * bins);
    return at += half * bins, v;
  });
  return { f0, harmonic, noise, formant, envelope: envelope2 };
}
function framesOf(of, frames, hop_s) {
  let a = Math.ceil(of.start_s / hop_s - 1e-6), b = of.stop_s === null ? frames : Math.ceil(of.stop_s / hop_s - 1e-6);
  return [Math.max(0, a), Math.min(frames, b)];
}
function ahead(params, edits, names, hop_s) {
  let out = { ...params, f0: [...params.f0], harmonic: [...params.harmonic], noise: [...params.noise] };
  for (let e of edits) {
    let i = names.indexOf(e.stem), [a, b] = framesOf(e, params.f0[i].length, hop_s), change = (v, f) => {
      let w = v.slice();
      for (let n = a; n < b; n += 1) w[n] = f(w[n]);
      return w;
    };
    e.what === "f0" ? out.f0[i] = change(out.f0[i], (x) => x * 2 ** ((e.cents ?? 0) / 1200)) : e.what === "gain" ? out.harmonic[i] = change(out.harmonic[i], (x) => x + (e.db ?? 0)) : e.what === "noise" && (out.noise[i] = change(out.noise[i], (x) => x + (e.db ?? 0)));
  }
  return out;
}
function median(values) {
  if (!values.length) return null;
  let s2 = [...values].sort((a, b) => a - b), m = s2.length >> 1;
  return s2.length % 2 ? s2[m] : (s2[m - 1] + s2[m]) / 2;
}
function standing(p, voice, what, [a, b]) {
  let f0 = p.f0[voice], out = [];
  if (what.startsWith("formant")) {
    let k = Number(what.slice(-1)) - 1;
    for (let n = Math.ceil(a / 4); 4 * n < b; n += 1) {
      let f = p.formant[voice][n * 5 + k];
      f > 0 && f0[4 * n] > 0 && out.push(f);
    }
    return median(out);
  }
  let v = what === "f0" ? f0 : what === "gain" ? p.harmonic[voice] : p.noise[voice];
  for (let n = a; n < b; n += 1) (f0[n] > 0 || what === "noise" && v[n] > -99) && out.push(v[n]);
  return median(out);
}
var SOFT = 50;
function sungNear(f0, gain, n) {
  let least = -1 / 0;
  f0.forEach((f, i) => {
    f > 0 && (least = Math.max(least, gain[i] - SOFT));
  });
  for (let d = 0; d < f0.length; d += 1) for (let i of [n - d, n + d]) if (f0[i] > 0 && gain[i] >= least) return i;
  return -1;
}
function noteAt(f0, n) {
  let joined = (i, j) => f0[i] > 0 && f0[j] > 0 && Math.abs(1200 * Math.log2(f0[i] / f0[j])) < 80, a = n, b = n + 1;
  for (; a > 0 && joined(a - 1, a); ) a -= 1;
  for (; b < f0.length && joined(b - 1, b); ) b += 1;
  return [a, b];
}
var sums = /* @__PURE__ */ new WeakMap();
function plus(a, b) {
  let of = sums.get(a);
  of || sums.set(a, of = /* @__PURE__ */ new WeakMap());
  let had = of.get(b);
  if (had) return had;
  let out = new AudioBuffer({ length: a.length, numberOfChannels: a.numberOfChannels, sampleRate: a.sampleRate });
  for (let c = 0; c < a.numberOfChannels; c += 1) {
    let x = a.getChannelData(c), y = b.getChannelData(c), z = out.getChannelData(c);
    for (let i = 0; i < z.length; i += 1) z[i] = x[i] + y[i];
  }
  return of.set(b, out), out;
}

// lib/tracts.js
var TOP_HZ = 6e3, LEFT = 44, RIGHT = 10, ABOVE = 18, BELOW = 34, RANGE = 62, Tracts = class {
  /** @param {{height?: number, on: {formant: (k: number, from: number, to: number, done: boolean) => void}}} options */
  constructor({ height = 232, on }) {
    this.height = height, this.on = on, this.svg = s("svg", { role: "img", "aria-label": "Envelopes of the voices at the playhead, with formants" }), this.none = h("div", { class: "st-none", text: "Press Start: envelopes come with the first step" }), this.el = h("div", { class: "st-chart st-tracts", style: `height: ${height}px` }, this.svg, this.none), this.state = null, this.held = null, this.shown = -1, this.top = 0, this.pending = 0, this.observer = new ResizeObserver(() => this.paint()), this.observer.observe(this.el), this._pointers();
  }
  /** @param {State | null} state */
  set(state) {
    this.state = state, this.paint();
  }
  paint() {
    this.pending || (this.pending = requestAnimationFrame(() => {
      this.pending = 0, this._paint();
    }));
  }
  get width() {
    return Math.max(40, this.el.clientWidth - LEFT - RIGHT);
  }
  /** @param {number} hz @returns {number} */
  px(hz) {
    return LEFT + hz / TOP_HZ * this.width;
  }
  /** @param {number} x @returns {number} */
  hz(x) {
    return Math.min(TOP_HZ, Math.max(60, (x - LEFT) / this.width * TOP_HZ));
  }
  /** Formants of the chosen voice at the moment shown. @returns {number[]} Hz, 0 where there is none */
  formants() {
    let st = this.state, n = this.shown;
    return !st || n < 0 ? [] : [...st.params.formant[st.voice].subarray(Math.floor(n / 4) * 5, Math.floor(n / 4) * 5 + 5)];
  }
  /** @param {Params} p @param {number} voice @param {number} frame @param {number} bin @returns {number} dB */
  level(p, voice, frame, bin) {
    let { bins, range_db: [lo, hi] } = (
      /** @type {State} */
      this.state
    ), v = p.envelope[voice], at = Math.min(Math.floor(frame / 2), v.length / bins - 1) * bins, i = Math.min(bins - 2, Math.floor(bin)), u = bin - i;
    return lo + (hi - lo) / 255 * (v[at + i] * (1 - u) + v[at + i + 1] * u);
  }
  _paint() {
    let st = this.state, full = this.el.clientWidth;
    if (!full) return;
    if (this.none.hidden = !!st, this.shown = st ? sungNear(st.params.f0[st.voice], st.params.harmonic[st.voice], st.frame) : -1, !st) {
      this.svg.replaceChildren();
      return;
    }
    let { params, voice, bins, sr, range_db: [lo, hi] } = st, bottom = this.height - BELOW, width = this.width, tall = bottom - ABOVE, n = this.shown, top = 0;
    for (let v of params.envelope) for (let i = 0; i < v.length; i += 1) v[i] > top && (top = v[i]);
    this.top = Math.ceil((lo + (hi - lo) * top / 255) / 5) * 5 + 2;
    let py = this.py = (db) => ABOVE + Math.min(RANGE, Math.max(0, this.top - db)) / RANGE * tall, out = [];
    for (let v of nice(this.top - RANGE, this.top, 4)) out.push(s("path", { class: "st-gridline", d: `M${LEFT} ${Math.round(py(v)) + 0.5}h${width}` }), s("text", { x: LEFT - 6, y: py(v) + 3.5, "text-anchor": "end" }, String(v).replace("-", "−")));
    for (let v of nice(0, TOP_HZ, width / 90)) out.push(s("path", { class: "st-gridline", d: `M${Math.round(this.px(v)) + 0.5} ${ABOVE}v${tall}` }), s("text", { x: this.px(v), y: bottom + 14, "text-anchor": "middle" }, String(v / 1e3)));
    out.push(
      s("text", { class: "st-axis", x: LEFT + width / 2, y: this.height - 4, "text-anchor": "middle" }, "frequency (kHz)"),
      s("text", { class: "st-axis", "text-anchor": "middle", transform: `translate(11 ${ABOVE + tall / 2}) rotate(-90)` }, "envelope (dB)")
    );
    let line = (p, i, frame) => {
      let parts = [];
      for (let b = 0; b < bins; b += 1) {
        let hz = b * sr / 2 / (bins - 1);
        if (hz > TOP_HZ) break;
        parts.push(`${this.px(hz).toFixed(1)} ${py(this.level(p, i, frame, b)).toFixed(1)}`);
      }
      return parts;
    };
    if (st.names.forEach((_, i) => {
      i === voice || !(params.f0[i][st.frame] > 0) || out.push(s("g", { class: "st-series", style: `--st-c: ${st.colors[i]}` }, s("path", { class: "st-curve st-other", d: `M${line(params, i, st.frame).join("L")}` })));
    }), n >= 0) {
      let g = s("g", { class: "st-series st-on", style: `--st-c: ${st.colors[voice]}` }), path = line(params, voice, n), f0 = params.f0[voice][n];
      g.append(s("path", { class: "st-fill", d: `M${LEFT} ${bottom}L${path.join("L")}L${this.px(TOP_HZ)} ${bottom}z` }));
      for (let k = 1; k * f0 < TOP_HZ; k += 1) g.append(s("path", { class: "st-harmonic", d: `M${this.px(k * f0).toFixed(1)} ${bottom}V${py(this.level(params, voice, n, k * f0 * 2 * (bins - 1) / sr)).toFixed(1)}` }));
      st.before && g.append(s("path", { class: "st-curve st-was", d: `M${line(st.before, voice, n).join("L")}` })), g.append(s("path", { class: "st-curve", d: `M${path.join("L")}` })), this.formants().forEach((f, k) => {
        let at = this.held?.k === k ? this.held.hz : f;
        if (!(at > 0) || at > TOP_HZ) return;
        let x = this.px(at), y = py(this.level(params, voice, n, at * 2 * (bins - 1) / sr));
        g.append(
          s("path", { class: "st-formantline", d: `M${x.toFixed(1)} ${y.toFixed(1)}V${bottom}` }),
          s("circle", { class: `st-formant${this.held?.k === k ? " st-held" : ""}`, cx: x, cy: y, r: 7 }),
          s("text", { class: "st-formanttext", x, y: Math.max(10, y - 11), "text-anchor": "middle" }, `F${k + 1}`)
        );
      }), out.push(g);
    } else out.push(s("text", { class: "st-empty", x: LEFT + width / 2, y: ABOVE + tall / 2, "text-anchor": "middle" }, `${st.names[voice]} does not sing here`));
    this.svg.setAttribute("viewBox", `0 0 ${full} ${this.height}`), this.svg.setAttribute("width", full), this.svg.setAttribute("height", this.height), this.svg.replaceChildren(...out);
  }
  /** The formant under the pointer, or −1. @param {number} x @returns {number} */
  near(x) {
    let best = -1, least = 12;
    return this.formants().forEach((f, k) => {
      let d = Math.abs(this.px(f) - x);
      f > 0 && d < least && (least = d, best = k);
    }), best;
  }
  _pointers() {
    let { el } = this, at = (e) => e.clientX - el.getBoundingClientRect().left;
    el.addEventListener("mousedown", (e) => e.preventDefault()), el.addEventListener("pointermove", (e) => {
      this.held || el.classList.toggle("st-over-point", !!this.state?.can && this.near(at(e)) >= 0);
    }), el.addEventListener("pointerdown", (e) => {
      let k = e.button === 0 && this.state?.can ? this.near(at(e)) : -1;
      if (k < 0) return;
      let from = this.formants()[k], x0 = at(e);
      el.setPointerCapture(e.pointerId);
      let moved = !1, go = (m, done) => {
        if (moved ||= Math.abs(at(m) - x0) > 2, !moved) {
          this.held = null;
          return;
        }
        let to = this.hz(this.px(from) + at(m) - x0);
        this.held = done ? null : { k, hz: to }, this.on.formant(k, from, to, done), this.paint();
      }, onmove = (m) => go(m, !1), onup = (m) => {
        for (let [t, f] of kinds) el.removeEventListener(t, f);
        go(m, !0);
      }, kinds = (
        /** @type {[string, any][]} */
        [["pointermove", onmove], ["pointerup", onup], ["pointercancel", onup]]
      );
      for (let [t, f] of kinds) el.addEventListener(t, f);
    });
  }
  destroy() {
    this.observer.disconnect(), cancelAnimationFrame(this.pending);
  }
};

// fit.js
var RUN_COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"], REST = 350, SLOWEST = 2e3, KNOBS = [["f0", "Pitch", "Hz"], ...[1, 2, 3, 4, 5].map((k) => (
  /** @type {[string, string, string]} */
  [`formant ${k}`, `F${k}`, "Hz"]
)), ["gain", "Gain", "dB"], ["noise", "Noise", "dB"]], LOCKED = (
  /** @type {const} */
  [["f0", "pitch"], ["gain", "gain"], ["tract", "tract"], ["noise", "noise"]]
), LOW_HZ = 55, number = (v, n = 1) => v.toFixed(n).replace("-", "−"), stretchText = ({ start_s, stop_s }) => stop_s === null && !start_s ? "whole clip" : `${start_s.toFixed(2)} – ${stop_s === null ? "end" : `${stop_s.toFixed(2)} s`}`, CurveRow = class {
  /**
   * @param {string} name @param {string} label @param {HTMLElement[]} head
   * @param {{paint: (g: CanvasRenderingContext2D, gutter: CanvasRenderingContext2D, width: number, height: number) => void, grab: (x: number, y: number, height: number) => Grab | null, said: (x: number, y: number, height: number) => string}} with_
   */
  constructor(name, label, head, with_) {
    this.with = with_, this.canvas = h("canvas", { role: "img", "aria-label": label }), this.gutter = h("canvas", { "aria-hidden": "true" }), this.view = h("div", { class: "st-view" }, this.canvas), this.row = h("div", { class: `st-row st-track ${name}`, style: "--st-c: transparent" }, h("div", { class: "st-name" }, ...head), this.view, h("div", { class: "st-gutter" }, this.gutter));
  }
  paint() {
    let width = this.view.clientWidth, height = this.view.clientHeight;
    width && height && this.with.paint(fitCanvas(this.canvas, width, height), fitCanvas(this.gutter, 50, height), width, height);
  }
}, FitView = class {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model, this.known = /* @__PURE__ */ new Map(), this.asked = /* @__PURE__ */ new Set(), this.draft = null, this.ids = 0, this.waiting = 0, this.dirty = !1, this.timer = 0, this.dragging = !1, this.last = null, this.mix = void 0, this.quiet = null, this.drawn = { locks: "", range: "" }, this.range = [60, 1200], this.names = model.get("sources"), this.colors = model.get("colors");
    let kept = model.get("kept_params");
    (kept?.ids ?? []).forEach((id, i) => this.known.set(id, this.unpack(kept.data[i])));
    let heard = Object.entries(
      /** @type {Record<string, string>} */
      model.get("heard_as")
    );
    this.voices = h("div", { class: "st-tabs", role: "group", "aria-label": "Voice" }, ...this.names.map((n, i) => h("button", { type: "button", class: "st-voicetab", style: `--st-c: ${this.colors[i]}`, on: { click: () => this.take(i) } }, n))), this.hears = h("div", { class: "st-tabs", role: "group", "aria-label": "What is heard of a voice" }, ...heard.map(([k, text]) => h("button", { type: "button", "data-kind": k, on: { click: () => this.hear(k) } }, text))), this.was = h("button", { type: "button", role: "switch", class: "st-switch", "aria-checked": "false", title: "Hear what it was before (B)", on: { click: () => this.flip() } }, "Before"), this.wasText = h("span", { class: "st-note", style: "margin: 0" }), this.tracts = new Tracts({ on: { formant: (k, from, to, done) => this.edit(this.voice, `formant ${k + 1}`, { cents: 1200 * Math.log2(to / from) }, this.stretch, done) } }), this.loss = new Chart({ label: "Loss over the rounds of every run", height: 232, x: { label: "round", whole: !0 }, y: { label: "loss" }, on: { pick: (line, p) => this.go(Number(line.key), p.id) } }), this.curve = h("select", { "aria-label": "Curve", on: { change: () => {
      this.x.push({ curve: this.curve.value }), this.draw();
    } } }, h("option", { value: "loss", text: "loss of the fit" }), h("option", { value: "distance", text: "distance of the synthesis" })), this.where = h("span"), this.scrubber = new Scrubber({ label: "Round", text: (i) => this.x.rows[i]?.says ?? "", on: (i, done) => {
      this.drop(), this.x.choose(i, done);
    } }), this.facts = h("div", { class: "st-fitfacts", role: "status", "aria-live": "polite" }), this.knobs = KNOBS.map(([what, name, unit]) => this.knob(what, name, unit)), this.stretchSaid = h("span"), this.lockButtons = LOCKED.map(([what, text]) => h("button", { type: "button", "data-lock": what, on: { click: () => this.toggleLock(what) } }, text)), this.auto = h("button", { type: "button", role: "switch", class: "st-switch", "aria-checked": "true", title: "What is nudged is locked for the refit", on: { click: () => {
      this.x.push({ autolock: !model.get("autolock") }), this.draw();
    } } }, "Lock what is nudged"), this.chips = h("div", { class: "st-locks", role: "group", "aria-label": "Locked" });
    let button = (text, title, click, glyph = null, more = "") => h("button", { type: "button", class: `st-do${more}`, title, on: { click } }, glyph && icon(glyph), h("span", { text }));
    this.refitButton = button("Refit from here", "Fit again from what is seen; what is locked stays (E)", () => this.refit(), "branch", " st-main"), this.undoButton = button("Undo nudge", "Back to the step before the nudge (Z)", () => this.undo(), "back"), this.markButton = button("Compare with this", "Take what is seen as Before", () => this.mark()), this.exports = /** @type {[string, string, string][]} */
    [["csv", "CSV", "Pitch, gains and line spectral frequencies per frame"], ["json", "JSON", "All parameters"], ["mid", "MIDI", "The pitches"]].map(([kind, text, title]) => button(text, `${title}, written beside the notebook`, () => this.write(kind))), this.nudgePanel = h(
      "section",
      { class: "st-nudge", "aria-label": "Nudge, lock, refit" },
      h("div", { class: "st-fithead" }, this.nudgeTitle = h("h3", { style: "margin: 0" }), this.stretchSaid),
      h("div", { class: "st-knobs" }, ...this.knobs.map((k) => k.el)),
      h("div", { class: "st-fitrow" }, h("span", { text: "Lock" }), h("div", { class: "st-tabs", role: "group", "aria-label": "Lock" }, ...this.lockButtons), this.auto, h("span", { class: "st-grow" }), this.undoButton, this.markButton, this.refitButton),
      this.chips
    ), this.exportRow = h("div", { class: "st-fitrow" }, h("span", { text: "Export what is seen" }), ...this.exports);
    let panel = [
      h("style", { text: fit_default }),
      h("div", { class: "st-controls" }, h("span", { class: "st-named" }, "Voice", this.voices), h("span", { class: "st-named" }, "Heard", this.hears), this.was, this.wasText),
      h(
        "div",
        { class: "st-fitcharts" },
        h("section", {}, h("div", { class: "st-fithead" }, h("h3", { text: "Vocal tract at the playhead" }), this.where), this.tracts.el),
        h("section", {}, h("div", { class: "st-fithead" }, h("h3", { text: "Convergence" }), this.curve), this.loss.el)
      ),
      this.scrubber.el,
      this.facts,
      this.nudgePanel,
      this.exportRow
    ];
    this.x = /** @type {any} */
    null, this.rows = [], new Explorer(model, el, (explorer) => (this.x = explorer, explorer.link.on("params", (message, buffers) => {
      this.known.set(message.params, this.unpack(buffers[0])), this.asked.delete(message.params), explorer.changed();
    }), explorer.link.on("draft", (message, buffers) => this.drafted(message, buffers[0])), {
      label: "Fit explorer",
      panel,
      unit: "step",
      traits: ["hear", "voice", "compare", "before", "locks", "autolock", "nudged", "curve", "region"],
      draw: () => this.draw(),
      tracks: (row) => this.tracks(row),
      failed: () => {
        this.waiting = 0;
      },
      bindings: [
        { keys: ["h"], label: "H", does: "hear the next part: masked, synthesised, harmonics, noise, excitation", run: () => this.hear(heard[(heard.findIndex(([k]) => k === model.get("hear")) + 1) % heard.length][0]) },
        { keys: ["c"], label: "C", does: "the next voice", run: () => this.take((this.voice + 1) % this.names.length) },
        { keys: ["b"], label: "B", does: "before or now", run: () => this.flip() },
        { keys: ["z"], label: "Z", does: "undo the nudge", run: () => this.undo() },
        { keys: ["e"], label: "E", does: "refit from here", run: () => this.refit() }
      ]
    })), this.addRows(), this.x.player.root.fit = this, this.draw();
  }
  /** @param {DataView} data @returns {Params} */
  unpack(data) {
    return unpack(data, this.names.length, this.model.get("frames"), this.model.get("ranges").bins);
  }
  get hop() {
    return (
      /** @type {number} */
      this.model.get("ranges").hop_s
    );
  }
  get voice() {
    return Math.max(0, this.names.indexOf(this.model.get("voice")));
  }
  /** @returns {{start_s: number, stop_s: number | null}} */
  get stretch() {
    let r = this.model.get("region");
    return r ? { start_s: r[0], stop_s: r[1] } : { start_s: 0, stop_s: null };
  }
  /** @returns {Lock[]} */
  get locks() {
    return this.model.get("locks") ?? [];
  }
  get can() {
    return this.x.can("probe");
  }
  /** A slider and what it stands at. @param {string} what @param {string} name @param {string} unit */
  knob(what, name, unit) {
    let range = what === "f0" ? [0, 6e3, 5] : unit === "dB" ? [-100, 30, 0.5] : [100, 7e3, 10], value = h("b"), input = h("input", { type: "range", min: range[0], max: range[1], step: range[2], "aria-label": what.startsWith("formant") ? `Formant ${what.slice(-1)}` : what === "f0" ? "Pitch" : what === "gain" ? "Harmonics gain" : "Noise gain", on: { input: () => this.turn(what, Number(input.value)), change: () => this.release() } });
    return { what, unit, input, value, el: h("label", { class: "st-knob" }, h("span", {}, name, value), input) };
  }
  /** @param {string} key @returns {Params | null} parameters of a step, asked for where they are not here */
  wants(key) {
    let had = this.known.get(key);
    return had || (this.x.link.alive && !this.asked.has(key) && (this.asked.add(key), this.x.link.order("params", { keys: [key.split("/").map(Number)] })), null);
  }
  /** Parameters on screen: of the draft, or of the step at the cursor. @returns {Params | null} */
  get params() {
    let { draft } = this;
    if (draft) {
      let base = this.wants(`${draft.run}/${draft.base}`);
      if (base) return ahead(draft.params ? { ...base, formant: draft.params.formant, envelope: draft.params.envelope } : base, draft.edits, this.names, this.hop);
    }
    let { row } = this.x;
    return row?.fit ? this.last = this.wants(`${this.x.shown}/${row.index}`) ?? this.last : null;
  }
  /** @returns {Params | null} */
  get before() {
    let b = this.model.get("before");
    return b?.says && !(b.run === this.x.shown && b.index === this.x.row?.index && !this.draft) ? this.wants(`${b.run}/${b.index}`) : null;
  }
  /** The step that a drag starts from. @returns {{run: number, base: number} | null} */
  get base() {
    if (this.draft) return this.draft;
    let { row, shown } = this.x;
    return row?.fit ? { run: shown, base: row.index } : null;
  }
  /** @returns {Params | null} */
  get baseParams() {
    let { base } = this;
    return base && this.wants(`${base.run}/${base.base}`);
  }
  /** Change one thing of one voice; heard as a draft, kept when `done`. @param {number} voice @param {string} what @param {{cents?: number, db?: number}} amount @param {{start_s: number, stop_s: number | null}} stretch @param {boolean} done */
  edit(voice, what, amount, stretch, done) {
    let { base } = this;
    if (!this.can || !base) {
      done && this.x.player.say("A nudge needs the method: explore its run", 4e3);
      return;
    }
    this.draft ??= { run: base.run, base: base.base, id: 0, edits: [], sent: !1, kept: -1, sounds: null, params: null };
    let stem = this.names[voice], { draft } = this, old = draft.edits.findIndex((e) => e.stem === stem && e.what === what && e.start_s === stretch.start_s && e.stop_s === stretch.stop_s), rounded = Object.fromEntries(Object.entries(amount).map(([k, v]) => [k, Math.round(v * 100) / 100])), one = (
      /** @type {Edit} */
      { stem, what, ...stretch, ...rounded }
    );
    old < 0 ? draft.edits.push(one) : draft.edits[old] = one, this.dragging = !done, this.model.get("compare") && this.x.push({ compare: !1 }), voice !== this.voice && this.take(voice, !1), this.send(!1), done && this.release(), this.draw();
  }
  /** One draft under way at a time; what moves meanwhile goes out with the next. @param {boolean} keep */
  send(keep) {
    let { draft } = this;
    if (draft?.edits.length) {
      if (!keep && this.waiting && performance.now() - this.waiting < SLOWEST) {
        this.dirty = !0;
        return;
      }
      this.waiting = performance.now(), this.dirty = !1, draft.id = ++this.ids, keep && (draft.kept = draft.id), this.x.order("nudge", { edits: draft.edits, step: draft.base, id: draft.id, done: keep });
    }
  }
  /** What was let go becomes a step after a short rest. */
  release() {
    this.dragging = !1, clearTimeout(this.timer), this.timer = window.setTimeout(() => {
      this.dragging || this.send(!0);
    }, REST);
  }
  /** A draft in two messages: what is heard, then the parameters. @param {{draft: number, sounds: Record<string, string>}} message @param {DataView | undefined} data */
  drafted(message, data) {
    message.draft === this.ids && data && (this.waiting = 0);
    let { draft } = this;
    if (!(!draft || message.draft > draft.id)) {
      if (draft.sounds = message.sounds, !data) {
        this.x.hear();
        return;
      }
      draft.params = this.unpack(data), this.dirty && !this.waiting && this.send(!1), this.x.update();
    }
  }
  /** Forget a draft. */
  drop() {
    clearTimeout(this.timer), this.draft = null, this.waiting = 0, this.dirty = !1, this.dragging = !1;
  }
  /** A slider is moved to a value. @param {string} what @param {number} value */
  turn(what, value) {
    let p = this.baseParams;
    if (!p) return;
    let from = standing(p, this.voice, what, framesOf(this.stretch, p.f0[0].length, this.hop));
    if (from === null) return;
    let amount = what === "f0" ? { cents: value - 1200 * Math.log2(from / LOW_HZ) } : what.startsWith("formant") ? { cents: 1200 * Math.log2(value / from) } : { db: value - from };
    this.edit(this.voice, what, amount, this.stretch, !1), this.dragging = !1;
  }
  /** @param {number} i @param {boolean} [listen] */
  take(i, listen = !0) {
    this.x.push({ voice: this.names[i] });
    let { player } = this.x;
    listen && !player.solo.has(1 + i) && [...player.solo].some((t) => t >= 1 && t <= this.names.length) && player.toggleSolo(1 + i, !1), this.draw();
  }
  /** @param {string} kind */
  hear(kind) {
    this.x.push({ hear: kind }), this.x.player.say(`Heard of every voice: ${this.model.get("heard_as")[kind]}`, 3e3), this.x.update();
  }
  flip() {
    let before = this.model.get("before");
    if (!before?.says) {
      this.x.player.say("Nothing to compare with yet: nudge something, or choose a step and Compare with this", 4e3);
      return;
    }
    this.x.push({ compare: !this.model.get("compare") }), this.x.player.say(this.model.get("compare") ? `Before: ${before.says}` : `Now: ${this.x.row?.says ?? ""}`), this.x.update();
  }
  mark() {
    let { row } = this.x;
    row?.fit && this.x.order("mark", { step: row.index });
  }
  undo() {
    let { row } = this.x;
    if (this.draft) {
      this.drop(), this.x.update();
      return;
    }
    row?.nudged && !row.accepted && row.parent !== null ? this.x.choose(row.parent) : this.x.player.say("There is no nudge to undo here", 3e3);
  }
  refit() {
    if (!this.x.can("branch")) {
      this.x.player.say("A refit needs the method: explore its run", 4e3);
      return;
    }
    let { row } = this.x;
    row?.fit && (this.drop(), this.x.order("refit", { step: row.index }));
  }
  /** @param {string} kind */
  write(kind) {
    let { row } = this.x;
    row?.fit && this.x.order("export", { kind, step: row.index });
  }
  /** @param {string} what */
  toggleLock(what) {
    let stem = this.names[this.voice], one = { what, stem, ...this.stretch }, same = (l) => l.what === what && l.stem === stem && l.start_s === one.start_s && (l.stop_s ?? null) === one.stop_s;
    this.x.push({ locks: this.locks.some(same) ? this.locks.filter((l) => !same(l)) : [...this.locks, one] }), this.draw();
  }
  /** @param {number} run @param {number | undefined} index */
  go(run, index) {
    this.drop(), run !== this.x.shown ? this.x.show(run) : index !== void 0 && this.x.choose(index);
  }
  /** Sounds of the tracks; in a draft only those of voices that are touched, and the sum where it is heard. @param {Row | null} row */
  tracks(row) {
    let n = this.names.length, { draft, model } = this, hear = model.get("hear"), before = model.get("before"), from = model.get("compare") && before?.says ? before.sounds : draft?.sounds ?? (row?.fit ? row.sounds : null);
    if (!from) return Array.from({ length: n + 3 }, () => null);
    let of = (kind) => this.names.map((_, i) => from[`${i}/${kind}`] ? this.sound(from[`${i}/${kind}`]) : null), voices = of(hear), solo = this.x.player?.solo ?? /* @__PURE__ */ new Set(), rest = hear === "mask" || hear === "voice" ? hear : "voice", drafting = !!draft && from === draft.sounds, touched = new Set(draft?.edits.map((e) => this.names.indexOf(e.stem))), sum = drafting && !solo.has(n + 1) ? null : together(voices, (a, ...b) => b.reduce(plus, a)), left = drafting && !solo.has(n + 2) ? null : together([this.mixture(), ...rest === hear ? voices : of(rest)], (m, ...b) => b.reduce(minus, m));
    return [null, ...voices.map((v, i) => drafting && !touched.has(i) ? null : v), sum, left];
  }
  /** @param {string} key @returns {AudioBuffer | Promise<AudioBuffer> | null} */
  sound(key) {
    let { x } = this;
    if (x.link.alive || x.sounds.held.has(key) || x.sounds.packed.has(key)) return x.sound(key);
    let { play_length: length, play_sr: sampleRate, channels } = this.model.get("info");
    return this.quiet ??= new AudioBuffer({ length, sampleRate, numberOfChannels: channels ?? 1 });
  }
  /** @returns {Promise<AudioBuffer> | AudioBuffer} */
  mixture() {
    let session = this.x?.player?.session;
    return session?.buffers ? session.buffers[0] : this.mix ??= Promise.resolve().then(() => this.x.player.session.decoded()).then((b) => b[0]);
  }
  /** Rows for pitch and gains, above the tracks. */
  addRows() {
    let { player } = this.x, { lanes } = player, key = (kind, text) => h("div", { class: "st-linekey" }, h("i", { class: kind }), text), label = (t) => h("div", {}, h("span", { class: "st-label", text: t })), shape = this.model.get("pitch_shape"), bytes = this.model.get("pitch_map"), map = this.model.get("map"), asBytes2 = (d) => new Uint8Array(d.buffer, d.byteOffset, d.byteLength);
    this.picture = new Picture(asBytes2(bytes), shape.rows, shape.cols, asBytes2(map), 0, shape.step), this.pitchRow = new CurveRow("st-pitchrow", "Pitches of all voices over the spectrogram of the mixture", [label("pitch"), h("div", { class: "st-said", text: "drag a track" }), key("st-thin", "before")], {
      paint: (g, gg, w, t) => this.paintPitch(g, gg, w, t),
      grab: (x, y, t) => this.grabPitch(x, y, t),
      said: (x, y, t) => this.sayPitch(x, y, t)
    }), this.gainRow = new CurveRow("st-gainrow", "Harmonic and noise gains over time", [label("gains"), key("", "harmonics"), key("st-dashed", "noise")], {
      paint: (g, gg, w, t) => this.paintGains(g, gg, w, t),
      grab: (x, y, t) => this.grabGain(x, y, t),
      said: (x, y, t) => this.sayGain(x, y, t)
    }), this.rows = [this.pitchRow, this.gainRow], lanes.lanes[0].row.before(this.pitchRow.row, this.gainRow.row);
    for (let r of this.rows) this.listen(r);
    lanes.time.listeners.add(() => this.paintRows()), this.observer = new ResizeObserver(() => this.paintRows()), this.observer.observe(lanes.slider), this.themes = new MutationObserver(() => requestAnimationFrame(() => this.paintRows())), this.themes.observe(player.root, { attributes: !0, attributeFilter: ["class"] });
    let place = lanes.setPosition.bind(lanes), seen = -1;
    lanes.setPosition = (t, follow) => {
      place(t, follow);
      let frame = Math.round(t / this.hop);
      frame !== seen && (seen = frame, this.drawTract());
    };
  }
  /** Pointers of a row: a curve is dragged up and down, anything else selects a stretch or seeks. @param {CurveRow} r */
  listen(r) {
    let { player } = this.x, { lanes } = player, { time } = lanes, { view } = r, at = (e) => {
      let b = view.getBoundingClientRect();
      return [e.clientX - b.left, e.clientY - b.top, b.height];
    };
    view.addEventListener("mousedown", (e) => e.preventDefault()), lanes.body.addEventListener("pointermove", (e) => {
      if (!view.contains(
        /** @type {Node} */
        e.target
      ) || e.buttons) return;
      let [x, y, t] = at(e);
      view.classList.toggle("st-grab", this.can && !!r.with.grab(x, y, t)), player.lanes.on.hover(r.with.said(x, y, t));
    }), view.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      let [x0, y0, tall] = at(e), t0 = time.t(x0), held = this.can ? r.with.grab(x0, y0, tall) : null, region = player.region, edge = held || !region ? -1 : [0, 1].findIndex((k) => Math.abs(time.x(region[k]) - x0) < 6), fixed = region && edge >= 0 ? region[1 - edge] : t0, moved = edge >= 0;
      lanes.slider.focus({ preventScroll: !0 }), view.setPointerCapture(e.pointerId);
      let move = (m, done) => {
        let [x, y] = at(m), t = time.t(x);
        if (moved ||= held ? Math.abs(y - y0) > 2 : Math.abs(x - x0) > 4, moved && held) {
          let amount = held.amount(y0 - y, m.shiftKey);
          this.edit(held.voice, held.what, amount, held.stretch, done);
          let size = amount.cents === void 0 ? `${number(amount.db ?? 0)} dB` : `${number(amount.cents, 0)} cents`;
          player.say(`${this.names[held.voice]}, ${held.what === "f0" ? "pitch" : held.what === "gain" ? "harmonics" : "noise"} ${size}, ${stretchText(held.stretch)}`, done ? 3e3 : 0);
        } else moved ? player.setRegion(Math.abs(t - fixed) < 4e-3 ? null : t < fixed ? [t, fixed] : [fixed, t], done) : done && (held && this.take(held.voice), player.seek(t0));
      }, onmove = (m) => move(m, !1), onup = (m) => {
        for (let [k, f] of kinds) view.removeEventListener(k, f);
        move(m, !0);
      }, kinds = (
        /** @type {[string, any][]} */
        [["pointermove", onmove], ["pointerup", onup], ["pointercancel", onup]]
      );
      for (let [k, f] of kinds) view.addEventListener(k, f);
    });
  }
  /** Where a frequency stands in the pitch row. @param {number} hz @param {number} tall @returns {number} */
  pitchY(hz, tall) {
    let [lo, hi] = this.range;
    return tall * (1 - Math.log(hz / lo) / Math.log(hi / lo));
  }
  /** Keep the axis still while something is dragged. @param {Params} p */
  pitchRange(p) {
    if (this.draft) return;
    let all = p.f0.flatMap((v) => [...v].filter((f) => f > 0)), shape = this.model.get("pitch_shape");
    all.length && (this.range = [Math.max(shape.lo_hz, Math.min(...all) / 1.5), Math.min(shape.hi_hz, Math.max(...all) * 3.2)]);
  }
  /** @param {CanvasRenderingContext2D} g @param {CanvasRenderingContext2D} gg @param {number} width @param {number} tall */
  paintPitch(g, gg, width, tall) {
    let { time } = this.x.player.lanes, theme = this.x.player.lanes.theme(), p = this.params, shape = this.model.get("pitch_shape"), picture = (
      /** @type {Picture} */
      this.picture
    );
    p && this.pitchRange(p);
    let [lo, hi] = this.range, share = (f) => Math.log(f / shape.lo_hz) / Math.log(shape.hi_hz / shape.lo_hz), y0 = (1 - share(hi)) * shape.rows, y1 = (1 - share(lo)) * shape.rows, left = -shape.step / 2, x0 = time.x(left), x1 = time.x(left + shape.step * shape.cols);
    g.imageSmoothingEnabled = !0, g.drawImage(picture.canvas, 0, y0, shape.cols, y1 - y0, x0, 0, x1 - x0, tall);
    let line = (f0, color, thick, dash = []) => {
      g.beginPath();
      let on = !1;
      for (let n = 0; n < f0.length; n += 1) {
        if (!(f0[n] > 0)) {
          on = !1;
          continue;
        }
        let x = time.x(n * this.hop), y = this.pitchY(f0[n], tall);
        on && Math.abs(1200 * Math.log2(f0[n] / f0[n - 1])) < 300 ? g.lineTo(x, y) : g.moveTo(x, y), on = !0;
      }
      g.setLineDash(dash), g.strokeStyle = color, g.lineWidth = thick, g.stroke(), g.setLineDash([]);
    };
    if (g.lineJoin = "round", g.lineCap = "round", p) {
      let was = this.before, order = [...this.names.keys()].sort((a, b) => +(a === this.voice) - +(b === this.voice));
      for (let i of order)
        line(p.f0[i], "rgba(0, 0, 0, .75)", i === this.voice ? 6 : 4.4), line(p.f0[i], "#ffffff", i === this.voice ? 4.4 : 3), line(p.f0[i], this.colors[i], i === this.voice ? 2.8 : 1.8);
      was && line(was.f0[this.voice].map((f, n) => Math.abs(f - p.f0[this.voice][n]) > 0.1 ? f : 0), "#ffffff", 1.8, [3, 5]), this.shadeLocks(g, tall, ["f0"]);
    }
    gg.font = `10px ${theme.font}`, gg.textBaseline = "middle";
    let last = 1 / 0;
    for (let f of [50, 70, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200, 4800]) {
      let y = this.pitchY(f, tall);
      y < 6 || y > tall - 6 || last - y < 15 || (last = y, gg.fillStyle = theme.faint, gg.fillRect(0, Math.round(y), 4, 1), gg.fillStyle = theme.soft, gg.fillText(hertz(f), 7, y));
    }
  }
  /** Locked stretches of the chosen voice as a bar along the bottom. @param {CanvasRenderingContext2D} g @param {number} tall @param {string[]} whats */
  shadeLocks(g, tall, whats) {
    let { time } = this.x.player.lanes;
    for (let l of this.locks) {
      if (!whats.includes(l.what) || l.stem !== this.names[this.voice]) continue;
      let a = time.x(l.start_s), b = time.x(l.stop_s ?? time.duration);
      g.fillStyle = this.colors[this.voice], g.fillRect(a, tall - 5, b - a, 5), g.fillStyle = "#ffffff", g.fillRect(a, tall - 6, b - a, 1);
    }
  }
  /** @param {number} x @param {number} y @param {number} tall @returns {{i: number, n: number} | null} */
  nearPitch(x, y, tall) {
    let p = this.params;
    if (!p) return null;
    let n = Math.round(this.x.player.lanes.time.t(x) / this.hop), best = null, least = 9;
    return p.f0.forEach((f0, i) => {
      for (let m of [n - 1, n, n + 1]) {
        if (!(f0[m] > 0)) continue;
        let d = Math.abs(this.pitchY(f0[m], tall) - y) - (i === this.voice ? 1 : 0);
        d < least && (least = d, best = { i, n: m });
      }
    }), best;
  }
  /** @param {number} x @param {number} y @param {number} tall @returns {Grab | null} */
  grabPitch(x, y, tall) {
    let near = this.nearPitch(x, y, tall), p = this.baseParams;
    if (!near || !p) return null;
    let region = this.model.get("region"), t = near.n * this.hop, inside = region && t >= region[0] && t <= region[1], [a, b] = inside ? [0, 0] : noteAt(p.f0[near.i], near.n), stretch = inside ? this.stretch : { start_s: Math.round(a * this.hop * 1e4) / 1e4, stop_s: Math.round(b * this.hop * 1e4) / 1e4 }, per = 1200 * Math.log2(this.range[1] / this.range[0]) / tall, had = this.had("f0", near.i, stretch)?.cents ?? 0;
    return { what: "f0", voice: near.i, stretch, amount: (dy, fine) => ({ cents: had + dy * per * (fine ? 0.2 : 1) }) };
  }
  /** What a draft has already changed. @param {string} what @param {number} voice @param {{start_s: number, stop_s: number | null}} stretch @returns {Edit | undefined} */
  had(what, voice, stretch) {
    return this.draft?.edits.find((e) => e.stem === this.names[voice] && e.what === what && e.start_s === stretch.start_s && e.stop_s === stretch.stop_s);
  }
  /** @param {number} x @param {number} y @param {number} tall @returns {string} */
  sayPitch(x, y, tall) {
    let near = this.nearPitch(x, y, tall), [lo, hi] = this.range, p = this.params, t = clock(this.x.player.lanes.time.t(x)), f = lo * (hi / lo) ** (1 - y / tall);
    return near && p ? `${this.names[near.i]} · ${t} · ${p.f0[near.i][near.n].toFixed(1)} Hz` : `mixture · ${t} · ${hertz(f)}`;
  }
  /** @param {number} db @param {number} tall @returns {number} */
  gainY(db, tall) {
    let [lo, hi] = this.gains ?? [-60, 0];
    return tall * (1 - (Math.max(lo, Math.min(hi, db)) - lo) / (hi - lo));
  }
  /** @param {CanvasRenderingContext2D} g @param {CanvasRenderingContext2D} gg @param {number} width @param {number} tall */
  paintGains(g, gg, width, tall) {
    let { time } = this.x.player.lanes, theme = this.x.player.lanes.theme(), p = this.params;
    if (g.lineWidth = 1, drawGrid(g, time, 0, tall, theme.grid), !p) return;
    if (!this.draft || !this.gains) {
      let top = -100;
      for (let v of [...p.harmonic, ...p.noise]) for (let x of v) x > top && (top = x);
      this.gains = [Math.ceil(top / 5) * 5 - 85, Math.ceil(top / 5) * 5 + 5];
    }
    let line = (v, color2, thick, dash = [], alpha = 1) => {
      g.beginPath();
      for (let n = 0; n < v.length; n += 1) {
        let x = time.x(n * this.hop), y = this.gainY(v[n], tall);
        n && !Number.isNaN(v[n]) && !Number.isNaN(v[n - 1]) ? g.lineTo(x, y) : g.moveTo(x, y);
      }
      g.setLineDash(dash), g.globalAlpha = alpha, g.strokeStyle = color2, g.lineWidth = thick, g.stroke(), g.setLineDash([]), g.globalAlpha = 1;
    };
    g.lineJoin = "round", this.names.forEach((_, i) => {
      i !== this.voice && line(p.harmonic[i], this.colors[i], 1, [], 0.45);
    });
    let color = this.colors[this.voice], was = this.before, differs = (a, b) => a.map((v, n) => Math.abs(v - b[n]) > 0.05 ? v : NaN);
    was && (line(differs(was.harmonic[this.voice], p.harmonic[this.voice]), theme.text, 1.4, [3, 4], 0.8), line(differs(was.noise[this.voice], p.noise[this.voice]), theme.text, 1.2, [1, 4], 0.8)), line(p.noise[this.voice], color, 1.8, [6, 4]), line(p.harmonic[this.voice], color, 2.4), this.shadeLocks(g, tall, ["gain", "noise"]), gg.font = `10px ${theme.font}`, gg.textBaseline = "middle";
    for (let db = Math.ceil(this.gains[0] / 20) * 20; db <= this.gains[1]; db += 20) {
      let y = this.gainY(db, tall);
      y < 6 || y > tall - 6 || (gg.fillStyle = theme.faint, gg.fillRect(0, Math.round(y), 4, 1), gg.fillStyle = theme.soft, gg.fillText(`${String(db).replace("-", "−")} dB`, 7, y));
    }
  }
  /** @param {number} x @param {number} y @param {number} tall @returns {"gain" | "noise" | null} */
  nearGain(x, y, tall) {
    let p = this.params;
    if (!p) return null;
    let n = Math.min(p.f0[0].length - 1, Math.round(this.x.player.lanes.time.t(x) / this.hop)), d = (v) => Math.abs(this.gainY(v[n], tall) - y), a = d(p.harmonic[this.voice]), b = d(p.noise[this.voice]);
    return Math.min(a, b) > 9 ? null : a <= b ? "gain" : "noise";
  }
  /** @param {number} x @param {number} y @param {number} tall @returns {Grab | null} */
  grabGain(x, y, tall) {
    let what = this.nearGain(x, y, tall), [lo, hi] = this.gains ?? [-60, 0];
    if (!what || !this.baseParams) return null;
    let had = this.had(what, this.voice, this.stretch)?.db ?? 0, { stretch } = this;
    return { what, voice: this.voice, stretch, amount: (dy, fine) => ({ db: had + dy * (hi - lo) * (fine ? 0.2 : 1) / tall }) };
  }
  /** @param {number} x @param {number} y @param {number} tall @returns {string} */
  sayGain(x, y, tall) {
    let p = this.params, what = this.nearGain(x, y, tall), t = this.x.player.lanes.time.t(x);
    if (!p || !what) return clock(t);
    let v = (what === "gain" ? p.harmonic : p.noise)[this.voice][Math.min(p.f0[0].length - 1, Math.round(t / this.hop))];
    return `${this.names[this.voice]} ${what === "gain" ? "harmonics" : "noise"} · ${clock(t)} · ${number(v)} dB`;
  }
  paintRows() {
    for (let r of this.rows) r.paint();
  }
  drawTract() {
    let params = this.params, { x, model } = this;
    if (!x?.player) return;
    let frame = Math.min(model.get("frames") - 1, Math.round(x.player.session.position() / this.hop));
    this.tracts.set(params && { params, before: this.before, voice: this.voice, names: this.names, colors: this.colors, frame, hop_s: this.hop, range_db: model.get("ranges").envelope_db, bins: model.get("ranges").bins, sr: model.get("info").sr, can: this.can });
    let n = params ? sungNear(params.f0[this.voice], params.harmonic[this.voice], frame) : -1, sung = params && n >= 0 ? params.f0[this.voice][n] : 0, text = params && sung ? `${this.names[this.voice]} at ${(n * this.hop).toFixed(2)} s, ${sung.toFixed(0)} Hz${n === frame ? "" : " (nearest sung moment)"}` : "";
    this.where.textContent !== text && (this.where.textContent = text);
  }
  draw() {
    if (!this.x?.player) return;
    let { x, model, draft } = this, row = x.row, nudged = model.get("nudged"), before = model.get("before");
    if (draft && !this.dragging && !this.dirty && draft.kept === draft.id && nudged?.id === draft.id && row?.index === nudged.index) {
      let { params } = this, key = `${draft.run}/${nudged.index}`;
      params && draft.params && !this.known.has(key) && this.known.set(key, params), this.drop();
    }
    draft && draft.run !== x.shown && this.drop();
    let hear = model.get("hear"), compare = !!model.get("compare");
    this.voices.childNodes.forEach((b, i) => b.setAttribute("aria-pressed", String(i === this.voice))), this.hears.childNodes.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.kind === hear))), this.was.setAttribute("aria-checked", String(compare)), this.was.disabled = !before?.says, this.wasText.textContent = before?.says ?? "", x.player.lanes.lanes.forEach((lane, i) => {
      let said = lane.head.querySelector(".st-said");
      said && i >= 1 && i <= this.names.length && (said.textContent = (compare ? "before, " : "") + model.get("heard_as")[hear]);
    }), x.player.root.style.setProperty("--st-v", this.colors[this.voice]), this.drawLoss(row), this.scrubber.set({ value: row?.index ?? 0, marks: x.rows.map((r) => ({ taken: r.accepted, probe: !r.accepted })) });
    let loss = row?.scalars.loss, distance = row?.scalars.distance, facts = (this.draft ? `Dragged: ${this.draft.edits.map((e) => this.words(e)).join("; ")}` : "") || (row ? `${x.run?.name ?? ""}, ${row.says}${loss == null ? "" : `, loss ${loss.toPrecision(4)}`}${distance == null ? "" : `, distance ${distance.toFixed(2)}`}` : "");
    this.facts.textContent !== facts && (this.facts.textContent = facts), this.drawKnobs(), this.drawLocks(row), this.paintRows(), this.drawTract();
  }
  /** @param {Edit} e @returns {string} */
  words(e) {
    let name = e.what === "f0" ? "pitch" : e.what === "gain" ? "harmonics" : e.what.replace("formant ", "F");
    return `${e.stem} ${name} ${e.cents === void 0 ? `${number(e.db ?? 0)} dB` : `${number(e.cents, 0)} cents`}, ${stretchText(e)}`;
  }
  /** @param {Row | null} row */
  drawLoss(row) {
    let { x, model } = this, which = model.get("curve") === "distance" ? 3 : 1;
    this.curve.value = model.get("curve"), this.loss.y = { label: which === 1 ? "loss" : "distance" }, this.loss.set({
      current: row?.accepted ? row.index : null,
      empty: x.run?.state === "ready" ? "Press Start" : "No round yet",
      series: x.runs.map((r, i) => ({
        key: String(i),
        name: r.name,
        color: RUN_COLORS[i % RUN_COLORS.length],
        shape: i,
        selected: i === x.shown,
        dash: i > 0,
        points: (
          /** @type {any[]} */
          r.path.map((p) => ({ x: p[0], y: p[which] ?? null, id: i === x.shown ? p[2] : void 0, taken: !0, text: `${r.name}, round ${p[0]}: ${(p[which] ?? 0).toPrecision(4)}` }))
        )
      }))
    });
  }
  drawKnobs() {
    let p = this.params, { stretch } = this, name = this.names[this.voice], title = `Nudge ${name}`, said = stretch.stop_s === null ? "whole clip; drag across the spectrogram for a stretch" : `${stretchText(stretch)}, the region`;
    this.nudgeTitle.textContent !== title && (this.nudgeTitle.textContent = title), this.stretchSaid.textContent !== said && (this.stretchSaid.textContent = said), this.nudgePanel.hidden = !this.x.link.alive || this.x.able.length === 0 && !this.x.rows.length;
    for (let { what, unit, input, value } of this.knobs) {
      let v = p && standing(p, this.voice, what, framesOf(stretch, p.f0[0].length, this.hop));
      input.disabled = v == null || !this.can;
      let text = v == null ? "–" : unit === "dB" ? `${number(v)} dB` : `${v.toFixed(0)} Hz`;
      value.textContent !== text && (value.textContent = text), input.setAttribute("aria-valuetext", `${text}, ${name}, ${stretchText(stretch)}`), v != null && (input.value = String(what === "f0" ? 1200 * Math.log2(v / LOW_HZ) : v));
    }
  }
  /** @param {Row | null} row */
  drawLocks(row) {
    let { x, stretch } = this, stem = this.names[this.voice], alive = x.link.alive;
    for (let b of this.lockButtons) b.setAttribute("aria-pressed", String(this.locks.some((l) => l.what === b.dataset.lock && l.stem === stem && l.start_s === stretch.start_s && (l.stop_s ?? null) === stretch.stop_s)));
    this.auto.setAttribute("aria-checked", String(!!this.model.get("autolock"))), this.refitButton.disabled = !x.can("branch") || !row?.fit, this.undoButton.disabled = !this.draft && !(row?.nudged && !row.accepted), this.markButton.disabled = !row?.fit || !alive, this.exportRow.hidden = !alive;
    for (let b of this.exports) b.disabled = !row?.fit;
    let key = JSON.stringify(this.locks);
    key !== this.drawn.locks && (this.drawn.locks = key, this.chips.replaceChildren(...this.locks.map((l) => h(
      "span",
      { class: "st-lockchip", style: `--st-c: ${this.colors[this.names.indexOf(l.stem)]}` },
      `${l.stem} ${l.what === "f0" ? "pitch" : l.what}, ${stretchText({ start_s: l.start_s, stop_s: l.stop_s ?? null })}`,
      h("button", { type: "button", "aria-label": `Unlock ${l.stem} ${l.what}`, title: "Unlock", on: { click: () => {
        this.x.push({ locks: this.locks.filter((o) => o !== l) }), this.draw();
      } } }, icon("close"))
    ))));
  }
  destroy() {
    clearTimeout(this.timer), this.observer?.disconnect(), this.themes?.disconnect(), this.tracts.destroy(), this.loss.destroy(), delete /** @type {any} */
    this.x.player.root.fit, this.x.destroy();
  }
};
function render({ model, el }) {
  let view = new FitView(model, el);
  return () => view.destroy();
}
var fit_default2 = { render };
export {
  fit_default2 as default
};
