import assert from "node:assert/strict";
import { test } from "node:test";
import { atLeast } from "../lib/abx.js";
import { nameOf } from "../lib/keys.js";
import { FFT } from "../lib/spectrum.js";
import { luminance } from "../lib/theme.js";
import { Timeline, clock, decibel, hertz, mel, ticks, timeLabel, unmel } from "../lib/timeline.js";

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
