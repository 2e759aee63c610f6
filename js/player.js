import css from "./player.css";
import { abxPanel } from "./lib/abx.js";
import { asBytes, decode } from "./lib/decode.js";
import { h, icon } from "./lib/dom.js";
import { fetched } from "./lib/fetched.js";
import { handle } from "./lib/keys.js";
import { Lanes } from "./lib/lanes.js";
import { factsOf, matchGain } from "./lib/loudness.js";
import { Session } from "./lib/session.js";
import { calm, watchTheme } from "./lib/theme.js";
import { clock, decibel, inside } from "./lib/timeline.js";

const MIN_DB = -60, MAX_DB = 12;
/** @param {number} db @returns {number} */
const gainOf = (db) => (db <= MIN_DB ? 0 : 10 ** (db / 20));

/** A region in few letters. @param {[number, number]} region @returns {string} */
const brief = ([a, b]) => (b < 60 ? `${a.toFixed(2)} – ${b.toFixed(2)} s` : `${clock(a, 1)} – ${clock(b, 1)}`);

/** For fields that build() fills. @type {any} */
const late = undefined;

/**
 * What a view that is more than a player adds: something above the tracks with a `line` for messages, a name, styles, what is seen and what its words mean,
 * keys, gestures, and whether one track is heard at a time.
 * @typedef {{above?: HTMLElement, line?: HTMLElement, label?: string, css?: string, story?: string, terms?: [string, string][], bindings?: import("./lib/keys.js").Binding[], gestures?: [string, string][], exclusive?: boolean, slim?: boolean}} Extra
 */

/** The synchronous stem player: what is on screen, what is heard, and what Python may know of it. */
export class PlayerView {
  /** @type {Lanes} */ lanes = late;
  /** @type {HTMLElement & {player?: PlayerView}} */ root = late;
  /** @type {HTMLElement} */ status = late;
  /** @type {Record<string, HTMLElement>} */ modes = late;
  /** @type {import("./lib/keys.js").Binding[] | undefined} */ _bindings;
  /** @type {number[] | undefined} */ abxGains;
  /** @type {boolean[]} */ audible = [];
  /** @type {HTMLElement | null} */ shade = null;
  /** What is heard was chosen anew. */ onsolo = () => {};
  clipping = false;
  pushing = false;
  gone = false;
  sent = 0;
  saying = 0;
  scrubbed = 0;
  metered = 0;
  shown = -60;

  /** @param {Model} model @param {HTMLElement} el @param {Extra} [extra] */
  constructor(model, el, extra = {}) {
    this.model = model;
    this.el = el;
    this.extra = extra;
    /** @type {any} */ this.info = model.get("info");
    /** @type {TrackInfo[]} */ this.tracks = model.get("tracks").map((/** @type {TrackInfo} */ t) => ({ ...t }));
    /** @type {Set<number>} */ this.solo = new Set();
    /** @type {Set<number>} */ this.muted = new Set();
    /** @type {[number, number] | null} */ this.region = null;
    this.fallback = /** @type {HTMLStyleElement} */ (h("style"));
    this.loop = false;
    this.match = false;
    this.volume = 0;
    this.current = 0;
    this.frame = 0;
    /** @type {ReturnType<typeof abxPanel> | null} */ this.abx = null;
    /** @type {(() => void)[]} */ this.undo = [];
    /** @type {Map<number, import("./lib/loudness.js").Facts>} */ this.exchanged = new Map();
    /** @type {Map<number, AudioBuffer>} */ this.undrawn = new Map();
    this.measuring = 0;
    this.session = new Session({ info: this.info, load: () => this.load(), onchange: (what, error) => this.heard(what, error) });
    this.build();
    this.listen();
    this.pull();
    this.hideFallback();
  }

  async load() {
    this.say("Decoding the sound …");
    const held = /** @type {DataView[]} */ (this.model.get("audio"));
    const buffers = await (held.length ? Promise.all(held.map((data) => decode(data, this.info))) : fetched(this.model, this.info, {
      progress: (share) => { this.fallback.disabled = false; this.say(`The sound comes from the kernel: ${Math.round(100 * share)} %`); },
      silent: () => { this.fallback.disabled = true; this.say("This page does not hold the sound, and the kernel that has it does not answer yet. Below, what the notebook holds"); },
      undo: this.undo,
    }));
    this.say(this.note);
    this.lanes?.paint();
    queueMicrotask(() => { if (!this.gone) { this.rematch(); this.show(); } });
    return buffers;
  }

