import { GUARD, Ramp } from "./ramp.js";

/** How far ahead changes are scheduled, so that they never lie in the audio thread's past, s. */
const LEAD = 0.02;
/** A new source has to be built before it sounds; a busy page gets more time for that, s. */
const BUILD = 0.04;
const QUANTUM = 128;

/**
 * A deck is one pass over the signal: a source per track, all started at the same context time from the same sample.
 * A seek or a change of loop fades to a new deck; solo and mute never touch it.
 * @typedef {{t0: number, offset: number, loop: [number, number] | null, sources: AudioBufferSourceNode[], fades: Ramp[],
 *   nodes: GainNode[], until: number}} Deck
 */

/** The graph and the one clock of a player. Works on a live context, and on an offline one for rendering. */
export class Engine {
  /**
   * @param {BaseAudioContext} ctx
   * @param {(AudioBuffer | null)[]} buffers one per track, same length and rate
   * @param {{duration: number, ramp?: number, volume?: number, gains?: number[]}} options
   */
  constructor(ctx, buffers, { duration, ramp = 0.01, volume = 1, gains = [] }) {
    this.ctx = ctx;
    this.buffers = buffers.slice();
    this.duration = duration;
    this.ramp = ramp;
    this.master = ctx.createGain();
    this.volume = new Ramp(this.master.gain, volume);
    this.analyser = ctx.createAnalyser();
    this.analyser.fftSize = 8192;
    this.master.connect(this.analyser);
    this.master.connect(ctx.destination);
    this.tracks = buffers.map(() => ctx.createGain());
    this.gains = this.tracks.map((node, i) => new Ramp(node.gain, gains[i] ?? 1));
    for (const node of this.tracks) node.connect(this.master);
    /** @type {Deck | null} */ this.deck = null;
    /** @type {Deck | null} */ this.last = null;
    /** @type {[number, number] | null} */ this.loop = null;
    this.rest = 0;
    this.onended = () => {};
    this._meter = new Float32Array(this.analyser.fftSize);
  }

  get playing() { return this.deck !== null; }

  /** A time on the sample grid. @param {number} s @returns {number} */
  snap(s) { return Math.round(s * this.ctx.sampleRate) / this.ctx.sampleRate; }

  /** The next safe time to schedule at: a whole render quantum. @param {number} [after] @returns {number} */
  when(after = 0) {
    const t = Math.max(this.ctx.currentTime + LEAD, after);
    const step = QUANTUM / this.ctx.sampleRate;
    return Math.ceil(t / step - 1e-6) * step;
  }

  /** Where the signal is at a context time, s. @param {number} [t] @returns {number} */
  position(t = this.ctx.currentTime) {
    const deck = this.deck && t < this.deck.t0 && this.last && this.last.until > t ? this.last : this.deck;
    if (!deck) return this.rest;
    const p = deck.offset + Math.max(0, t - deck.t0);
    if (!deck.loop) return Math.min(p, this.duration);
    const [a, b] = deck.loop;
    return p < b ? p : a + ((p - a) % (b - a));
  }

  /** Where the listener is: the position less the way to the loudspeaker. @returns {number} */
  heard() {
    const live = /** @type {AudioContext} */ (this.ctx);
    const late = live.outputLatency || live.baseLatency || 0;
    return this.position(Math.max(0, this.ctx.currentTime - Math.min(late, 0.5)));
  }

  /** @param {number} position @returns {number} where play begins: inside the loop when there is one */
  _entry(position) {
    const p = this.snap(Math.min(Math.max(position, 0), this.duration));
    if (this.loop && (p < this.loop[0] || p >= this.loop[1])) return this.loop[0];
    return p >= this.duration ? 0 : p;
  }

  /** @param {number} offset @param {number} t0 @param {boolean} fade @returns {Deck} */
  _start(offset, t0, fade) {
    /** @type {Deck} */
    const deck = { t0, offset, loop: this.loop, sources: [], fades: [], nodes: [], until: Infinity };
    this.tracks.forEach((_, i) => this._source(deck, i, offset, t0, fade));
    return deck;
  }

  /** @param {Deck} deck @param {number} i @param {number} offset @param {number} t0 @param {boolean} fade */
  _source(deck, i, offset, t0, fade) {
    const { ctx } = this, source = ctx.createBufferSource(), node = ctx.createGain();
    source.buffer = this.buffers[i];
    if (deck.loop) {
      source.loop = true;
      [source.loopStart, source.loopEnd] = deck.loop;
    }
    source.connect(node).connect(this.tracks[i]);
    const ramp = new Ramp(node.gain, fade ? 0 : 1);
    if (fade) ramp.to(1, t0, this.ramp, ctx.currentTime);
    source.onended = () => {
      node.disconnect();
      if (this.deck === deck && deck.sources[i] === source && i === 0) this._ended(deck);
    };
    source.start(t0, offset);
    deck.sources[i] = source;
    deck.fades[i] = ramp;
    deck.nodes[i] = node;
  }

  /** @param {Deck} deck */
  _ended(deck) {
    this.rest = this.duration;
    this.deck = null;
    for (const node of deck.nodes) node.disconnect();
    this.onended();
  }

