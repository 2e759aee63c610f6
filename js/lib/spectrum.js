import { Picture, freqAt } from "./paint.js";

/** A radix-2 FFT of one size, in place. */
export class FFT {
  /** @param {number} n a power of two */
  constructor(n) {
    this.n = n;
    this.cos = Float64Array.from({ length: n / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / n));
    this.sin = Float64Array.from({ length: n / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / n));
    const bits = Math.log2(n);
    this.order = Uint32Array.from({ length: n }, (_, i) => {
      let r = 0;
      for (let b = 0; b < bits; b += 1) r |= ((i >> b) & 1) << (bits - 1 - b);
      return r >>> 0;
    });
  }

  /** @param {Float64Array} re @param {Float64Array} im */
  run(re, im) {
    const { n, cos, sin, order } = this;
    for (let i = 0; i < n; i += 1) {
      const j = order[i];
      if (j > i) { [re[i], re[j]] = [re[j], re[i]]; [im[i], im[j]] = [im[j], im[i]]; }
    }
    for (let size = 2; size <= n; size *= 2) {
      const half = size / 2, stride = n / size;
      for (let a = 0; a < n; a += size) {
        for (let k = 0, w = 0; k < half; k += 1, w += stride) {
          const i = a + k, j = i + half;
          const xr = re[j] * cos[w] + im[j] * sin[w], xi = im[j] * cos[w] - re[j] * sin[w];
          re[j] = re[i] - xr; im[j] = im[i] - xi;
          re[i] += xr; im[i] += xi;
        }
      }
    }
  }
}

/**
 * A finer picture of the part on screen, with the window and the reference of the picture Python sent: only the columns are denser.
 * @param {AudioBuffer} buffer @param {{start: number, end: number, cols: number, rows: number, n_fft: number, ref: number, floor_db: number, max_hz: number}} want
 * @param {Uint8Array} map @returns {Picture}
 */
export function detail(buffer, { start, end, cols, rows, n_fft, ref, floor_db, max_hz }, map) {
  const fft = new FFT(n_fft), re = new Float64Array(n_fft), im = new Float64Array(n_fft), bins = n_fft / 2 + 1;
  const win = Float64Array.from({ length: n_fft }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n_fft));
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
  const power = new Float64Array(bins), data = new Uint8Array(rows * cols), step = (end - start) / cols;
  const edges = rowBins(rows, n_fft, buffer.sampleRate, max_hz);
  for (let c = 0; c < cols; c += 1) {
    const at = Math.round((start + (c + 0.5) * step) * buffer.sampleRate) - n_fft / 2;
    power.fill(0);
    for (const s of channels) {
      for (let i = 0; i < n_fft; i += 1) { re[i] = (s[at + i] ?? 0) * win[i]; im[i] = 0; }
      fft.run(re, im);
      for (let k = 0; k < bins; k += 1) power[k] += (re[k] * re[k] + im[k] * im[k]) / channels.length;
    }
    for (let r = 0; r < rows; r += 1) {
      const { lo, hi, mid } = edges[r];
      let p = 0;
      if (hi >= lo) for (let k = lo; k <= hi; k += 1) p = Math.max(p, power[k]);
      else { const k = Math.floor(mid), f = mid - k; p = power[k] * (1 - f) + (power[k + 1] ?? 0) * f; }
      const db = 10 * Math.log10(p / ref + 1e-30);
      data[r * cols + c] = Math.max(0, Math.min(255, Math.round(255 * (1 - db / floor_db))));
    }
  }
  return new Picture(data, rows, cols, map, start + step / 2, step);
}

/** Which bins a row covers. @param {number} rows @param {number} n_fft @param {number} sr @param {number} max_hz */
function rowBins(rows, n_fft, sr, max_hz) {
  const top = n_fft / 2;
  return Array.from({ length: rows }, (_, r) => {
    const a = (freqAt(r / rows, max_hz) * n_fft) / sr, b = (freqAt((r + 1) / rows, max_hz) * n_fft) / sr;
    return { lo: Math.ceil(a), hi: Math.min(top, r === rows - 1 ? Math.floor(b) : Math.ceil(b) - 1), mid: Math.min(top, (a + b) / 2) };
  });
}

/** @type {WeakMap<AudioBuffer, Picture>} */
const whole = new WeakMap();

/** The picture of a whole sound that came later, as Python draws those it sends; made once. @param {AudioBuffer} buffer @param {Info} info @param {Uint8Array} map @returns {Picture} */
export function coarse(buffer, info, map) {
  const { spec_rows: rows, n_fft, spec_ref: ref, floor_db, max_hz, duration } = info;
  let picture = whole.get(buffer);
  if (!picture) {
    const cols = Math.max(1, Math.min(640, Math.ceil((duration * info.play_sr) / (n_fft / 16))));
    picture = detail(buffer, { start: 0, end: duration, cols, rows, n_fft, ref, floor_db, max_hz }, map);
    whole.set(buffer, picture);
  }
  return picture;
}
