import { h } from "./dom.js";
import { drag } from "./drag.js";
import { fitCanvas } from "./paint.js";

/** Frames in a row, at most. */
const MOST = 24;
/** Room for the names of the sources and for the line of noise levels, px. */
const LEFT = 62, FOOT = 17, GAP = 4, LIFT = 5;

/**
 * @typedef {{id: number, look: string, level: string, says: string}} Frame one step: its place in the run, its small spectrograms as text, its level of noise
 * @typedef {{names: string[], colors: string[], shape: number[], map: Uint8Array, frames: Frame[], at: number | null, mixture: string, empty: string}} Reel
 */

/** Which of the steps are drawn, evenly; the one at the cursor takes the place next to it. @param {number} n @param {number} at @param {number} most @returns {number[]} */
export function chosen(n, at, most) {
  const k = Math.min(n, Math.max(1, most)), out = Array.from({ length: k }, (_, i) => (k > 1 ? Math.round((i * (n - 1)) / (k - 1)) : n - 1));
  if (at >= 0 && at < n && !out.includes(at)) out[out.reduce((best, v, i) => (Math.abs(v - at) < Math.abs(out[best] - at) ? i : best), 0)] = at;
  return out;
}

/** Small spectrograms from text: one canvas for each source. @param {string} text @param {number[]} shape bands, moments @param {Uint8Array} map @returns {HTMLCanvasElement[]} */
export function developed(text, [bands, moments], map) {
  const raw = atob(text), size = bands * moments;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, s) => {
    const canvas = document.createElement("canvas"), g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    canvas.width = moments;
    canvas.height = bands;
    const image = g.createImageData(moments, bands);
    for (let i = 0; i < size; i += 1) {
      const v = 3 * raw.charCodeAt(s * size + i), to = 4 * ((bands - 1 - Math.floor(i / moments)) * moments + (i % moments));
      image.data[to] = map[v]; image.data[to + 1] = map[v + 1]; image.data[to + 2] = map[v + 2]; image.data[to + 3] = 255;
    }
    g.putImageData(image, 0, 0);
    return canvas;
  });
}

