import css from "./trajectory.css";
import { h, icon } from "./lib/dom.js";
import { drag } from "./lib/drag.js";
import { Explorer, together } from "./lib/explorer.js";
import { Film } from "./lib/film.js";
import { minus } from "./lib/link.js";
import { RunMap } from "./lib/runmap.js";
import { drawHertz, fitCanvas, freqAt } from "./lib/paint.js";
import { Scrubber } from "./lib/scrubber.js";
import { Stack } from "./lib/stack.js";
import { act, term } from "./lib/stage.js";
import { hertz } from "./lib/timeline.js";

/**
 * Columns of one run: a value for each level of its chain; lists hold the mean over sources first.
 * @typedef {{name: string, state: string, start: number, evaluations: number, settings: Record<string, any>, index: number[], step: number[], sigma: number[],
 *   left: number | null, residual: (number | null)[], strength: (number | null)[][], cosine: (number | null)[][], bound: (number | null)[][], score: ((number | null)[] | null)[]}} Curve
 */

const LANES = /** @type {const} */ ([["x_t", "x_t"], ["removed", "x_t − guess"], ["map", "map"], ["true", "true stems"]]);
const MAPS = /** @type {const} */ ([["agreement", "prior against guidance"], ["prior", "prior: how far"], ["guidance", "guidance: how far"]]);
/** Rows of a drawn map; bands are spread to the spectrograms' mel scale. */
const MAP_ROWS = 96;
/** Height of a map on the page, px; as in the style sheet. */
const MAP_HEIGHT = 48;

const STORY = "Every source begins as noise; level by level a model of its sound (the prior) and the mixture pull it towards something you can hear.";
/** @type {[string, string][]} */
const TERMS = [
  ["noise level (σ)", "How loud the noise is that is still in the guess: 1 is as loud as a sound, 0 is none."], ["prior", "A model of what one kind of sound is like, whatever the mixture."],
  ["guess", "The clean sound that the prior sees in the noisy signal, with the mixture's help."], ["noisy signal (x_t)", "What the guess is made from: the source with noise of that level."],
  ["guidance", "The pull towards guesses that together make the mixture."], ["strength", "How strongly the mixture pulls."], ["residual", "What of the mixture the guesses leave unexplained."],
  ["cosine", "Whether prior and mixture pull the same way: 1 the same, 0 neither, below 0 against each other."], ["B / γ", "The share of the mixture's pull that the prior takes back."],
  ["solver", "The rule for a step from one noise level to the next."], ["branch", "A new run that goes on from the step that is seen."],
];

/** @param {number | null | undefined} v @param {number} [n] @returns {string} */
const number = (v, n = 1) => (v === null || v === undefined ? "–" : v.toFixed(n).replace("-", "−"));
/** @param {number} v @returns {string} */
const level = (v) => (v === undefined ? "–" : v.toPrecision(3));

/** @param {string} hex "#rrggbb" @returns {number[]} */
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** @type {WeakMap<AudioBuffer, WeakMap<AudioBuffer, AudioBuffer>>} */
const taken = new WeakMap();

/** What a guess took out of a noisy signal, at the level of the clean one. @param {AudioBuffer} noisy @param {AudioBuffer} guess @param {number} sigma @returns {AudioBuffer} */
function removed(noisy, guess, sigma) {
  let of = taken.get(noisy);
  if (!of) taken.set(noisy, of = new WeakMap());
  const had = of.get(guess);
  if (had) return had;
  const out = new AudioBuffer({ length: noisy.length, numberOfChannels: noisy.numberOfChannels, sampleRate: noisy.sampleRate }), gain = Math.sqrt(1 + sigma * sigma);
  for (let c = 0; c < noisy.numberOfChannels; c += 1) {
    const x = noisy.getChannelData(c), y = guess.getChannelData(c), z = out.getChannelData(c);
    for (let i = 0; i < z.length; i += 1) z[i] = gain * x[i] - y[i];
  }
  of.set(guess, out);
  return out;
}

