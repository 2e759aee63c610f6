import { h, icon } from "./dom.js";

/** @type {Record<string, string>} */
const STATES = { ready: "Ready", running: "Running", paused: "Paused", done: "Done", failed: "Failed", cancelled: "Cancelled", trace: "Recorded", ending: "Cancelling…", lost: "Lost" };

/** @param {number} seconds @returns {string} */
export function brief(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Start, pause, cancel, and how far the run is that is shown. */
export class RunBar {
  /** @param {{order: (what: string) => void}} on */
  constructor(on) {
    this.on = on;
    const button = (/** @type {Parameters<typeof icon>[0]} */ name, /** @type {string} */ label, /** @type {() => void} */ click) => h("button", { class: "st-order", on: { click } }, icon(name), h("span", { text: label }));
    this.go = button("play", "Start", () => on.order(this.able.includes("pause") ? "pause" : "start"));
    this.stop = button("stop", "Cancel", () => this.cancel());
    this.ask = h("button", { class: "st-do", title: "Passes and seconds a whole run takes at most, from a timed excerpt", click: () => on.order("cost") }, "Cost");
    this.fill = h("i");
    this.bar = h("div", { class: "st-progress", role: "progressbar", "aria-label": "Progress of the run", "aria-valuemin": "0", "aria-valuemax": "100" }, this.fill);
    this.state = h("b"); this.text = h("span");
    this.el = h("div", { class: "st-runbar", role: "group", "aria-label": "Run" }, this.go, this.stop, this.ask, h("div", { class: "st-where" }, h("div", { class: "st-whereline" }, this.state, this.text), this.bar));
    /** @type {string[]} */ this.able = [];
    /** What Python said last of the run, and when: between its messages the page counts on by itself. @type {{facts: RunFacts, unit: string, at: number} | null} */ this.last = null;
    this.timer = 0;
    /** The run that was told to end and has not ended. */ this.ending = "";
    this.dead = false;
    this.label = "";
  }

  cancel() {
    this.ending = this.last?.facts.name ?? "";
    this.on.order("cancel");
    this._tell();
  }

  /** @param {RunFacts | undefined} now the run that is shown @param {string[]} able @param {string} unit what a step is called @param {boolean} dead whether the kernel went @param {boolean} alive whether there is one */
  set(now, able, unit, dead, alive) {
    this.able = able;
    if (!now) return;
    const pause = able.includes("pause"), label = pause ? "Pause" : now.state === "paused" ? "Resume" : "Start", onlyLook = now.state === "trace" || !able.length && now.state !== "running";
    this.go.hidden = this.stop.hidden = !alive || (onlyLook && now.state === "trace");
    this.ask.hidden = now.state !== "ready" || !able.length;
    this.go.disabled = !pause && !able.includes("start");
    this.dead = dead;
    if (this.label !== label) { this.label = label; this.go.replaceChildren(icon(pause ? "pause" : "play"), h("span", { text: label })); }
    const { last } = this, same = last && last.facts.name === now.name && last.facts.state === now.state && last.facts.elapsed_s === now.elapsed_s;
    this.last = { facts: now, unit, at: same ? last.at : performance.now() };
    if (this.ending && (this.ending !== now.name || !["running", "paused"].includes(now.state))) this.ending = "";
    this._tell();
    const ticks = now.state === "running" && !dead;
    if (ticks && !this.timer) this.timer = window.setInterval(() => this._tell(), 200);
    if (!ticks) { clearInterval(this.timer); this.timer = 0; }
  }

  _tell() {
    if (!this.last) return;
    const { facts: now, unit, at } = this.last, done = now.done ?? (now.state === "trace" ? 1 : 0), running = now.state === "running" && !this.dead;
    const spent = (now.elapsed_s ?? 0) + (running ? (performance.now() - at) / 1000 : 0), left = running && now.remaining_s && now.steps > 2 ? `, at most ${brief(now.remaining_s)} left` : "";
    const state = this.dead && ["ready", "running", "paused"].includes(now.state) ? "lost" : this.ending ? "ending" : now.state;
    this.state.textContent = STATES[state];
    this.el.setAttribute("data-state", state);
    const steps = now.steps ? `${now.steps} ${unit}${now.steps === 1 ? "" : "s"}` : now.state === "ready" ? "" : `first ${unit}`;
    this.text.textContent = state === "lost" ? "the kernel is gone: run the cell again" : [steps, spent ? `${brief(spent)}${left}` : ""].filter(Boolean).join(now.steps ? " in " : ", ");
    this.text.title = this.text.textContent;
    this.stop.disabled = !this.able.includes("cancel") || !!this.ending;
    this.fill.style.transform = `scaleX(${done})`;
    this.bar.classList.toggle("st-waits", running && !now.steps);
    this.bar.setAttribute("aria-valuenow", Math.round(100 * done));
    this.bar.setAttribute("aria-valuetext", `${STATES[state]}, ${this.text.textContent}`);
  }

  destroy() { clearInterval(this.timer); }
}
