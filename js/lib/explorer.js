import css from "../explorer.css";
import { PlayerView } from "../player.js";
import { h } from "./dom.js";
import { Link, Sounds } from "./link.js";
import { RunBar } from "./runbar.js";

/**
 * What an explorer of a method adds.
 * @typedef {object} Hooks
 * @property {string} label what it is, for screen readers and the title
 * @property {HTMLElement[]} panel what stands between the run bar and the tracks
 * @property {string[]} traits traits of its own that `draw` depends on
 * @property {string} [unit] what a step is called
 * @property {() => void} draw bring the panel to the state; called at most once a frame
 * @property {(row: Row | null) => (Promise<AudioBuffer> | AudioBuffer | null)[]} tracks the sound of every track at a step; null leaves a track as it is
 * @property {import("./keys.js").Binding[]} [bindings]
 * @property {() => void} [failed] an order or a computation went wrong; the status line says how
 */

/** Runs, steps and sounds on a page: the part that every explorer shares. The place in time belongs to the player, the place on the path to the cursor. */
export class Explorer {
  /** @param {Model} model @param {HTMLElement} el @param {(explorer: Explorer) => Hooks} make */
  constructor(model, el, make) {
    this.model = model;
    this.link = new Link(model);
    this.sounds = new Sounds(this.link, model, () => this.changed());
    /** @type {Row[]} */ this.rows = model.get("rows");
    /** @type {RunFacts[]} */ this.runs = model.get("runs");
    /** @type {string[]} */ this.able = model.get("able") ?? [];
    this.frame = 0;
    this.ticket = 0;
    this.gone = false;
    /** @type {(AudioBuffer | null)[]} */ this.heard = [];
    /** @type {(() => void)[]} */ this.undo = [];
    this.hooks = make(this);
    this.runbar = new RunBar({ order: (what) => this.order(what), show: (i) => this.show(i) });
    this.summary = h("p", { class: "st-summary" });
    const head = h("div", { class: "st-explorerhead" }, h("h2", { text: this.hooks.label }), this.runbar.el);
    const above = h("div", { class: "st-explorer" }, head, ...this.hooks.panel, h("details", { class: "st-words" }, h("summary", { text: "In words" }), this.summary));
    this.player = new PlayerView(model, el, { above, css, label: this.hooks.label, exclusive: true, bindings: [
      { keys: ["r"], label: "R", does: "start, pause or resume the run", run: () => { if (this.can("pause")) this.order("pause"); else if (this.can("start")) this.order("start"); } },
      { keys: [","], label: ", and .", does: "one step back or on", run: () => this.by(-1) },
      { keys: ["."], label: "", does: "", run: () => this.by(1) },
      ...(this.hooks.bindings ?? []),
    ] });
    /** @type {any} */ (this.player.root).explorer = this;
    const on = (/** @type {string} */ event, /** @type {() => void} */ f) => { model.on(event, f); this.undo.push(() => model.off(event, f)); };
    for (const key of ["rows", "runs", "able", "shown", "summary", ...this.hooks.traits]) on(`change:${key}`, () => this.changed());
    on("change:at", () => this.changed());
    on("change:said", () => this.says());
    this.says();
    this.update();
  }

  /** @param {string} what @returns {boolean} */
  can(what) { return this.link.alive && this.able.includes(what); }
  get shown() { return this.model.get("shown") ?? 0; }
  get run() { return this.runs[this.shown]; }

  /** The step that is seen and heard: the one chosen, or the last accepted one. @returns {Row | null} */
  get row() {
    const at = this.model.get("at");
    if (at && at[0] === this.shown && this.rows[at[1]]) return this.rows[at[1]];
    for (let i = this.rows.length - 1; i >= 0; i -= 1) if (this.rows[i].accepted) return this.rows[i];
    return null;
  }

  /** @param {Record<string, any>} values */
  push(values) {
    for (const [key, value] of Object.entries(values)) this.model.set(key, value);
    try { this.model.save_changes(); } catch { /* no kernel: the page goes on by itself */ }
  }