  build() {
    const { info, tracks } = this, single = tracks.length === 1;
    /** @param {Parameters<typeof icon>[0]} name @param {string} label @param {() => void} click @param {Record<string, any>} [more] */
    const button = (name, label, click, more = {}) => h("button", { "aria-label": label, title: label, on: { click }, ...more }, icon(name));
    this.playButton = button("play", "Play (Space)", () => this.toggle(), { class: "st-play" });
    this.loopButton = button("loop", "Loop the region, or all (L)", () => this.setLoop(!this.loop), { "aria-pressed": "false" });
    this.now = h("b", { text: clock(0) });
    this.chipText = h("span");
    this.chip = h("span", { class: "st-chip", hidden: true }, this.chipText, button("close", "Clear the region (Escape)", () => this.setRegion(null, true)));
    this.modes = Object.fromEntries(/** @type {const} */ ([["wave", "Waveforms"], ["both", "Waveforms and spectrograms"], ["spec", "Spectrograms"]]).map(([mode, label]) =>
      [mode, button(mode, `${label} (V)`, () => this.setView(mode), { "aria-pressed": "false" })]));
    this.matchButton = h("button", { role: "switch", class: "st-switch", "aria-checked": "false", title: "Make every track equally loud, by the gain shown beside its name (G)", click: () => this.setMatch(!this.match) }, "Match loudness");
    this.slider = h("input", { type: "range", min: MIN_DB, max: MAX_DB, step: "0.5", "aria-label": "Volume in dB", title: "Volume; double-click for 0 dB", on: {
      input: () => this.setVolume(Number(this.slider.value), false), change: () => this.setVolume(Number(this.slider.value), true), dblclick: () => this.setVolume(0, true) } });
    this.volumeText = h("span", { class: "st-db", "aria-hidden": "true" });
    this.meter = h("i");
    this.clipButton = h("button", { class: "st-clip", "aria-label": "CLIP: no", title: "Lights when the sum exceeds full scale; click to reset", click: () => this.setClip(false) }, "CLIP");
    const bar = h("div", { class: "st-bar", role: "toolbar", "aria-label": "Playback" },
      h("div", { class: "st-group" }, this.playButton, button("start", "To the beginning (Home)", () => this.seek(0)), this.loopButton),
      h("div", { class: "st-clock" }, this.now, h("span", { text: `/ ${clock(info.duration)}` })), single ? this.chip : null, h("div", { class: "st-gap" }),
      h("div", { class: "st-group st-seg", role: "group", "aria-label": "View" }, ...Object.values(this.modes)),
      h("div", { class: "st-group" }, button("minus", "Zoom out (−)", () => this.zoom(2)), button("fit", "Show all (F)", () => this.lanes.time.fit()), button("plus", "Zoom in (+)", () => this.zoom(0.5))),
      single ? null : h("div", { class: "st-group" }, this.matchButton),
      h("div", { class: "st-group st-vol" }, icon("volume"), this.slider, this.volumeText),
      h("div", { class: "st-group", role: "presentation" }, h("div", { class: "st-meter", "aria-hidden": "true" }, this.meter), this.clipButton),
      h("div", { class: "st-group" }, this.helpButton = h("button", { "aria-label": "What is seen, gestures and keys (?)", title: "What is seen, gestures and keys (?)", click: () => this.help() }, "?")));
    this.status = h("div", { class: "st-status", tabindex: "-1", role: "status", "aria-live": "polite" });
    this.read = h("div", { class: "st-read" });
    const legend = h("div", { class: "st-legend", title: "Levels of all spectrograms, relative to the loudest point of any" }, decibel(info.floor_db, 0), h("canvas", { width: 256, height: 1 }), "0 dB");
    const { line } = this.extra;
    if (line) { line.append(this.status, this.read); bar.lastElementChild?.before(h("div", { class: "st-group" }, legend)); }
    this.root = h("div", { class: `st-player${single ? " st-single" : ""}${this.extra.exclusive ? " st-exclusive" : ""}`, role: "group", "aria-label": `${this.extra.label ?? "Stem player"}: ${info.title}`, "data-lm-suppress-shortcuts": "true" });
    this.el.append(h("style", { text: css + (this.extra.css ?? "") }), this.root);
    if (this.extra.above) this.root.append(this.extra.above);
    this.root.append(bar);
    this.theme = watchTheme(this.root, () => this.lanes.paint());
    const map = asBytes(this.model.get("map"));
    this.lanes = new Lanes({
      info, tracks, map, heads: tracks.map((t, i) => this.head(t, i)), theme: this.theme.read, buffers: () => this.session.buffers, slim: !!this.extra.line || !!this.extra.slim,
      peaks: this.model.get("peaks").map((/** @type {DataView} */ d) => { const b = asBytes(d); return new Int8Array(b.buffer, b.byteOffset, b.byteLength); }),
      pictures: this.model.get("pictures").map(asBytes),
      on: {
        seek: (t, done) => this.scrub(t, done), region: (r, done) => this.setRegion(r, done),
        hover: (text) => { this.read.textContent = text; }, current: (i) => this.setCurrent(i), hint: (text) => this.say(text, 2500),
      },
    });
    if (!single) this.lanes.corner.append(this.chip);
    this.root.append(this.lanes.body, this.lanes.mapRow, ...(line ? [] : [h("div", { class: "st-foot" }, this.status, this.read, legend)]));
    const g = legend.querySelector("canvas").getContext("2d"), image = g.createImageData(256, 1);
    for (let i = 0; i < 256; i += 1) image.data.set([map[3 * i], map[3 * i + 1], map[3 * i + 2], 255], 4 * i);
    g.putImageData(image, 0, 0);
    this.say(this.note);
    this.root.player = this;
  }

