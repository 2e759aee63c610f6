/** The part of the signal that is on screen. Everything that is drawn against time shares one of these. */
export class Timeline {
  /** @param {number} duration s @param {number} finest shortest part that can fill the screen, s */
  constructor(duration, finest) {
    this.duration = duration;
    this.finest = Math.min(finest, duration);
    this.start = 0;
    this.end = duration;
    this.width = 1;
    /** @type {Set<() => void>} */ this.listeners = new Set();
  }

  get span() { return this.end - this.start; }
  get zoomed() { return this.span < this.duration * 0.9999; }
  /** @param {number} t @returns {number} px */
  x(t) { return ((t - this.start) / this.span) * this.width; }
  /** @param {number} x px @returns {number} s, inside the signal */
  t(x) { return Math.min(this.duration, Math.max(0, this.start + (x / this.width) * this.span)); }

  /** @param {number} start @param {number} end */
  show(start, end) {
    const span = Math.min(this.duration, Math.max(this.finest, end - start));
    const a = Math.min(Math.max(0, start), this.duration - span);
    if (a === this.start && a + span === this.end) return;
    this.start = a;
    this.end = a + span;
    for (const listener of this.listeners) listener();
  }

  /** @param {number} factor under 1 comes nearer @param {number} at s, stays where it is on screen */
  zoom(factor, at) {
    const span = Math.min(this.duration, Math.max(this.finest, this.span * factor));
    const share = (at - this.start) / this.span;
    this.show(at - share * span, at + (1 - share) * span);
  }

  /** @param {number} seconds */
  pan(seconds) { this.show(this.start + seconds, this.end + seconds); }
  fit() { this.show(0, this.duration); }

  /** Turn the page when `t` has left the screen. @param {number} t */
  follow(t) {
    if (this.zoomed && (t < this.start || t > this.end)) this.show(t - this.span * 0.04, t + this.span * 0.96);
  }
}

/** Round steps for a time axis. @param {number} span s @param {number} width px @returns {{major: number, minor: number}} */
export function ticks(span, width) {
  const least = (span / Math.max(width, 1)) * 72;
  for (const [major, parts] of STEPS) if (major >= least) return { major, minor: major / parts };
  return { major: 3600, minor: 600 };
}

/** @type {[number, number][]} */
const STEPS = [[0.0001, 5], [0.0002, 4], [0.0005, 5], [0.001, 5], [0.002, 4], [0.005, 5], [0.01, 5], [0.02, 4], [0.05, 5], [0.1, 5],
  [0.2, 4], [0.5, 5], [1, 5], [2, 4], [5, 5], [10, 5], [15, 3], [30, 3], [60, 6], [120, 4], [300, 5], [600, 5], [1800, 6]];

/** A time as a label on the axis. @param {number} t @param {number} step @returns {string} */
export function timeLabel(t, step) {
  if (step < 0.01 && t < 60) return `${(t * 1000).toFixed(step < 0.001 ? 1 : 0)} ms`;
  const places = Math.max(0, Math.min(4, -Math.floor(Math.log10(step) + 1e-9)));
  if (t < 60 && step < 30) return `${t.toFixed(places)} s`;
  return clock(t, places);
}

/** Minutes and seconds. @param {number} t @param {number} [places] @returns {string} */
export function clock(t, places = 3) {
  const whole = Math.max(0, Number(t.toFixed(places)));
  const m = Math.floor(whole / 60), s = (whole - 60 * m).toFixed(places);
  return `${m}:${s.padStart(places ? places + 3 : 2, "0")}`;
}

/** @param {number} hz @returns {string} */
export function hertz(hz) {
  if (hz < 1000) return `${Math.round(hz)} Hz`;
  const k = hz / 1000;
  return `${k >= 10 ? k.toFixed(k % 1 ? 1 : 0).replace(/\.0$/, "") : k.toFixed(2).replace(/\.?0+$/, "")} kHz`;
}

/** @param {number | null} db @param {number} [places] @param {boolean} [sign] @returns {string} */
export function decibel(db, places = 1, sign = false) {
  if (db === null || !Number.isFinite(db)) return "−∞ dB";
  const text = Math.abs(db).toFixed(places);
  const zero = Number(text) === 0;
  return `${zero ? (sign ? "±" : "") : db < 0 ? "−" : sign ? "+" : ""}${text} dB`;
}

/** @param {number} hz @returns {number} */
export const mel = (hz) => 2595 * Math.log10(1 + hz / 700);
/** @param {number} m @returns {number} Hz */
export const unmel = (m) => 700 * (10 ** (m / 2595) - 1);

/** A region must be longer than this, s; Python accepts half of it. */
export const SHORTEST = 0.004;

/** A region cut to the signal; null where too little of it is left to be looped. @param {[number, number] | null | undefined} region @param {number} duration @returns {[number, number] | null} */
export function inside(region, duration) {
  if (!region) return null;
  const a = Math.min(Math.max(0, region[0]), duration), b = Math.min(Math.max(0, region[1]), duration);
  return b - a > SHORTEST ? [a, b] : null;
}
