/**
 * Sound as it travelled, back to what it was: the one scale shared by all tracks is undone here, nothing else is changed.
 * A silent track travels as no bytes.
 * @param {DataView | ArrayBuffer | Uint8Array} data @param {Info} info @returns {Promise<AudioBuffer>}
 */
export async function decode(data, info) {
  const bytes = asBytes(data);
  const { channels, play_length: length, play_sr: sampleRate } = info;
  if (!bytes.length) return new AudioBuffer({ length, numberOfChannels: channels, sampleRate });
  if (info.codec === "flac" || info.codec === "mp3") return trim(await decodeFile(bytes, sampleRate), info);
  const buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate });
  place(buffer, bytes, 0, info);
  return buffer;
}

/** Samples of all channels into their place in a sound. @param {AudioBuffer} buffer @param {Uint8Array} bytes @param {number} at @param {Info} info */
export function place(buffer, bytes, at, { codec, scale, channels }) {
  const whole = bytes.slice().buffer, exact = codec === "float32", from = exact ? new Float32Array(whole) : new Int16Array(whole);
  const n = from.length / channels, gain = exact ? 1 : scale / 32767;
  for (let c = 0; c < channels; c += 1) {
    const to = buffer.getChannelData(c);
    for (let i = 0, j = c * n; i < n; i += 1, j += 1) to[at + i] = from[j] * gain;
  }
}

/** @param {DataView | ArrayBuffer | Uint8Array} data @returns {Uint8Array} */
export function asBytes(data) {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** @param {Uint8Array} bytes @param {number} sampleRate @returns {Promise<AudioBuffer>} */
function decodeFile(bytes, sampleRate) {
  return new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(/** @type {ArrayBuffer} */ (bytes.slice().buffer));
}

/**
 * The length Python knows. A decoder that does not take off the encoder's delay returns more; then it is taken off here.
 * @param {AudioBuffer} raw @param {Info} info @returns {AudioBuffer}
 */
function trim(raw, info) {
  const { play_length: length, channels } = info;
  const gain = info.codec === "flac" ? (info.scale * 32768) / 32767 : info.scale;
  const skip = info.codec === "mp3" && raw.length >= length + info.delay ? info.delay : 0;
  const buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate: raw.sampleRate });
  for (let c = 0; c < channels; c += 1) {
    const from = raw.getChannelData(Math.min(c, raw.numberOfChannels - 1)), to = buffer.getChannelData(c);
    const n = Math.min(length, from.length - skip);
    for (let i = 0; i < n; i += 1) to[i] = from[i + skip] * gain;
  }
  return buffer;
}
