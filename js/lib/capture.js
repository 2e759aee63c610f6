/** What runs beside the sound: it collects samples of one channel and hands them over some 20 times a second. */
const WORKLET = `registerProcessor("sep-capture", class extends AudioWorkletProcessor {
  constructor() { super(); this.held = new Float32Array(2048); this.n = 0; this.ends = false; this.port.onmessage = () => { this.ends = true; }; }
  hand() { if (this.n) this.port.postMessage(this.held.slice(0, this.n)); this.n = 0; }
  process([input]) {
    if (this.ends) { this.hand(); this.port.postMessage(null); return false; }
    const x = input[0];
    if (x) { if (this.n + x.length > this.held.length) this.hand(); this.held.set(x, this.n); this.n += x.length; }
    return true;
  }
});`;

/** Why a browser gives no microphone, and what to do, by the name of its error. @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: "The browser was not allowed to use the microphone. Allow it at the left end of the address bar, then press Record again.",
  NotFoundError: "No microphone was found. Connect one, then press Record again.",
  NotReadableError: "The microphone cannot be read: another program may be using it. Close that program, then press Record again.",
};
const OTHERWISE = "Record with any other program instead, and open the file with st.load.";

/** @param {unknown} error @returns {string} */
export function refusal(error) {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  return `${REFUSALS[name] ?? `The microphone cannot be used: ${message || name}.`} ${OTHERWISE}`;
}

/** @returns {string} why this page cannot record at all, or an empty text */
export function missing() {
  if (!globalThis.isSecureContext) return `Browsers give a microphone only to pages on https:// or http://localhost. Open this notebook at one of these. ${OTHERWISE}`;
  if (!navigator.mediaDevices?.getUserMedia || typeof AudioWorkletNode === "undefined") return `This browser, or the program around it, offers no microphone to the page. ${OTHERWISE}`;
  return "";
}

/**
 * One recording: the samples of the microphone as they are, without echo cancellation, noise suppression or automatic gain, up to a limit.
 * `done` is called once: with the samples and the rate, or with the error that prevented it. After that nothing of it is left.
 */
export class Capture {
  /** @param {{limit: number, heard: (part: Float32Array, n: number, sr: number) => void, done: (samples: Float32Array | null, sr: number, error?: unknown) => void}} on limit in s */
  constructor(on) {
    this.on = on;
    /** @type {Float32Array[]} */ this.parts = [];
    this.n = 0;
    this.over = false;
    /** @type {MediaStream | null} */ this.stream = null;
    /** @type {AudioContext | null} */ this.ctx = null;
    /** @type {AudioWorkletNode | null} */ this.node = null;
    this.timer = 0;
    this.open().catch((error) => this.end(error));
  }

  async open() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    if (this.over) { for (const track of stream.getTracks()) track.stop(); return; }
    this.stream = stream;
    const ctx = this.ctx = new AudioContext(), url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    try { await ctx.audioWorklet.addModule(url); } finally { URL.revokeObjectURL(url); }
    await ctx.resume();
    if (this.over) return;
    this.node = new AudioWorkletNode(ctx, "sep-capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this.node.port.onmessage = ({ data }) => this.take(data);
    ctx.createMediaStreamSource(stream).connect(this.node);
    stream.getAudioTracks()[0].addEventListener("ended", () => this.stop());
  }

  /** @param {Float32Array | null} part null: the last was before */
  take(part) {
    if (this.over) return;
    if (!part) { this.end(); return; }
    const sr = this.ctx?.sampleRate ?? 0, room = Math.round(this.on.limit * sr) - this.n;
    const x = part.subarray(0, room);
    this.parts.push(x);
    this.n += x.length;
    this.on.heard(x, this.n, sr);
    if (part.length >= room) this.end();
  }

  /** The reader has said enough: what is under way still comes. */
  stop() {
    if (!this.node) { this.end(); return; }
    this.node.port.postMessage("end");
    this.timer ||= window.setTimeout(() => this.end(), 500);
  }

  /** @param {unknown} [error] */
  end(error) {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    const sr = this.ctx?.sampleRate ?? 0, whole = new Float32Array(this.n);
    let at = 0;
    for (const part of this.parts) { whole.set(part, at); at += part.length; }
    this.parts = [];
    this.node?.disconnect();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.ctx && this.ctx.state !== "closed") this.ctx.close().catch(() => {});
    this.node = this.stream = this.ctx = null;
    this.on.done(error || !at ? null : whole, sr, error);
  }
}