  /** What stands where nothing happens: how the sound travels; beside an explorer's facts nothing. */
  get note() { return this.extra.line ? "" : this.info.note; }

  /** The left end of a track's row. @param {TrackInfo} track @param {number} i @returns {HTMLElement} */
  head(track, i) {
    const single = this.tracks.length === 1;
    const { exclusive } = this.extra;
    const said = track.said ?? (single ? "" : track.kind === "mix" ? "= all below" : track.kind === "residual" ? "mixture − stems" : track.kind === "extra" ? "heard by solo" : "");
    const solo = h("button", { class: "st-sm st-solo", "aria-pressed": "false", "aria-label": `Solo ${track.name}`, title: "Solo; with Shift or Ctrl add to the solo", click: (/** @type {MouseEvent} */ e) => this.toggleSolo(i, e.shiftKey || e.ctrlKey || e.metaKey) }, "S");
    if (exclusive) { solo.textContent = "Hear"; solo.title = `Hear ${track.name}`; solo.setAttribute("aria-label", solo.title); }
    const mute = h("button", { class: "st-sm st-mute", "aria-pressed": "false", "aria-label": `Mute ${track.name}`, title: "Mute", click: () => this.toggleMute(i) }, "M");
    if (!track.default) mute.disabled = true;
    const level = h("span", { class: "st-kind" });
    return h("div", { class: "st-name", title: `${track.name}${said ? ` (${said})` : ""}: RMS ${decibel(track.rms_db)}, peak ${decibel(track.peak_db)}${track.default || exclusive ? "" : "; heard when soloed"}`, on: { pointerdown: () => this.setCurrent(i) } },
      h("div", {}, h("span", { class: "st-label", text: track.name }), i < 9 ? h("span", { class: "st-key" }) : null),
      h("div", { class: "st-keys" }, solo, exclusive ? null : mute, level), said ? h("div", { class: "st-said", text: said }) : null);
  }

  /** The track that a digit names: the rows that are shown are counted. @param {KeyboardEvent} e @returns {number} */
  nth(e) { return this.lanes.lanes.flatMap((l, i) => (l.row.hidden ? [] : [i]))[Number(e.code.slice(-1)) - 1] ?? -1; }

  /** To the next row that is shown. @param {number} by */
  move(by) {
    let i = this.current + by;
    while (this.lanes.lanes[i]?.row.hidden) i += by;
    if (this.lanes.lanes[i]) this.setCurrent(i);
  }

