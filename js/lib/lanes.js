import { h } from "./dom.js";
import { drag } from "./drag.js";
import { Drawn } from "./drawn.js";
import { Picture, drawDecibel, drawGrid, drawHertz, drawRuler, drawWave, envelope, fitCanvas, freqAt, packPeaks } from "./paint.js";
import { coarse, detail } from "./spectrum.js";
import { Timeline, clock, decibel, hertz } from "./timeline.js";

/** @typedef {import("./paint.js").Theme} Theme */
/**
 * @typedef {{row: HTMLElement, head: HTMLElement, view: HTMLElement, canvas: HTMLCanvasElement, gutter: HTMLCanvasElement,
 *   picture: Picture, fine: Picture | null, peaks: Int8Array}} Lane
 */

/** Height of a lane below an explorer's stage, px: scrubber, transport and lanes stay on one screen. */
const SLIM = 48;

/** Waveforms and spectrograms on one time axis, with ruler, minimap, playhead, hover line and region. Knows nothing of sound. */
export class Lanes extends Drawn {
  /**
   * @param {{info: any, tracks: TrackInfo[], peaks: Int8Array[], pictures: Uint8Array[], map: Uint8Array, heads: HTMLElement[],
   *   theme: () => Theme, buffers: () => AudioBuffer[] | null, slim?: boolean,
   *   on: {seek: (t: number, done: boolean) => void, region: (r: [number, number] | null, done: boolean) => void,
   *        hover: (text: string) => void, current: (i: number) => void, hint: (text: string) => void}}} options
   */
  constructor({ info, tracks, peaks, pictures, map, heads, theme, buffers, slim = false, on }) {
    super();
    Object.assign(this, { info, tracks });
    this.info = info; this.tracks = tracks; this.map = map; this.theme = theme; this.buffers = buffers; this.on = on; this.slim = slim;
    this.time = new Timeline(info.duration, Math.max(0.002, 64 / info.sr));
    this.mode = "both";
    /** @type {[number, number] | null} */ this.region = null;
    this.position = 0;
    this.finer = 0;
    this.drawing = 0;
    /** @type {Map<number, AudioBuffer>} */ this.due = new Map();
    this.ruler = h("canvas");
    this.slider = h("div", { class: "st-view st-time", tabindex: "0", role: "slider", "aria-label": "Position", "aria-orientation": "horizontal", "aria-valuemin": "0", "aria-valuemax": info.duration.toFixed(3) }, this.ruler);
    const rulerRow = h("div", { class: "st-row st-ruler" }, this.corner = h("div", { class: "st-cap" }), this.slider, h("div"));
    /** @type {Lane[]} */
    this.lanes = tracks.map((track, i) => {
      const canvas = h("canvas", { role: "img", "aria-label": `Waveform and spectrogram of ${track.name}` }), gutter = h("canvas", { "aria-hidden": "true" });
      const view = h("div", { class: "st-view", "data-track": i }, canvas);
      const row = h("div", { class: "st-row st-track", style: `--st-c: ${track.color}` }, heads[i], view, h("div", { class: "st-gutter" }, gutter));
      const picture = new Picture(pictures[i], info.spec_rows, info.spec_cols, map, info.spec_t0, info.spec_step);
      return { row, head: heads[i], view, canvas, gutter, picture, fine: null, peaks: peaks[i] };
    });
    this.line = h("div", { class: "st-head-line" });
    this.hoverLine = h("div", { class: "st-hover-line" });
    this.area = h("div", { class: "st-region", hidden: true });
    this.over = h("div", { class: "st-over", "aria-hidden": "true" }, this.area, this.hoverLine, this.line);
    this.body = h("div", { class: "st-lanes" }, rulerRow, ...this.lanes.map((l) => l.row), this.over);
    this.mapCanvas = h("canvas", { "aria-hidden": "true" });
    this.mapView = h("div", { class: "st-view", title: "Overview: drag to move the view, double-click to fit" }, this.mapCanvas);
    this.mapRow = h("div", { class: "st-row st-map" }, h("div", { class: "st-cap", text: "Overview" }), this.mapView, h("div", { class: "st-gutter" }));
    this.time.listeners.add(() => { this.lanes.forEach((l) => { l.fine = l.fine && this.covers(l.fine) ? l.fine : null; }); this.paint(); });
    this.observer.observe(this.slider);
    this._pointers();
  }