/** For each source a row of small spectrograms of its guess, from loud noise to clean: a slider over the steps. */
export class Film {
  /** @param {{on: (id: number, done: boolean) => void}} options */
  constructor({ on }) {
    this.on = on;
    /** @type {Reel | null} */ this.reel = null;
    /** @type {Map<string, HTMLCanvasElement[]>} */ this.made = new Map();
    /** @type {{x: number, w: number, i: number}[]} */ this.slots = [];
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.el = h("div", { class: "st-film", tabindex: "0", role: "slider", "aria-label": "Film strip of the guesses", "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", on: { keydown: (/** @type {KeyboardEvent} */ e) => this._key(e) } }, this.canvas);
    drag(this.el, (e) => {
      this.el.focus({ preventScroll: true });
      const move = (/** @type {PointerEvent} */ m, /** @type {boolean} */ done) => this._to(this.under(m.clientX - this.el.getBoundingClientRect().left), done);
      move(e, false);
      return move;
    }, { touch: "pan-y" });
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.el);
    /** @type {import("./paint.js").Theme | null} */ this.theme = null;
  }

  /** @param {Reel} reel @param {import("./paint.js").Theme} theme */
  set(reel, theme) {
    this.reel = reel;
    this.theme = theme;
    const i = this.place, f = reel.frames[i];
    this.el.setAttribute("aria-valuemax", Math.max(0, reel.frames.length - 1));
    this.el.setAttribute("aria-valuenow", Math.max(0, i));
    this.el.setAttribute("aria-valuetext", f ? f.says : reel.empty);
    this.paint();
  }

  /** Where the cursor is among the frames; -1 before the first. */
  get place() { return this.reel?.frames.findIndex((f) => f.id === this.reel?.at) ?? -1; }
  /** @param {number} x px @returns {number} */
  under(x) { return this.slots.reduce((best, s) => (Math.abs(s.x + s.w / 2 - x) < Math.abs(best.x + best.w / 2 - x) ? s : best), this.slots[0] ?? { x: 0, w: 0, i: -1 }).i; }

  /** @param {number} i @param {boolean} done */
  _to(i, done) {
    const f = this.reel?.frames[i];
    if (f && (done || f.id !== this.reel?.at)) this.on(f.id, done);
  }

  /** @param {KeyboardEvent} e */
  _key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !this.reel?.frames.length) return;
    const n = this.reel.frames.length, i = this.place < 0 ? n - 1 : this.place;
    const to = /** @type {Record<string, number>} */ ({ ArrowLeft: i - 1, ArrowDown: i - 1, ArrowRight: i + 1, ArrowUp: i + 1, Home: 0, End: n - 1, PageUp: i + 5, PageDown: i - 5 });
    if (!(e.key in to)) return;
    this._to(Math.min(n - 1, Math.max(0, to[e.key])), true);
    e.preventDefault();
    e.stopPropagation();
  }

  /** @param {Frame} f */
  pictures(f) {
    const had = this.made.get(f.look);
    if (had || !this.reel) return had ?? [];
    const made = developed(f.look, this.reel.shape, this.reel.map);
    this.made.set(f.look, made);
    if (this.made.size > 400) this.made.delete(/** @type {string} */ (this.made.keys().next().value));
    return made;
  }

  paint() {
    const { reel, theme } = this, width = this.el.clientWidth, height = this.el.clientHeight;
    if (!reel || !theme || width < 80 || height < 40) return;
    const g = fitCanvas(this.canvas, width, height), n = reel.names.length, rowH = (height - FOOT - LIFT) / n, room = width - LEFT - LIFT;
    g.font = `12px ${theme.font}`;
    g.textBaseline = "middle";
    reel.names.forEach((name, s) => { g.fillStyle = reel.colors[s]; g.fillText(name, 2, LIFT + (s + 0.5) * rowH - GAP / 2, LEFT - 8); });
    const most = Math.max(4, Math.min(MOST, Math.floor(room / 22))), at = this.place;
    g.imageSmoothingEnabled = true;
    if (!reel.frames.length) { this._blank(g, most, rowH, room, height); return; }
    const picked = chosen(reel.frames.length, at, most), slots = Math.max(picked.length, Math.min(most, 8)), w = room / slots;
    this.slots = picked.map((i, k) => ({ x: LEFT + k * w, w, i }));
    const draw = (/** @type {{x: number, w: number, i: number}} */ slot, /** @type {number} */ lift) => this.pictures(reel.frames[slot.i]).forEach((picture, s) => {
      const x = slot.x + 1 - lift, y = LIFT + s * rowH - lift, ww = slot.w - 2 + 2 * lift, hh = rowH - GAP + 2 * lift;
      g.drawImage(picture, x, y, ww, hh);
      if (lift) { g.strokeStyle = reel.colors[s]; g.lineWidth = 2.5; g.strokeRect(x, y, ww, hh); }
    });
    for (const slot of this.slots) if (slot.i !== at) draw(slot, 0);
    const lifted = this.slots.find((s) => s.i === at);
    if (lifted) draw(lifted, LIFT);
    this._foot(g, height, lifted);
  }

  /** Levels of noise under the frames. @param {CanvasRenderingContext2D} g @param {number} height @param {{x: number, w: number, i: number} | undefined} lifted */
  _foot(g, height, lifted) {
    const { reel, theme } = this;
    if (!reel || !theme) return;
    const y = height - FOOT / 2, first = this.slots[0], last = this.slots[this.slots.length - 1];
    g.font = `11px ${theme.font}`;
    const say = (/** @type {string} */ text, /** @type {number} */ x, /** @type {CanvasTextAlign} */ align, /** @type {string} */ color) => { g.textAlign = align; g.fillStyle = color; g.fillText(text, x, y); };
    const here = lifted ? lifted.x + lifted.w / 2 : -1e9, end = last.x + last.w, loud = "loud noise", clean = reel.frames[last.i].level ? "" : "clean";
    if (here > first.x + 110) say(loud, first.x, "left", theme.soft);
    if (here < end - 90) say(clean || reel.frames[last.i].level, end, "right", theme.soft);
    if (lifted) say(reel.frames[lifted.i].level || "clean", Math.min(end - 26, Math.max(first.x + 26, here)), "center", theme.text);
    g.textAlign = "left";
  }

  /** What will appear where, before anything is computed. @param {CanvasRenderingContext2D} g @param {number} most @param {number} rowH @param {number} room @param {number} height */
  _blank(g, most, rowH, room, height) {
    const { reel, theme } = this;
    if (!reel || !theme) return;
    const n = Math.min(most, 12), w = room / n, mix = reel.mixture ? developed(reel.mixture, reel.shape, reel.map)[0] : null;
    this.slots = [];
    g.strokeStyle = theme.line;
    g.setLineDash([3, 3]);
    for (let s = 0; s < reel.names.length; s += 1) for (let k = 0; k < n; k += 1) {
      const x = LEFT + k * w + 1, y = LIFT + s * rowH;
      if (mix && k === 0) { g.globalAlpha = 0.55; g.drawImage(mix, x, y, w - 2, rowH - GAP); g.globalAlpha = 1; } else g.strokeRect(x + 0.5, y + 0.5, w - 3, rowH - GAP - 1);
    }
    g.setLineDash([]);
    g.font = `12px ${theme.font}`;
    g.textAlign = "center";
    g.fillStyle = theme.soft;
    g.fillText(reel.empty, LEFT + room / 2, height - FOOT / 2, room);
    g.textAlign = "left";
  }

  destroy() { this.observer.disconnect(); this.made.clear(); }
}
