import { decibel, hertz, mel, ticks, timeLabel, unmel } from "./timeline.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {{dark: boolean, text: string, soft: string, faint: string, line: string, grid: string, back: string, lane: string,
 *   accent: string, play: string, font: string}} Theme */

/** Fit a canvas to its place on screen. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @returns {CanvasRenderingContext2D} */
export function fitCanvas(canvas, width, height) {
  const dpr = window.devicePixelRatio || 1;
  const w = Math.max(1, Math.round(width * dpr)), h = Math.max(1, Math.round(height * dpr));
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  g.setTransform(dpr, 0, 0, dpr, 0, 0);
  g.clearRect(0, 0, width, height);
  return g;
}

/** A spectrogram as a bitmap. Rows run from low to high in `data`, and up on screen. */
export class Picture {
  /** @param {Uint8Array} data rows × columns @param {number} rows @param {number} cols @param {Uint8Array} map 256 × RGB @param {number} t0 s, middle of the first column @param {number} step s */
  constructor(data, rows, cols, map, t0, step) {
    Object.assign(this, { data, rows, cols, t0, step });
    this.data = data; this.rows = rows; this.cols = cols; this.t0 = t0; this.step = step;
    this.canvas = document.createElement("canvas");
    this.canvas.width = cols;
    this.canvas.height = rows;
    const g = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const image = g.createImageData(cols, rows);
    for (let r = 0; r < rows; r += 1) {
      let to = (rows - 1 - r) * cols * 4;
      for (let c = 0; c < cols; c += 1, to += 4) {
        const v = data[r * cols + c] * 3;
        image.data[to] = map[v]; image.data[to + 1] = map[v + 1]; image.data[to + 2] = map[v + 2]; image.data[to + 3] = 255;
      }
    }
    g.putImageData(image, 0, 0);
  }

  /** @param {CanvasRenderingContext2D} g @param {Timeline} time @param {number} y @param {number} height */
  draw(g, time, y, height) {
    const left = this.t0 - this.step / 2, x0 = time.x(left), x1 = time.x(left + this.step * this.cols);
    g.save();
    g.beginPath();
    g.rect(0, y, time.width, height);
    g.clip();
    g.imageSmoothingEnabled = true;
    g.imageSmoothingQuality = "high";
    const from = Math.max(0, Math.floor((time.start - left) / this.step) - 1);
    const to = Math.min(this.cols, Math.ceil((time.end - left) / this.step) + 1);
    if (to > from) {
      const scale = (x1 - x0) / this.cols;
      g.drawImage(this.canvas, from, 0, to - from, this.rows, x0 + from * scale, y, (to - from) * scale, height);
    }
    g.restore();
  }

  /** The level at a time and a height, 0 … 1 of the range. @param {number} t @param {number} share 0 bottom … 1 top @returns {number} */
  at(t, share) {
    const c = Math.min(this.cols - 1, Math.max(0, Math.round((t - this.t0) / this.step)));
    const r = Math.min(this.rows - 1, Math.max(0, Math.floor(share * this.rows)));
    return this.data[r * this.cols + c] / 255;
  }
}

/** Frequency at a height of the picture. @param {number} share 0 bottom … 1 top @param {number} max_hz @returns {number} Hz */
export const freqAt = (share, max_hz) => unmel(share * mel(max_hz));

/**
 * The lowest and highest sample of each pixel, from the samples where they are here, from the packed peaks otherwise.
 * @param {Timeline} time @param {Int8Array} peaks bins × (min, max) @param {number} top amplitude of 127 @param {AudioBuffer | null} buffer
 * @returns {{lo: Float32Array, hi: Float32Array}} amplitudes
 */
export function envelope(time, peaks, top, buffer) {
  const n = Math.max(1, Math.round(time.width)), lo = new Float32Array(n), hi = new Float32Array(n);
  const bins = peaks.length / 2, perPixel = ((time.span / time.duration) * bins) / n;
  if (perPixel < 1 && buffer) {
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
    const a = time.start * buffer.sampleRate, step = (time.span * buffer.sampleRate) / n;
    for (let x = 0; x < n; x += 1) {
      const from = Math.max(0, Math.floor(a + x * step)), to = Math.min(buffer.length, Math.max(from + 2, Math.ceil(a + (x + 1) * step) + 1));
      let l = Infinity, u = -Infinity;
      for (const s of channels) for (let i = from; i < to; i += 1) { const v = s[i]; if (v < l) l = v; if (v > u) u = v; }
      lo[x] = to > from ? l : 0; hi[x] = to > from ? u : 0;
    }
    return { lo, hi };
  }
  const a = (time.start / time.duration) * bins;
  for (let x = 0; x < n; x += 1) {
    const from = Math.min(bins - 1, Math.max(0, Math.floor(a + x * perPixel))), to = Math.min(bins, Math.max(from + 1, Math.ceil(a + (x + 1) * perPixel)));
    let l = 127, u = -127;
    for (let i = from; i < to; i += 1) { l = Math.min(l, peaks[2 * i]); u = Math.max(u, peaks[2 * i + 1]); }
    lo[x] = (l / 127) * top; hi[x] = (u / 127) * top;
  }
  return { lo, hi };
}

