import { nice, s } from "./chart.js";
import { h } from "./dom.js";
import { drag } from "./drag.js";
import { Drawn } from "./drawn.js";
import { FORMANTS, sungNear } from "./voices.js";

/** @typedef {import("./voices.js").Params} Params */
/**
 * @typedef {{params: Params, before: Params | null, voice: number, names: string[], colors: string[], frame: number, hop_s: number, range_db: number[], bins: number, sr: number, can: boolean}} State
 */

const TOP_HZ = 6000, LEFT = 44, RIGHT = 10, ABOVE = 18, BELOW = 34, RANGE = 62;

/** The vocal tracts at one moment: envelopes, the harmonics of the chosen voice, and its formants, which can be dragged sideways. */
export class Tracts extends Drawn {
  /** @param {{height?: number, on: {formant: (k: number, from: number, to: number, done: boolean) => void}}} options */
  constructor({ height = 232, on }) {
    super();
    this.height = height;
    this.on = on;
    this.svg = s("svg", { role: "img", "aria-label": "Envelopes of the voices at the playhead, with formants" });
    this.none = h("div", { class: "st-none", text: "Press Start: envelopes come with the first step" });
    this.el = h("div", { class: "st-chart st-tracts", style: `height: ${height}px` }, this.svg, this.none);
    /** @type {State | null} */ this.state = null;
    /** @type {{k: number, hz: number} | null} */ this.held = null;
    /** The frame that is drawn: the sung one nearest to the playhead, or −1. */ this.shown = -1;
    this.top = 0;
    this.observer.observe(this.el);
    this._pointers();
  }

  /** @param {State | null} state */
  set(state) { this.state = state; this.paint(); }

  get width() { return Math.max(40, this.el.clientWidth - LEFT - RIGHT); }
  /** @param {number} hz @returns {number} */
  px(hz) { return LEFT + (hz / TOP_HZ) * this.width; }
  /** @param {number} x @returns {number} */
  hz(x) { return Math.min(TOP_HZ, Math.max(60, ((x - LEFT) / this.width) * TOP_HZ)); }

  /** Formants of the chosen voice at the moment shown. @returns {number[]} Hz, 0 where there is none */
  formants() {
    const st = this.state, n = this.shown;
    if (!st || n < 0) return [];
    return [...st.params.formant[st.voice].subarray(Math.floor(n / 4) * FORMANTS, Math.floor(n / 4) * FORMANTS + FORMANTS)];
  }

  /** @param {Params} p @param {number} voice @param {number} frame @param {number} bin @returns {number} dB */
  level(p, voice, frame, bin) {
    const { bins, range_db: [lo, hi] } = /** @type {State} */ (this.state), v = p.envelope[voice], at = Math.min(Math.floor(frame / 2), v.length / bins - 1) * bins;
    const i = Math.min(bins - 2, Math.floor(bin)), u = bin - i;
    return lo + ((hi - lo) / 255) * (v[at + i] * (1 - u) + v[at + i + 1] * u);
  }

  /**
   * Where a level stands while a formant is dragged and the kernel has not answered: its neighbours stay, what lies between is stretched.
   * @param {number} hz on screen @param {number[]} formants as they are known @returns {number} Hz in the envelope that is known
   */
  source(hz, formants) {
    const { held } = this, f = held ? formants[held.k] : 0;
    if (!held || !(f > 0) || Math.abs(held.hz - f) < 1) return hz;
    const below = Math.max(0, ...formants.filter((v, i) => i !== held.k && v > 0 && v < Math.min(f, held.hz))), above = Math.min(TOP_HZ, ...formants.filter((v, i) => i !== held.k && v > Math.max(f, held.hz)));
    if (hz <= below || hz >= above) return hz;
    return hz < held.hz ? below + ((hz - below) / (held.hz - below)) * (f - below) : above - ((above - hz) / (above - held.hz)) * (above - f);
  }

