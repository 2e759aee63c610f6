/**
 * Parameters of voices as they travel, and what follows from them by arithmetic alone.
 * @typedef {{f0: Float32Array[], harmonic: Float32Array[], noise: Float32Array[], formant: Float32Array[], envelope: Uint8Array[]}} Params
 *   per voice: Hz and dB per frame; 5 formants at every fourth frame, 0 where there is none; bins of the envelope at every second frame
 * @typedef {{stem: string, what: string, start_s: number, stop_s: number | null, cents?: number, db?: number}} Edit
 */

export const FORMANTS = 5;

/** @param {DataView} data @param {number} voices @param {number} frames @param {number} bins @returns {Params} */
export function unpack(data, voices, frames, bins) {
  const few = Math.ceil(frames / 4), half = Math.ceil(frames / 2), bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  let at = 0;
  const floats = (/** @type {number} */ n) => Array.from({ length: voices }, () => { const v = new Float32Array(bytes, at, n); at += 4 * n; return v; });
  const [f0, harmonic, noise, formant] = [floats(frames), floats(frames), floats(frames), floats(few * FORMANTS)];
  const envelope = Array.from({ length: voices }, () => { const v = new Uint8Array(bytes, at, half * bins); at += half * bins; return v; });
  return { f0, harmonic, noise, formant, envelope };
}

/** The frames of a stretch: from the first at or after its start to the last before its end. @param {Edit | {start_s: number, stop_s: number | null}} of @param {number} frames @param {number} hop_s @returns {[number, number]} */
export function framesOf(of, frames, hop_s) {
  const a = Math.ceil(of.start_s / hop_s - 1e-6), b = of.stop_s === null ? frames : Math.ceil(of.stop_s / hop_s - 1e-6);
  return [Math.max(0, a), Math.min(frames, b)];
}

/** Pitch and gains after some edits, before Python has answered. @param {Params} params @param {Edit[]} edits @param {string[]} names @param {number} hop_s @returns {Params} */
export function ahead(params, edits, names, hop_s) {
  const out = { ...params, f0: [...params.f0], harmonic: [...params.harmonic], noise: [...params.noise] };
  for (const e of edits) {
    const i = names.indexOf(e.stem), [a, b] = framesOf(e, params.f0[i].length, hop_s);
    const change = (/** @type {Float32Array} */ v, /** @type {(x: number) => number} */ f) => { const w = v.slice(); for (let n = a; n < b; n += 1) w[n] = f(w[n]); return w; };
    if (e.what === "f0") out.f0[i] = change(out.f0[i], (x) => x * 2 ** ((e.cents ?? 0) / 1200));
    else if (e.what === "gain") out.harmonic[i] = change(out.harmonic[i], (x) => x + (e.db ?? 0));
    else if (e.what === "noise") out.noise[i] = change(out.noise[i], (x) => x + (e.db ?? 0));
  }
  return out;
}

/** The middle value; null of nothing. @param {number[]} values @returns {number | null} */
export function median(values) {
  if (!values.length) return null;
  const s = [...values].sort((a, b) => a - b), m = s.length >> 1;
  return s.length % 2 ? s[m] : (s[m - 1] + s[m]) / 2;
}

/** What a slider stands at: the median over the sung frames of a stretch; null where nothing is sung. @param {Params} p @param {number} voice @param {string} what @param {[number, number]} frames @returns {number | null} */
export function standing(p, voice, what, [a, b]) {
  const f0 = p.f0[voice], out = [];
  if (what.startsWith("formant")) {
    const k = Number(what.slice(-1)) - 1;
    for (let n = Math.ceil(a / 4); 4 * n < b; n += 1) { const f = p.formant[voice][n * FORMANTS + k]; if (f > 0 && f0[4 * n] > 0) out.push(f); }
    return median(out);
  }
  const v = what === "f0" ? f0 : what === "gain" ? p.harmonic[voice] : p.noise[voice];
  for (let n = a; n < b; n += 1) if (f0[n] > 0 || (what === "noise" && v[n] > -99)) out.push(v[n]);
  return median(out);
}

const SOFT = 50;

/** The frame nearest to a frame that is sung, and no more than 50 dB softer than the loudest; −1 where there is none. @param {Float32Array} f0 @param {Float32Array} gain dB @param {number} n @returns {number} */
export function sungNear(f0, gain, n) {
  let least = -Infinity;
  f0.forEach((f, i) => { if (f > 0) least = Math.max(least, gain[i] - SOFT); });
  for (let d = 0; d < f0.length; d += 1) for (const i of [n - d, n + d]) if (f0[i] > 0 && gain[i] >= least) return i;
  return -1;
}

/** Where the note at a frame begins and ends: sung without a jump of more than 80 cents. @param {Float32Array} f0 @param {number} n @returns {[number, number]} */
export function noteAt(f0, n) {
  const joined = (/** @type {number} */ i, /** @type {number} */ j) => f0[i] > 0 && f0[j] > 0 && Math.abs(1200 * Math.log2(f0[i] / f0[j])) < 80;
  let a = n, b = n + 1;
  while (a > 0 && joined(a - 1, a)) a -= 1;
  while (b < f0.length && joined(b - 1, b)) b += 1;
  return [a, b];
}

/** @type {WeakMap<AudioBuffer, WeakMap<AudioBuffer, AudioBuffer>>} */
const sums = new WeakMap();

/** One sound and another, made once. @param {AudioBuffer} a @param {AudioBuffer} b @returns {AudioBuffer} */
export function plus(a, b) {
  let of = sums.get(a);
  if (!of) sums.set(a, of = new WeakMap());
  const had = of.get(b);
  if (had) return had;
  const out = new AudioBuffer({ length: a.length, numberOfChannels: a.numberOfChannels, sampleRate: a.sampleRate });
  for (let c = 0; c < a.numberOfChannels; c += 1) {
    const x = a.getChannelData(c), y = b.getChannelData(c), z = out.getChannelData(c);
    for (let i = 0; i < z.length; i += 1) z[i] = x[i] + y[i];
  }
  of.set(b, out);
  return out;
}