/** Where a prior and the guidance pull, over time and frequency, as a row among the tracks. */
class MapRow {
  /** @param {string} source @param {string} color */
  constructor(source, color) {
    this.label = h("span", { class: "st-label" });
    this.said = h("div", { class: "st-said", text: source });
    this.canvas = h("canvas", { role: "img" });
    this.gutter = h("canvas", { "aria-hidden": "true" });
    this.none = h("div", { class: "st-none", hidden: true, text: "no map for this step" });
    this.view = h("div", { class: "st-view" }, this.canvas, this.none);
    this.row = h("div", { class: "st-row st-track st-maprow", style: `--st-c: ${color}` }, h("div", { class: "st-name st-mapname" }, h("div", {}, this.label), this.said), this.view, h("div", { class: "st-gutter" }, this.gutter));
    this.bitmap = document.createElement("canvas");
    this.drawn = "";
  }

  /** The bitmap of a map. @param {Uint8Array | null} bytes layers × sources × bands × moments @param {number[]} shape @param {number} source @param {string} mode @param {Uint8Array} map @param {boolean} dark @param {number} max_hz @param {Record<string, string>} tints colours of the pulls */
  fill(bytes, shape, source, mode, map, dark, max_hz, tints) {
    const [, S, bands, moments] = shape, { bitmap } = this;
    this.none.hidden = !!bytes;
    if (!bytes) { bitmap.width = 0; return; }
    bitmap.width = moments;
    bitmap.height = MAP_ROWS;
    const g = /** @type {CanvasRenderingContext2D} */ (bitmap.getContext("2d")), image = g.createImageData(moments, MAP_ROWS), size = bands * moments;
    const layer = (/** @type {number} */ k) => bytes.subarray((k * S + source) * size, (k * S + source + 1) * size);
    const agree = layer(0), prior = layer(1), pull = layer(2);
    const apart = rgb(tints.apart), along = rgb(dark ? tints.together_dark : tints.together);
    for (let r = 0; r < MAP_ROWS; r += 1) {
      const band = Math.min(bands - 1, Math.floor((bands * freqAt((r + 0.5) / MAP_ROWS, max_hz)) / max_hz));
      for (let c = 0; c < moments; c += 1) {
        const i = band * moments + c, to = ((MAP_ROWS - 1 - r) * moments + c) * 4;
        if (mode === "agreement") {
          const a = agree[i] / 127.5 - 1;
          image.data.set([...(a < 0 ? apart : along), Math.round(Math.min(1, 1.15 * Math.sqrt(Math.abs(a))) * pull[i])], to);
        } else {
          const v = (mode === "prior" ? prior : pull)[i] * 3;
          image.data.set([map[v], map[v + 1], map[v + 2], 255], to);
        }
      }
    }
    g.putImageData(image, 0, 0);
  }

  /** @param {import("./lib/timeline.js").Timeline} time @param {import("./lib/paint.js").Theme} theme @param {number} duration @param {number} max_hz */
  paint(time, theme, duration, max_hz) {
    const width = this.view.clientWidth, height = MAP_HEIGHT;
    if (!width) return;
    const g = fitCanvas(this.canvas, width, height);
    g.fillStyle = theme.lane;
    g.fillRect(0, 0, width, height);
    if (this.bitmap.width) { g.imageSmoothingEnabled = false; g.drawImage(this.bitmap, time.x(0), 0, time.x(duration) - time.x(0), height); }
    drawHertz(fitCanvas(this.gutter, 50, height), { y: 0, height, max_hz }, theme);
  }
}

