import assert from "node:assert/strict";
import { test } from "node:test";
import { atLeast } from "../lib/abx.js";
import { follow, patched } from "../lib/changes.js";
import { nice, places, reach } from "../lib/chart.js";
import { drag } from "../lib/drag.js";
import { inside as modelInside, joined } from "../lib/joined.js";
import { nameOf } from "../lib/keys.js";
import { Link, Sounds } from "../lib/link.js";
import { factsOf, loudness, matchGain } from "../lib/loudness.js";
import { drawWave, packPeaks } from "../lib/paint.js";
import { brief } from "../lib/runbar.js";
import { FFT } from "../lib/spectrum.js";
import { luminance } from "../lib/theme.js";
import { Timeline, clock, decibel, hertz, inside, mel, ticks, timeLabel, unmel } from "../lib/timeline.js";
import { ahead, framesOf, median, noteAt, standing, sungNear, unpack } from "../lib/voices.js";

test("a timeline zooms around a point that stays, and never leaves the signal", () => {
  const time = new Timeline(10, 0.01);
  time.width = 1000;
  time.zoom(0.5, 4);
  assert.deepEqual([time.start, time.end], [2, 7]);
  assert.equal(time.x(4), 400);
  time.pan(100);
  assert.deepEqual([time.start, time.end], [5, 10]);
  time.zoom(1e-9, 6);
  assert.ok(Math.abs(time.span - 0.01) < 1e-12);
  time.zoom(1e9, 6);
  assert.deepEqual([time.start, time.end, time.zoomed], [0, 10, false]);
  for (const t of [0, 3.3, 10]) assert.ok(Math.abs(time.t(time.x(t)) - t) < 1e-9);
});

test("a timeline follows by pages and tells its listeners", () => {
  const time = new Timeline(100, 0.01);
  let told = 0;
  time.listeners.add(() => { told += 1; });
  time.show(0, 10);
  time.follow(5);
  assert.equal(told, 1);
  time.follow(11);
  assert.ok(told === 2 && time.start <= 11 && time.end > 20);
});

test("a region is inside the signal and long enough to loop, or none", () => {
  assert.deepEqual(inside([1, 2], 3), [1, 2]);
  assert.deepEqual(inside([-1, 9], 3), [0, 3]);
  for (const none of [null, undefined, [0, 0], [-0.01, 0], [3, 3.01], [2, 1], [1, 1.003], [NaN, 1], [0, NaN]]) assert.equal(inside(/** @type {any} */ (none), 3), null);
});

test("a waveform is drawn from its lowest to its highest sample, on whichever side of zero", () => {
  /** @type {[number, number][]} */ const drawn = [];
  const g = /** @type {any} */ ({ save() {}, restore() {}, beginPath() {}, fill() {}, rect: (/** @type {number} */ _x, /** @type {number} */ y, /** @type {number} */ _w, /** @type {number} */ h) => drawn.push([y, y + h]) });
  const env = { lo: Float32Array.of(-0.5, 0.25, -0.5, 0), hi: Float32Array.of(-0.25, 0.5, 0.5, 0) };
  drawWave(g, env, { y: 0, height: 102, top: 1, color: "" });
  const want = [[63.5, 76], [26, 38.5], [26, 76], [51, 51]];
  want.forEach(([from, to], i) => assert.ok(Math.abs(drawn[i][0] - from) < 0.7 && Math.abs(drawn[i][1] - to) < 0.7, `${drawn[i]} for ${from} to ${to}`));
});

test("labels", () => {
  assert.equal(clock(61.5), "1:01.500");
  assert.equal(clock(59.9996), "1:00.000");
  assert.equal(clock(3600, 0), "60:00");
  assert.equal(hertz(999), "999 Hz");
  assert.equal(hertz(1500), "1.5 kHz");
  assert.equal(hertz(16000), "16 kHz");
  assert.equal(decibel(-3.14159), "−3.1 dB");
  assert.equal(decibel(0, 1, true), "±0.0 dB");
  assert.equal(decibel(2, 1, true), "+2.0 dB");
  assert.equal(decibel(null), "−∞ dB");
  assert.equal(timeLabel(0.25, 0.05), "0.25 s");
  assert.equal(timeLabel(90, 30), "1:30");
  assert.equal(timeLabel(0.0125, 0.0005), "12.5 ms");
  for (const hz of [20, 440, 8000]) assert.ok(Math.abs(unmel(mel(hz)) - hz) < 1e-6);
});

