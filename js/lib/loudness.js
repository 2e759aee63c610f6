/** Gated K-weighted loudness (ITU-R BS.1770) and levels of sounds that came after the player was made; what Python does for the rest. */

/** @typedef {{rms_db: number | null, peak_db: number | null, lufs: number}} Facts */
/** @type {WeakMap<AudioBuffer, Facts>} */
const known = new WeakMap();
const MOST_MATCH_DB = 20;

/** @param {number} sr @returns {number[][]} two sections [b0, b1, b2, a1, a2] */
export function kFilters(sr) {
  const gain = 10 ** (3.999843853973347 / 20);
  /** @param {number} hz @param {number} q @param {number} high @param {number} mid @param {number} low */
  const section = (hz, q, high, mid, low) => {
    const k = Math.tan((Math.PI * Math.min(hz, 0.45 * sr)) / sr), a0 = 1 + k / q + k * k;
    return [(high + (mid * k) / q + low * k * k) / a0, (2 * (low * k * k - high)) / a0, (high - (mid * k) / q + low * k * k) / a0, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0];
  };
  const shelf = section(1681.974450955533, 0.7071752369554196, gain, gain ** 0.4996667741545416, 1);
  const k = Math.tan((Math.PI * 38.13547087602444) / sr), q = 0.5003270373238773, a0 = 1 + k / q + k * k;
  return [shelf, [1, -2, 1, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0]];
}

/** @param {Float32Array[]} channels @param {number} sr @returns {number} LUFS; −Infinity for silence */
export function loudness(channels, sr) {
  const n = channels[0].length, hop = Math.max(1, Math.min(Math.round(0.1 * sr), Math.floor(n / 4))), count = Math.floor(n / hop);
  const part = new Float64Array(count);
  for (const x of channels) {
    const [[b0, b1, b2, a1, a2], [c0, c1, c2, d1, d2]] = kFilters(sr);
    let s1 = 0, s2 = 0, u1 = 0, u2 = 0;
    for (let i = 0; i < count * hop; i += 1) {
      const y = b0 * x[i] + s1;
      s1 = b1 * x[i] - a1 * y + s2;
      s2 = b2 * x[i] - a2 * y;
      const z = c0 * y + u1;
      u1 = c1 * y - d1 * z + u2;
      u2 = c2 * y - d2 * z;
      part[Math.floor(i / hop)] += z * z;
    }
  }
  const wide = Math.min(4, count), all = [];
  for (let i = 0; i + wide <= count; i += 1) {
    let sum = 0;
    for (let j = i; j < i + wide; j += 1) sum += part[j];
    all.push(sum / (hop * wide));
  }
  const mean = (/** @type {number[]} */ v) => v.reduce((a, b) => a + b, 0) / v.length;
  const loud = all.filter((z) => z > 10 ** ((-70 + 0.691) / 10));
  if (!loud.length) return -Infinity;
  const gate = mean(loud) / 10;
  return -0.691 + 10 * Math.log10(mean(loud.filter((z) => z > gate)));
}

/** Levels and loudness of a sound, measured once. @param {AudioBuffer} buffer @returns {Facts} */
export function factsOf(buffer) {
  let facts = known.get(buffer);
  if (facts) return facts;
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
  let sum = 0, top = 0;
  for (const x of channels) for (let i = 0; i < x.length; i += 1) { sum += x[i] * x[i]; const a = Math.abs(x[i]); if (a > top) top = a; }
  const rms = Math.sqrt(sum / (channels.length * buffer.length));
  facts = { rms_db: rms > 1e-7 ? 20 * Math.log10(rms) : null, peak_db: top > 1e-7 ? 20 * Math.log10(top) : null, lufs: loudness(channels, buffer.sampleRate) };
  known.set(buffer, facts);
  return facts;
}

/** The gain that makes a sound as loud as another one without exceeding full scale, dB. @param {Facts} to @param {Facts} of @returns {number} */
export function matchGain(to, of) {
  if (!Number.isFinite(of.lufs) || !Number.isFinite(to.lufs)) return 0;
  return Math.min(to.lufs - of.lufs, MOST_MATCH_DB, -(of.peak_db ?? 0));
}
