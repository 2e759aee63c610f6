import { Engine, renderOffline } from "./engine.js";

/** How long a paused context is kept before it is given back, ms. */
const IDLE = 20000;
const PLAYING = "sep-toolkit-playing";

/**
 * The sound of one player: decodes once, opens its context at the first play (browsers want a gesture), gives it back when
 * idle, and makes way when another player of the page starts. What is heard lives here, so a new context takes it up again.
 */
export class Session {
  /** @param {{info: Info, load: () => Promise<AudioBuffer[]>, onchange: (what: "play" | "pause" | "end" | "error", error?: unknown) => void}} options */
  constructor({ info, load, onchange }) {
    this.info = info;
    this.load = load;
    this.onchange = onchange;
    this.id = {};
    /** @type {AudioContext | null} */ this.ctx = null;
    /** @type {Engine | null} */ this.engine = null;
    /** @type {Promise<AudioBuffer[]> | null} */ this.loading = null;
    /** @type {AudioBuffer[] | null} */ this.buffers = null;
    /** @type {number[]} */ this.gains = [];
    /** @type {[number, number] | null} */ this.loop = null;
    /** @type {Map<number, AudioBuffer>} */ this.swapped = new Map();
    this.volume = 1;
    this.rest = 0;
    this.wanted = false;
    this.gone = false;
    this.timer = 0;
    this._other = (/** @type {Event} */ e) => { if (/** @type {CustomEvent} */ (e).detail !== this.id && this.playing) this.pause(); };
    document.addEventListener(PLAYING, this._other);
  }

  get playing() { return this.wanted; }

  /** The buffers, decoded at most once. @returns {Promise<AudioBuffer[]>} */
  decoded() {
    this.loading ??= this.load().then((buffers) => {
      for (const [i, buffer] of this.swapped) buffers[i] = buffer;
      return (this.buffers = this.gone ? [] : buffers);
    });
    this.loading.catch(() => { this.loading = null; });
    return this.loading;
  }

  async play() {
    if (this.wanted || this.gone) return;
    this.wanted = true;
    clearTimeout(this.timer);
    document.dispatchEvent(new CustomEvent(PLAYING, { detail: this.id }));
    try {
      const opened = this.ctx ?? (this.ctx = new AudioContext({ sampleRate: this.info.play_sr, latencyHint: "interactive" }));
      const [buffers] = await Promise.all([this.decoded(), opened.resume()]);
      if (this.gone || !this.wanted || this.ctx !== opened) return;
      this.engine ??= this._engine(opened, buffers);
      this.engine.play(this.rest);
      this.onchange("play");
    } catch (error) {
      this.wanted = false;
      this._close();  // the next play begins with a graph of its own
      this.onchange("error", error);
    }
  }

  /** @param {AudioContext} ctx @param {AudioBuffer[]} buffers @returns {Engine} */
  _engine(ctx, buffers) {
    const { duration, ramp_s } = this.info;
    const engine = new Engine(ctx, buffers, { duration, ramp: ramp_s, volume: this.volume, gains: this.gains });
    engine.setLoop(this.loop);
    engine.onended = () => { this.rest = duration; this.wanted = false; this._idle(); this.onchange("end"); };
    return engine;
  }

  pause() {
    if (!this.wanted) return;
    this.wanted = false;
    if (this.engine) { this.engine.pause(); this.rest = this.engine.rest; }
    this._idle();
    this.onchange("pause");
  }

  _idle() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this._close(), IDLE);
  }

  _close() {
    clearTimeout(this.timer);
    this.engine?.dispose();
    this.engine = null;
    const ctx = this.ctx;
    this.ctx = null;
    if (ctx && ctx.state !== "closed") ctx.close().catch(() => {});
  }

  /** What the listener hears now, s. @returns {number} */
  position() { return this.wanted && this.engine?.playing ? this.engine.heard() : this.rest; }

  /** @param {number} t s */
  seek(t) {
    if (!Number.isFinite(t)) return;
    this.rest = Math.min(Math.max(0, t), this.info.duration);
    if (this.rest >= this.info.duration && this.wanted && !this.loop) {
      this.pause();
      this.rest = this.info.duration;
    }
    this.engine?.seek(this.rest);
  }

  /** @param {[number, number] | null} range */
  setLoop(range) { this.loop = range; this.engine?.setLoop(range); }
  /** @param {number[]} gains */
  setGains(gains) { this.gains = gains.slice(); this.engine?.setGains(gains); }
  /** @param {number} gain */
  setVolume(gain) { this.volume = gain; this.engine?.setVolume(gain); }

  /** Exchange what a track plays; the sound stays in its place. @param {number} i @param {AudioBuffer} buffer */
  setBuffer(i, buffer) {
    this.swapped.set(i, buffer);
    if (this.buffers) this.buffers[i] = buffer;
    this.engine?.setBuffer(i, buffer);
  }

  /** The same graph rendered offline, for measuring. @param {any} options @returns {Promise<AudioBuffer>} */
  async renderOffline(options) {
    const { duration, play_sr, channels, ramp_s } = this.info;
    return renderOffline(await this.decoded(), { duration, sampleRate: play_sr, channels, ramp: ramp_s, gains: this.gains, volume: this.volume, ...options });
  }

  destroy() {
    this.gone = true;
    this.wanted = false;
    document.removeEventListener(PLAYING, this._other);
    this._close();
    this.buffers = null;
    this.loading = null;
    this.swapped.clear();
  }
}
