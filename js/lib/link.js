import { decode } from "./decode.js";

/** The line to Python: orders go out, messages come in. On an exported page there is none, and `alive` says so. */
export class Link {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Map<string, (message: any, buffers: DataView[]) => void>} */ this.listeners = new Map();
    /** The kernel went, and everything in it: the widgets' manager says so. */ this.dead = false;
    this.ondead = () => {};
    this._lost = () => { this.dead = true; this.ondead(); };
    model.on("comm_live_update", this._lost);
    this._hear = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
      for (const [kind, f] of this.listeners) if (message && kind in message) f(message, buffers);
    };
    model.on("msg:custom", this._hear);
  }

  get alive() { return !this.dead && typeof this.model.send === "function"; }

  /** @param {string} what @param {Record<string, any>} [data] @param {ArrayBuffer[]} [buffers] @returns {boolean} whether it went out */
  order(what, data, buffers) {
    if (!this.alive) return false;
    try { this.model.send?.({ do: what, ...data }, undefined, buffers); return true; } catch { return false; }
  }

  /** Messages that have a field of this name. @param {string} kind @param {(message: any, buffers: DataView[]) => void} f */
  on(kind, f) { this.listeners.set(kind, f); }
  destroy() { this.model.off("msg:custom", this._hear); this.model.off("comm_live_update", this._lost); this.listeners.clear(); }
}

/** How much decoded sound is kept, bytes; what was not heard for longest goes first, and is asked for again. */
const LIMIT = 256e6;

/** Sounds by key: those that were sent ahead, those on an exported page, and those that must be asked for. */
export class Sounds {
  /** @param {Link} link @param {Model} model @param {() => void} [onnew] */
  constructor(link, model, onnew = () => {}) {
    this.link = link;
    /** @type {Map<string, AudioBuffer>} */ this.held = new Map();
    /** @type {Map<string, {promise: Promise<AudioBuffer>, done: (b: AudioBuffer) => void, fail: (e: Error) => void}>} */ this.waiting = new Map();
    /** @type {Set<string>} */ this.asking = new Set();
    this.onnew = onnew;
    this.bytes = 0;
    const kept = model.get("kept_sounds");
    /** @type {Map<string, DataView>} */ this.packed = new Map((kept?.ids ?? []).map((/** @type {string} */ id, /** @type {number} */ i) => [id, kept.data[i]]));
    this.info = kept?.info;
    /** What a sound of an exported page is a difference to: sounds that are alike travel as differences. @type {Map<string, string>} */
    this.base = new Map((kept?.ids ?? []).flatMap((/** @type {string} */ id, /** @type {number} */ i) => (kept.base?.[i] >= 0 ? [[id, kept.ids[kept.base[i]]]] : [])));
    link.on("sound", (message, buffers) => { this._take(message.sound, buffers[0], message.info).catch((e) => this.waiting.get(message.sound)?.fail(e)); });
  }

  /** @param {string} key @returns {AudioBuffer | undefined} */
  has(key) {
    const buffer = this.held.get(key);
    if (buffer) { this.held.delete(key); this.held.set(key, buffer); }
    return buffer;
  }

  /** @param {string} key @returns {Promise<AudioBuffer>} */
  get(key) {
    const buffer = this.has(key);
    if (buffer) return Promise.resolve(buffer);
    const under = this.waiting.get(key);
    if (under) return under.promise;
    const data = this.packed.get(key);
    if (data) return this._unpack(key, data);
    let done = (/** @type {AudioBuffer} */ _b) => {}, fail = (/** @type {Error} */ _e) => {};
    const promise = /** @type {Promise<AudioBuffer>} */ (new Promise((a, b) => { done = a; fail = b; }));
    this.waiting.set(key, { promise, done, fail });
    if (!this.link.alive) { this.waiting.delete(key); fail(new Error("this sound is not on the page")); return promise; }
    if (!this.asking.size) queueMicrotask(() => { this.link.order("sound", { keys: [...this.asking] }); this.asking.clear(); });
    this.asking.add(key);
    return promise;
  }

  /** A sound of an exported page. @param {string} key @param {DataView} data @returns {Promise<AudioBuffer>} */
  async _unpack(key, data) {
    const base = this.base.get(key), [sound, under] = await Promise.all([decode(data, this.info), base === undefined ? null : this.get(base)]);
    const had = this.held.get(key);
    if (had) return had;
    if (under) for (let c = 0; c < sound.numberOfChannels; c += 1) { const x = sound.getChannelData(c), y = under.getChannelData(c); for (let i = 0; i < x.length; i += 1) x[i] += y[i]; }
    return this._keep(key, sound);
  }

  /** @param {string} key @param {DataView} data @param {Info} info */
  async _take(key, data, info) {
    const buffer = this.held.get(key) ?? this._keep(key, await decode(data, info));
    this.waiting.get(key)?.done(buffer);
    this.waiting.delete(key);
    this.onnew();
  }

  /** @param {string} key @param {AudioBuffer} buffer @returns {AudioBuffer} */
  _keep(key, buffer) {
    const size = (/** @type {AudioBuffer} */ b) => 4 * b.length * b.numberOfChannels;
    this.held.set(key, buffer);
    this.bytes += size(buffer);
    for (const [old, b] of this.held) {
      if (this.bytes <= LIMIT || old === key) break;
      this.held.delete(old);
      this.bytes -= size(b);
    }
    return buffer;
  }

  destroy() { this.held.clear(); this.waiting.clear(); this.packed.clear(); this.bytes = 0; }
}

/** @type {WeakMap<AudioBuffer, WeakMap<AudioBuffer, AudioBuffer>>} */
const differences = new WeakMap();

/** One sound less another, made once. @param {AudioBuffer} a @param {AudioBuffer} b @returns {AudioBuffer} */
export function minus(a, b) {
  let of = differences.get(a);
  if (!of) differences.set(a, of = new WeakMap());
  const had = of.get(b);
  if (had) return had;
  const out = new AudioBuffer({ length: a.length, numberOfChannels: a.numberOfChannels, sampleRate: a.sampleRate });
  for (let c = 0; c < a.numberOfChannels; c += 1) {
    const x = a.getChannelData(c), y = b.getChannelData(Math.min(c, b.numberOfChannels - 1)), z = out.getChannelData(c);
    for (let i = 0; i < z.length; i += 1) z[i] = x[i] - (y[i] ?? 0);
  }
  of.set(b, out);
  return out;
}