  get bindings() {
    return this._bindings ??= /** @type {import("./lib/keys.js").Binding[]} */ ([
      ...(this.extra.bindings ?? []),
      { keys: ["Space", "k"], label: "Space", does: "play or pause", run: () => this.toggle() },
      { keys: ["ArrowLeft"], label: "←", does: "back 1 s (Shift: 0.1 s)", run: () => this.seek(this.session.position() - 1) },
      { keys: ["ArrowRight"], label: "→", does: "forward 1 s (Shift: 0.1 s)", run: () => this.seek(this.session.position() + 1) },
      { keys: ["Shift+ArrowLeft"], label: "", does: "", run: () => this.seek(this.session.position() - 0.1) },
      { keys: ["Shift+ArrowRight"], label: "", does: "", run: () => this.seek(this.session.position() + 0.1) },
      { keys: ["PageUp"], label: "", does: "", run: () => this.lanes.time.pan(-0.8 * this.lanes.time.span) },
      { keys: ["PageDown"], label: "PgUp PgDn", does: "move the view", run: () => this.lanes.time.pan(0.8 * this.lanes.time.span) },
      { keys: ["Home"], label: "Home", does: "to the beginning", run: () => this.seek(0) },
      { keys: ["End"], label: "End", does: "to the end", run: () => this.seek(this.info.duration) },
      ...(this.tracks.length === 1 ? [] : [
        { keys: [..."123456789"], label: "1 … 9", does: this.extra.exclusive ? "hear a track" : "solo a track; again: all", run: (/** @type {KeyboardEvent} */ e) => this.toggleSolo(this.nth(e), false) },
        ...(this.extra.exclusive ? [] : [
          { keys: ["0"], label: "0", does: "no solo, no mute", run: () => this.clearGains() },
          { keys: [..."123456789"].map((d) => `Shift+${d}`), label: "Shift 1 … 9", does: "mute a track", run: (/** @type {KeyboardEvent} */ e) => this.toggleMute(this.nth(e)) },
          { keys: ["m"], label: "M", does: "mute the chosen track", run: () => this.toggleMute(this.current) },
        ]),
        { keys: ["ArrowUp"], label: "", does: "", run: () => this.move(-1) },
        { keys: ["ArrowDown"], label: "↑ ↓", does: "choose a track", run: () => this.move(1) },
        { keys: ["s"], label: "S", does: this.extra.exclusive ? "hear the chosen track" : "solo the chosen track", run: () => this.toggleSolo(this.current, false) },
        { keys: ["g"], label: "G", does: "match loudness on or off", run: () => this.setMatch(!this.match) },
      ]),
      { keys: ["l"], label: "L", does: "loop on or off", run: () => this.setLoop(!this.loop) },
      { keys: ["["], label: "[ and ]", does: "region from or to the playhead", run: () => this.mark(0) },
      { keys: ["]"], label: "", does: "", run: () => this.mark(1) },
      { keys: ["+", "="], label: "+ and −", does: "zoom around the playhead", run: () => this.zoom(0.5) },
      { keys: ["-", "_"], label: "", does: "", run: () => this.zoom(2) },
      { keys: ["f"], label: "F", does: "show all", run: () => this.lanes.time.fit() },
      { keys: ["v"], label: "V", does: "waveforms, spectrograms, both", run: () => this.setView({ wave: "both", both: "spec", spec: "wave" }[this.lanes.mode] ?? "both") },
      { keys: ["Escape"], label: "Escape", does: "clear the region", run: () => this.setRegion(null, true) },
      { keys: ["?"], label: "?", does: "this help", run: () => this.help() },
    ]);
  }

