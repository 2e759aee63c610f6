import { Chart } from "./lib/chart.js";
import { h, icon } from "./lib/dom.js";
import { Explorer, together } from "./lib/explorer.js";
import { minus } from "./lib/link.js";
import { Scrubber } from "./lib/scrubber.js";

/**
 * One curve of score against ratio: all candidates made from one estimate.
 * @typedef {{key: string, name: string, stem: string, parent: number | null, level: number | null, slope: number | null, points: [number, number | null, number][]}} Line
 * @typedef {{name: string, ratio: number | null, step: number | null, index: number | null, values: (number | null)[], why: string}} Choice
 */

const COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];
/** How long a dragged line must rest before the model is asked, ms. */
const REST = 110;

/** @param {number | null | undefined} v @param {number} [n] @returns {string} */
const number = (v, n = 2) => (v === null || v === undefined ? "–" : v.toFixed(n).replace("-", "−"));

/** Score against ratio, step by step: look, drag, hear, branch. */
class BlendView {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    /** @type {string | null} */ this.chosen = null;
    /** @type {number | null} */ this.dragged = null;
    this.timer = 0;
    this.busy = false;
    this.asked = "";
    /** What the slower parts of the panel were drawn from. */
    this.drawn = { tabs: "", metrics: "", choices: "" };
    /** @type {Promise<AudioBuffer> | undefined} */ this.mix = undefined;
    this.curve = new Chart({ label: "Score of every candidate against its ratio", slider: "Ratio: weight of the mixture", x: { label: "ratio r: weight of the mixture", min: 0, max: 1, step: 0.01, fine: 0.001 }, y: { label: "score" },
      on: { cursor: (r, done) => this.drag(r, done), pick: (line, p) => { this.chosen = line.key; this.stop(); this.x.choose(p.id ?? null); }, series: (by) => this.other(by) } });
    this.path = new Chart({ label: "Score of every accepted step", x: { label: "step", whole: true }, y: { label: "score" },
      on: { pick: (line, p) => this.goTo(line.key, p.id) } });
    this.metric = h("select", { "aria-label": "Metric", on: { change: () => this.x.push({ metric: this.metric.value }) } });
    this.exact = h("input", { type: "number", min: "0", max: "1", step: "0.01", "aria-label": "Ratio", on: { change: () => { const r = Number(this.exact.value); if (this.exact.value !== "" && r >= 0 && r <= 1) this.drag(r, true); else this.draw(); } } });
    this.band = h("button", { type: "button", role: "switch", class: "st-switch", "aria-checked": "false", title: "Where the chosen curve can lie if nothing on it is steeper than the steepest measured stretch; estimated, not a bound (E)", on: { click: () => this.toggleBand() } }, "Lipschitz band (estimated)");
    this.branchButton = h("button", { type: "button", class: "st-do", title: "Go on from the candidate that is heard, in a new run (B)", on: { click: () => this.branch() } }, icon("branch"), h("span", { text: "Branch from here" }));
    this.lines = h("div", { class: "st-tabs", role: "group", "aria-label": "Curves, by step" });
    this.facts = h("span", { class: "st-facts", role: "status", "aria-live": "polite" });
    this.scrubber = new Scrubber({ label: "Candidates", text: (i) => this.tells(this.x.rows[i]), on: (i, done) => { this.chosen = null; this.stop(); this.x.choose(i, done); } });
    this.compare = h("button", { type: "button", class: "st-do", "aria-expanded": "false", on: { click: () => this.askChoices() } }, "Oracle, blind, fixed …");
    this.choices = h("div", { hidden: true });
    this.metricLabel = h("label", {}, "Metric", this.metric);
    const panel = [
      h("div", { class: "st-controls" }, this.metricLabel, h("label", {}, "Ratio r", this.exact), this.branchButton, this.band, this.compare),
      h("div", { class: "st-charts" }, h("section", {}, h("h3", { text: "Score against ratio" }), this.curve.el), h("section", {}, h("h3", { text: "Score of the path" }), this.path.el)),
      h("div", { class: "st-controls" }, h("div", { class: "st-named" }, "Curve", this.lines), this.facts), this.scrubber.el, this.choices];
    /** @type {Explorer} */ this.x = /** @type {any} */ (null);
    new Explorer(model, el, (explorer) => {
      this.x = explorer;
      return { label: "Blend-ratio explorer", panel, unit: "candidate", traits: ["lines", "values", "scored", "metric", "metrics", "choices", "band"], draw: () => this.draw(), failed: () => { this.stop(); this.draw(); }, tracks: (row) => this.tracks(row),
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
    const mix = this.mixture();
    if (!row) return names.map(() => null);
    const parent = row.parent === null ? null : this.x.rows[row.parent], stem = row.stem;
    const candidate = this.x.sound(row.sounds[stem]), previous = parent ? this.x.sound(parent.sounds[stem]) : mix;
    const all = Object.values(row.sounds).map((key) => this.x.sound(key));
    /** @type {Record<string, (Promise<AudioBuffer> | AudioBuffer | null)>} */
    const made = { candidate, previous, difference: together([candidate, previous], minus), residual: together([mix, ...all], (m, ...stems) => stems.reduce(minus, m)) };
    return names.map((n) => made[n] ?? null);
  }

  /** @returns {Promise<AudioBuffer> | AudioBuffer} */
  mixture() {
    const session = this.x?.player?.session;
    if (session?.buffers) return session.buffers[0];
    return this.mix ??= Promise.resolve().then(() => this.x.player.session.decoded()).then((b) => b[0]);
  }

  /** @param {number} r @param {boolean} done */
  drag(r, done) {
    const line = this.line, ratio = Math.round(r * 1000) / 1000;
    if (!line) return;
    this.chosen = line.key;
    const known = line.points.find((p) => Math.abs(p[0] - ratio) < 5e-4);
    clearTimeout(this.timer);
    if (known) { this.stop(); this.x.choose(known[2], done); return; }
    this.dragged = ratio;
    if (this.x.can("probe")) {
      const key = `${line.key} ${ratio}`, ask = () => {
        if (this.asked !== key) this.x.order("probe", { ratio, line: line.key });
        this.asked = key;
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
    if (Number(run) !== this.x.shown) { this.x.show(Number(run)); return; }
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

  askChoices() {
    const open = this.choices.hidden;
    this.choices.hidden = !open;
    this.compare.setAttribute("aria-expanded", String(open));
    if (open && this.x.link.alive) this.x.order("choices");
    this.draw();
  }

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
      series: lines.map((l, i) => ({ key: l.key, name: l.name, color: COLORS[i % COLORS.length], shape: i, selected: l.key === front?.key, slope: band ? l.slope : null,
        points: l.points.map(([r, y, id]) => ({ x: r, y, id, taken: x.rows[id]?.accepted && x.rows[id].point.step !== 0, probe: !!x.rows[id]?.probe && id >= start, text: `${l.name}, r = ${number(r, 3)}: ${number(y, 3)} ${unit}` })) })),
      levels: front && front.level !== null ? [{ y: front.level, text: `${front.name} starts from ${number(front.level)} ${unit}` }] : [],
      cursor: ratio === null ? null : { x: ratio, busy: this.busy, text: `ratio ${number(ratio, 3)} of ${front?.name}${this.busy ? ", computing" : row && row.ratio === ratio ? `, ${number(this.value(row))} ${unit}` : ""}` },
    });
    this.path.set({ current: row && row.accepted ? row.index : null, empty: lines.length ? "Scoring …" : "No step yet",
      series: x.runs.map((r, i) => ({ key: String(i), name: r.name, color: COLORS[i % COLORS.length], shape: i, selected: i === x.shown, dash: i > 0,
        points: r.path.map(([a, y, id]) => ({ x: a, y, id: i === x.shown ? id : undefined, taken: true, text: `${r.name}, step ${a}: ${number(y, 3)} ${unit}` })) })) });
    if (document.activeElement !== this.exact) this.exact.value = ratio === null ? "" : ratio.toFixed(3);
    this.exact.disabled = ratio === null;
    this.branchButton.disabled = !x.can("branch") || !row;
    this.band.setAttribute("aria-checked", String(band));
    this.drawTabs(lines, front);
    this.drawMetrics(metrics, metric);
    this.scrubber.set({ value: row?.index ?? 0, marks: x.rows.map((r) => ({ taken: r.accepted, probe: r.probe })) });
    const gained = row && this.value(row) !== null && front?.level !== null && front && front === this.lineOf(row) ? /** @type {number} */ (this.value(row)) - /** @type {number} */ (front.level) : null;
    const gain = gained !== null ? `, ${gained < 0 ? "" : "+"}${number(gained)} ${unit} against what it was made from` : "";
    const facts = this.busy ? `Computing r = ${number(this.dragged, 3)} …` : row ? `Heard: ${this.tells(row)}${gain}` : "";
    if (this.facts.textContent !== facts) this.facts.textContent = facts;
    this.drawChoices();
  }

  /** @param {Line[]} lines @param {Line | undefined} front */
  drawTabs(lines, front) {
    const key = JSON.stringify([lines.map((l) => l.name), front?.key]);
    if (key === this.drawn.tabs) return;
    this.drawn.tabs = key;
    const focused = this.lines.contains(document.activeElement);
    this.lines.replaceChildren(...lines.map((l, i) => h("button", { type: "button", "aria-pressed": String(l.key === front?.key), style: `box-shadow: inset 0 -3px 0 ${COLORS[i % COLORS.length]}`, on: { click: () => this.take(l) } }, l.name)));
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
    if (this.choices.hidden) return;
    const made = this.model.get("choices") ?? {}, key = JSON.stringify([made, this.x.row?.index]);
    if (key === this.drawn.choices) return;
    this.drawn.choices = key;
    if (!made.rows) { this.choices.replaceChildren(h("p", { class: "st-note", text: this.x.link.alive ? "Scoring …" : "Not computed before this page was written" })); return; }
    const rows = /** @type {Choice[]} */ (made.rows);
    this.choices.replaceChildren(h("div", { class: "st-scroll" }, h("table", { class: "st-table" }, h("caption", { class: "st-cap2", style: "text-align: left; padding: 2px 0 6px", text: "Who chose, among the candidates of this run" }),
      h("thead", {}, h("tr", {}, ...["choice", "chosen by", "step", "ratio r", ...made.columns, ""].map((t) => h("th", { scope: "col", text: t })))),
      h("tbody", {}, ...rows.map((c) => h("tr", { class: c.index === this.x.row?.index ? "st-here" : "" }, h("th", { scope: "row", text: c.name }), h("td", { text: c.why }), h("td", { text: c.step ?? "–" }), h("td", { text: number(c.ratio, 3) }),
        ...c.values.map((v) => h("td", { text: number(v, 2) })), h("td", {}, h("button", { type: "button", class: "st-do", disabled: c.index === null, "aria-label": `Hear the choice ${c.name}`, on: { click: () => { this.chosen = null; this.stop(); this.x.choose(c.index); } } }, "Hear"))))))),
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
function render({ model, el }) {
  const view = new BlendView(model, el);
  return () => view.destroy();
}

export default { render };
