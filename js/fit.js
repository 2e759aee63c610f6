import css from "./fit.css";
import { Chart } from "./lib/chart.js";
import { h, icon } from "./lib/dom.js";
import { drag } from "./lib/drag.js";
import { Explorer, together } from "./lib/explorer.js";
import { minus } from "./lib/link.js";
import { Picture, drawGrid, fitCanvas } from "./lib/paint.js";
import { Scrubber } from "./lib/scrubber.js";
import { act, term } from "./lib/stage.js";
import { clock, hertz } from "./lib/timeline.js";
import { Tracts } from "./lib/tracts.js";
import { ahead, framesOf, noteAt, plus, standing, sungNear, unpack } from "./lib/voices.js";

/**
 * @typedef {import("./lib/voices.js").Params} Params
 * @typedef {import("./lib/voices.js").Edit} Edit
 * @typedef {{what: string, stem: string, start_s: number, stop_s: number | null}} Lock
 * @typedef {{run: number, base: number, id: number, edits: Edit[], sent: boolean, kept: number, sounds: Record<string, string> | null, params: Params | null}} Draft
 * @typedef {{what: "f0" | "gain" | "noise", voice: number, stretch: {start_s: number, stop_s: number | null}, amount: (dy: number, fine: boolean) => {cents?: number, db?: number}}} Grab
 */

/** How long a drag that is over rests before it becomes a step, ms. */
const REST = 350;
const SLOWEST = 2000;
/** @type {[string, string, string][]} what, name, unit */
const KNOBS = [["f0", "Pitch", "Hz"], ...[1, 2, 3, 4, 5].map((k) => /** @type {[string, string, string]} */ ([`formant ${k}`, `F${k}`, "Hz"])), ["gain", "Gain", "dB"], ["noise", "Noise", "dB"]];
const LOCKED = /** @type {const} */ ([["f0", "pitch"], ["gain", "gain"], ["tract", "tract"], ["noise", "noise"]]);
/** Cents above this stand on the pitch slider. */
const LOW_HZ = 55;

const STORY = "Every voice is rebuilt from a buzz at its pitch, a vocal tract and some hiss; the fit finds them in the mixture, and you can drag each of them.";
/** @type {[string, string][]} */
const TERMS = [
  ["pitch", "How high a voice sings: the rate of the buzz, its fundamental frequency (f0)."], ["vocal tract", "What shapes the buzz into a vowel: how strongly each frequency comes through (the envelope)."],
  ["formant (F1 … F5)", "A resonance of the vocal tract; the first two decide which vowel is heard."], ["harmonics", "The buzz: tones at multiples of the pitch."],
  ["noise", "The hiss of breath and consonants."], ["round", "One turn of the fit: pitch, tract and gains are fitted once more."], ["loss", "How far the spectrum of the rebuilt mixture is from the real one; lower is better."],
  ["separated", "What the mixture itself has of this voice."], ["synthesised", "The voice made from its parameters alone."], ["excitation", "Buzz and hiss before the vocal tract."],
  ["lock", "What is locked stays as it is when the fit runs again."], ["refit", "A new run that starts from what is seen."],
];

/** @param {number} v @param {number} [n] @returns {string} */
const number = (v, n = 1) => v.toFixed(n).replace("-", "−");
/** @param {{start_s: number, stop_s: number | null}} s @returns {string} */
const stretchText = ({ start_s, stop_s }) => (stop_s === null && !start_s ? "whole clip" : `${start_s.toFixed(2)} – ${stop_s === null ? "end" : `${stop_s.toFixed(2)} s`}`);

/** A row among the tracks, on their time axis, with something drawn that can be dragged up and down. */
class CurveRow {
  /**
   * @param {string} name @param {string} label @param {HTMLElement[]} head
   * @param {{paint: (g: CanvasRenderingContext2D, gutter: CanvasRenderingContext2D, width: number, height: number) => void, grab: (x: number, y: number, height: number) => Grab | null, said: (x: number, y: number, height: number) => string}} with_
   */
  constructor(name, label, head, with_) {
    this.with = with_;
    this.canvas = h("canvas", { role: "img", "aria-label": label });
    this.gutter = h("canvas", { "aria-hidden": "true" });
    this.view = h("div", { class: "st-view" }, this.canvas);
    this.row = h("div", { class: `st-row st-track ${name}`, style: "--st-c: transparent" }, h("div", { class: "st-name" }, ...head), this.view, h("div", { class: "st-gutter" }, this.gutter));
  }

  paint() {
    const width = this.view.clientWidth, height = this.view.clientHeight;
    if (width && height) this.with.paint(fitCanvas(this.canvas, width, height), fitCanvas(this.gutter, 50, height), width, height);
  }
}