  /** @param {Picture} p @returns {boolean} whether a fine picture still serves the part on screen */
  covers(p) {
    const left = p.t0 - p.step / 2, right = left + p.step * p.cols;
    return left <= this.time.start + p.step && right >= this.time.end - p.step && p.step < 2.5 * this.time.span / Math.max(1, this.time.width);
  }

  /** Show another sound in a lane: its waveform at once, its spectrogram when the page has a moment. @param {number} i @param {AudioBuffer} buffer */
  setTrack(i, buffer) {
    const lane = this.lanes[i];
    lane.peaks = packPeaks(buffer, Math.min(this.info.peak_bins, buffer.length), this.info.top);
    lane.fine = null;
    this.due.set(i, buffer);
    this.paint();
    if (!this.drawing) this.drawing = window.setTimeout(() => this._pictureNext(), 30);
  }

  _pictureNext() {
    this.drawing = 0;
    const [next] = this.due;
    if (!next) return;
    const [i, buffer] = next;
    this.due.delete(i);
    this.lanes[i].picture = coarse(buffer, this.info, this.map);
    this.paint();
    if (this.due.size) this.drawing = window.setTimeout(() => this._pictureNext(), 0);
  }

  /** @param {string} mode */
  setMode(mode) { this.mode = mode; this.layout(); this.paint(); }

  /** Heights by mode and number of tracks: [waveform, spectrogram]. @returns {[number, number]} */
  heights() {
    if (this.slim) return this.mode === "wave" ? [SLIM, 0] : this.mode === "spec" ? [0, SLIM] : [24, SLIM];
    const n = this.tracks.length, big = n === 1 ? 1.5 : n <= 3 ? 1.15 : n <= 4 ? 1 : 0.8;
    if (this.mode === "wave") return [Math.round(64 * big), 0];
    if (this.mode === "spec") return [0, Math.round(92 * big)];
    return [Math.round(44 * big), Math.round(74 * big)];
  }

  layout() {
    const [a, b] = this.heights();
    for (const { row } of this.lanes) row.style.setProperty("--st-h", `${a + b}px`);
  }

  _paint() {
    const width = this.slider.clientWidth;
    if (!width) return;
    this.time.width = width;
    const theme = this.theme(), [wave, spec] = this.heights(), buffers = this.buffers();
    const ruler = this.slim ? 24 : 28;
    drawRuler(fitCanvas(this.ruler, width, ruler), this.time, ruler, theme);
    this.lanes.forEach((lane, i) => {
      const g = fitCanvas(lane.canvas, width, wave + spec), gg = fitCanvas(lane.gutter, 50, wave + spec);
      const { top, max_hz } = this.info;
      if (wave) {
        drawGrid(g, this.time, 0, wave, theme.grid);
        drawWave(g, envelope(this.time, lane.peaks, top, buffers?.[i] ?? null), { y: 0, height: wave, top, color: this.tracks[i].color });
        drawDecibel(gg, { y: 0, height: wave, top }, theme);
      }
      if (spec) {
        (lane.fine ?? lane.picture).draw(g, this.time, wave, spec);
        drawHertz(gg, { y: wave, height: spec, max_hz }, theme);
      }
    });
    this.mapRow.classList.toggle("st-whole", this.slim && !this.time.zoomed);
    this._paintMap(theme);
    this.place();
    this._refineLater();
  }