/** The lowest and highest sample of each bin as Python packs them. @param {AudioBuffer} buffer @param {number} bins @param {number} top amplitude of 127 @returns {Int8Array} */
export function packPeaks(buffer, bins, top) {
  const out = new Int8Array(2 * bins), n = buffer.length;
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
  for (let b = 0; b < bins; b += 1) {
    let lo = Infinity, hi = -Infinity;
    for (const x of channels) for (let i = Math.floor((b * n) / bins); i < Math.floor(((b + 1) * n) / bins); i += 1) { if (x[i] < lo) lo = x[i]; if (x[i] > hi) hi = x[i]; }
    out[2 * b] = Math.max(-127, Math.floor((127 * lo) / top + 1e-3));
    out[2 * b + 1] = Math.min(127, Math.ceil((127 * hi) / top - 1e-3));
  }
  return out;
}

/**
 * @param {CanvasRenderingContext2D} g @param {{lo: Float32Array, hi: Float32Array}} env @param {{y: number, height: number, top: number, color: string, alpha?: number}} box
 */
export function drawWave(g, env, { y, height, top, color, alpha = 1 }) {
  const mid = y + height / 2, scale = (height / 2 - 1) / top, n = env.lo.length;
  g.save();
  g.globalAlpha = alpha;
  g.fillStyle = color;
  g.beginPath();
  for (let x = 0; x < n; x += 1) {
    const u = mid - env.hi[x] * scale, l = mid - env.lo[x] * scale;
    g.rect(x, u - 0.25, 1, Math.max(0.9, l - u + 0.5));
  }
  g.fill();
  g.restore();
}

/** @param {CanvasRenderingContext2D} g @param {Timeline} time @param {number} height @param {Theme} theme */
export function drawRuler(g, time, height, theme) {
  const { major, minor } = ticks(time.span, time.width);
  g.font = `11px ${theme.font}`;
  g.textBaseline = "alphabetic";
  g.fillStyle = theme.soft;
  g.strokeStyle = theme.faint;
  g.beginPath();
  for (let i = Math.ceil(time.start / minor - 1e-6); i * minor <= time.end + 1e-9; i += 1) {
    const x = Math.round(time.x(i * minor)) + 0.5, main = Math.abs(i * minor / major - Math.round(i * minor / major)) < 1e-6;
    g.moveTo(x, height);
    g.lineTo(x, height - (main ? 7 : 4));
  }
  g.stroke();
  let free = 0;
  for (let i = Math.ceil(time.start / major - 1e-6); i * major <= time.end + 1e-9; i += 1) {
    const label = timeLabel(i * major, major), w = g.measureText(label).width;
    const x = time.x(i * major);
    const at = i === 0 && time.start === 0 ? 2 : Math.min(x - w / 2, time.width - w - 2);
    if (at < free) continue;
    g.fillText(label, at, height - 10);
    free = at + w + 6;
  }
}

/** @param {CanvasRenderingContext2D} g @param {Timeline} time @param {number} y @param {number} height @param {string} color */
export function drawGrid(g, time, y, height, color) {
  const { major } = ticks(time.span, time.width);
  g.strokeStyle = color;
  g.beginPath();
  for (let i = Math.ceil(time.start / major); i * major <= time.end; i += 1) {
    const x = Math.round(time.x(i * major)) + 0.5;
    g.moveTo(x, y);
    g.lineTo(x, y + height);
  }
  g.stroke();
}

const HZ = [50, 100, 200, 500, 1000, 2000, 4000, 8000, 16000, 32000];

/** Labels beside a spectrogram. @param {CanvasRenderingContext2D} g @param {{y: number, height: number, max_hz: number}} box @param {Theme} theme */
export function drawHertz(g, { y, height, max_hz }, theme) {
  g.font = `10px ${theme.font}`;
  g.textBaseline = "middle";
  const top = mel(max_hz);
  let last = Infinity;
  for (const hz of HZ.filter((f) => f <= max_hz)) {
    const at = y + height * (1 - mel(hz) / top);
    if (at > y + height - 5 || last - Math.max(at, y + 5) < 13) continue;
    g.fillStyle = theme.faint;
    g.fillRect(0, Math.round(at), 4, 1);
    g.fillStyle = theme.soft;
    last = Math.max(y + 6, at);
    g.fillText(hertz(hz), 7, last);
  }
}

/** Labels beside a waveform: its full height in dB re full scale, and half of it. @param {CanvasRenderingContext2D} g @param {{y: number, height: number, top: number}} box @param {Theme} theme */
export function drawDecibel(g, { y, height, top }, theme) {
  g.font = `10px ${theme.font}`;
  g.textBaseline = "middle";
  const db = 20 * Math.log10(top), mid = y + height / 2, marks = height >= 84 ? [1, 0.5] : [1];
  for (const share of marks) {
    const at = mid - (height / 2 - 1) * share;
    g.fillStyle = theme.faint;
    g.fillRect(0, Math.round(at), 4, 1);
    g.fillStyle = theme.soft;
    g.fillText(`${decibel(db + 20 * Math.log10(share), 0)}`, 7, Math.max(y + 7, at));
  }
  g.fillStyle = theme.faint;
  g.fillRect(0, Math.round(mid), 4, 1);
  g.fillStyle = theme.soft;
  g.fillText("−∞ dB", 7, mid);
}
