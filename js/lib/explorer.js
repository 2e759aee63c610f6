import css from "../explorer.css";
import { PlayerView } from "../player.js";
import { h, icon } from "./dom.js";
import { dropped } from "./drop.js";
import { SettingsForm } from "./form.js";
import { Link, Sounds } from "./link.js";
import { RunBar } from "./runbar.js";
import { RunTable, Stage } from "./stage.js";

/** How long a step is heard while the steps are played, ms. */
const EACH = 500;

/**
 * What an explorer of a method adds.
 * @typedef {object} Hooks
 * @property {import("./runmap.js").RunMap} [map] of the runs
 * @property {string} label what it is, for screen readers and the title
 * @property {string} story one plain sentence: what happens here
 * @property {import("./stage.js").Part[]} diagram the method as a line of boxes
 * @property {[string, string][]} terms words and what they mean, for the help
 * @property {HTMLElement[]} controls one line above the picture
 * @property {HTMLElement[]} picture the method's own map, at most 240 px high with its controls
 * @property {import("./stage.js").Panel[]} panels the method's own parts of the side
 * @property {import("./scrubber.js").Scrubber} scrubber over the steps of the run that is shown
 * @property {string[]} traits traits of its own that `draw` depends on
 * @property {string} [unit] what a step is called
 * @property {() => void} draw bring the picture to the state; called at most once a frame
 * @property {() => string} facts what is seen and heard, in one line
 * @property {() => [string, string, (string | null)[]][]} [columns] of the table of runs: title, explanation, a value for each run
 * @property {(row: Row | null) => (Promise<AudioBuffer> | AudioBuffer | null)[]} tracks the sound of every track at a step; null leaves a track as it is
 * @property {import("./keys.js").Binding[]} [bindings]
 * @property {[string, string][]} [gestures] what the pointer does: the gesture, and what comes of it
 * @property {(run: number) => void} [go] show a run, at a step that suits the one that is seen
 * @property {HTMLElement[]} [more] what stands below the form of settings
 * @property {() => void} [failed] an order or a computation went wrong; the status line says how
 * @property {() => void} [repaint] draw again what a browser may have dropped while it was out of sight
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
    /** Where a drag is now; it stays here until it ends, so that nothing else sends it. @type {[number, number] | null} */ this.passing = null;
    /** Counts what grew: lists that grow are changed in place. */ this.version = 0;
    this.frame = 0;
    this.ticket = 0;
    this.gone = false;
    /** @type {(AudioBuffer | null)[]} */ this.heard = [];
    /** @type {(() => void)[]} */ this.undo = [];
    this.walking = 0;
    /** @type {Promise<AudioBuffer> | undefined} */ this.mix = undefined;
    /** The step to go back to, for A and B. @type {[number, number] | null} */ this.other = null;
    const hooks = this.hooks = make(this);
    this.runbar = new RunBar({ order: (what) => this.order(what) });
    this.table = new RunTable((i) => { if (hooks.go) hooks.go(i); else this.go(i); }, (i) => this.color(i));
    this.form = new SettingsForm((changes) => this.again(changes), hooks.more ?? []);
    this.summary = h("p", { class: "st-summary" });
    this.playSteps = h("button", { class: "st-do", title: "Walk through the steps, two a second; the sound keeps its place (P)", "aria-pressed": "false", click: () => this.walk() }, icon("steps"), h("span", { text: "Play the steps" }));
    this.flipButton = h("button", { class: "st-do", title: "Hear the step where you were before, and back again (T)", click: () => this.flip() }, "A/B");
    const stage = this.stage = new Stage({ title: hooks.label, story: hooks.story, diagram: hooks.diagram, bar: this.runbar.el, controls: hooks.controls, picture: hooks.picture,
      panels: [{ key: "settings", label: "Settings", title: "Change a setting and run again, beside the run that is shown", els: [this.form.el] }, ...hooks.panels, { key: "runs", label: "Runs", title: "All runs, one beside the other; a click shows and plays one", els: [this.table.el] },
        { key: "words", label: "In words", title: "What the run shows, in a few sentences", els: [this.summary] }],
      hand: [hooks.scrubber.el, this.playSteps, this.flipButton], opened: () => this.changed() });
    this.player = new PlayerView(model, el, { above: stage.el, line: stage.line, css, label: hooks.label, exclusive: true, gestures: [
      ...(hooks.gestures ?? []), ["Play the steps", "walk through them, two a second; the sound keeps its place"], ["a word on the right", "unfold settings, runs, curves and more"], ["drop a sound file", "take it apart the same way, in an explorer of its own"],
    ], story: hooks.story, terms: hooks.terms, bindings: [
      { keys: ["r"], label: "R", does: "start, pause or resume the run", run: () => { if (this.can("pause")) this.order("pause"); else if (this.can("start")) this.order("start"); } },
      { keys: [","], label: ", and .", does: "one step back or on", run: () => this.by(-1) },
      { keys: ["."], label: "", does: "", run: () => this.by(1) },
      { keys: ["p"], label: "P", does: "play the steps, or stop", run: () => this.walk() },
      { keys: ["n"], label: "N", does: "run beside, with the settings of the form", run: () => this.form.go() },
      { keys: ["t"], label: "T", does: "A/B: to the step where you were before, and back", run: () => this.flip() },
      { keys: ["i"], label: "I", does: "open a sound file, as by dropping it", run: () => open() },
      ...(hooks.bindings ?? []),
    ] });
    const open = dropped(this.player.root, this.link, (text) => this.player.say(text));
    /** @type {any} */ (this.player.root).explorer = this;
    const on = (/** @type {string} */ event, /** @type {() => void} */ f) => { model.on(event, f); this.undo.push(() => model.off(event, f)); };
    this.link.ondead = () => { this.player.say("The kernel is gone: what is on the page can still be seen and heard"); this.changed(); };
    this.link.on("change", () => { this.version += 1; this.changed(); });
    for (const key of ["rows", "runs", "able", "form", "shown", "words", ...this.hooks.traits]) on(`change:${key}`, () => this.changed());
    on("change:at", () => { this.passing = null; this.changed(); });
    on("change:said", () => { if (model.get("said")?.bad) this.hooks.failed?.(); });
    this.seen = new IntersectionObserver((all) => { if (all.some((e) => e.isIntersecting)) this.repaint(); });
    this.seen.observe(stage.el);
    this.update();
  }

  /** A part of a page that was out of sight may come back without what was drawn there meanwhile. */
  repaint() {
    this.player.lanes.paint();
    this.hooks.repaint?.();
  }

  /** @param {string} what @returns {boolean} */
  can(what) { return this.link.alive && this.able.includes(what); }
  /** The colour of the i-th curve or run: one list for the whole package, sent by Python. @param {number} i @returns {string} */
  color(i) { const all = /** @type {string[]} */ (this.model.get("info").colors); return all[i % all.length]; }
  get shown() { return this.model.get("shown") ?? 0; }
  get run() { return this.runs[this.shown]; }

  /** The step that is seen and heard: the one chosen, or the last accepted one. @returns {Row | null} */
  get row() {
    const at = this.passing?.[0] === this.shown ? this.passing : this.model.get("at");
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
    if (done) { this.rest(); this.leave(index); }
    const at = index === null ? null : /** @type {[number, number]} */ ([this.shown, index]);
    this.passing = done ? null : at;
    if (done) this.push({ at });
    this.update();
  }

  /** Remember where the listener is, before going elsewhere. @param {number | null} [index] where to, in the run that is shown; nothing is remembered where that is the same place */
  leave(index) {
    const at = this.model.get("at"), here = at && at[0] === this.shown ? at[1] : this.passing ? null : this.row?.index ?? null;
    if (here !== null && here !== index) this.other = [this.shown, here];
  }

  /** Between two steps, of one run or of two: to the one where the listener was before, and back. */
  flip() {
    this.rest(true);
    const to = this.other;
    if (!to) { this.player.say("Choose two steps, one after the other; then this goes to and fro between them", 4000); return; }
    if (to[0] === this.shown) this.choose(to[1]); else this.go(...to);
  }

  /** Walk through the steps that were taken, from the one at the cursor or the first; the sound keeps its place. */
  walk() {
    if (this.walking) { this.rest(true); return; }
    const taken = this.rows.filter((r) => r.accepted), path = (taken.length > 1 ? taken : this.rows).map((r) => r.index);
    if (path.length < 2) { this.player.say("There are no steps to play yet", 3000); return; }
    let k = path.indexOf(this.row?.index ?? -1);
    if (k === path.length - 1) k = -1;
    const next = () => {
      k += 1;
      if (k >= path.length || !this.rows[path[k]]) { this.rest(true); return; }
      this.choose(path[k], false);
      this.walking = window.setTimeout(next, EACH);
    };
    this.walking = -1;
    next();
    this.playSteps.setAttribute("aria-pressed", "true");
    if (!this.player.session.playing) this.player.play();
  }

  /** End the walk; where it ended is where the listener stands. @param {boolean} [keep] */
  rest(keep = false) {
    if (!this.walking) return;
    clearTimeout(this.walking);
    this.walking = 0;
    this.playSteps.setAttribute("aria-pressed", "false");
    if (keep && this.passing) this.choose(this.passing[1]);
  }

  /** @param {number} n */
  by(n) {
    const now = this.row?.index ?? -1;
    if (this.rows.length) this.choose(Math.min(this.rows.length - 1, Math.max(0, now + n)));
  }

  /** Another run of the same mixture. @param {Record<string, any>} changes settings that differ */
  again(changes) {
    if (!this.can("again")) { this.player.say("Another run needs the method: explore its run", 4000); return; }
    this.rest();
    this.leave();
    this.order("again", changes);
  }

  /** Show a run, at a step of it where one is named. @param {number} run @param {number | null} [index] */
  go(run, index = null) {
    if (run === this.shown) { if (index !== null) this.choose(index); return; }
    if (!this.link.alive) { this.player.say("This page holds the sounds of the run that was shown when it was written", 4000); return; }
    this.rest();
    this.leave();
    this.order("go", index === null ? { run } : { run, index });
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
    this.runbar.set(this.runs[this.shown], this.link.alive ? this.able : [], this.hooks.unit ?? "step", this.link.dead, this.link.alive);
    this.table.set(this.runs, this.shown, this.hooks.columns?.() ?? []);
    const form = this.model.get("form") ?? [];
    this.form.set(form, this.can("again"));
    this.stage.offer("settings", this.link.alive && form.length > 0);
    this.flipButton.disabled = !this.other;
    this.playSteps.disabled = this.rows.length < 2;
    const words = /** @type {string[]} */ (this.model.get("words") ?? []).join("\n");
    if (this.summary.textContent !== words) this.summary.textContent = words;
    this.hooks.draw();
    this.stage.tell(this.hooks.facts());
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

  /** The sound that is taken apart. @returns {Promise<AudioBuffer> | AudioBuffer} */
  mixture() {
    const now = this.player?.session.buffers;
    return now ? now[0] : this.mix ??= Promise.resolve().then(() => this.player.session.decoded()).then((b) => b[0]);
  }

  /** A sound of a step: at once where it is here. @param {string | undefined} key @returns {Promise<AudioBuffer> | AudioBuffer | null} */
  sound(key) { return key === undefined ? null : this.sounds.has(key) ?? this.sounds.get(key); }

  destroy() {
    this.gone = true;
    this.seen.disconnect();
    clearTimeout(this.walking);
    cancelAnimationFrame(this.frame);
    for (const f of this.undo) f();
    delete /** @type {any} */ (this.player.root).explorer;
    this.runbar.destroy();
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