test("ticks leave room for their labels", () => {
  for (const span of [0.005, 0.3, 4, 12.6, 180, 5000]) {
    for (const width of [200, 800, 1600]) {
      const { major, minor } = ticks(span, width);
      assert.ok((major / span) * width >= 72 && minor < major);
    }
  }
});

test("the FFT is the transform", () => {
  const n = 64, re = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i)), im = new Float64Array(n);
  const x = re.slice();
  new FFT(n).run(re, im);
  for (const k of [0, 1, 5, 31, 63]) {
    let a = 0, b = 0;
    for (let i = 0; i < n; i += 1) { a += x[i] * Math.cos((2 * Math.PI * i * k) / n); b -= x[i] * Math.sin((2 * Math.PI * i * k) / n); }
    assert.ok(Math.hypot(re[k] - a, im[k] - b) < 1e-10);
  }
});

test("chance of a result by guessing", () => {
  assert.equal(atLeast(0, 8), 1);
  assert.equal(atLeast(8, 8), 1 / 256);
  assert.ok(Math.abs(atLeast(6, 8) - 37 / 256) < 1e-12);
});

test("keys have one name on every layout", () => {
  const key = (key, code = "", shiftKey = false) => nameOf(/** @type {any} */ ({ key, code, shiftKey }));
  assert.equal(key(" "), "Space");
  assert.equal(key("!", "Digit1", true), "Shift+1");
  assert.equal(key("1", "Digit1"), "1");
  assert.equal(key("L"), "l");
  assert.equal(key("?", "Slash", true), "?");
  assert.equal(key("+", "Equal", true), "+");
  assert.equal(key("ArrowLeft", "ArrowLeft", true), "Shift+ArrowLeft");
});

test("luminance", () => {
  assert.ok(Math.abs(luminance("rgb(255, 255, 255)") - 1) < 1e-9);
  assert.equal(luminance("rgb(0, 0, 0)"), 0);
});

/** A buffer as the browser has it. @param {number[]} x @param {number} [sr] */
const buffer = (x, sr = 48000) => /** @type {any} */ ({ length: x.length, sampleRate: sr, numberOfChannels: 1, getChannelData: () => Float32Array.from(x) });

