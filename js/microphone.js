import css from "./microphone.css";
import { Capture, missing, refusal } from "./lib/capture.js";
import { h, icon } from "./lib/dom.js";
import { handle } from "./lib/keys.js";

/** Samples in one message to Python. */
const BLOCK = 250_000;
/** The lowest level that the meter shows, dB. */
const LOW = -60;
/** Columns of the picture. */
const COLUMNS = 400;

/** @param {Float32Array} x @returns {number} */
const peakOf = (x) => x.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
/** @param {number} v @returns {number} dB, not below what the meter shows */
const level = (v) => Math.max(LOW, 20 * Math.log10(v || 1e-9));

/** A recorder: what was said goes to Python, and stays here to be heard again. */
class Microphone {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.limit = /** @type {number} */ (model.get("limit_s"));
    /** @type {Capture | null} */ this.capture = null;
    /** @type {{samples: Float32Array, sr: number} | null} */ this.taken = null;
    /** @type {AudioContext | null} */ this.playing = null;
    this.gone = this.dead = false;
    this.spent = this.top = 0;
    this.peaks = new Float32Array(COLUMNS);
    this.recordButton = h("button", { class: "sm-record", "aria-pressed": "false", click: () => this.record() });
    this.playButton = h("button", { class: "sm-play", click: () => this.play() });
    this.fill = h("i");
    this.meter = h("div", { class: "sm-meter", role: "meter", "aria-label": "Level of the microphone in dB", "aria-valuemin": LOW, "aria-valuemax": 0, "aria-valuenow": LOW, "aria-valuetext": "silent" }, this.fill);
    this.clock = h("span", { class: "sm-clock", role: "timer", "aria-label": "Time" });
    this.canvas = h("canvas", { width: COLUMNS, height: 48, role: "img", "aria-label": "Waveform of the recording" });
    this.status = h("div", { class: "sm-status", role: "status", "aria-live": "polite" });
    this.root = h("div", { class: "sm-microphone", role: "group", "aria-label": "Microphone", "data-lm-suppress-shortcuts": "true" },
      h("div", { class: "sm-bar" }, this.recordButton, this.playButton, this.clock, this.meter), this.canvas, this.status);
    el.append(h("style", { text: css }), this.root);
    this.root.microphone = this;
    this.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => handle(e, [
      { keys: ["r"], label: "R", does: "record or stop", run: () => this.record() },
      { keys: ["p"], label: "P", does: "hear the recording, or stop", run: () => this.play() },
      { keys: ["Escape"], label: "Escape", does: "stop", run: () => { this.capture?.stop(); this.hush(); } },
    ]));
    this.says = () => { const { text, bad } = model.get("said") ?? {}; if (text) this.say(text, bad); };
    this.lost = () => { this.dead = true; this.show(); this.say("The kernel is gone: run the cell again to record.", true); };
    model.on("change:said", this.says);
    model.on("comm_live_update", this.lost);
    this.say(missing() || `Press Record, or R, and speak: at most ${this.limit} s.`, !!missing());
    this.says();
    this.show();
  }

  /** @param {string} text @param {boolean} [bad] */
  say(text, bad = false) {
    this.status.textContent = text;
    this.status.classList.toggle("sm-bad", bad);
  }

  record() {
    if (this.capture) { this.capture.stop(); return; }
    if (missing() || this.dead || this.gone) return;
    this.hush();
    this.spent = this.top = 0;
    this.peaks.fill(0);
    this.say("Waiting for the microphone; the browser may ask you first.");
    this.capture = new Capture({ limit: this.limit, heard: (part, n, sr) => this.heard(part, n, sr), done: (samples, sr, error) => this.ended(samples, sr, error) });
    this.show();
  }

  /** @param {Float32Array} part @param {number} n samples so far @param {number} sr Hz */
  heard(part, n, sr) {
    if (!this.spent) this.say("Recording.");
    const peak = peakOf(part), at = Math.min(COLUMNS - 1, Math.floor(COLUMNS * (n - part.length) / (this.limit * sr)));
    this.spent = n / sr;
    this.top = Math.max(this.top, peak);
    this.peaks[at] = Math.max(this.peaks[at], peak);
    this.gauge(peak);
    this.show();
  }

  /** @param {number} peak */
  gauge(peak) {
    const db = level(peak);
    this.fill.style.transform = `scaleX(${1 - db / LOW})`;
    this.fill.classList.toggle("sm-loud", peak >= 0.99);
    this.meter.setAttribute("aria-valuenow", Math.round(db));
    this.meter.setAttribute("aria-valuetext", db <= LOW ? "silent" : `${Math.round(db)} dB`);
  }

  /** @param {Float32Array | null} samples @param {number} sr @param {unknown} [error] */
  ended(samples, sr, error) {
    this.capture = null;
    if (this.gone) return;
    this.gauge(0);
    if (samples) this.taken = { samples, sr };
    this.show();
    if (error) this.say(refusal(error), true);
    else if (!samples) this.say("Nothing was recorded.");
    else this.hand(samples, sr);
  }

  /** To Python, in blocks. @param {Float32Array} samples @param {number} sr */
  hand(samples, sr) {
    const id = String(Math.random()), n = samples.length;
    this.say("The recording goes to the kernel …");
    try {
      this.model.send?.({ do: "take", id, sr, n });
      for (let at = 0; at < n; at += BLOCK) this.model.send?.({ do: "part", id, at }, undefined, [samples.slice(at, at + BLOCK).buffer]);
    } catch { this.lost(); }
  }

  async play() {
    if (this.playing) { this.hush(); return; }
    if (!this.taken || this.capture) return;
    const { samples, sr } = this.taken, ctx = this.playing = new AudioContext(), buffer = new AudioBuffer({ length: samples.length, numberOfChannels: 1, sampleRate: sr });
    buffer.copyToChannel(/** @type {Float32Array<ArrayBuffer>} */ (samples), 0);
    const source = new AudioBufferSourceNode(ctx, { buffer });
    source.connect(ctx.destination);
    source.onended = () => { if (this.playing === ctx) this.hush(); };
    this.show();
    try { await ctx.resume(); if (this.playing === ctx) source.start(); } catch (error) { this.hush(); this.say(`The recording cannot be played: ${error instanceof Error ? error.message : error}`, true); }
  }

  hush() {
    const ctx = this.playing;
    this.playing = null;
    if (ctx && ctx.state !== "closed") ctx.close().catch(() => {});
    this.show();
  }

  show() {
    const on = !!this.capture;
    /** @param {any} button @param {Node} sign @param {string} text @param {string} title */
    const put = (button, sign, text, title) => {
      if (button.textContent === text) return;
      button.replaceChildren(sign, h("span", { text }));
      button.title = title;
    };
    put(this.recordButton, on ? icon("stop") : h("i", { class: "sm-dot" }), on ? "Stop" : this.taken ? "Record again" : "Record", on ? "Stop the recording (R)" : "Record from the microphone (R)");
    put(this.playButton, icon(this.playing ? "stop" : "play"), this.playing ? "Stop playing" : "Play", "Hear the recording (P)");
    this.recordButton.setAttribute("aria-pressed", String(on));
    this.recordButton.disabled = !!missing() || this.dead;
    this.playButton.disabled = on || !this.taken;
    const left = Math.max(0, this.limit - this.spent);
    this.clock.textContent = on ? `${this.spent.toFixed(1)} s · ${left.toFixed(left < 10 ? 1 : 0)} s left` : this.taken ? `${(this.taken.samples.length / this.taken.sr).toFixed(1)} s` : `up to ${this.limit} s`;
    this.draw();
  }

  draw() {
    const g = this.canvas.getContext("2d"), { width, height } = this.canvas, gain = 1 / Math.max(0.05, this.top);
    g.clearRect(0, 0, width, height);
    g.fillStyle = getComputedStyle(this.canvas).color;
    this.peaks.forEach((v, i) => { const tall = v ? Math.max(1, v * gain * height) : 0; g.fillRect(i, (height - tall) / 2, 1, tall); });
  }

  destroy() {
    this.gone = true;
    this.model.off("change:said", this.says);
    this.model.off("comm_live_update", this.lost);
    this.capture?.end();
    this.hush();
    this.taken = null;
  }
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const view = new Microphone(model, el);
  return () => view.destroy();
}

export default { render };