  _paint() {
    const st = this.state, full = this.el.clientWidth;
    if (!full) return;
    this.none.hidden = !!st;
    this.shown = st ? sungNear(st.params.f0[st.voice], st.params.harmonic[st.voice], st.frame) : -1;
    if (!st) { this.svg.replaceChildren(); return; }
    const { params, voice, bins, sr, range_db: [lo, hi] } = st, bottom = this.height - BELOW, width = this.width, tall = bottom - ABOVE, n = this.shown;
    let top = 0;
    for (const v of params.envelope) for (let i = 0; i < v.length; i += 1) if (v[i] > top) top = v[i];
    this.top = Math.ceil((lo + ((hi - lo) * top) / 255) / 5) * 5 + 2;
    const py = this.py = (/** @type {number} */ db) => ABOVE + (Math.min(RANGE, Math.max(0, this.top - db)) / RANGE) * tall;
    const out = [];
    for (const v of nice(this.top - RANGE, this.top, 4)) out.push(s("path", { class: "st-gridline", d: `M${LEFT} ${Math.round(py(v)) + 0.5}h${width}` }), s("text", { x: LEFT - 6, y: py(v) + 3.5, "text-anchor": "end" }, String(v).replace("-", "−")));
    for (const v of nice(0, TOP_HZ, width / 90)) out.push(s("path", { class: "st-gridline", d: `M${Math.round(this.px(v)) + 0.5} ${ABOVE}v${tall}` }), s("text", { x: this.px(v), y: bottom + 14, "text-anchor": "middle" }, String(v / 1000)));
    out.push(s("text", { class: "st-axis", x: LEFT + width / 2, y: this.height - 4, "text-anchor": "middle" }, "frequency (kHz)"),
      s("text", { class: "st-axis", "text-anchor": "middle", transform: `translate(11 ${ABOVE + tall / 2}) rotate(-90)` }, "envelope (dB)"));
    const formants = this.formants(), bin = (/** @type {number} */ hz) => (hz * 2 * (bins - 1)) / sr;
    const line = (/** @type {Params} */ p, /** @type {number} */ i, /** @type {number} */ frame, moved = false) => {
      const parts = [];
      for (let b = 0; b < bins; b += 1) { const hz = (b * sr) / 2 / (bins - 1); if (hz > TOP_HZ) break; parts.push(`${this.px(hz).toFixed(1)} ${py(this.level(p, i, frame, moved ? bin(this.source(hz, formants)) : b)).toFixed(1)}`); }
      return parts;
    };
    st.names.forEach((_, i) => {
      if (i === voice || !(params.f0[i][st.frame] > 0)) return;
      out.push(s("g", { class: "st-series", style: `--st-c: ${st.colors[i]}` }, s("path", { class: "st-curve st-other", d: `M${line(params, i, st.frame).join("L")}` })));
    });
    if (n >= 0) {
      const g = s("g", { class: "st-series st-on", style: `--st-c: ${st.colors[voice]}` }), path = line(params, voice, n, true), f0 = params.f0[voice][n];
      g.append(s("path", { class: "st-fill", d: `M${LEFT} ${bottom}L${path.join("L")}L${this.px(TOP_HZ)} ${bottom}z` }));
      for (let k = 1; k * f0 < TOP_HZ; k += 1) g.append(s("path", { class: "st-harmonic", d: `M${this.px(k * f0).toFixed(1)} ${bottom}V${py(this.level(params, voice, n, bin(this.source(k * f0, formants)))).toFixed(1)}` }));
      if (st.before) g.append(s("path", { class: "st-curve st-was", d: `M${line(st.before, voice, n).join("L")}` }));
      g.append(s("path", { class: "st-curve", d: `M${path.join("L")}` }));
      formants.forEach((f, k) => {
        const at = this.held?.k === k ? this.held.hz : f;
        if (!(at > 0) || at > TOP_HZ) return;
        const x = this.px(at), y = py(this.level(params, voice, n, bin(this.source(at, formants))));
        g.append(s("path", { class: "st-formantline", d: `M${x.toFixed(1)} ${y.toFixed(1)}V${bottom}` }), s("circle", { class: `st-formant${this.held?.k === k ? " st-held" : ""}`, cx: x, cy: y, r: 7 }),
          s("text", { class: "st-formanttext", x, y: Math.max(10, y - 11), "text-anchor": "middle" }, `F${k + 1}`));
      });
      out.push(g);
    } else out.push(s("text", { class: "st-empty", x: LEFT + width / 2, y: ABOVE + tall / 2, "text-anchor": "middle" }, `${st.names[voice]} does not sing here`));
    this.svg.setAttribute("viewBox", `0 0 ${full} ${this.height}`);
    this.svg.setAttribute("width", full);
    this.svg.setAttribute("height", this.height);
    this.svg.replaceChildren(...out);
  }

  /** The formant under the pointer, or −1. @param {number} x @returns {number} */
  near(x) {
    let best = -1, least = 12;
    this.formants().forEach((f, k) => { const d = Math.abs(this.px(f) - x); if (f > 0 && d < least) { least = d; best = k; } });
    return best;
  }

  _pointers() {
    const { el } = this, at = (/** @type {PointerEvent} */ e) => e.clientX - el.getBoundingClientRect().left;
    el.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => { if (!this.held) el.classList.toggle("st-over-point", !!this.state?.can && this.near(at(e)) >= 0); });
    drag(el, (e) => {
      const k = this.state?.can ? this.near(at(e)) : -1;
      if (k < 0) return null;
      const from = this.formants()[k], x0 = at(e);
      let moved = false;
      return (m, done) => {
        moved ||= Math.abs(at(m) - x0) > 2;
        if (!moved) { this.held = null; return; }
        const to = this.hz(this.px(from) + at(m) - x0);
        this.held = done ? null : { k, hz: to };
        this.on.formant(k, from, to, done);
        this.paint();
      };
    }, { touch: "pan-y" });
  }
}
