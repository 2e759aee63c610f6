import { Chart } from "./lib/chart.js";
import { h } from "./lib/dom.js";
import { Explorer, together } from "./lib/explorer.js";
import { minus } from "./lib/link.js";
import { Scrubber } from "./lib/scrubber.js";
import { act, term } from "./lib/stage.js";

/**
 * One curve of score against ratio: all candidates made from one estimate.
 * @typedef {{key: string, name: string, stem: string, parent: number | null, level: number | null, slope: number | null, points: [number, number | null, number][]}} Line
 * @typedef {{name: string, ratio: number | null, step: number | null, index: number | null, values: (number | null)[], why: string}} Choice
 */

/** How long a dragged line must rest before the model is asked, ms. */
const REST = 110;

const STORY = "The mixture and the model’s last estimate are blended, and the model hears the blend: how much of the mixture in it gives the best sound?";
/** @type {[string, string][]} */
const TERMS = [
  ["ratio (r)", "The share of the mixture in the blend: at 1 the model hears the mixture as in one step, at 0 only its own last estimate."],
  ["candidate", "What the model makes of one blend; the best of a step is taken, and the next step starts from it."],
  ["curve", "All candidates of one step: their scores against their ratios."], ["path", "The candidates that were taken, one after the other."],
  ["score", "How good a candidate is under the chosen metric; some metrics need the true sound, others judge without it."],
  ["branch", "A new run that goes on from the candidate that is heard."],
  ["estimated band", "Where a curve can lie between its points if it is nowhere steeper than its steepest measured stretch."],
  ["difference", "The candidate less what it was made from: what this step changed."], ["residual", "The mixture less all estimates: what was taken for noise."],
];

/** @param {number | null | undefined} v @param {number} [n] @returns {string} */
const number = (v, n = 2) => (v === null || v === undefined ? "–" : v.toFixed(n).replace("-", "−"));