test("axis labels are round, tell ticks apart and stay inside", () => {
  for (const [lo, hi, n] of [[0, 1, 7], [10.69, 10.86, 5], [-3, 40, 4], [1e-4, 2e-4, 3], [5, 5, 3]]) {
    const ticks = nice(lo, hi, n), p = places(ticks);
    assert.ok(ticks.every((v) => v >= lo - 1e-9 && v <= hi + 1e-9) || lo === hi);
    assert.equal(new Set(ticks.map((v) => v.toFixed(p))).size, ticks.length);
    assert.ok(ticks.length <= 2 * n + 1);
  }
  assert.deepEqual(nice(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
});

test("the band holds the points and opens with the slope", () => {
  const points = [{ x: 0, y: 1 }, { x: 0.5, y: 2 }, { x: 1, y: 1.5 }], band = reach(points, 2, [0, 0.25, 0.5, 0.75]);
  assert.deepEqual(band[0], [1, 1]);
  assert.deepEqual(band[2], [2, 2]);
  assert.deepEqual(band[1], [1.5, 1.5]);
  assert.deepEqual(band[3], [1.5, 2]);
});

test("loudness is the standard's: a sine of full scale at 997 Hz has -3.01 LUFS", () => {
  const sine = Array.from({ length: 96000 }, (_, i) => Math.sin((2 * Math.PI * 997 * i) / 48000));
  assert.ok(Math.abs(loudness([Float32Array.from(sine)], 48000) + 3.01) < 0.05);
  const full = factsOf(buffer(sine)), soft = factsOf(buffer(sine.map((v) => v / 10))), none = factsOf(buffer(sine.map(() => 0)));
  assert.ok(Math.abs(matchGain(full, soft) - 20) < 0.01 && matchGain(full, none) === 0);
  assert.ok(Math.abs((soft.rms_db ?? 0) + 23.01) < 0.01 && Math.abs(soft.peak_db ?? 0) - 20 < 0.01 && none.rms_db === null);
  assert.ok(matchGain({ ...full, lufs: 0 }, full) <= 0, "a match never exceeds full scale");
});

test("peaks hold every sample", () => {
  const x = [0.1, -0.5, 0.25, 0.9, -0.1, 0], p = packPeaks(buffer(x), 3, 1);
  assert.equal(p.length, 6);
  for (let i = 0; i < x.length; i += 1) assert.ok(p[2 * (i >> 1)] / 127 <= x[i] + 1e-6 && p[2 * (i >> 1) + 1] / 127 >= x[i] - 1e-6);
});

test("times in few letters", () => {
  assert.equal(brief(1.234), "1.2 s");
  assert.equal(brief(42), "42 s");
  assert.equal(brief(125), "2 min 5 s");
});

test("an order goes out where there is a kernel; a sound is asked for once, and without a kernel refused", async () => {
  /** @type {any[]} */ const sent = [];
  /** @type {any} */ const model = { get: () => undefined, on() {}, off() {}, send: (/** @type {any} */ m) => sent.push(m) };
  const link = new Link(model), sounds = new Sounds(link, model);
  assert.ok(link.order("start") && sent[0].do === "start");
  const [a, b] = [sounds.get("x"), sounds.get("x")];
  sounds.get("y");
  await null;
  assert.ok(a === b && sent.length === 2);
  assert.deepEqual(sent[1], { do: "sound", keys: ["x", "y"] });
  /** @type {any} */ const page = { get: () => undefined, on() {}, off() {} };
  const offline = new Link(page);
  assert.ok(!offline.alive && !offline.order("start"));
  await assert.rejects(new Sounds(offline, page).get("x"), /not on the page/);
});

test("parameters of voices are unpacked as they were packed", () => {
  const voices = 2, frames = 5, bins = 3, floats = Float32Array.from({ length: 2 * (3 * 5 + 5 * 2) }, (_, i) => i), bytes = new Uint8Array(floats.byteLength + 2 * 3 * 3 + 8);
  bytes.set(new Uint8Array(floats.buffer), 8);
  bytes.set(Uint8Array.from({ length: 18 }, (_, i) => 100 + i), 8 + floats.byteLength);
  const p = unpack(new DataView(bytes.buffer, 8), voices, frames, bins);
  assert.deepEqual([p.f0[0][0], p.f0[1][4], p.harmonic[0][0], p.noise[1][0], p.formant[0][0], p.formant[1][9]], [0, 9, 10, 25, 30, 49]);
  assert.deepEqual([...p.envelope[0].subarray(0, 2), p.envelope[1][0], p.envelope[1][8]], [100, 101, 109, 117]);
});

test("a drag is drawn before Python answers, over its stretch only", () => {
  const f = (/** @type {number[]} */ ...v) => Float32Array.from(v), none = { formant: [f(), f()], envelope: [new Uint8Array(0), new Uint8Array(0)] };
  const p = { f0: [f(100, 100, 0, 100), f(200, 200, 200, 200)], harmonic: [f(-10, -10, -10, -10), f(0, 0, 0, 0)], noise: [f(-50, -50, -50, -50), f(0, 0, 0, 0)], ...none };
  const q = ahead(p, [{ stem: "a", what: "f0", start_s: 0.01, stop_s: 0.03, cents: 1200 }, { stem: "a", what: "gain", start_s: 0, stop_s: null, db: 3 }], ["a", "b"], 0.01);
  assert.deepEqual([[...q.f0[0]], [...q.harmonic[0]], [...q.noise[0]]], [[100, 200, 0, 100], [-7, -7, -7, -7], [-50, -50, -50, -50]]);
  assert.equal(p.f0[0][1], 100);
  assert.equal(q.f0[1], p.f0[1]);
  assert.deepEqual(framesOf({ start_s: 0.011, stop_s: null }, 4, 0.01), [2, 4]);
  assert.equal(standing(q, 0, "f0", [0, 4]), 100);
  assert.equal(standing(q, 0, "gain", [0, 2]), -7);
  assert.equal(standing({ ...p, f0: [f(0, 0, 0, 0), p.f0[1]] }, 0, "f0", [0, 4]), null);
  assert.equal(standing({ ...p, formant: [f(500, 1500, 0, 0, 0), f()] }, 0, "formant 2", [0, 4]), 1500);
});

test("notes end at jumps and rests", () => {
  const f0 = Float32Array.from([0, 100, 101, 102, 120, 121, 0, 0]);
  assert.deepEqual([noteAt(f0, 2), noteAt(f0, 4), noteAt(f0, 5)], [[1, 4], [4, 6], [4, 6]]);
  const even = new Float32Array(f0.length), soft = even.map((_, i) => (i < 3 ? -51 : 0));
  assert.deepEqual([sungNear(f0, even, 0), sungNear(f0, even, 7), sungNear(f0, even, 3), sungNear(new Float32Array(4), even, 1)], [1, 5, 3, -1]);
  assert.equal(sungNear(f0, soft, 0), 3);
  assert.deepEqual([median([3, 1, 2]), median([4, 1]), median([])], [2, 2.5, null]);
});

/** An element as far as a drag knows it, and what it was told. @returns {any} */
function pressable() {
  const el = /** @type {any} */ (new EventTarget());
  el.style = {};
  el.captured = [];
  el.setPointerCapture = (/** @type {number} */ id) => el.captured.push(id);
  el.fire = (/** @type {string} */ kind, /** @type {number} */ x, more = {}) => {
    const e = Object.assign(new Event(kind, { cancelable: true }), { clientX: x, button: 0, pointerId: 1, ...more });
    el.dispatchEvent(e);
    return e;
  };
  /** @type {[number, boolean, boolean][]} */ el.told = [];
  el.follow = (/** @type {any} */ e, /** @type {boolean} */ done, /** @type {boolean} */ cancelled) => el.told.push([e.clientX, done, cancelled]);
  return el;
}

test("a drag is followed from the press to the release, and no further", () => {
  const el = pressable();
  const undo = drag(el, () => el.follow, { touch: "pan-y" });
  el.fire("pointermove", 1);
  el.fire("pointerdown", 2);
  el.fire("pointermove", 3);
  el.fire("pointerup", 4);
  el.fire("lostpointercapture", 4);
  el.fire("pointermove", 5);
  assert.deepEqual(el.told, [[3, false, false], [4, true, false]]);
  assert.deepEqual([el.captured, el.style.touchAction, el.fire("mousedown", 0).defaultPrevented], [[1], "pan-y", true]);
  undo();
  el.fire("pointerdown", 6);
  el.fire("pointermove", 7);
  assert.deepEqual([el.told.length, el.fire("mousedown", 0).defaultPrevented], [2, false]);
});

test("a drag that the browser takes away ends where it was last seen, once", () => {
  for (const kind of ["pointercancel", "lostpointercapture"]) {
    const el = pressable();
    drag(el, () => el.follow);
    el.fire("pointerdown", 10);
    el.fire("pointermove", 20);
    el.fire(kind, 0);
    el.fire("lostpointercapture", 0);
    el.fire("pointermove", 30);
    assert.deepEqual(el.told, [[20, false, false], [20, true, true]], kind);
    el.fire("pointerdown", 40);
    el.fire(kind, 0);
    assert.deepEqual(el.told[2], [40, true, true], "a press without a move is told as cancelled, so that nobody takes it for a click");
  }
});

test("one pointer drags at a time, with the main button, and only where there is something to drag", () => {
  const el = pressable();
  let any = false;
  drag(el, () => (any ? el.follow : null));
  el.fire("pointerdown", 1);
  el.fire("pointermove", 2);
  any = true;
  el.fire("pointerdown", 1, { button: 2 });
  el.fire("pointermove", 2);
  assert.deepEqual([el.told, el.captured], [[], []]);
  el.fire("pointerdown", 3);
  el.fire("pointerdown", 4, { pointerId: 2 });
  el.fire("pointermove", 5, { pointerId: 2 });
  el.fire("pointerup", 6, { pointerId: 2 });
  el.fire("pointermove", 7);
  el.fire("pointerup", 8);
  assert.deepEqual([el.told, el.captured], [[[7, false, false], [8, true, false]], [1]]);
});

/** A model as a notebook has it. @param {Record<string, any>} state */
function notebookModel(state) {
  /** @type {[string, (...args: any[]) => void][]} */ const listeners = [];
  /** @type {any[]} */ const sent = [];
  return { state, sent, get: (/** @type {string} */ k) => state[k], set: (/** @type {string} */ k, /** @type {any} */ v) => { state[k] = v; },
    saved: 0, save_changes() { this.saved += 1; }, send: (/** @type {any} */ m) => sent.push(m), on: (/** @type {string} */ e, /** @type {any} */ f) => listeners.push([e, f]),
    off: () => {}, say(/** @type {string} */ e, /** @type {any[]} */ ...a) { for (const [k, f] of listeners) if (k === e) f(...a); } };
}

test("changes are applied in place, twice as well, and a gap is seen", () => {
  const rows = [{ a: 1, s: null }], change = { n: 2, at: [[0, { k: { s: { v: 3 } } }], [1, { v: { a: 2, s: 4 } }]] };
  assert.equal(patched(rows, /** @type {any} */ (change)), rows);
  assert.deepEqual(rows, [{ a: 1, s: 3 }, { a: 2, s: 4 }]);
  patched(rows, /** @type {any} */ (change));
  assert.deepEqual(rows, [{ a: 1, s: 3 }, { a: 2, s: 4 }]);
  assert.deepEqual(patched(rows, { n: 0, at: [] }), []);
  assert.throws(() => patched([], { n: 2, at: [[1, { v: 0 }]] }), /missing/);
  assert.throws(() => patched(null, { k: {} }), /mapping/);
  const odd = patched({}, { k: JSON.parse('{"__proto__": {"v": 1}}') });
  assert.deepEqual([Object.keys(odd), Object.getPrototypeOf(odd)], [["__proto__"], Object.prototype]);
});

test("a model asks for changes when it is made, and again after a gap", () => {
  const model = notebookModel({ rows: [1] });
  follow(model);
  assert.deepEqual(model.sent, [{ do: "changes" }]);
  model.say("msg:custom", { change: { rows: { n: 2, at: [[1, { v: 2 }]] } } });
  assert.deepEqual([model.state.rows, model.sent.length], [[1, 2], 1]);
  model.say("msg:custom", { change: { rows: { n: 9, at: [[8, { v: 9 }]] } } });
  assert.deepEqual(model.sent.length, 2);
  model.say("msg:custom", { sound: "x" });
  assert.deepEqual(model.sent.length, 2);
});

test("an explorer and its player are one model: each key goes to the one that has it", async () => {
  const own = notebookModel({ rows: [], said: {}, player: "IPY_MODEL_7" }), player = notebookModel({ region: null, said: { n: 1 } });
  const both = joined(own, player);
  both.set("region", [0, 1]);
  both.set("rows", [1]);
  both.save_changes();
  assert.deepEqual([player.state.region, own.state.rows, own.saved, player.saved, both.get("said")], [[0, 1], [1], 1, 1, {}]);
  let heard = 0;
  both.on("change:region", () => { heard += 1; });
  player.say("change:region");
  own.say("change:region");
  both.send?.({ do: "start" });
  assert.deepEqual([heard, own.sent, player.sent], [1, [{ do: "start" }], []]);
  assert.equal(modelInside(own, "player"), null);
  assert.equal(await modelInside({ ...own, widget_manager: { get_model: async (id) => /** @type {any} */ (id) } }, "player"), "7");
});