  /** @param {Theme} theme */
  _paintMap(theme) {
    const width = this.mapView.clientWidth, height = 33, all = new Timeline(this.info.duration, 0.001), { top } = this.info;
    all.width = width;
    const g = fitCanvas(this.mapCanvas, width, height);
    drawWave(g, envelope(all, this.lanes[0].peaks, top, null), { y: 2, height: height - 4, top, color: theme.soft, alpha: 0.55 });
    const x0 = all.x(this.time.start), x1 = all.x(this.time.end);
    if (this.region) { g.globalAlpha = 0.22; g.fillStyle = theme.accent; g.fillRect(all.x(this.region[0]), 0, all.x(this.region[1]) - all.x(this.region[0]), height); }
    g.globalAlpha = 0.62;
    g.fillStyle = theme.back;
    g.fillRect(0, 0, x0, height); g.fillRect(x1, 0, width - x1, height);
    g.globalAlpha = 1;
    if (this.time.zoomed) { g.strokeStyle = theme.accent; g.lineWidth = 1.5; g.strokeRect(x0 + 0.75, 0.75, Math.max(3, x1 - x0 - 1.5), height - 1.5); }
    g.fillStyle = theme.play;
    g.fillRect(all.x(this.position) - 0.75, 0, 1.5, height);
    this._map = { theme, width };
  }

  /** Denser spectrograms for the part on screen, one lane at a time, once the view has come to rest and the samples are here. */
  _refineLater() {
    clearTimeout(this.finer);
    const { spec_step } = this.info, coarse = (spec_step * this.time.width) / this.time.span > 2.2;
    if (!coarse || !this.buffers() || this.mode === "wave") return;
    const next = () => {
      const buffers = this.buffers(), i = this.lanes.findIndex((l) => !l.fine);
      if (i < 0 || !buffers) return;
      const { spec_rows: rows, n_fft, spec_ref: ref, floor_db, max_hz } = this.info, { start, end } = this.time;
      const cols = Math.min(Math.round(this.time.width / 1.5), Math.ceil((end - start) * this.info.play_sr / 8));
      this.lanes[i].fine = detail(buffers[i], { start, end, cols, rows, n_fft, ref, floor_db, max_hz }, this.map);
      this.paint();
    };
    this.finer = window.setTimeout(next, this.lanes.some((l) => l.fine) ? 0 : 140);
  }

  /** Put playhead and region where they belong; cheap enough for every frame. */
  place() {
    const { time } = this;
    this.line.style.transform = `translateX(${time.x(this.position).toFixed(2)}px)`;
    this.area.hidden = !this.region;
    if (this.region) {
      const a = time.x(this.region[0]), b = time.x(this.region[1]);
      this.area.style.transform = `translateX(${a.toFixed(2)}px)`;
      this.area.style.width = `${Math.max(1, b - a).toFixed(2)}px`;
    }
  }

  /** @param {number} t @param {boolean} follow */
  setPosition(t, follow) {
    this.position = t;
    if (follow && !this.dragging) this.time.follow(t);
    this.place();
    const now = performance.now();
    if (now - (this._said ?? 0) > 250 || !follow) {
      this._said = now;
      this.slider.setAttribute("aria-valuenow", t.toFixed(3));
      this.slider.setAttribute("aria-valuetext", `${t.toFixed(1)} s of ${this.info.duration.toFixed(1)} s`);
    }
    if (this._map && (now - (this._mapped ?? 0) > 60 || !follow)) { this._mapped = now; this._paintMap(this._map.theme); }
  }

  /** @param {[number, number] | null} region @param {boolean} looping */
  setRegion(region, looping) {
    this.region = region;
    this.area.classList.toggle("st-off", !looping);
    this.place();
    if (this._map) this._paintMap(this._map.theme);
  }