/** Score against ratio, step by step: look, drag, hear, branch. */
class BlendView {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    /** @type {string | null} */ this.chosen = null;
    /** @type {number | null} */ this.dragged = null;
    this.opened = this.holding = false;
    this.timer = 0;
    this.busy = false;
    /** What is seen and heard, in one line. */ this.tale = "";
    this.asked = "";
    /** What the slower parts of the panel were drawn from. */
    this.drawn = { tabs: "", metrics: "", choices: "" };
    this.curve = new Chart({ label: "Score of every candidate against its ratio", slider: "Ratio: share of the mixture", height: 204, x: { label: "share of the mixture in the blend (ratio r)", min: 0, max: 1, step: 0.01, fine: 0.001 }, y: { label: "score" },
      on: { cursor: (r, done) => this.drag(r, done), pick: (line, p) => { this.chosen = line.key; this.stop(); this.x.choose(p.id ?? null); }, series: (by) => this.other(by) } });
    this.path = new Chart({ label: "Score of every accepted step", height: 172, x: { label: "step", whole: true }, y: { label: "score" },
      on: { pick: (line, p) => this.goTo(line.key, p.id) } });
    this.metric = h("select", { "aria-label": "Metric", on: { change: () => this.x.push({ metric: this.metric.value }) } });
    this.exact = h("input", { type: "number", min: "0", max: "1", step: "0.01", "aria-label": "Ratio", on: { change: () => { const r = Number(this.exact.value); if (this.exact.value !== "" && r >= 0 && r <= 1) this.drag(r, true); else this.draw(); } } });
    this.band = h("button", { role: "switch", class: "st-switch", "aria-checked": "false", title: "Where the chosen curve can lie if nothing on it is steeper than the steepest measured stretch; estimated, not a bound (E)", click: () => this.toggleBand() }, "Lipschitz band (estimated)");
    this.branchButton = act("branch", "Branch from here", "Go on from the candidate that is heard, in a new run (B)", () => this.branch());
    this.lines = h("div", { class: "st-tabs", role: "group", "aria-label": "Curves, by step" });
    this.scrubber = new Scrubber({ label: "Candidates", text: (i) => this.tells(this.x.rows[i]), on: (i, done) => { this.chosen = null; this.stop(); this.x.choose(i, done); } });
    this.choices = h("div");
    const controls = [h("label", {}, term("Score", TERMS[4][1]), this.metric), h("label", {}, term("Ratio", TERMS[0][1]), this.exact), h("div", { class: "st-named st-scrolls" }, term("Curve", TERMS[2][1]), this.lines), this.branchButton];
    /** @type {Explorer} */ this.x = /** @type {any} */ (null);
    new Explorer(model, el, (explorer) => {
      this.x = explorer;
      return { label: "Blend-ratio explorer", story: STORY, terms: TERMS, controls, picture: [this.curve.el], scrubber: this.scrubber, unit: "candidate",
        diagram: [{ text: "mixture", key: "mixture", tip: "the sound that was recorded" }, { text: "⊕" }, { text: "last estimate", key: "estimate", tip: "what the model made of it before" }, { text: "→" },
          { text: "ratio", key: "ratio", tip: TERMS[0][1] }, { text: "→" }, { text: "model", key: "model", tip: "takes the noise out of what it is given" }, { text: "→" }, { text: "new estimate", key: "candidate", tip: TERMS[1][1] }, { text: "↺", tip: "the best one is the next last estimate" }],
        panels: [{ key: "curves", label: "Path", title: "The score of every step that was taken", els: [this.path.el, this.band] },
          { key: "choices", label: "Who chose", title: "Oracle, blind, fixed …: what other ways to choose would have taken", els: [this.choices] }],
        traits: ["lines", "values", "scored", "metric", "metrics", "choices", "band"], draw: () => this.draw(), facts: () => this.tale, failed: () => { this.stop(); this.draw(); }, tracks: (row) => this.tracks(row),
        columns: () => [[this.unit || "score", "the score of the last step taken", this.x.runs.map((r) => number(r.path.at(-1)?.[1]))]], repaint: () => { this.curve.paint(); this.path.paint(); },
        gestures: [
          ["drag the line", "hear another ratio; where it is not known, the model is asked"], ["click a point", "hear that candidate"],
          ["click a curve's name", "hear the best candidate of that step"], ["click a path's point", "go to that step, or to that run"], ["drag the candidates", "walk through what was computed"],
        ],
        bindings: [
          { keys: ["b"], label: "B", does: "branch from the candidate heard", run: () => this.branch() },
          { keys: ["d"], label: "D", does: "hear the difference, or the candidate again", run: () => this.difference() },
          { keys: ["e"], label: "E", does: "estimated band on or off", run: () => this.toggleBand() },
        ] };
    });
  }

  /** @returns {Line[]} */
  get all() { return this.model.get("lines") ?? []; }
  get unit() { return this.model.get("unit") ?? ""; }

  /** The curve a step lies on; an accepted step lies on the curve it won. @param {Row | null} row @returns {Line | undefined} */
  lineOf(row) { return row ? this.all.find((l) => (row.line ? l.key === row.line : l.points.some((p) => p[2] === row.index))) : undefined; }

  /** The curve in front: the chosen one, the one of the candidate heard, or the newest. @returns {Line | undefined} */
  get line() { return this.all.find((l) => l.key === this.chosen) ?? this.lineOf(this.x.row) ?? this.all[this.all.length - 1]; }

  /** @param {Row | undefined | null} row @returns {number | null} the score under the metric that is shown */
  value(row) { return row ? (this.model.get("values") ?? [])[row.index] ?? null : null; }

  /** @param {Row | undefined | null} row @returns {string} */
  tells(row) {
    if (!row) return "";
    const score = this.value(row) === null ? "" : `, ${number(this.value(row))}${this.unit && ` ${this.unit}`}`;
    return `${row.says}${score}${row.accepted ? ", taken" : ""}`;
  }

  /** Sounds of the tracks: mixture, candidate, what it was made from, the difference, the residual, the true stem. @param {Row | null} row */
  tracks(row) {
    const names = this.x?.player?.tracks.map((t) => t.name) ?? /** @type {TrackInfo[]} */ (this.model.get("tracks")).map((t) => t.name);
    const mix = this.x.mixture();
    if (!row) return names.map(() => null);
    const parent = row.parent === null ? null : this.x.rows[row.parent], stem = row.stem;
    const candidate = this.x.sound(row.sounds[stem]), previous = parent ? this.x.sound(parent.sounds[stem]) : mix;
    const all = Object.values(row.sounds).map((key) => this.x.sound(key));
    /** @type {Record<string, (Promise<AudioBuffer> | AudioBuffer | null)>} */
    const made = { candidate, previous, difference: together([candidate, previous], minus), residual: together([mix, ...all], (m, ...stems) => stems.reduce(minus, m)) };
    return names.map((n) => made[n] ?? null);
  }

  /** @param {number} r @param {boolean} done */
  drag(r, done) {
    const line = this.line, ratio = Math.round(r * 1000) / 1000;
    if (!line) return;
    this.chosen = line.key;
    this.holding = !done;
    const known = line.points.find((p) => Math.abs(p[0] - ratio) < 5e-4);
    clearTimeout(this.timer);
    if (known) { this.stop(); this.x.choose(known[2], done); return; }
    this.dragged = ratio;
    if (this.x.can("probe")) {
      const key = `${line.key} ${ratio}`, ask = () => {
        if (this.asked !== key) this.x.order("probe", { ratio, line: line.key });
        this.asked = key;
        this.x.passing = null;  // the answer moves the cursor
        this.busy = true;
        this.draw();
      };
      if (done) ask();
      else this.timer = window.setTimeout(ask, REST);
    } else if (done) {
      const near = line.points.reduce((a, b) => (Math.abs(b[0] - ratio) < Math.abs(a[0] - ratio) ? b : a));
      this.dragged = null;
      this.x.choose(near[2]);
      this.x.player.say(`Nothing new can be computed here: this is the nearest candidate, r = ${number(near[0], 3)}`, 4000);
    }
    this.draw();
  }

  stop() { clearTimeout(this.timer); this.dragged = null; this.asked = ""; this.busy = false; }

  /** @param {number} by */
  other(by) {
    const i = this.all.findIndex((l) => l.key === this.line?.key), to = this.all[Math.min(this.all.length - 1, Math.max(0, i + by))];
    if (to) this.take(to);
  }

  /** Bring a curve to the front and hear its best candidate. @param {Line} line */
  take(line) {
    this.chosen = line.key;
    this.stop();
    const sign = this.model.get("sign") ?? 1, scored = line.points.filter((p) => p[1] !== null);
    const best = scored.reduce((a, b) => (sign * /** @type {number} */ (b[1]) > sign * /** @type {number} */ (a[1]) ? b : a), scored[0] ?? line.points[0]);
    this.x.choose(best[2]);
  }

  /** @param {string} run @param {number | undefined} index */
  goTo(run, index) {
    if (Number(run) !== this.x.shown) { this.x.go(Number(run)); return; }
    if (index === undefined) return;
    this.chosen = null;
    this.stop();
    this.x.choose(index);
  }

  branch() {
    if (!this.x.can("branch")) { this.x.player.say("A branch needs the method: explore its run", 4000); return; }
    const row = this.x.row;
    if (row) { this.chosen = null; this.x.order("branch", { step: row.index }); }
  }

  difference() {
    const { player } = this.x, names = player.tracks.map((t) => t.name), at = names.indexOf("difference");
    player.toggleSolo(player.solo.has(at) ? names.indexOf("candidate") : at, false);
  }

  toggleBand() { this.x.push({ band: !this.model.get("band") }); this.draw(); }

  draw() {
    if (!this.x?.player) return;
    const { model, x, unit } = this, row = x.row, lines = this.all, front = this.line, metric = model.get("metric");
    if (this.dragged !== null && this.lineOf(row) && row && Math.abs(row.ratio - this.dragged) < 5e-4) this.stop();
    const ratio = this.dragged ?? (front && front === this.lineOf(row) ? row?.ratio : null) ?? front?.points[0]?.[0] ?? null;
    const metrics = /** @type {{name: string, label: string, said: string, unit: string}[]} */ (model.get("metrics")), named = metrics.find((m) => m.name === model.get("scored"));
    const title = named ? `${named.label}` : "score";
    this.curve.y = this.path.y = { label: title, unit };
    const band = !!model.get("band");
    const start = this.x.run?.start ?? 0, at = this.lineOf(row)?.points.find((p) => Math.abs(p[0] - (row?.ratio ?? NaN)) < 1e-9);
    this.curve.set({
      empty: lines.length ? "Scoring …" : x.run?.state === "ready" ? "Press Start: curves grow as candidates are computed" : "No candidate yet", current: at?.[2] ?? row?.index ?? null,
      series: lines.map((l, i) => ({ key: l.key, name: l.name, color: x.color(i), shape: i, selected: l.key === front?.key, slope: band ? l.slope : null,
        points: l.points.map(([r, y, id]) => ({ x: r, y, id, taken: x.rows[id]?.accepted && x.rows[id].point.step !== 0, probe: !!x.rows[id]?.probe && id >= start, text: `${l.name}, r = ${number(r, 3)}: ${number(y, 3)} ${unit}` })) })),
      levels: front && front.level !== null ? [{ y: front.level, text: `${front.name} starts from ${number(front.level)} ${unit}` }] : [],
      cursor: ratio === null ? null : { x: ratio, busy: this.busy, text: `ratio ${number(ratio, 3)} of ${front?.name}${this.busy ? ", computing" : row && row.ratio === ratio ? `, ${number(this.value(row))} ${unit}` : ""}` },
    });
    this.path.set({ current: row && row.accepted ? row.index : null, empty: lines.length ? "Scoring …" : "No step yet",
      series: x.runs.map((r, i) => ({ key: String(i), name: r.name, color: x.color(i), shape: i, selected: i === x.shown, dash: i > 0,
        points: r.path.map(([a, y, id]) => ({ x: a, y, id: i === x.shown ? id : undefined, taken: true, text: `${r.name}, step ${a}: ${number(y, 3)} ${unit}` })) })) });
    if (document.activeElement !== this.exact) this.exact.value = ratio === null ? "" : ratio.toFixed(3);
    this.exact.disabled = ratio === null;
    this.branchButton.hidden = !x.link.alive;
    x.stage.offer("choices", x.link.alive || !!model.get("choices")?.rows);
    this.branchButton.disabled = !x.can("branch") || !row;
    this.band.setAttribute("aria-checked", String(band));
    this.drawTabs(lines, front);
    this.drawMetrics(metrics, metric);
    this.scrubber.set({ value: row?.index ?? 0, marks: x.rows.map((r) => ({ taken: r.accepted, probe: r.probe })) });
    const gained = row && this.value(row) !== null && front?.level !== null && front && front === this.lineOf(row) ? /** @type {number} */ (this.value(row)) - /** @type {number} */ (front.level) : null;
    const gain = gained !== null ? `, ${gained < 0 ? "" : "+"}${number(gained)} ${unit} against what it was made from` : "";
    this.tale = this.busy ? `Computing ratio ${number(this.dragged, 3)} …` : row ? `Heard: ${this.tells(row)}${gain}` : "Press Start: candidates are heard as they come";
    x.stage.diagram.light(this.holding ? "ratio" : this.busy || x.run?.state === "running" ? "model" : null);
    this.drawChoices();
  }

  /** @param {Line[]} lines @param {Line | undefined} front */
  drawTabs(lines, front) {
    const key = JSON.stringify([lines.map((l) => l.name), front?.key]);
    if (key === this.drawn.tabs) return;
    this.drawn.tabs = key;
    const focused = this.lines.contains(document.activeElement);
    this.lines.replaceChildren(...lines.map((l, i) => h("button", { "aria-pressed": String(l.key === front?.key), style: `box-shadow: inset 0 -3px 0 ${this.x.color(i)}`, click: () => this.take(l) }, l.name)));
    if (focused) /** @type {HTMLElement | null} */ (this.lines.querySelector("[aria-pressed=true]"))?.focus();
    this.lines.parentElement?.toggleAttribute("hidden", !lines.length);
  }

  /** @param {{name: string, said: string}[]} metrics @param {string} metric */
  drawMetrics(metrics, metric) {
    const key = JSON.stringify(metrics);
    if (key !== this.drawn.metrics) {
      this.drawn.metrics = key;
      this.metric.replaceChildren(...metrics.map((m) => h("option", { value: m.name, text: m.said })));
    }
    this.metric.value = metric;
    this.metric.disabled = !this.x.link.alive || metrics.length < 2;
  }

  drawChoices() {
    const open = this.x.stage.shows("choices");
    if (open && !this.opened && this.x.link.alive) this.x.order("choices");
    this.opened = open;
    if (!open) return;
    const made = this.model.get("choices") ?? {}, key = JSON.stringify([made, this.x.row?.index]);
    if (key === this.drawn.choices) return;
    this.drawn.choices = key;
    if (!made.rows) { this.choices.replaceChildren(h("p", { class: "st-note", text: this.x.link.alive ? "Scoring …" : "Not computed before this page was written" })); return; }
    const rows = /** @type {Choice[]} */ (made.rows);
    this.choices.replaceChildren(h("div", { class: "st-scroll" }, h("table", { class: "st-table" }, h("caption", { class: "st-cap2", style: "text-align: left; padding: 2px 0 6px", text: "Who chose, among the candidates of this run" }),
      h("thead", {}, h("tr", {}, ...["choice", "chosen by", "step", "ratio r", ...made.columns, ""].map((t) => h("th", { scope: "col", text: t })))),
      h("tbody", {}, ...rows.map((c) => h("tr", { class: c.index === this.x.row?.index ? "st-here" : "" }, h("th", { scope: "row", text: c.name }), h("td", { text: c.why }), h("td", { text: c.step ?? "–" }), h("td", { text: number(c.ratio, 3) }),
        ...c.values.map((v) => h("td", { text: number(v, 2) })), h("td", {}, h("button", { class: "st-do", disabled: c.index === null, "aria-label": `Hear the choice ${c.name}`, on: { click: () => { this.chosen = null; this.stop(); this.x.choose(c.index); } } }, "Hear"))))))),
      h("p", { class: "st-note", text: made.note }));
  }

  destroy() {
    clearTimeout(this.timer);
    this.curve.destroy();
    this.path.destroy();
    this.x.destroy();
  }
}

/** @param {{model: Model, el: HTMLElement}} context @returns {() => void} */
export default function render({ model, el }) {
  const view = new BlendView(model, el);
  return () => view.destroy();
}
