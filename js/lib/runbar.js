import { h, icon } from "./dom.js";

const STATES = { ready: "Ready", running: "Running", paused: "Paused", done: "Done", failed: "Failed", cancelled: "Cancelled", trace: "Recorded" };

/** @param {number} seconds @returns {string} */
export function brief(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Start, pause, cancel, how far it is, and which of several runs is shown. */
export class RunBar {
  /** @param {{order: (what: string) => void, show: (i: number) => void}} on */
  constructor(on) {
    this.on = on;
    const button = (/** @type {Parameters<typeof icon>[0]} */ name, /** @type {string} */ label, /** @type {() => void} */ click) => h("button", { type: "button", class: "st-order", on: { click } }, icon(name), h("span", { text: label }));
    this.go = button("play", "Start", () => on.order(this.able.includes("pause") ? "pause" : "start"));
    this.stop = button("stop", "Cancel", () => on.order("cancel"));
    this.ask = h("button", { type: "button", class: "st-do", title: "Passes and seconds a whole run takes at most, from a timed excerpt", on: { click: () => on.order("cost") } }, "Cost");
    this.fill = h("i");
    this.bar = h("div", { class: "st-progress", role: "progressbar", "aria-label": "Progress of the run", "aria-valuemin": "0", "aria-valuemax": "100" }, this.fill);
    this.state = h("b"); this.text = h("span");
    this.tabs = h("div", { class: "st-tabs", role: "group", "aria-label": "Runs" });
    this.el = h("div", { class: "st-runbar", role: "group", "aria-label": "Run" }, this.go, this.stop, this.ask, h("div", { class: "st-where" }, h("div", { class: "st-whereline" }, this.state, this.text), this.bar), this.tabs);
    /** @type {string[]} */ this.able = [];
    this.drawn = this.label = "";
  }

  /** @param {RunFacts[]} runs @param {number} shown @param {string[]} able @param {string} unit what a step is called */
  set(runs, shown, able, unit) {
    const now = runs[shown];
    this.able = able;
    if (!now) return;
    const pause = able.includes("pause"), label = pause ? "Pause" : now.state === "paused" ? "Resume" : "Start", onlyLook = now.state === "trace" || !able.length && now.state !== "running";
    this.go.hidden = this.stop.hidden = onlyLook && now.state === "trace";
    this.ask.hidden = now.state !== "ready" || !able.length;
    this.go.disabled = !pause && !able.includes("start");
    this.stop.disabled = !able.includes("cancel");
    if (this.label !== label) { this.label = label; this.go.replaceChildren(icon(pause ? "pause" : "play"), h("span", { text: label })); }
    const done = now.done ?? (now.state === "trace" ? 1 : 0), percent = Math.round(100 * done);
    this.state.textContent = STATES[now.state];
    this.el.setAttribute("data-state", now.state);
    const left = now.state === "running" && now.remaining_s !== null && now.remaining_s !== undefined && now.steps > 2 ? `, at most ${brief(now.remaining_s)} left` : "";
    const spent = now.elapsed_s ? ` in ${brief(now.elapsed_s)}` : "";
    this.text.textContent = `${now.steps} ${unit}${now.steps === 1 ? "" : "s"}${spent}${left}`;
    this.fill.style.transform = `scaleX(${done})`;
    this.bar.setAttribute("aria-valuenow", percent);
    this.bar.setAttribute("aria-valuetext", `${STATES[now.state]}, ${this.text.textContent}`);
    this.tabs.hidden = runs.length < 2;
    const key = JSON.stringify([runs.map((r) => [r.name, r.state]), shown]);
    if (key === this.drawn) return;
    this.drawn = key;
    const focused = this.tabs.contains(document.activeElement);
    this.tabs.replaceChildren(...runs.map((r, i) => h("button", { type: "button", "aria-pressed": String(i === shown), title: `${r.name}: ${STATES[r.state]}`, on: { click: () => this.on.show(i) } }, r.name)));
    if (focused) /** @type {HTMLElement | null} */ (this.tabs.children[shown])?.focus();
  }
}