  /** See and hear a step; null follows the last accepted one. @param {number | null} index @param {boolean} [done] false while something is dragged: Python is told at the end */
  choose(index, done = true) {
    const at = index === null ? null : [this.shown, index];
    if (done) this.push({ at });
    else this.model.set("at", at);
    this.update();
  }

  /** @param {number} n */
  by(n) {
    const now = this.row?.index ?? -1;
    if (this.rows.length) this.choose(Math.min(this.rows.length - 1, Math.max(0, now + n)));
  }

  /** @param {number} i */
  show(i) {
    if (i === this.shown) return;
    if (!this.link.alive) { this.player.say("This page holds the run that was shown when it was written"); return; }
    this.push({ shown: i, at: null });
  }

  /** @param {string} what @param {Record<string, any>} [data] */
  order(what, data) { if (!this.link.order(what, data)) this.player.say("There is no kernel here: what was computed can be seen and heard", 4000); }

  /** Something is new: once a frame is enough for the eye. */
  changed() {
    if (this.frame || this.gone) return;
    const hidden = document.visibilityState === "hidden";
    if (hidden) { this.update(); return; }
    this.frame = requestAnimationFrame(() => { this.frame = 0; this.update(); });
  }

  update() {
    if (this.gone) return;
    this.rows = this.model.get("rows") ?? [];
    this.runs = this.model.get("runs") ?? [];
    this.able = this.model.get("able") ?? [];
    this.hear();
    this.runbar.set(this.runs, this.shown, this.link.alive ? this.able : [], this.hooks.unit ?? "step");
    const words = this.model.get("summary") ?? "";
    if (this.summary.textContent !== words) this.summary.textContent = words;
    this.hooks.draw();
  }

  /** Give every track the sound of the step at the cursor; sounds that are here are exchanged at once, others when they come. */
  hear() {
    const ticket = ++this.ticket, sounds = this.hooks.tracks(this.row);
    this.put(/** @type {[number, AudioBuffer][]} */ ([...sounds.entries()].filter(([, s]) => s instanceof AudioBuffer)));
    for (const [i, sound] of sounds.entries()) {
      if (sound === null || sound instanceof AudioBuffer) continue;
      sound.then((buffer) => { if (ticket === this.ticket && !this.gone) this.put([[i, buffer]]); },
        (error) => { if (ticket === this.ticket && !this.gone) this.player.say(`Not heard: ${error instanceof Error ? error.message : error}`); });
    }
  }

  /** Exchange what is new, all tracks at one time. @param {[number, AudioBuffer][]} exchange */
  put(exchange) {
    const fresh = exchange.filter(([i, buffer]) => this.heard[i] !== buffer);
    for (const [i, buffer] of fresh) this.heard[i] = buffer;
    this.player.setTracks(fresh);
  }

  /** A sound of a step: at once where it is here. @param {string | undefined} key @returns {Promise<AudioBuffer> | AudioBuffer | null} */
  sound(key) { return key === undefined ? null : this.sounds.has(key) ?? this.sounds.get(key); }

  says() {
    const said = this.model.get("said");
    if (!said?.text) return;
    this.player.say(said.text);
    this.player.status.classList.toggle("st-bad", !!said.bad);
    if (said.bad) this.hooks.failed?.();
  }

  destroy() {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    for (const f of this.undo) f();
    delete /** @type {any} */ (this.player.root).explorer;
    this.player.destroy();
    this.sounds.destroy();
    this.link.destroy();
    this.heard = [];
  }
}

/** What `f` makes of sounds, at once where all are here. @param {(Promise<AudioBuffer> | AudioBuffer | null)[]} sounds @param {(...b: AudioBuffer[]) => AudioBuffer} f @returns {Promise<AudioBuffer> | AudioBuffer | null} */
export function together(sounds, f) {
  if (sounds.some((x) => x === null)) return null;
  if (sounds.every((x) => x instanceof AudioBuffer)) return f(.../** @type {AudioBuffer[]} */ (sounds));
  return Promise.all(/** @type {Promise<AudioBuffer>[]} */ (sounds)).then((b) => f(...b));
}