/** A source-filter fit: pitches, tracts and gains while they are found; drag them, hear them, lock them, fit again. */
class FitView {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    /** @type {Map<string, Params>} */ this.known = new Map();
    /** @type {Set<string>} */ this.asked = new Set();
    /** @type {Draft | null} */ this.draft = null;
    this.ids = 0;
    this.waiting = 0;
    this.dirty = false;
    this.timer = 0;
    this.dragging = false;
    /** @type {Params | null} */ this.last = null;
    /** @type {AudioBuffer | null} */ this.quiet = null;
    this.drawn = { locks: "", range: "" };
    this.range = [60, 1200];
    /** @type {{what: string, value: number, run: number, base: number} | null} */ this.turned = null;
    /** @type {string[]} */ this.names = model.get("sources");
    /** @type {string[]} */ this.colors = model.get("colors");
    const kept = model.get("kept_params");
    (kept?.ids ?? []).forEach((/** @type {string} */ id, /** @type {number} */ i) => this.known.set(id, this.unpack(kept.data[i])));
    const heard = Object.entries(/** @type {Record<string, string>} */ (model.get("heard_as")));
    this.voices = h("div", { class: "st-tabs", role: "group", "aria-label": "Voice" }, ...this.names.map((n, i) => h("button", { class: "st-voicetab", style: `--st-c: ${this.colors[i]}`, click: () => this.take(i) }, n)));
    this.hears = h("div", { class: "st-tabs", role: "group", "aria-label": "What is heard of a voice" }, ...heard.map(([k, text]) => h("button", { "data-kind": k, click: () => this.hear(k) }, text)));
    this.was = h("button", { role: "switch", class: "st-switch", "aria-checked": "false", title: "Hear what it was before (B)", click: () => this.flip() }, "Before");
    this.wasText = h("span", { class: "st-note", style: "margin: 0" });
    this.tracts = new Tracts({ height: 168, on: { formant: (k, from, to, done) => this.edit(this.voice, `formant ${k + 1}`, { cents: 1200 * Math.log2(to / from) }, this.stretch, done) } });
    this.loss = new Chart({ label: "Loss over the rounds of every run", height: 164, x: { label: "round", whole: true }, y: { label: "loss" }, on: { pick: (line, p) => this.go(Number(line.key), p.id) } });
    this.curve = h("select", { "aria-label": "Curve", on: { change: () => { this.x.push({ curve: this.curve.value }); this.draw(); } } }, h("option", { value: "loss", text: "loss of the fit" }), h("option", { value: "distance", text: "distance of the synthesis" }));
    this.where = h("span");
    this.scrubber = new Scrubber({ label: "Round", text: (i) => this.x.rows[i]?.says ?? "", on: (i, done) => { this.drop(); this.x.choose(i, done); } });
    /** What is seen and heard, in one line. */ this.tale = "";
    this.knobs = KNOBS.map(([what, name, unit]) => this.knob(what, name, unit));
    this.stretchSaid = h("span");
    this.lockButtons = LOCKED.map(([what, text]) => h("button", { "data-lock": what, click: () => this.toggleLock(what) }, text));
    this.auto = h("button", { role: "switch", class: "st-switch", "aria-checked": "true", title: "What is nudged is locked for the refit", on: { click: () => { this.x.push({ autolock: !model.get("autolock") }); this.draw(); } } }, "Lock what is nudged");
    this.chips = h("div", { class: "st-locks", role: "group", "aria-label": "Locked" });
    this.refitButton = act("branch", "Refit from here", "Fit again from what is seen; what is locked stays (E)", () => this.refit(), "st-main");
    this.undoButton = act("back", "Undo nudge", "Back to the step before the nudge (Z)", () => this.undo());
    this.markButton = act("check", "Compare with this", "Take what is seen as Before", () => this.mark());
    this.exports = /** @type {[string, string, string][]} */ ([["csv", "CSV", "Pitch, gains and line spectral frequencies per frame"], ["json", "JSON", "All parameters"], ["mid", "MIDI", "The pitches"]])
      .map(([kind, text, title]) => act("save", text, `${title}, written beside the notebook`, () => this.write(kind)));
    this.gainsButton = h("button", { role: "switch", class: "st-switch", "aria-checked": "false", title: "Show the loudness of harmonics and noise over time, to be dragged (W)", click: () => this.showGains() }, "Gains");
    const nudge = [h("div", { class: "st-fithead" }, this.nudgeTitle = h("h3"), this.stretchSaid), h("div", { class: "st-knobs" }, ...this.knobs.map((k) => k.el)),
      h("div", { class: "st-fitrow" }, term("Lock", TERMS[10][1]), h("div", { class: "st-tabs", role: "group", "aria-label": "Lock" }, ...this.lockButtons)), this.auto, this.chips, h("div", { class: "st-fitrow" }, this.undoButton, this.markButton, this.refitButton)];
    const controls = [h("span", { class: "st-named" }, "Voice", this.voices), h("span", { class: "st-named" }, "Hear", this.hears), this.was, this.wasText, this.gainsButton];
    /** @type {Explorer} */ this.x = /** @type {any} */ (null);
    /** @type {CurveRow[]} */ this.rows = [];
    new Explorer(model, el, (explorer) => {
      this.x = explorer;
      explorer.link.on("params", (message, buffers) => { this.known.set(message.params, this.unpack(buffers[0])); this.asked.delete(message.params); explorer.changed(); });
      explorer.link.on("draft", (message, buffers) => this.drafted(message, buffers[0]));
      return { label: "Fit explorer", story: STORY, terms: TERMS, controls, scrubber: this.scrubber, unit: "step",
        picture: [h("style", { text: css }), h("section", { class: "st-tractbox" }, h("div", { class: "st-fithead" }, h("h3", {}, term("Vocal tract", TERMS[1][1]), " at the playhead"), this.where), this.tracts.el)],
        diagram: [{ text: "buzz", key: "f0", tip: TERMS[0][1] }, { text: "×" }, { text: "vocal tract", key: "formant", tip: TERMS[1][1] }, { text: "×" }, { text: "loudness", key: "gain", tip: "how loud the buzz is, moment by moment" }, { text: "+" }, { text: "hiss", key: "noise", tip: TERMS[4][1] }, { text: "=" }, { text: "voice", key: "voice", tip: "all voices together make the mixture" }],
        panels: [{ key: "nudge", label: "Nudge", title: "Move pitch, formants and gains by sliders, and lock what shall stay", els: nudge },
          { key: "curves", label: "Curves", title: "How the fit comes nearer, round by round", els: [this.curve, this.loss.el] },
          { key: "export", label: "Export", title: "Write what is seen to a file", els: [h("div", { class: "st-fitrow" }, ...this.exports)] }],
        traits: ["hear", "voice", "compare", "before", "locks", "autolock", "nudged", "curve", "region"], draw: () => this.draw(), facts: () => this.tale, tracks: (row) => this.tracks(row),
        columns: () => [["loss", TERMS[6][1], this.x.runs.map((r) => r.path.at(-1)?.[1]?.toPrecision(3) ?? null)]], repaint: () => { this.paintRows(); this.tracts.paint(); this.loss.paint(); },
        gestures: [
          ["drag a pitch up or down", "change the note, or the region where one is selected"], ["drag a gain up or down", "make harmonics or noise louder or softer"],
          ["drag a formant sideways", "move the resonance"], ["Shift while dragging a curve", "five times finer"], ["click a pitch", "choose that voice"], ["drag the rounds", "walk through the fit"],
        ],
        bindings: [
          { keys: ["h"], label: "H", does: "hear the next part: masked, synthesised, harmonics, noise, excitation", run: () => this.hear(heard[(heard.findIndex(([k]) => k === model.get("hear")) + 1) % heard.length][0]) },
          { keys: ["c"], label: "C", does: "the next voice", run: () => this.take((this.voice + 1) % this.names.length) },
          { keys: ["b"], label: "B", does: "before or now", run: () => this.flip() },
          { keys: ["z"], label: "Z", does: "undo the nudge", run: () => this.undo() },
          { keys: ["e"], label: "E", does: "refit from here", run: () => this.refit() },
          { keys: ["w"], label: "W", does: "show or hide the gains", run: () => this.showGains() },
        ] };
    });
    this.addRows();
    /** @type {any} */ (this.x.player.root).fit = this;
    this.draw();
  }

  /** @param {DataView} data @returns {Params} */
  unpack(data) { return unpack(data, this.names.length, this.model.get("frames"), this.model.get("ranges").bins); }
  get hop() { return /** @type {number} */ (this.model.get("ranges").hop_s); }
  get voice() { return Math.max(0, this.names.indexOf(this.model.get("voice"))); }
  /** @returns {{start_s: number, stop_s: number | null}} */
  get stretch() { const r = this.model.get("region"); return r ? { start_s: r[0], stop_s: r[1] } : { start_s: 0, stop_s: null }; }
  /** @returns {Lock[]} */
  get locks() { return this.model.get("locks") ?? []; }
  get can() { return this.x.can("probe"); }

  /** A slider and what it stands at. @param {string} what @param {string} name @param {string} unit */
  knob(what, name, unit) {
    const range = what === "f0" ? [0, 6000, 5] : unit === "dB" ? [-100, 30, 0.5] : [100, 7000, 10];
    const value = h("b"), input = h("input", { type: "range", min: range[0], max: range[1], step: range[2], "aria-label": what.startsWith("formant") ? `Formant ${what.slice(-1)}` : what === "f0" ? "Pitch" : what === "gain" ? "Harmonics gain" : "Noise gain", on: { input: () => this.turn(what, Number(input.value)), change: () => this.release() } });
    return { what, unit, input, value, el: h("label", { class: "st-knob" }, h("span", {}, name, value), input) };
  }

  /** @param {string} key @returns {Params | null} parameters of a step, asked for where they are not here */
  wants(key) {
    const had = this.known.get(key);
    if (had) return had;
    if (this.x.link.alive && !this.asked.has(key)) { this.asked.add(key); this.x.link.order("params", { keys: [key.split("/").map(Number)] }); }
    return null;
  }

  /** Parameters on screen: of the draft, or of the step at the cursor. @returns {Params | null} */
  get params() {
    const { draft } = this;
    if (draft) {
      const base = this.wants(`${draft.run}/${draft.base}`);
      if (base) return ahead(draft.params ? { ...base, formant: draft.params.formant, envelope: draft.params.envelope } : base, draft.edits, this.names, this.hop);
    }
    const { row } = this.x;
    if (!row?.fit) return null;
    return (this.last = this.wants(`${this.x.shown}/${row.index}`) ?? this.last);
  }

  /** @returns {Params | null} */
  get before() {
    const b = this.model.get("before");
    return b?.says && !(b.run === this.x.shown && b.index === this.x.row?.index && !this.draft) ? this.wants(`${b.run}/${b.index}`) : null;
  }

  /** The step that a drag starts from. @returns {{run: number, base: number} | null} */
  get base() {
    if (this.draft) return this.draft;
    const { row, shown } = this.x;
    return row?.fit ? { run: shown, base: row.index } : null;
  }

  /** @returns {Params | null} */
  get baseParams() { const { base } = this; return base && this.wants(`${base.run}/${base.base}`); }

  /** Change one thing of one voice; heard as a draft, kept when `done`. @param {number} voice @param {string} what @param {{cents?: number, db?: number}} amount @param {{start_s: number, stop_s: number | null}} stretch @param {boolean} done */
  edit(voice, what, amount, stretch, done) {
    const { base } = this;
    if (!this.can || !base) { if (done) this.x.player.say("A nudge needs the method: explore its run", 4000); return; }
    this.draft ??= { run: base.run, base: base.base, id: 0, edits: [], sent: false, kept: -1, sounds: null, params: null };
    const stem = this.names[voice], { draft } = this, old = draft.edits.findIndex((e) => e.stem === stem && e.what === what && e.start_s === stretch.start_s && e.stop_s === stretch.stop_s);
    const rounded = Object.fromEntries(Object.entries(amount).map(([k, v]) => [k, Math.round(v * 100) / 100]));
    const one = /** @type {Edit} */ ({ stem, what, ...stretch, ...rounded });
    if (old < 0) draft.edits.push(one); else draft.edits[old] = one;
    this.dragging = !done;
    if (this.model.get("compare")) this.x.push({ compare: false });
    if (voice !== this.voice) this.take(voice, false);
    this.send(false);
    if (done) this.release();
    this.draw();
  }

  /** One draft under way at a time; what moves meanwhile goes out with the next. @param {boolean} keep */
  send(keep) {
    const { draft } = this;
    if (!draft?.edits.length) return;
    if (!keep && this.waiting && performance.now() - this.waiting < SLOWEST) { this.dirty = true; return; }
    this.waiting = performance.now();
    this.dirty = false;
    draft.id = ++this.ids;
    if (keep) draft.kept = draft.id;
    this.x.order("nudge", { edits: draft.edits, step: draft.base, id: draft.id, done: keep });
  }

  /** What was let go becomes a step after a short rest. */
  release() {
    this.dragging = false;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => { if (!this.dragging) this.send(true); }, REST);
  }

  /** A draft in two messages: what is heard, then the parameters. @param {{draft: number, sounds: Record<string, string>}} message @param {DataView | undefined} data */
  drafted(message, data) {
    if (message.draft === this.ids && data) this.waiting = 0;
    const { draft } = this;
    if (!draft || message.draft > draft.id) return;
    draft.sounds = message.sounds;
    if (!data) { this.x.hear(); return; }
    draft.params = this.unpack(data);
    if (this.dirty && !this.waiting) this.send(false);
    this.x.update();
  }

  /** Forget a draft. */
  drop() { clearTimeout(this.timer); this.draft = null; this.waiting = 0; this.dirty = false; this.dragging = false; }

  /** A slider is moved to a value; where the parameters of its step are still on their way, it waits for them. @param {string} what @param {number} value */
  turn(what, value) {
    const p = this.baseParams, { base } = this;
    this.turned = !p && base ? { what, value, ...base } : null;
    if (!p) return;
    const from = standing(p, this.voice, what, framesOf(this.stretch, p.f0[0].length, this.hop));
    if (from === null) return;
    const amount = what === "f0" ? { cents: value - 1200 * Math.log2(from / LOW_HZ) } : what.startsWith("formant") ? { cents: 1200 * Math.log2(value / from) } : { db: value - from };
    this.edit(this.voice, what, amount, this.stretch, false);
    this.dragging = false;
  }

  /** Do what a slider was moved to before its step had come. */
  catchUp() {
    const { turned, base } = this;
    if (!turned) return;
    if (!base || base.run !== turned.run || base.base !== turned.base) { this.turned = null; return; }
    if (!this.baseParams) return;
    this.turn(turned.what, turned.value);
    this.release();
  }

  /** @param {number} i @param {boolean} [listen] */
  take(i, listen = true) {
    this.x.push({ voice: this.names[i] });
    const { player } = this.x;
    if (listen && !player.solo.has(1 + i) && [...player.solo].some((t) => t >= 1 && t <= this.names.length)) player.toggleSolo(1 + i, false);
    this.draw();
  }

  /** @param {string} kind */
  hear(kind) {
    this.x.push({ hear: kind });
    this.x.player.say(`Heard of every voice: ${this.model.get("heard_as")[kind]}`, 3000);
    this.x.update();
  }

  flip() {
    const before = this.model.get("before");
    if (!before?.says) { this.x.player.say("Nothing to compare with yet: nudge something, or choose a step and Compare with this", 4000); return; }
    this.x.push({ compare: !this.model.get("compare") });
    this.x.player.say(this.model.get("compare") ? `Before: ${before.says}` : `Now: ${this.x.row?.says ?? ""}`);
    this.x.update();
  }

  mark() { const { row } = this.x; if (row?.fit) this.x.order("mark", { step: row.index }); }
  undo() {
    const { row } = this.x;
    if (this.draft) { this.drop(); this.x.update(); return; }
    if (row?.nudged && !row.accepted && row.parent !== null) this.x.choose(row.parent);
    else this.x.player.say("There is no nudge to undo here", 3000);
  }

  refit() {
    if (!this.x.can("branch")) { this.x.player.say("A refit needs the method: explore its run", 4000); return; }
    const { row } = this.x;
    if (row?.fit) { this.drop(); this.x.order("refit", { step: row.index }); }
  }

  /** @param {string} kind */
  write(kind) { const { row } = this.x; if (row?.fit) this.x.order("export", { kind, step: row.index }); }

  /** @param {string} what */
  toggleLock(what) {
    const stem = this.names[this.voice], one = { what, stem, ...this.stretch }, same = (/** @type {Lock} */ l) => l.what === what && l.stem === stem && l.start_s === one.start_s && (l.stop_s ?? null) === one.stop_s;
    this.x.push({ locks: this.locks.some(same) ? this.locks.filter((l) => !same(l)) : [...this.locks, one] });
    this.draw();
  }

  /** @param {number} run @param {number | undefined} index */
  go(run, index) {
    this.drop();
    this.x.go(run, index ?? null);
  }

  /** Sounds of the tracks; in a draft only those of voices that are touched, and the sum where it is heard. @param {Row | null} row */
  tracks(row) {
    const n = this.names.length, { draft, model } = this, hear = model.get("hear"), before = model.get("before");
    const from = model.get("compare") && before?.says ? before.sounds : draft?.sounds ?? (row?.fit ? row.sounds : null);
    if (!from) return Array.from({ length: n + 3 }, () => null);
    const of = (/** @type {string} */ kind) => this.names.map((_, i) => (from[`${i}/${kind}`] ? this.sound(from[`${i}/${kind}`]) : null));
    const voices = of(hear), solo = this.x.player?.solo ?? new Set(), rest = hear === "mask" || hear === "voice" ? hear : "voice";
    const drafting = !!draft && from === draft.sounds, touched = new Set(draft?.edits.map((e) => this.names.indexOf(e.stem)));
    const sum = drafting && !solo.has(n + 1) ? null : together(voices, (a, ...b) => b.reduce(plus, a));
    const left = drafting && !solo.has(n + 2) ? null : together([this.x.mixture(), ...(rest === hear ? voices : of(rest))], (m, ...b) => b.reduce(minus, m));
    return [null, ...voices.map((v, i) => (drafting && !touched.has(i) ? null : v)), sum, left];
  }

  /** @param {string} key @returns {AudioBuffer | Promise<AudioBuffer> | null} */
  sound(key) {
    const { x } = this;
    if (x.link.alive || x.sounds.held.has(key) || x.sounds.packed.has(key)) return x.sound(key);
    const { play_length: length, play_sr: sampleRate, channels } = this.model.get("info");
    return (this.quiet ??= new AudioBuffer({ length, sampleRate, numberOfChannels: channels ?? 1 }));
  }

  /** Rows for pitch and gains, above the tracks. */
  addRows() {
    const { player } = this.x, { lanes } = player, key = (/** @type {string} */ kind, /** @type {string} */ text) => h("div", { class: "st-linekey" }, h("i", { class: kind }), text), label = (/** @type {string} */ t) => h("div", {}, h("span", { class: "st-label", text: t }));
    const shape = this.model.get("pitch_shape"), bytes = this.model.get("pitch_map"), map = this.model.get("map");
    const asBytes = (/** @type {DataView} */ d) => new Uint8Array(d.buffer, d.byteOffset, d.byteLength);
    this.picture = new Picture(asBytes(bytes), shape.rows, shape.cols, asBytes(map), 0, shape.step);
    this.pitchRow = new CurveRow("st-pitchrow", "Pitches of all voices over the spectrogram of the mixture", [label("pitch"), h("div", { class: "st-said", text: "drag a track" }), key("st-thin", "before")], {
      paint: (g, gg, w, t) => this.paintPitch(g, gg, w, t), grab: (x, y, t) => this.grabPitch(x, y, t), said: (x, y, t) => this.sayPitch(x, y, t) });
    this.gainRow = new CurveRow("st-gainrow", "Harmonic and noise gains over time", [label("gains"), key("", "harmonics"), key("st-dashed", "noise")], {
      paint: (g, gg, w, t) => this.paintGains(g, gg, w, t), grab: (x, y, t) => this.grabGain(x, y, t), said: (x, y, t) => this.sayGain(x, y, t) });
    this.rows = [this.pitchRow, this.gainRow];
    this.gainRow.row.hidden = true;
    lanes.lanes[0].row.before(this.pitchRow.row, this.gainRow.row);
    for (const r of this.rows) this.listen(r);
    lanes.time.listeners.add(() => this.paintRows());
    this.observer = new ResizeObserver(() => this.paintRows());
    this.observer.observe(lanes.slider);
    this.themes = new MutationObserver(() => requestAnimationFrame(() => this.paintRows()));
    this.themes.observe(player.root, { attributes: true, attributeFilter: ["class"] });
    const place = lanes.setPosition.bind(lanes);
    let seen = -1;
    lanes.setPosition = (t, follow) => { place(t, follow); const frame = Math.round(t / this.hop); if (frame !== seen) { seen = frame; this.drawTract(); } };
  }

  /** Gains are a row of their own, shown when asked for. */
  showGains() {
    const row = this.gainRow?.row;
    if (!row) return;
    row.hidden = !row.hidden;
    this.gainsButton.setAttribute("aria-checked", String(!row.hidden));
    this.paintRows();
  }

  /** Pointers of a row: a curve is dragged up and down, anything else selects a stretch or seeks. @param {CurveRow} r */
  listen(r) {
    const { player } = this.x, { lanes } = player, { time } = lanes, { view } = r;
    const at = (/** @type {PointerEvent} */ e) => { const b = view.getBoundingClientRect(); return [e.clientX - b.left, e.clientY - b.top, b.height]; };
    lanes.body.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => {
      if (!view.contains(/** @type {Node} */ (e.target)) || e.buttons) return;
      const [x, y, t] = at(e);
      view.classList.toggle("st-grab", this.can && !!r.with.grab(x, y, t));
      player.lanes.on.hover(r.with.said(x, y, t));
    });
    drag(view, (e) => {
      const [x0, y0, tall] = at(e), t0 = time.t(x0), held = this.can ? r.with.grab(x0, y0, tall) : null, region = player.region;
      const edge = held || !region ? -1 : [0, 1].findIndex((k) => Math.abs(time.x(region[k]) - x0) < 6);
      const fixed = region && edge >= 0 ? region[1 - edge] : t0;
      let moved = edge >= 0;
      lanes.slider.focus({ preventScroll: true });
      return (m, done, cancelled) => {
        const [x, y] = at(m), t = time.t(x);
        moved ||= held ? Math.abs(y - y0) > 2 : Math.abs(x - x0) > 4;
        if (moved && held) {
          const amount = held.amount(y0 - y, m.shiftKey);
          this.edit(held.voice, held.what, amount, held.stretch, done);
          const size = amount.cents === undefined ? `${number(amount.db ?? 0)} dB` : `${number(amount.cents, 0)} cents`;
          player.say(`${this.names[held.voice]}, ${held.what === "f0" ? "pitch" : held.what === "gain" ? "harmonics" : "noise"} ${size}, ${stretchText(held.stretch)}`, done ? 3000 : 0);
        } else if (moved) player.setRegion(Math.abs(t - fixed) < 0.004 ? null : t < fixed ? [t, fixed] : [fixed, t], done);
        else if (done && !cancelled) { if (held) this.take(held.voice); player.seek(t0); }
      };
    });
  }

  /** Where a frequency stands in the pitch row. @param {number} hz @param {number} tall @returns {number} */
  pitchY(hz, tall) { const [lo, hi] = this.range; return tall * (1 - Math.log(hz / lo) / Math.log(hi / lo)); }

  /** Keep the axis still while something is dragged. @param {Params} p */
  pitchRange(p) {
    if (this.draft) return;
    const all = p.f0.flatMap((v) => [...v].filter((f) => f > 0)), shape = this.model.get("pitch_shape");
    if (all.length) this.range = [Math.max(shape.lo_hz, Math.min(...all) / 1.5), Math.min(shape.hi_hz, Math.max(...all) * 3.2)];
  }

  /** @param {CanvasRenderingContext2D} g @param {CanvasRenderingContext2D} gg @param {number} width @param {number} tall */
  paintPitch(g, gg, width, tall) {
    const { time } = this.x.player.lanes, theme = this.x.player.lanes.theme(), p = this.params, shape = this.model.get("pitch_shape"), picture = /** @type {Picture} */ (this.picture);
    if (p) this.pitchRange(p);
    const [lo, hi] = this.range, share = (/** @type {number} */ f) => Math.log(f / shape.lo_hz) / Math.log(shape.hi_hz / shape.lo_hz);
    const y0 = (1 - share(hi)) * shape.rows, y1 = (1 - share(lo)) * shape.rows, left = -shape.step / 2, x0 = time.x(left), x1 = time.x(left + shape.step * shape.cols);
    g.imageSmoothingEnabled = true;
    g.drawImage(picture.canvas, 0, y0, shape.cols, y1 - y0, x0, 0, x1 - x0, tall);
    const line = (/** @type {Float32Array} */ f0, /** @type {string} */ color, /** @type {number} */ thick, /** @type {number[]} */ dash = []) => {
      g.beginPath();
      let on = false;
      for (let n = 0; n < f0.length; n += 1) {
        if (!(f0[n] > 0)) { on = false; continue; }
        const x = time.x(n * this.hop), y = this.pitchY(f0[n], tall);
        if (on && Math.abs(1200 * Math.log2(f0[n] / f0[n - 1])) < 300) g.lineTo(x, y); else g.moveTo(x, y);
        on = true;
      }
      g.setLineDash(dash);
      g.strokeStyle = color;
      g.lineWidth = thick;
      g.stroke();
      g.setLineDash([]);
    };
    g.lineJoin = "round";
    g.lineCap = "round";
    if (p) {
      const was = this.before, order = [...this.names.keys()].sort((a, b) => Number(a === this.voice) - Number(b === this.voice));
      for (const i of order) {
        line(p.f0[i], "rgba(0, 0, 0, .75)", i === this.voice ? 6 : 4.4);
        line(p.f0[i], "#ffffff", i === this.voice ? 4.4 : 3);
        line(p.f0[i], this.colors[i], i === this.voice ? 2.8 : 1.8);
      }
      if (was) line(was.f0[this.voice].map((f, n) => (Math.abs(f - p.f0[this.voice][n]) > 0.1 ? f : 0)), "#ffffff", 1.8, [3, 5]);
      this.shadeLocks(g, tall, ["f0"]);
    }
    gg.font = `10px ${theme.font}`;
    gg.textBaseline = "middle";
    let last = Infinity;
    for (const f of [50, 70, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200, 4800]) {
      const y = this.pitchY(f, tall);
      if (y < 6 || y > tall - 6 || last - y < 15) continue;
      last = y;
      gg.fillStyle = theme.faint;
      gg.fillRect(0, Math.round(y), 4, 1);
      gg.fillStyle = theme.soft;
      gg.fillText(hertz(f), 7, y);
    }
  }

  /** Locked stretches of the chosen voice as a bar along the bottom. @param {CanvasRenderingContext2D} g @param {number} tall @param {string[]} whats */
  shadeLocks(g, tall, whats) {
    const { time } = this.x.player.lanes;
    for (const l of this.locks) {
      if (!whats.includes(l.what) || l.stem !== this.names[this.voice]) continue;
      const a = time.x(l.start_s), b = time.x(l.stop_s ?? time.duration);
      g.fillStyle = this.colors[this.voice];
      g.fillRect(a, tall - 5, b - a, 5);
      g.fillStyle = "#ffffff";
      g.fillRect(a, tall - 6, b - a, 1);
    }
  }

  /** @param {number} x @param {number} y @param {number} tall @returns {{i: number, n: number} | null} */
  nearPitch(x, y, tall) {
    const p = this.params;
    if (!p) return null;
    const n = Math.round(this.x.player.lanes.time.t(x) / this.hop);
    let best = null, least = 9;
    p.f0.forEach((f0, i) => { for (const m of [n - 1, n, n + 1]) { if (!(f0[m] > 0)) continue; const d = Math.abs(this.pitchY(f0[m], tall) - y) - (i === this.voice ? 1 : 0); if (d < least) { least = d; best = { i, n: m }; } } });
    return best;
  }

  /** @param {number} x @param {number} y @param {number} tall @returns {Grab | null} */
  grabPitch(x, y, tall) {
    const near = this.nearPitch(x, y, tall), p = this.baseParams;
    if (!near || !p) return null;
    const region = this.model.get("region"), t = near.n * this.hop, inside = region && t >= region[0] && t <= region[1];
    const [a, b] = inside ? [0, 0] : noteAt(p.f0[near.i], near.n), stretch = inside ? this.stretch : { start_s: Math.round(a * this.hop * 1e4) / 1e4, stop_s: Math.round(b * this.hop * 1e4) / 1e4 };
    const per = (1200 * Math.log2(this.range[1] / this.range[0])) / tall, had = this.had("f0", near.i, stretch)?.cents ?? 0;
    return { what: "f0", voice: near.i, stretch, amount: (dy, fine) => ({ cents: had + dy * per * (fine ? 0.2 : 1) }) };
  }

  /** What a draft has already changed. @param {string} what @param {number} voice @param {{start_s: number, stop_s: number | null}} stretch @returns {Edit | undefined} */
  had(what, voice, stretch) { return this.draft?.edits.find((e) => e.stem === this.names[voice] && e.what === what && e.start_s === stretch.start_s && e.stop_s === stretch.stop_s); }

  /** @param {number} x @param {number} y @param {number} tall @returns {string} */
  sayPitch(x, y, tall) {
    const near = this.nearPitch(x, y, tall), [lo, hi] = this.range, p = this.params;
    const t = clock(this.x.player.lanes.time.t(x)), f = lo * (hi / lo) ** (1 - y / tall);
    return near && p ? `${this.names[near.i]} · ${t} · ${p.f0[near.i][near.n].toFixed(1)} Hz` : `mixture · ${t} · ${hertz(f)}`;
  }

  /** @param {number} db @param {number} tall @returns {number} */
  gainY(db, tall) { const [lo, hi] = this.gains ?? [-60, 0]; return tall * (1 - (Math.max(lo, Math.min(hi, db)) - lo) / (hi - lo)); }

  /** @param {CanvasRenderingContext2D} g @param {CanvasRenderingContext2D} gg @param {number} width @param {number} tall */
  paintGains(g, gg, width, tall) {
    const { time } = this.x.player.lanes, theme = this.x.player.lanes.theme(), p = this.params;
    g.lineWidth = 1;
    drawGrid(g, time, 0, tall, theme.grid);
    if (!p) return;
    if (!this.draft || !this.gains) {
      let top = -100;
      for (const v of [...p.harmonic, ...p.noise]) for (const x of v) if (x > top) top = x;
      this.gains = [Math.ceil(top / 5) * 5 - 85, Math.ceil(top / 5) * 5 + 5];
    }
    const line = (/** @type {Float32Array} */ v, /** @type {string} */ color, /** @type {number} */ thick, /** @type {number[]} */ dash = [], alpha = 1) => {
      g.beginPath();
      for (let n = 0; n < v.length; n += 1) { const x = time.x(n * this.hop), y = this.gainY(v[n], tall); if (n && !Number.isNaN(v[n]) && !Number.isNaN(v[n - 1])) g.lineTo(x, y); else g.moveTo(x, y); }
      g.setLineDash(dash);
      g.globalAlpha = alpha;
      g.strokeStyle = color;
      g.lineWidth = thick;
      g.stroke();
      g.setLineDash([]);
      g.globalAlpha = 1;
    };
    g.lineJoin = "round";
    this.names.forEach((_, i) => { if (i !== this.voice) line(p.harmonic[i], this.colors[i], 1, [], 0.45); });
    const color = this.colors[this.voice], was = this.before;
    const differs = (/** @type {Float32Array} */ a, /** @type {Float32Array} */ b) => a.map((v, n) => (Math.abs(v - b[n]) > 0.05 ? v : NaN));
    if (was) { line(differs(was.harmonic[this.voice], p.harmonic[this.voice]), theme.text, 1.4, [3, 4], 0.8); line(differs(was.noise[this.voice], p.noise[this.voice]), theme.text, 1.2, [1, 4], 0.8); }
    line(p.noise[this.voice], color, 1.8, [6, 4]);
    line(p.harmonic[this.voice], color, 2.4);
    this.shadeLocks(g, tall, ["gain", "noise"]);
    gg.font = `10px ${theme.font}`;
    gg.textBaseline = "middle";
    for (let db = Math.ceil(this.gains[0] / 20) * 20; db <= this.gains[1]; db += 20) {
      const y = this.gainY(db, tall);
      if (y < 6 || y > tall - 6) continue;
      gg.fillStyle = theme.faint;
      gg.fillRect(0, Math.round(y), 4, 1);
      gg.fillStyle = theme.soft;
      gg.fillText(`${String(db).replace("-", "−")} dB`, 7, y);
    }
  }

  /** @param {number} x @param {number} y @param {number} tall @returns {"gain" | "noise" | null} */
  nearGain(x, y, tall) {
    const p = this.params;
    if (!p) return null;
    const n = Math.min(p.f0[0].length - 1, Math.round(this.x.player.lanes.time.t(x) / this.hop)), d = (/** @type {Float32Array} */ v) => Math.abs(this.gainY(v[n], tall) - y);
    const a = d(p.harmonic[this.voice]), b = d(p.noise[this.voice]);
    return Math.min(a, b) > 9 ? null : a <= b ? "gain" : "noise";
  }

  /** @param {number} x @param {number} y @param {number} tall @returns {Grab | null} */
  grabGain(x, y, tall) {
    const what = this.nearGain(x, y, tall), [lo, hi] = this.gains ?? [-60, 0];
    if (!what || !this.baseParams) return null;
    const had = this.had(what, this.voice, this.stretch)?.db ?? 0, { stretch } = this;
    return { what, voice: this.voice, stretch, amount: (dy, fine) => ({ db: had + (dy * (hi - lo) * (fine ? 0.2 : 1)) / tall }) };
  }

  /** @param {number} x @param {number} y @param {number} tall @returns {string} */
  sayGain(x, y, tall) {
    const p = this.params, what = this.nearGain(x, y, tall), t = this.x.player.lanes.time.t(x);
    if (!p || !what) return clock(t);
    const v = (what === "gain" ? p.harmonic : p.noise)[this.voice][Math.min(p.f0[0].length - 1, Math.round(t / this.hop))];
    return `${this.names[this.voice]} ${what === "gain" ? "harmonics" : "noise"} · ${clock(t)} · ${number(v)} dB`;
  }

  paintRows() { for (const r of this.rows) r.paint(); }

  drawTract() {
    const params = this.params, { x, model } = this;
    if (!x?.player) return;
    const frame = Math.min(model.get("frames") - 1, Math.round(x.player.session.position() / this.hop));
    this.tracts.set(params && { params, before: this.before, voice: this.voice, names: this.names, colors: this.colors, frame, hop_s: this.hop, range_db: model.get("ranges").envelope_db, bins: model.get("ranges").bins, sr: model.get("info").sr, can: this.can });
    const n = params ? sungNear(params.f0[this.voice], params.harmonic[this.voice], frame) : -1, sung = params && n >= 0 ? params.f0[this.voice][n] : 0;
    const text = params && sung ? `${this.names[this.voice]} at ${(n * this.hop).toFixed(2)} s, ${sung.toFixed(0)} Hz${n === frame ? "" : " (nearest sung moment)"}` : "";
    if (this.where.textContent !== text) this.where.textContent = text;
  }

  draw() {
    if (!this.x?.player) return;
    const { x, model, draft } = this, row = x.row, nudged = model.get("nudged"), before = model.get("before");
    if (draft && !this.dragging && !this.dirty && draft.kept === draft.id && nudged?.id === draft.id && row?.index === nudged.index) {
      const { params } = this, key = `${draft.run}/${nudged.index}`;
      if (params && draft.params && !this.known.has(key)) this.known.set(key, params);
      this.drop();
    }
    if (draft && draft.run !== x.shown) this.drop();
    const hear = model.get("hear"), compare = !!model.get("compare");
    this.voices.childNodes.forEach((/** @type {any} */ b, /** @type {number} */ i) => b.setAttribute("aria-pressed", String(i === this.voice)));
    this.hears.childNodes.forEach((/** @type {any} */ b) => b.setAttribute("aria-pressed", String(b.dataset.kind === hear)));
    this.was.setAttribute("aria-checked", String(compare));
    this.was.hidden = !x.link.alive && !before?.says;
    this.was.disabled = !before?.says;
    this.wasText.textContent = before?.says ?? "";
    x.player.lanes.lanes.forEach((lane, i) => { const said = lane.head.querySelector(".st-said"); if (said && i >= 1 && i <= this.names.length) said.textContent = (compare ? "before, " : "") + model.get("heard_as")[hear]; });
    x.player.root.style.setProperty("--st-v", this.colors[this.voice]);
    this.drawLoss(row);
    this.scrubber.set({ value: row?.index ?? 0, marks: x.rows.map((r) => ({ taken: r.accepted, probe: !r.accepted })) });
    const loss = row?.scalars.loss, distance = row?.scalars.distance, drafting = this.draft ? `Dragged: ${this.draft.edits.map((e) => this.words(e)).join("; ")}` : "";
    const facts = drafting || (row ? `${x.run?.name ?? ""}, ${row.says}${loss === undefined || loss === null ? "" : `, loss ${loss.toPrecision(4)}`}${distance === undefined || distance === null ? "" : `, distance ${distance.toFixed(2)}`}` : "");
    this.tale = facts || "Press Start: pitches, tracts and voices come round by round";
    const held = this.dragging ? draft?.edits.at(-1)?.what ?? "" : "";
    x.stage.diagram.light(held.split(" ")[0] || (x.run?.state === "running" ? "voice" : null));
    this.drawKnobs();
    this.drawLocks(row);
    this.paintRows();
    this.drawTract();
  }

  /** @param {Edit} e @returns {string} */
  words(e) {
    const name = e.what === "f0" ? "pitch" : e.what === "gain" ? "harmonics" : e.what.replace("formant ", "F");
    return `${e.stem} ${name} ${e.cents === undefined ? `${number(e.db ?? 0)} dB` : `${number(e.cents, 0)} cents`}, ${stretchText(e)}`;
  }

  /** @param {Row | null} row */
  drawLoss(row) {
    const { x, model } = this, which = model.get("curve") === "distance" ? 3 : 1;
    this.curve.value = model.get("curve");
    this.loss.y = { label: which === 1 ? "loss" : "distance" };
    this.loss.set({ current: row?.accepted ? row.index : null, empty: x.run?.state === "ready" ? "Press Start" : "No round yet",
      series: x.runs.map((r, i) => ({ key: String(i), name: r.name, color: x.color(i), shape: i, selected: i === x.shown, dash: i > 0,
        points: /** @type {any[]} */ (r.path).map((p) => ({ x: p[0], y: p[which] ?? null, id: i === x.shown ? p[2] : undefined, taken: true, text: `${r.name}, round ${p[0]}: ${(p[which] ?? 0).toPrecision(4)}` })) })) });
  }

  drawKnobs() {
    this.catchUp();
    const p = this.params, { stretch } = this, name = this.names[this.voice];
    const title = `Nudge ${name}`, said = stretch.stop_s === null ? "middle of the whole clip; select a stretch for a part" : `middle of ${stretchText(stretch)}, the region`;
    if (this.nudgeTitle.textContent !== title) this.nudgeTitle.textContent = title;
    if (this.stretchSaid.textContent !== said) this.stretchSaid.textContent = said;
    this.x.stage.offer("nudge", this.x.link.alive && (this.x.able.length > 0 || this.x.rows.length > 0));
    for (const { what, unit, input, value } of this.knobs) {
      const v = p && standing(p, this.voice, what, framesOf(stretch, p.f0[0].length, this.hop));
      input.disabled = v === null || v === undefined || !this.can;
      const text = v === null || v === undefined ? "–" : unit === "dB" ? `${number(v)} dB` : `${v.toFixed(0)} Hz`;
      if (value.textContent !== text) value.textContent = text;
      input.setAttribute("aria-valuetext", `${text}, ${name}, ${stretchText(stretch)}`);
      if (v !== null && v !== undefined && this.turned?.what !== what) input.value = String(what === "f0" ? 1200 * Math.log2(v / LOW_HZ) : v);
    }
  }

  /** @param {Row | null} row */
  drawLocks(row) {
    const { x, stretch } = this, stem = this.names[this.voice], alive = x.link.alive;
    for (const b of this.lockButtons) b.setAttribute("aria-pressed", String(this.locks.some((l) => l.what === b.dataset.lock && l.stem === stem && l.start_s === stretch.start_s && (l.stop_s ?? null) === stretch.stop_s)));
    this.auto.setAttribute("aria-checked", String(!!this.model.get("autolock")));
    this.refitButton.disabled = !x.can("branch") || !row?.fit;
    this.undoButton.disabled = !this.draft && !(row?.nudged && !row.accepted);
    this.markButton.disabled = !row?.fit || !alive;
    x.stage.offer("export", alive);
    for (const b of this.exports) b.disabled = !row?.fit;
    const key = JSON.stringify(this.locks);
    if (key === this.drawn.locks) return;
    this.drawn.locks = key;
    this.chips.replaceChildren(...this.locks.map((l) => h("span", { class: "st-lockchip", style: `--st-c: ${this.colors[this.names.indexOf(l.stem)]}` }, `${l.stem} ${l.what === "f0" ? "pitch" : l.what}, ${stretchText({ start_s: l.start_s, stop_s: l.stop_s ?? null })}`,
      h("button", { "aria-label": `Unlock ${l.stem} ${l.what}`, title: "Unlock", on: { click: () => { this.x.push({ locks: this.locks.filter((o) => o !== l) }); this.draw(); } } }, icon("close")))));
  }

  destroy() {
    clearTimeout(this.timer);
    this.observer?.disconnect();
    this.themes?.disconnect();
    this.tracts.destroy();
    this.loss.destroy();
    delete /** @type {any} */ (this.x.player.root).fit;
    this.x.destroy();
  }
}

/** @param {{model: Model, el: HTMLElement}} context @returns {() => void} */
export default function render({ model, el }) {
  const view = new FitView(model, el);
  return () => view.destroy();
}