  listen() {
    const { root } = this;
    root.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => this.key(e));
    root.addEventListener("pointerenter", () => this.session.decoded().catch((error) => this.heard("error", error)), { once: true });
    root.addEventListener("focusin", () => this.session.decoded().catch((error) => this.heard("error", error)), { once: true });
    root.addEventListener("click", (/** @type {MouseEvent} */ e) => {
      if (e.detail > 0 && !this.shade && !this.abx && /** @type {HTMLElement} */ (e.target).closest("button")) this.focus();
    });
    root.addEventListener("mousedown", (/** @type {MouseEvent} */ e) => {
      if (/** @type {HTMLElement} */ (e.target).closest("button, input, select, summary, label, .st-status, .st-chart, .st-scrub, .st-summary")) return;
      e.preventDefault();
      if (!this.shade) this.focus();
    });
    /** @param {string} event @param {() => void} f */
    const on = (event, f) => { this.model.on(event, f); this.undo.push(() => this.model.off(event, f)); };
    for (const key of ["solo", "muted", "region", "loop", "match", "volume_db", "view"]) on(`change:${key}`, () => this.pull());
    on("change:position", () => { const t = this.model.get("position"); if (Math.abs(t - this.sent) > 1e-4) this.seek(t); });
    on("change:abx_plan", () => this.startAbx());
    on("change:said", () => this.says());
    this.sent = this.model.get("position") ?? 0;
    this.seek(this.sent, false);
    if (this.model.get("abx_plan")) this.startAbx();
    this.says();
  }

  /** Where the keys are heard, whatever is on screen; a focus outside would leave them to the notebook. */
  focus() {
    const at = this.abx ? this.abx.panel.querySelector(this.abx.over ? ".st-answer:not([hidden] *):not([hidden])" : ".st-big:last-child") : this.lanes.slider;
    at?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} e */
  key(e) {
    if (this.shade) {
      if (e.key === "Escape" || e.key === "?") { this.help(); e.preventDefault(); e.stopPropagation(); }
      return;
    }
    if (this.abx && !this.abx.over) {
      const key = e.key.toLowerCase(), abx = this.abx;
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      if (["a", "b", "x"].includes(key)) abx.pick(key.toUpperCase());
      else if (["1", "2"].includes(key)) abx.decide(Number(key) - 1);
      else if (key === "escape") this.leaveAbx();
      else if (!["0", "3", "4", "5", "6", "7", "8", "9", "s", "m", "g", "v"].includes(key)) handle(e, this.bindings.filter((b) => /Space|Arrow(Left|Right)|Home|End|^l$/.test(b.keys[0])));
      return;
    }
    handle(e, this.bindings);
  }

  /** Take over what Python says. */
  pull() {
    if (this.pushing) return;
    const get = (/** @type {string} */ k) => this.model.get(k);
    /** @param {string[]} names @returns {Set<number>} */
    const indices = (names) => new Set((names ?? []).map((n) => this.tracks.findIndex((t) => t.name === n)).filter((i) => i >= 0));
    this.solo = indices(get("solo"));
    this.muted = indices(get("muted"));
    this.region = inside(get("region"), this.info.duration);
    this.loop = !!get("loop");
    this.match = !!get("match");
    this.volume = get("volume_db") ?? 0;
    this.lanes.mode = get("view") ?? "both";
    this.lanes.layout();
    this.show();
    this.onsolo();
  }

  /** Tell Python. @param {Record<string, any>} values */
  push(values) {
    if (this.gone) return;
    this.pushing = true;
    for (const [key, value] of Object.entries(values)) this.model.set(key, value);
    this.pushing = false;
    try { this.model.save_changes(); } catch { /* no kernel: the page goes on by itself */ }
  }

  /** Bring screen and sound to the state. */
  show() {
    const { tracks, solo, muted } = this;
    this.audible = tracks.map((t, i) => (solo.size ? solo.has(i) : t.default && !muted.has(i)));
    this.session.setGains(this.abxGains ?? tracks.map((t, i) => (this.audible[i] ? (this.match ? gainOf(t.match_db) : 1) : 0)));
    this.session.setVolume(gainOf(this.volume));
    this.session.setLoop(this.loop || this.abx ? this.region ?? [0, this.info.duration] : null);
    this.lanes.lanes.forEach(({ row, head }, i) => {
      row.classList.toggle("st-silent", !this.audible[i]);
      row.classList.toggle("st-current", i === this.current && tracks.length > 1);
      head.querySelector(".st-solo")?.setAttribute("aria-pressed", String(solo.has(i)));
      head.querySelector(".st-mute")?.setAttribute("aria-pressed", String(muted.has(i)));
      const level = /** @type {HTMLElement} */ (head.querySelector(".st-kind"));
      level.replaceChildren(this.match ? h("b", { text: decibel(tracks[i].match_db, 1, true), title: "Gain of the loudness match" }) : tracks[i].rms_db === null ? "silent" : decibel(tracks[i].rms_db));
    });
    this.matchButton.setAttribute("aria-checked", String(this.match));
    this.loopButton.setAttribute("aria-pressed", String(this.loop));
    for (const [mode, b] of Object.entries(this.modes)) b.setAttribute("aria-pressed", String(mode === this.lanes.mode));
    this.slider.value = String(this.volume);
    this.volumeText.textContent = this.volume <= MIN_DB ? "silent" : decibel(this.volume, 1);
    this.slider.setAttribute("aria-valuetext", this.volumeText.textContent);
    this.chip.hidden = !this.region;
    if (this.region) this.chipText.textContent = brief(this.region);
    this.lanes.setRegion(this.region, this.loop);
    this.lanes.paint();
    this.tick();
  }

  /** @param {Set<number>} set @returns {string[]} */
  names(set) { return [...set].sort((a, b) => a - b).map((i) => this.tracks[i].name); }
  pushGains() {
    this.show();
    this.onsolo();
    this.push({ solo: this.names(this.solo), muted: this.names(this.muted) });
    const heard = this.tracks.filter((_, i) => this.audible[i]).map((t) => t.name);
    this.say(heard.length ? `Heard: ${heard.join(" + ")}` : "Nothing is heard: all tracks are muted");
  }

  /** @param {number} i @param {boolean} add */
  toggleSolo(i, add) {
    if (i < 0 || i >= this.tracks.length) return;
    const had = this.solo.has(i);
    if (this.extra.exclusive) this.solo = new Set([i]);
    else if (add) { if (had) this.solo.delete(i); else this.solo.add(i); }
    else this.solo = had && this.solo.size === 1 ? new Set() : new Set([i]);
    this.current = i;
    this.pushGains();
  }

  /** @param {number} i */
  toggleMute(i) {
    if (!this.tracks[i]?.default) { if (this.tracks[i]) this.say(`${this.tracks[i].name} is heard only when soloed`); return; }
    if (!this.muted.delete(i)) this.muted.add(i);
    this.current = i;
    this.pushGains();
  }

  /**
   * Exchange what tracks play and show; the sound stays in its place in time. The ear comes first: levels and pictures follow in a later task.
   * @param {[number, AudioBuffer][]} exchange
   */
  setTracks(exchange) {
    if (this.gone || !exchange.length) return;
    for (const [i, buffer] of exchange) { this.session.setBuffer(i, buffer); this.undrawn.set(i, buffer); }
    if (!this.measuring) this.measuring = window.setTimeout(() => this.measure(), 0);
  }

  /** Levels, waveforms and matching gains of exchanged tracks. */
  measure() {
    this.measuring = 0;
    if (this.gone) return;
    for (const [i, buffer] of this.undrawn) {
      const facts = factsOf(buffer);
      Object.assign(this.tracks[i], { rms_db: facts.rms_db, peak_db: facts.peak_db });
      this.exchanged.set(i, facts);
      this.lanes.lanes[i].head.title = `${this.tracks[i].name}: RMS ${decibel(facts.rms_db)}, peak ${decibel(facts.peak_db)}`;
      this.lanes.setTrack(i, buffer);
    }
    this.undrawn.clear();
    this.rematch();
    this.show();
  }

  /** The matching gain of exchanged tracks: as loud as the first one. */
  rematch() {
    const first = this.session.buffers?.[0];
    if (first) for (const [i, facts] of this.exchanged) this.tracks[i].match_db = matchGain(factsOf(first), facts);
  }

  clearGains() { this.solo.clear(); this.muted.clear(); this.pushGains(); }
  /** @param {number} i */
  setCurrent(i) { this.current = Math.min(this.tracks.length - 1, Math.max(0, i)); this.show(); }
  /** @param {boolean} on */
  setMatch(on) { this.match = on; this.show(); this.push({ match: on }); this.say(on ? "Loudness matched: each track plays with the gain beside its name" : "One shared gain: tracks as loud as they are"); }
  /** @param {boolean} on */
  setLoop(on) { this.loop = on; this.show(); this.push({ loop: on }); this.say(on ? (this.region ? "Looping the region" : "Looping all") : "Loop off"); }
  /** @param {string} mode */
  setView(mode) { this.lanes.setMode(mode); this.show(); this.push({ view: mode }); }
  /** @param {number} factor */
  zoom(factor) {
    const { time } = this.lanes, p = this.session.position();
    time.zoom(factor, p >= time.start && p <= time.end ? p : (time.start + time.end) / 2);
  }

  /** @param {number} db @param {boolean} done */
  setVolume(db, done) {
    this.volume = Math.abs(db) < 0.75 ? 0 : db;
    this.show();
    if (done) this.push({ volume_db: this.volume });
  }

  /** @param {[number, number] | null} region @param {boolean} done */
  setRegion(region, done) {
    const grid = 1 / this.info.sr, part = inside(region, this.info.duration);
    if (region && !part) { this.say("No region: it needs more than 4 ms of sound", 4000); return; }
    region = part;
    this.region = region && /** @type {[number, number]} */ (region.map((t) => Math.round(Math.round(t / grid) * grid * 1e6) / 1e6));
    this.lanes.setRegion(this.region, this.loop || !!region);
    this.chip.hidden = !this.region;
    if (this.region) this.chipText.textContent = brief(this.region);
    if (!done) return;
    this.loop = !!region;
    if (!region && this.root.contains(document.activeElement)) this.focus();
    this.show();
    this.push({ region: this.region, loop: this.loop });
    if (region && !this.session.playing && (this.session.rest < region[0] || this.session.rest >= region[1])) this.seek(region[0]);
    this.say(region ? `Region ${clock(region[0], 2)} to ${clock(region[1], 2)}, looping` : "Region cleared");
  }

  /** Set one end of the region at the playhead. @param {0 | 1} end */
  mark(end) {
    const p = this.session.position(), r = this.region ?? [0, this.info.duration];
    this.setRegion(end ? [Math.min(r[0], p - 0.01), p] : [p, Math.max(r[1], p + 0.01)], true);
  }

  toggle() { if (this.session.playing) this.session.pause(); else this.play(); }
  play() {
    if (this.session.rest >= this.info.duration - 1e-4) this.session.rest = 0;
    this.playState(true);
    return this.session.play();
  }

  /** @param {number} t @param {boolean} [tell] */
  seek(t, tell = true) {
    this.session.seek(t);
    this.lanes.setPosition(this.session.rest, false);
    this.now.textContent = clock(this.session.rest);
    if (!this.session.playing) this.lanes.time.follow(this.session.rest);
    if (tell) this.tell();
    this.tick();
  }

  /** Seeks while a finger moves: the ear gets one every 60 ms. @param {number} t @param {boolean} done */
  scrub(t, done) {
    const now = performance.now();
    if (done || !this.session.playing || now - this.scrubbed > 60) { this.scrubbed = now; this.seek(t, done); }
  }

  tell() {
    this.sent = Math.round(this.session.rest * 1e6) / 1e6;
    this.push({ position: this.sent });
  }

  /** @param {boolean} on */
  playState(on) {
    this.playButton.replaceChildren(icon(on ? "pause" : "play"));
    const label = on ? "Pause (Space)" : "Play (Space)";
    this.playButton.setAttribute("aria-label", label);
    this.playButton.title = label;
    this.root.classList.toggle("st-playing", on);
  }

  /** What became of the sound. @param {"play" | "pause" | "end" | "error"} what @param {unknown} [error] */
  heard(what, error) {
    this.playState(this.session.playing);
    if (what === "error") { this.fail(error); return; }
    if (what === "play") this.say(this.note);
    else this.tell();
    this.push({ playing: this.session.playing });
    this.tick();
  }

  /** One frame: playhead, clock, meter. Runs only while something moves. */
  tick() {
    if (this.frame || this.gone) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.gone) return;
      const t = this.session.position();
      this.now.textContent = clock(t);
      this.lanes.setPosition(t, this.session.playing);
      const moving = this.showLevel();
      if (this.session.playing || moving) this.tick();
    });
  }

  /** @returns {boolean} whether the meter still moves */
  showLevel() {
    const now = performance.now(), engine = this.session.engine, since = Math.min(0.15, (now - this.metered) / 1000 + 0.01);
    const step = calm() ? 250 : 30;
    if (now - this.metered < step) return true;
    this.metered = now;
    const peak = engine && this.session.ctx?.state === "running" ? engine.peak(calm() ? 0.15 : since) : 0;
    if (peak > 1.00001) this.setClip(true);
    const db = Math.max(-60, 20 * Math.log10(peak + 1e-9)), shown = Math.max(db, this.shown - 1.5);
    this.shown = this.session.playing ? shown : Math.max(-60, this.shown - 3);
    this.meter.style.transform = `scaleX(${((this.shown + 60) / 60).toFixed(3)})`;
    return this.shown > -60;
  }

  /** @param {boolean} on */
  setClip(on) {
    if (on === this.clipping) return;
    this.clipping = on;
    this.clipButton.classList.toggle("st-on", on);
    this.clipButton.setAttribute("aria-label", on ? "CLIP: click to reset" : "CLIP: no");
    if (on) this.say("The sum exceeds full scale and clips: turn the volume down");
  }

  startAbx() {
    const plan = this.model.get("abx_plan");
    this.closeAbx();
    if (!plan) return;
    const order = [plan.a, plan.b];
    /** @param {number} which */
    const listen = (which) => {
      this.abxGains = this.tracks.map((t, i) => (which >= 0 && i === order[which] ? (plan.match ? gainOf(t.match_db) : 1) : 0));
      this.show();
      if (which < 0) this.session.pause();
      else if (!this.session.playing) this.play();
    };
    this.abx = abxPanel({ plan, listen, leave: () => this.leaveAbx(), answer: (choice, seconds) => {
      const answers = [...(this.model.get("abx_answers") ?? []), [choice, Math.round(seconds * 1000) / 1000]];
      this.push({ abx_answers: answers });
    } });
    this.abxGains = this.tracks.map(() => 0);
    const focused = this.root.contains(document.activeElement);
    this.lanes.body.hidden = true;
    this.root.classList.add("st-testing");
    this.lanes.mapRow.before(this.abx.panel);
    if (focused) this.focus();
    this.say(plan.match ? "Loudness is matched during the test" : "");
    this.show();
  }

  closeAbx() {
    this.abx?.panel.remove();
    this.abx = null;
    this.abxGains = undefined;
    this.lanes.body.hidden = false;
    this.root.classList.remove("st-testing");
    this.show();
  }

  leaveAbx() {
    this.session.pause();
    this.closeAbx();
    this.push({ abx_plan: null });
    this.focus();
  }

  /** What the pointer does, first what the view adds. @returns {[string, string][]} */
  get gestures() {
    return [
      ...(this.extra.gestures ?? []),
      ["click a track", "go there in time"], ["drag over a track", "select a region and loop it"], ["drag a region's edge", "change the region"],
      ["drag along the ruler", "scrub through time"], ["drag the overview", "move the view"], ["double-click the overview", "show all"],
      ["Ctrl and wheel", "zoom around the pointer"], ["Shift and wheel", "move the view"], ["point at a track", "read time, frequency and level"],
      ...(this.tracks.length === 1 || this.extra.exclusive ? [] : /** @type {[string, string][]} */ ([["Shift and click on S", "add a track to the solo"]])),
      ["double-click the volume", "back to 0 dB"],
    ];
  }

  /** Open or close the list of gestures and keys. */
  help() {
    if (this.shade) { this.shade.remove(); this.shade = null; this.focus(); return; }
    const close = h("button", { "aria-label": "Close", click: () => this.help() }, icon("close"));
    /** @param {string} title @param {HTMLElement[]} rows @param {HTMLElement | null} [more] */
    const part = (title, rows, more = null) => [h("h2", {}, title, more), h("dl", {}, ...rows)];
    const row = (/** @type {Node[]} */ left, /** @type {string} */ does) => h("div", {}, h("dt", {}, ...left), h("dd", { text: does }));
    const keys = this.bindings.filter((b) => b.label).map((b) => row(b.label.split(" ").flatMap((k) => (/^(and|…)$/.test(k) ? [h("span", { text: ` ${k} ` })] : [h("kbd", { text: k }), h("span", { text: " " })])), b.does));
    const gestures = this.gestures.map(([what, does]) => row([h("span", { text: what })], does));
    const { story, terms = [] } = this.extra, words = terms.map(([word, means]) => row([h("span", { text: word })], means));
    const seen = story ? [h("h2", {}, "What you see", close), h("p", { text: story }), h("dl", {}, ...words)] : [];
    const shade = this.shade = /** @type {HTMLElement} */ (h("div", { class: "st-help", role: "dialog", "aria-modal": "true", "aria-label": "What is seen, gestures and keys", on: { click: (/** @type {MouseEvent} */ e) => { if (e.target === this.shade) this.help(); } } },
      h("div", {}, ...seen, ...part("Gestures", gestures, seen.length ? null : close), ...part("Keys", keys))));
    this.root.append(shade);
    close.focus();
  }

  /** @param {string} text @param {number} [ms] */
  say(text, ms = 0) {
    if (this.gone || !this.status) return;
    clearTimeout(this.saying);
    this.status.classList.remove("st-bad");
    this.status.textContent = text;
    this.status.title = text;
    if (ms) this.saying = window.setTimeout(() => this.say(this.note), ms);
  }

  /** What Python has to say. */
  says() {
    const said = this.model.get("said");
    if (!said?.text) return;
    this.say(said.text);
    this.status.classList.toggle("st-bad", !!said.bad);
  }

  /** @param {unknown} error */
  fail(error) {
    this.say(`The sound cannot be played: ${error instanceof Error ? error.message : String(error)}`);
    this.status.classList.add("st-bad");
  }

  /** The script-free output beside this one has done its work. */
  hideFallback() {
    const id = this.model.get("fallback_id");
    if (!id) return;
    if (!/^[\w-]+$/.test(id)) return;
    this.fallback.textContent = `.${id} { display: none !important; }`;
    document.head.append(this.fallback);
    this.undo.push(() => this.fallback.remove());
  }

  destroy() {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.saying);
    clearTimeout(this.measuring);
    this.undrawn.clear();
    for (const f of this.undo) f();
    this.session.destroy();
    this.lanes.destroy();
    this.theme?.stop();
    delete this.root.player;
    this.el.replaceChildren();
  }
}

/** @param {{model: Model, el: HTMLElement}} context @returns {() => void} */
export default function render({ model, el }) {
  const view = new PlayerView(model, el);
  return () => view.destroy();
}