  _pointers() {
    const { slider, body, mapView, time } = this;
    /** @param {PointerEvent | WheelEvent | MouseEvent} e @returns {number} px from the left of the time axis */
    const at = (e) => e.clientX - slider.getBoundingClientRect().left;
    /** A drag during which the view does not turn its page. @param {HTMLElement} el @param {(e: PointerEvent) => import("./drag.js").Follow} begin @param {"none" | "pan-y"} touch */
    const hold = (el, begin, touch) => drag(el, (e) => {
      slider.focus({ preventScroll: true });
      const follow = begin(e);
      this.dragging = true;
      return (m, done, cancelled) => { this.dragging = !done; follow(m, done, cancelled); };
    }, { touch });

    hold(slider, (e) => {
      this.on.seek(time.t(at(e)), false);
      return (m, done) => this.on.seek(time.t(at(m)), done);
    }, "none");
    for (const [i, lane] of this.lanes.entries()) hold(lane.view, (e) => {
      const x0 = at(e), t0 = time.t(x0), region = this.region;
      this.on.current(i);
      const edge = region && [0, 1].find((k) => Math.abs(time.x(region[k]) - x0) < 6);
      const fixed = region && edge !== undefined && edge !== null ? region[1 - edge] : t0;
      let moved = edge !== undefined && edge !== null;
      return (m, done, cancelled) => {
        const x = at(m), t = time.t(x);
        moved ||= Math.abs(x - x0) > 4;
        if (moved) this.on.region(Math.abs(t - fixed) < 0.004 ? null : t < fixed ? [t, fixed] : [fixed, t], done);
        else if (done && !cancelled) this.on.seek(t0, true);
      };
    }, "pan-y");
    hold(mapView, (e) => {
      const box = mapView.getBoundingClientRect(), unit = this.info.duration / box.width;
      const t0 = (e.clientX - box.left) * unit, inside = t0 >= time.start && t0 <= time.end;
      const grab = inside ? t0 - time.start : time.span / 2;
      const to = (/** @type {PointerEvent} */ m) => { const a = (m.clientX - box.left) * unit - grab; time.show(a, a + time.span); };
      if (time.zoomed) to(e);
      else this.on.seek(t0, true);
      return (m) => { if (time.zoomed) to(m); };
    }, "none");
    mapView.addEventListener("dblclick", () => time.fit());
    body.addEventListener("wheel", (/** @type {WheelEvent} */ e) => {
      if (e.ctrlKey || e.metaKey || e.altKey) time.zoom(1.0022 ** Math.max(-300, Math.min(300, e.deltaY * (e.deltaMode ? 30 : 1))), time.t(at(e)));
      else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) time.pan(((e.deltaX || e.deltaY) / time.width) * time.span);
      else { this.on.hint("Hold Ctrl and turn the wheel to zoom"); return; }
      e.preventDefault();
    }, { passive: false });
    body.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => this._hover(e, at(e)));
    body.addEventListener("pointerleave", () => { this.hoverLine.style.opacity = "0"; this.on.hover(""); });
  }

  /** @param {PointerEvent} e @param {number} x */
  _hover(e, x) {
    const inside = x >= 0 && x <= this.time.width;
    this.hoverLine.style.opacity = inside ? "1" : "0";
    this.hoverLine.style.transform = `translateX(${x}px)`;
    if (!inside) { this.on.hover(""); return; }
    const t = this.time.t(x), i = this.lanes.findIndex((l) => l.view.contains(/** @type {Node} */ (e.target)));
    if (i < 0) { this.on.hover(clock(t)); return; }
    const lane = this.lanes[i], [wave, spec] = this.heights(), y = e.clientY - lane.view.getBoundingClientRect().top;
    const region = this.region;
    lane.view.style.cursor = region && region.some((r) => Math.abs(this.time.x(r) - x) < 6) ? "ew-resize" : "";
    const parts = [this.tracks[i].name, clock(t)];
    if (spec && y >= wave) {
      const share = Math.min(1, Math.max(0, 1 - (y - wave) / spec)), level = (lane.fine ?? lane.picture).at(t, share);
      parts.push(hertz(freqAt(share, this.info.max_hz)), level <= 0 ? `under ${decibel(this.info.floor_db, 0)}` : decibel(this.info.floor_db * (1 - level), 0));
    } else if (wave) {
      const env = envelope(this.time, lane.peaks, this.info.top, null), k = Math.min(env.hi.length - 1, Math.round(x));
      parts.push(`peak ${decibel(20 * Math.log10(Math.max(env.hi[k], -env.lo[k], 1e-9)), 1)}FS`);
    }
    this.on.hover(parts.join(" · "));
  }

  destroy() {
    super.destroy();
    clearTimeout(this.finer);
    clearTimeout(this.drawing);
    this.due.clear();
    this.time.listeners.clear();
    for (const lane of this.lanes) {
      for (const c of [lane.canvas, lane.gutter, lane.picture.canvas]) c.width = c.height = 0;
      lane.fine = null;
    }
  }
}