/** The trajectory of a diffusion run: scrub the noise level, hear every source, see prior against guidance, run again beside it. */
class TrajectoryView {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    /** @type {Map<string, Uint8Array>} */ this.maps = new Map();
    /** @type {Set<string>} */ this.asked = new Set();
    this.chosen = new Set(["hybrid", "dsg", "dps"]);
    this.drawn = { curves: /** @type {any} */ (null), key: "", chips: "" };
    /** @type {AudioBuffer | null} */ this.quiet = null;
    const kept = model.get("kept_maps");
    (kept?.ids ?? []).forEach((/** @type {string} */ id, /** @type {number} */ i) => this.maps.set(id, bytesOf(kept.data[i])));
    const sources = /** @type {string[]} */ (model.get("sources"));
    this.stack = new Stack({ label: "Curves of every run along the noise levels", slider: "Noise level", on: {
      cursor: (id, done) => this.x.choose(id, done), pick: (run, id) => this.go(Number(run), id), run: (by) => this.other(by) } });
    this.axis = this.tabs("Axis of the curves", [["step", "steps"], ["sigma", "noise level"]], () => model.get("axis"), (v) => this.x.push({ axis: v }));
    this.of = h("select", { "aria-label": "Curves of", on: { change: () => { this.x.push({ curve_of: this.of.selectedIndex }); this.draw(); } } }, ...["mean of sources", ...sources].map((n, i) => h("option", { value: i, text: n })));
    this.mapMode = h("select", { "aria-label": "Map", on: { change: () => { this.x.push({ map_mode: this.mapMode.value }); this.draw(); } } }, ...MAPS.map(([v, text]) => h("option", { value: v, text })));
    this.key = h("span", { class: "st-key-map", role: "img", "aria-label": "Colours" });
    this.lanes = h("div", { class: "st-tabs", role: "group", "aria-label": "Rows of each source" }, ...LANES.filter(([v]) => v !== "true" || model.get("scored")).map(([v, text]) => h("button", { "data-lane": v, click: () => this.toggleLane(v) }, text)));
    this.scrubber = new Scrubber({ label: "Noise level", text: (i) => this.x.rows[i]?.says ?? "", on: (i, done) => this.x.choose(i, done) });
    /** What is seen and heard, in one line. */ this.tale = "";
    this.branchButton = act("branch", "Branch from here", "Go on from the step that is seen, with the settings above, in a new run (B)", () => this.branch());
    this.chips = h("div", { class: "st-chips", role: "group", "aria-label": "Solvers to compare" });
    this.compareButton = h("button", { class: "st-do", click: () => this.compare() }, icon("play"), h("span"));
    const steer = [h("div", { class: "st-buttons" }, this.branchButton), h("details", {}, h("summary", { text: "Several solvers from this seed" }), this.chips, this.compareButton)];
    this.film = new Film({ on: (id, done) => this.x.choose(id, done) });
    this.runmap = new RunMap({ hear: (id) => this.preview(id), go: (run, id) => this.go(run, id), branch: (run, id) => { if (run === this.x.shown) { this.x.choose(id); this.branch(); } else this.go(run, id); },
      by: (n) => this.x.by(n), other: (n) => this.other(n) });
    const controls = [h("span", { class: "st-named" }, "Rows", this.lanes), h("label", {}, term("Map", "Where prior and mixture pull, over time and frequency."), this.mapMode), this.key];
    /** @type {Explorer} */ this.x = /** @type {any} */ (null);
    /** @type {MapRow[]} */ this.mapRows = [];
    new Explorer(model, el, (explorer) => {
      this.x = explorer;
      explorer.link.on("maps", (message, buffers) => {
        message.maps.forEach((/** @type {number} */ i, /** @type {number} */ k) => this.maps.set(`${message.run}/${i}`, bytesOf(buffers[k])));
        explorer.changed();
      });
      return { map: this.runmap, label: "Trajectory explorer", story: STORY, terms: TERMS, controls, picture: [h("style", { text: css }), h("div", { class: "st-reel" }, this.film.el, this.runmap.el)], scrubber: this.scrubber, unit: "step",
        diagram: [{ text: "noise", key: "noise", tip: "where every source begins" }, { text: "→" }, { text: "prior", key: "prior", tip: TERMS[1][1] }, { text: "+" }, { text: "mixture", key: "mixture", tip: "what all guesses together must make" }, { text: "→" },
          { text: "guess", key: "guess", tip: TERMS[2][1] }, { text: "↺", tip: "again, with less noise" }],
        panels: [{ key: "curves", label: "Curves", title: "Five curves along the noise levels: how loud the noise is, how strongly the mixture pulls, what is left over", els: [h("div", { class: "st-controls" }, h("span", { class: "st-named" }, "Axis", this.axis.el), h("label", {}, "Curves of", this.of)), h("div", { class: "st-curves" }, this.stack.el)] }],
        more: steer,
        traits: ["plane", "stars", "curves", "settings", "axis", "curve_of", "map_mode", "lanes", "map_shape"], draw: () => this.draw(), facts: () => this.tale, tracks: (row) => this.tracks(row),
        columns: () => this.columns(), go: (run) => this.go(run), repaint: () => { this.stack.paint(); this.film.paint(); this.runmap.paint(); this.paintMaps(); },
        gestures: [
          ["drag over the film strip", "walk from loud noise to clean"], ["point at the map of runs", "hear that guess"], ["click in the map of runs", "go there, in any run"],
          ["Shift and click in the map", "branch from there, with the settings of the form"], ["drag over the curves", "walk through the noise levels"], ["click another run", "show it at the same noise level"], ["drag the noise level", "walk through the steps"],
          ["drag over a map", "scrub through time"], ["point at a map", "read agreement, prior and guidance"],
        ],
        bindings: [
          { keys: ["b"], label: "B", does: "branch from the step that is seen", run: () => this.branch() },
          { keys: ["x"], label: "X", does: "hear x_t, then what was taken out, then the guess", run: () => this.layer() },
          { keys: ["c"], label: "C", does: "hear the next source", run: () => this.nextSource() },
          { keys: ["a"], label: "A", does: "axis: steps or noise level", run: () => { this.x.push({ axis: model.get("axis") === "step" ? "sigma" : "step" }); this.draw(); } },
          { keys: ["m"], label: "M", does: "map: agreement, prior, guidance", run: () => { const i = MAPS.findIndex(([v]) => v === model.get("map_mode")); this.x.push({ map_mode: MAPS[(i + 1) % MAPS.length][0] }); this.draw(); } },
          { keys: ["o"], label: "O", does: "the next run, at the same noise level", run: () => this.other(1) },
        ] };
    });
    this.addMaps(sources);
    this.draw();
  }

  /** @returns {Curve[]} */
  get curves() { return this.model.get("curves") ?? []; }
  /** @returns {any[]} */
  get trackInfo() { return this.model.get("tracks"); }

  /** Buttons of which one is pressed. @param {string} label @param {[string, string][]} options @param {() => string} now @param {(v: string) => void} set */
  tabs(label, options, now, set) {
    const buttons = options.map(([v, text]) => h("button", { on: { click: () => { set(v); this.draw(); } } }, text));
    return { el: h("div", { class: "st-tabs", role: "group", "aria-label": label }, ...buttons), draw: () => buttons.forEach((b, i) => b.setAttribute("aria-pressed", String(options[i][0] === now()))) };
  }

  /** Map rows stand below the tracks of their source, on the tracks' time axis. @param {string[]} sources */
  addMaps(sources) {
    const { player } = this.x, { lanes } = player;
    this.mapRows = sources.map((name) => {
      const last = this.trackInfo.map((t) => t.source).lastIndexOf(name), map = new MapRow(name, this.trackInfo[last].color);
      lanes.lanes[last].row.after(map.row);
      const seek = (/** @type {PointerEvent} */ e, /** @type {boolean} */ done) => player.scrub(lanes.time.t(e.clientX - map.view.getBoundingClientRect().left), done);
      drag(map.view, (e) => {
        lanes.slider.focus({ preventScroll: true });
        seek(e, false);
        return seek;
      }, { touch: "pan-y" });
      return map;
    });
    lanes.body.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => this.hover(e));
    lanes.time.listeners.add(() => this.paintMaps());
    this.observer = new ResizeObserver(() => this.paintMaps());
    this.observer.observe(lanes.slider);
    this.themes = new MutationObserver(() => requestAnimationFrame(() => { this.drawMaps(); this.drawFilm(); }));
    this.themes.observe(player.root, { attributes: true, attributeFilter: ["class"] });
  }

  /** The row whose sounds are heard: the step itself, or on a page without all levels the nearest that has them. @param {Row} row @returns {Row | null} */
  heardRow(row) {
    const has = (/** @type {Row | undefined} */ r) => !!r && r.heard !== false && this.model.get("sources").every((/** @type {string} */ n) => r.sounds[n]);
    for (let d = 0; d < this.x.rows.length; d += 1) for (const i of [row.index - d, row.index + d]) if (has(this.x.rows[i])) return this.x.rows[i];
    return null;
  }

  /** Key of the noisy signal a guess was made from: what the step before left. @param {Row} row @param {string} source @returns {string | undefined} */
  noisyKey(row, source) {
    if (row.first?.[source]) return row.first[source];
    if (row.point.step === undefined) return row.sounds[`${source} noisy`];
    return row.parent === null || row.point.candidate !== undefined ? undefined : this.x.rows[row.parent]?.sounds[`${source} noisy`];
  }

  /** Sounds of all tracks at a step. @param {Row | null} row */
  tracks(row) {
    const infos = this.trackInfo, here = row && this.heardRow(row);
    if (!here) return infos.map(() => null);
    const sources = /** @type {string[]} */ (this.model.get("sources")), guesses = sources.map((n) => this.x.sound(here.sounds[n]));
    return infos.map((t) => {
      if (t.role === "mixture" || t.role === "true") return null;
      if (t.role === "residual") return together([this.x.mixture(), ...guesses], (m, ...all) => all.reduce(minus, m));
      const guess = guesses[sources.indexOf(t.source)];
      if (t.role === "guess") return guess;
      const key = this.noisyKey(here, t.source), noisy = key ? this.x.sound(key) : this.silence();
      if (t.role === "x_t" || !key) return noisy;
      return together([noisy, guess], (a, b) => removed(a, b, here.point.sigma ?? 0));
    });
  }

  /** @returns {AudioBuffer} */
  silence() {
    const { play_length: length, play_sr: sampleRate, channels } = this.model.get("info");
    return this.quiet ??= new AudioBuffer({ length, sampleRate, numberOfChannels: channels ?? 1 });
  }

  /** Another run, at the same noise level. @param {number} run @param {number | null} [id] a step of it */
  go(run, id = null) {
    const curve = this.curves[run], sigma = this.x.row?.point.sigma;
    let at = id;
    if (run !== this.x.shown && at === null && sigma && curve?.index.length) { const k = curve.sigma.reduce((b, v, i) => (Math.abs(Math.log(v / sigma)) < Math.abs(Math.log(curve.sigma[b] / sigma)) ? i : b), 0); at = curve.index[k]; }
    this.x.go(run, at ?? null);
  }

  /** @param {number} by */
  other(by) { const n = this.curves.length; if (n > 1) this.go((this.x.shown + by + n) % n); }

  /** Hear another layer of the source that is heard. */
  layer() {
    const { player } = this.x, infos = this.trackInfo, at = infos.findIndex((_, i) => player.solo.has(i)), now = infos[at];
    const order = ["guess", "x_t", "removed"], role = order[(order.indexOf(now?.role) + 1) % 3];
    const to = infos.findIndex((t) => t.source === (now?.source ?? infos[1].source) && t.role === role);
    player.toggleSolo(to, false);
  }

  nextSource() {
    const { player } = this.x, infos = this.trackInfo, sources = this.model.get("sources"), now = infos.find((_, i) => player.solo.has(i));
    const source = sources[(sources.indexOf(now?.source) + 1) % sources.length], role = ["guess", "x_t", "removed", "true"].includes(now?.role) ? now.role : "guess";
    const to = infos.findIndex((t) => t.source === source && t.role === role);
    player.toggleSolo(to < 0 ? infos.findIndex((t) => t.source === source) : to, false);
  }

  branch() {
    if (!this.x.can("branch")) { this.x.player.say("A branch needs the method: explore its run", 4000); return; }
    const row = this.x.row;
    if (!row) return;
    const { init: _i, t0: _t, ...form } = this.x.form.changes;
    this.x.order("branch", { step: row.index, ...form });
    this.x.form.changes = {};
  }

  compare() { if (this.chosen.size) this.x.order("compare", { solvers: [...this.chosen] }); }

  /** @param {string} lane */
  toggleLane(lane) {
    const now = /** @type {string[]} */ (this.model.get("lanes"));
    this.x.push({ lanes: now.includes(lane) ? now.filter((v) => v !== lane) : [...now, lane] });
    this.draw();
  }

  draw() {
    if (!this.x?.player) return;
    const { x, model } = this, row = x.row, curves = this.curves, of = model.get("curve_of") ?? 0;
    this.axis.draw();
    this.of.selectedIndex = of;
    this.mapMode.value = model.get("map_mode");
    const key = [model.get("axis"), of, x.shown, x.version].join();
    if (curves !== this.drawn.curves || key !== this.drawn.key) {
      this.drawn.curves = curves;
      this.drawn.key = key;
      this.drawCurves(curves, of);
    }
    const shown = curves[x.shown], k = shown && row ? shown.index.indexOf(row.index) : -1;
    this.stack.place(k < 0 || !row ? null : { id: row.index, text: this.tell(shown, k, of) });
    this.scrubber.set({ value: row?.index ?? 0, marks: x.rows.map((r) => ({ taken: r.accepted, probe: !r.accepted })) });
    const near = row && this.heardRow(row), elsewhere = near && near !== row ? ` Heard: ${near.says}, the nearest with sound here.` : "";
    const facts = k >= 0 ? this.tell(shown, k, of) + elsewhere : row ? row.says : "";
    this.tale = facts || "Press Start: guesses and curves come level by level";
    x.stage.diagram.light(x.passing ? "guess" : x.run?.state === "running" ? "prior" : null);
    const can = x.can("again");
    this.branchButton.disabled = !x.can("branch") || !row || !row.scalars.sigma_next;
    this.compareButton.disabled = !can;
    this.drawChips();
    this.drawLanes();
    this.drawMaps();
    this.drawFilm();
  }

  /** A step in words. @param {Curve} c @param {number} k @param {number} of @returns {string} */
  tell(c, k, of) {
    const cosine = c.cosine[k][of], bound = c.bound[k][of], score = c.score[k]?.[of], angle = cosine === null ? "" : ` (${Math.round((Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI)}°)`;
    const won = bound === null ? "" : bound > 1 ? ", the prior wins" : bound > 0 ? ", they pull apart" : ", they agree";
    return `${c.name}, step ${c.step[k]}: σ ${level(c.sigma[k])}, strength ${number(c.strength[k][of])} dB, residual ${number(c.residual[k])} dB, cosine ${number(cosine, 2)}${angle}, B/γ ${number(bound, 2)}${won}${score === undefined || score === null ? "" : `, SI-SDR ${number(score)} dB`}`;
  }

  /** @param {Curve[]} curves @param {number} of */
  drawCurves(curves, of) {
    const byLevel = this.model.get("axis") === "sigma", scored = this.model.get("scored"), who = of ? this.model.get("sources")[of - 1] : "mean of sources";
    const at = (/** @type {number | null} */ v) => v;
    this.stack.set({
      axis: byLevel ? { label: "noise level σ, from loud to clean", log: true } : { label: "step", log: false },
      panels: [byLevel ? { title: "Step", note: "how many steps are spent where" } : { title: "How loud the noise is (σ)", log: true },
        { title: "How strongly the mixture pulls", note: `dB · ${who}`, min: -80 }, { title: "What is left over", note: "residual, dB of the mixture", min: -40 },
        { title: "Do prior and mixture agree?", note: `cosine; below 0 they pull apart · ${who}`, marks: [{ y: 0, text: "" }] },
        { title: "How much the prior takes back", note: `share of the pull, B/γ · ${who}`, min: -1, max: 4, marks: [{ y: 0, text: "" }, { y: 1, text: "all of it" }] },
        ...(scored ? [{ title: "SI-SDR", note: `dB · ${who}`, min: -30 }] : [])],
      empty: this.x.run?.state === "ready" ? "Press Start: the curves grow while the run computes" : "No step yet",
      runs: curves.map((c, i) => ({ key: String(i), name: c.name, color: this.x.color(i), shape: i, dash: i % 2 === 1, on: i === this.x.shown,
        points: c.index.map((id, k) => ({ id, x: byLevel ? c.sigma[k] : c.step[k], text: this.tell(c, k, of),
          y: [byLevel ? c.step[k] : c.sigma[k], at(c.strength[k][of]), c.residual[k], at(c.cosine[k][of]), at(c.bound[k][of]), ...(scored ? [c.score[k]?.[of] ?? null] : [])] })) })),
    });
  }

  /** What the table of runs tells of each. @returns {[string, string, (string | null)[]][]} */
  columns() {
    const { curves } = this;
    const all = /** @type {[string, string, (string | null)[]][]} */ ([["left over", "the residual that the chain itself leaves, before the rest is given back at the end", curves.map((c) => `${number(c.left)} dB`)]]);
    if (this.model.get("scored")) all.push(["SI-SDR", "how near the last guesses are to the true stems, dB", curves.map((c) => number(c.score.at(-1)?.[0] ?? null))]);
    return all;
  }

  drawChips() {
    const key = [...this.chosen].join();
    if (key === this.drawn.chips) return;
    this.drawn.chips = key;
    this.chips.replaceChildren(.../** @type {string[]} */ (this.model.get("solvers")).map((name) => h("button", { "aria-pressed": String(this.chosen.has(name)), on: { click: () => {
      if (!this.chosen.delete(name)) this.chosen.add(name);
      this.drawChips();
      /** @type {HTMLElement | undefined} */ ([...this.chips.children].find((b) => b.textContent === name))?.focus();
    } } }, name)));
    this.compareButton.lastChild.textContent = `Run ${this.chosen.size} after each other`;
  }

  /** Hear a step while the pointer is on it; null goes back to the chosen one. @param {number | null} id */
  preview(id) {
    if (id === null) { this.x.passing = null; this.x.update(); } else this.x.choose(id, false);
  }

  drawFilm() {
    const { x, model } = this, theme = x.player.theme?.read();
    if (!theme) return;
    const names = /** @type {string[]} */ (model.get("sources")), colors = names.map((n) => this.trackInfo.find((t) => t.source === n)?.color ?? theme.text), at = x.row?.index ?? null;
    const frames = x.rows.filter((r) => r.look && r.accepted).map((r) => ({ id: r.index, look: r.look, level: r.point.sigma ? `σ ${level(r.point.sigma)}` : "", says: r.says }));
    this.film.set({ names, colors, frames, at, shape: model.get("look_shape"), map: bytesOf(model.get("map")), mixture: model.get("mix_look"),
      empty: x.run?.state === "ready" ? "Press Start: each frame will be the guess at one level of noise, from loud to clean" : "The first guess is being computed" }, theme);
    this.runmap.set({ runs: model.get("plane") ?? [], stars: model.get("stars") ?? [], names, colors, labels: x.runs.map((r) => r.name), shown: x.shown, at,
      empty: "Map of runs:\nevery guess will be a point,\nguesses that sound alike lie close", says: (run, id) => { const c = this.curves[run], k = c ? c.index.indexOf(id) : -1; return `${x.runs[run]?.name ?? ""}: ${k < 0 ? "given back" : `step ${c.step[k]}, σ ${level(c.sigma[k])}`}`; } }, theme);
  }

  drawLanes() {
    const on = /** @type {string[]} */ (this.model.get("lanes"));
    for (const b of this.lanes.children) b.setAttribute("aria-pressed", String(on.includes(b.dataset.lane)));
    this.trackInfo.forEach((t, i) => { if (["x_t", "removed", "true"].includes(t.role)) this.x.player.lanes.lanes[i].row.hidden = !on.includes(t.role) && !this.x.player.solo.has(i); });
    for (const m of this.mapRows) m.row.hidden = !on.includes("map");
  }

  /** The map of the step that is seen; what is not here is asked for, all of a run at once. @returns {Uint8Array | null} */
  map() {
    const { row, rows, shown, link } = this.x;
    if (!row?.map) return null;
    const found = this.maps.get(`${shown}/${row.index}`);
    const missing = link.alive ? rows.filter((r) => r.map && r.index < (this.x.run?.steps ?? 0) && !this.maps.has(`${shown}/${r.index}`) && !this.asked.has(`${shown}/${r.index}`)).map((r) => r.index) : [];
    if (missing.length) {
      for (const i of missing) this.asked.add(`${shown}/${i}`);
      link.order("maps", { run: shown, indices: missing });
    }
    return found ?? null;
  }

  drawMaps() {
    if (!this.x?.player || !this.mapRows.length) return;
    const { player, row } = this.x, shape = /** @type {number[]} */ (this.model.get("map_shape")), mode = this.model.get("map_mode"), theme = player.theme?.read();
    if (!theme || !/** @type {string[]} */ (this.model.get("lanes")).includes("map")) return;
    const bytes = shape.length ? this.map() : null, { max_hz } = this.model.get("info"), colors = bytesOf(this.model.get("map"));
    const title = MAPS.find(([v]) => v === mode)?.[1] ?? "", stamp = [this.x.shown, row?.index, mode, theme.dark, !!bytes].join();
    this.mapRows.forEach((m, i) => {
      if (m.drawn === stamp) return;
      m.drawn = stamp;
      m.label.textContent = title;
      m.none.textContent = row ? row.map && this.x.link.alive ? "" : "no map for this step" : "the map comes with the first step";
      m.canvas.setAttribute("aria-label", `${title}, ${this.model.get("sources")[i]}`);
      m.fill(bytes, shape, i, mode, colors, theme.dark, max_hz, this.model.get("pull_colors"));
    });
    this.drawKey(mode, theme.dark, colors);
    this.paintMaps();
  }

  paintMaps() {
    const player = this.x?.player;
    if (!player) return;
    const { duration, max_hz } = this.model.get("info"), theme = player.theme?.read(), { time } = player.lanes;
    if (!theme) return;
    time.width = player.lanes.slider.clientWidth || time.width;
    for (const m of this.mapRows) m.paint(time, theme, duration, max_hz);
  }

  /** @param {string} mode @param {boolean} dark @param {Uint8Array} map */
  drawKey(mode, dark, map) {
    const stamp = `${mode}${dark}`;
    if (this.key.dataset.stamp === stamp) return;
    this.key.dataset.stamp = stamp;
    const bar = h("i"), agree = mode === "agreement", pull = this.model.get("pull_colors");
    bar.style.background = agree ? `linear-gradient(90deg, ${pull.apart}, var(--st-lane) 50%, ${dark ? pull.together_dark : pull.together})`
      : `linear-gradient(90deg, ${[0, 64, 128, 192, 255].map((i) => `rgb(${map[3 * i]} ${map[3 * i + 1]} ${map[3 * i + 2]})`).join(", ")})`;
    this.key.setAttribute("aria-label", agree ? "Colours: orange where they pull apart, blue where they pull together, faint where the guidance is weak" : "Colours: 40 dB below the strongest cell, to the strongest");
    this.key.replaceChildren(agree ? "apart" : "−40 dB", bar, agree ? "together; faint: weak guidance" : "0 dB");
  }

  /** @param {PointerEvent} e */
  hover(e) {
    const i = this.mapRows.findIndex((m) => m.view.contains(/** @type {Node} */ (e.target)));
    if (i < 0) return;
    const { player, row, shown } = this.x, bytes = row && this.maps.get(`${shown}/${row.index}`), shape = this.model.get("map_shape");
    if (!bytes) return;
    const [, S, bands, moments] = shape, { duration, max_hz } = this.model.get("info"), box = this.mapRows[i].view.getBoundingClientRect(), t = player.lanes.time.t(e.clientX - box.left);
    const hz = freqAt(Math.min(1, Math.max(0, 1 - (e.clientY - box.top) / box.height)), max_hz), band = Math.min(bands - 1, Math.floor((bands * hz) / max_hz)), moment = Math.min(moments - 1, Math.floor((moments * t) / duration));
    const value = (/** @type {number} */ k) => bytes[((k * S + i) * bands + band) * moments + moment], db = (/** @type {number} */ k) => (value(k) ? `${number((value(k) / 255 - 1) * 40, 0)} dB` : "under −40 dB");
    player.read.textContent = `${this.model.get("sources")[i]} · ${t.toFixed(2)} s · ${hertz(hz)} · agreement ${number(value(0) / 127.5 - 1, 2)} · prior ${db(1)} · guidance ${db(2)}`;
  }

  destroy() {
    this.observer?.disconnect();
    this.themes?.disconnect();
    this.stack.destroy();
    this.film.destroy();
    this.runmap.destroy();
    this.maps.clear();
    this.x.destroy();
  }
}

/** @param {DataView | ArrayBuffer} data @returns {Uint8Array} */
function bytesOf(data) { return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength); }

/** @param {{model: Model, el: HTMLElement}} context @returns {() => void} */
export default function render({ model, el }) {
  const view = new TrajectoryView(model, el);
  return () => view.destroy();
}