  /** Fade a deck out from `t` on and let it go. @param {Deck} deck @param {number} t */
  _retire(deck, t) {
    const now = this.ctx.currentTime;
    deck.until = t;
    for (const ramp of deck.fades) ramp.to(0, ramp.ready(t, now), this.ramp, now);
    for (const source of deck.sources) source.stop(Math.max(...deck.fades.map((f) => f.end)) + 0.002);
  }

  /** When the current deck can be left without cutting its fade. @returns {number} */
  _free() {
    const now = this.ctx.currentTime;
    return this.deck ? Math.max(...this.deck.fades.map((f) => f.ready(0, now))) : 0;
  }

  /** Start every track at one time. @param {number} [position] */
  play(position = this.rest) {
    if (this.deck) return this.seek(position);
    const offset = this._entry(position);
    this.deck = this._start(offset, this.when(this.last ? this.last.until + this.ramp : 0), offset > 0);
    return undefined;
  }

  /** Go elsewhere, by a cross-fade while playing. @param {number} position */
  seek(position) {
    const p = this._entry(position);
    if (!this.deck) { this.rest = this.snap(Math.min(Math.max(position, 0), this.duration)); return; }
    const t = this.when(this._free());
    const next = this._start(p, t, true);
    this._retire(this.deck, t);
    this.last = this.deck;
    this.deck = next;
  }

  /** Fade out and stop; the place is kept. */
  pause() {
    if (!this.deck) return;
    const t = this.when(this._free());
    this.rest = this.snap(this.position(t));
    this._retire(this.deck, t);
    this.last = this.deck;
    this.deck = null;
  }

  /** Loop between two times, or not at all. The sound goes on where it is if that lies inside. @param {[number, number] | null} range */
  setLoop(range) {
    const old = this.loop;
    this.loop = range && range[1] - range[0] > 0.002 ? [this.snap(range[0]), this.snap(Math.min(range[1], this.duration))] : null;
    if (String(old) === String(this.loop) || !this.deck) return;
    const t = this.when(this._free());
    const p = this.position(t);
    const next = this._start(this._entry(p), t, true);
    this._retire(this.deck, t);
    this.last = this.deck;
    this.deck = next;
  }

  /** Gains of all tracks along one common ramp. @param {number[]} gains */
  setGains(gains) {
    const now = this.ctx.currentTime;
    const at = Math.max(...this.gains.map((g) => g.ready(this.when(), now)));
    gains.forEach((g, i) => this.gains[i].to(g, at, this.ramp, now));
  }

  /** @param {number} gain */
  setVolume(gain) {
    if (!Number.isFinite(gain)) return; // a value that the kernel is about to take back
    const now = this.ctx.currentTime;
    this.volume.to(gain, this.volume.ready(this.when(), now), this.ramp, now);
  }

  /** Exchange what a track plays; the sound stays in its place in time. @param {number} i @param {AudioBuffer} buffer */
  setBuffer(i, buffer) {
    this.buffers[i] = buffer;
    const deck = this.deck;
    if (!deck) return;
    const now = this.ctx.currentTime, old = deck.sources[i], ramp = deck.fades[i];
    const t = this.when(Math.max(ramp.ready(0, now), deck.t0, now + BUILD));
    ramp.to(0, t, this.ramp, now);
    old.stop(ramp.end + 0.002);
    this._source(deck, i, this.snap(this.position(t)), t, true);
  }

  /** Largest sample of the last `seconds` that left for the loudspeaker. @param {number} seconds @returns {number} */
  peak(seconds) {
    this.analyser.getFloatTimeDomainData(this._meter);
    const n = Math.min(this._meter.length, Math.ceil(seconds * this.ctx.sampleRate));
    let top = 0;
    for (let i = this._meter.length - n; i < this._meter.length; i += 1) top = Math.max(top, Math.abs(this._meter[i]));
    return top;
  }

  /** Stop at once and take the graph apart. */
  dispose() {
    for (const deck of [this.deck, this.last]) {
      for (const source of deck ? deck.sources : []) {
        source.onended = null;
        try { source.stop(); } catch { /* never started */ }
        source.disconnect();
      }
      for (const node of deck ? deck.nodes : []) node.disconnect();
    }
    this.deck = this.last = null;
    for (const node of this.tracks) node.disconnect();
    this.master.disconnect();
    this.analyser.disconnect();
    this.buffers = [];
  }
}

/**
 * What a listener would hear, sample for sample: the same graph on an offline context, with changes made at given times.
 * @param {(AudioBuffer | null)[]} buffers
 * @param {{duration: number, sampleRate: number, channels?: number, seconds: number, gains?: number[], volume?: number, ramp?: number,
 *   from?: number, loop?: [number, number] | null, actions?: {t: number, run: (engine: Engine) => void}[]}} options
 * @returns {Promise<AudioBuffer>}
 */
export async function renderOffline(buffers, { duration, sampleRate, channels = 1, seconds, gains, volume, ramp, from = 0, loop = null, actions = [] }) {
  const ctx = new OfflineAudioContext(channels, Math.round(seconds * sampleRate), sampleRate);
  const engine = new Engine(ctx, buffers, { duration, ramp, volume, gains });
  engine.setLoop(loop);
  engine.play(from);
  for (const { t, run } of actions) ctx.suspend(t).then(() => { run(engine); return ctx.resume(); });
  const out = await ctx.startRendering();
  engine.dispose();
  return out;
}

export { GUARD, LEAD };
