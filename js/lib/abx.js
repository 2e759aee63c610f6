import { h } from "./dom.js";

/**
 * The panel of a blind test. X is A or B by a list drawn in Python; names, waveforms and levels stay out of sight until the end.
 * @param {{plan: {x: number[], names: [string, string]}, listen: (which: number) => void, answer: (choice: number, seconds: number) => void,
 *   leave: () => void}} options `which` is 0 for A, 1 for B
 */
export function abxPanel({ plan, listen, answer, leave }) {
  let trial = 0, now = "", started = performance.now();
  /** @type {number[]} */ const answers = [];
  const title = h("h3", { "aria-live": "polite" });
  const text = h("p");
  const dots = h("div", { class: "st-dots", "aria-hidden": "true" }, ...plan.x.map(() => h("i")));
  /** @param {string} name @param {string} hint */
  const big = (name, hint) => h("button", { class: "st-big", type: "button", "aria-pressed": "false", "aria-label": `Listen to ${name}`, click: () => pick(name) }, name, h("small", { text: hint }));
  const bigs = { A: big("A", "key A"), B: big("B", "key B"), X: big("X", "key X") };
  const verdicts = [0, 1].map((c) => h("button", { class: "st-answer", type: "button", click: () => decide(c) },
    `X is ${"AB"[c]}`, h("kbd", { text: `${c + 1}` })));
  const done = h("button", { class: "st-answer", type: "button", hidden: true, click: () => leave() }, "Back to the player");
  const listenRow = h("div", { class: "st-choices" }, bigs.A, bigs.B, bigs.X);
  const answerRow = h("div", { class: "st-choices" }, ...verdicts);
  const panel = h("div", { class: "st-abx", role: "group", "aria-label": "Blind A/B/X test" }, title, text, dots, listenRow, answerRow, done);

  /** @param {string} name */
  function pick(name) {
    if (trial >= plan.x.length) return;
    now = name;
    listen(name === "A" ? 0 : name === "B" ? 1 : plan.x[trial]);
    draw();
  }

  /** @param {number} choice */
  function decide(choice) {
    if (trial >= plan.x.length) return;
    answers.push(choice);
    answer(choice, (performance.now() - started) / 1000);
    trial += 1;
    started = performance.now();
    if (trial < plan.x.length) pick("X");
    else { listen(-1); draw(); done.focus(); }
  }

  function draw() {
    const over = trial >= plan.x.length;
    const right = answers.filter((a, i) => a === plan.x[i]).length;
    title.textContent = over ? `${right} of ${plan.x.length} correct` : `Trial ${trial + 1} of ${plan.x.length}: is X the same as A or as B?`;
    text.textContent = over
      ? `A was ${plan.names[0]}, B was ${plan.names[1]}. Guessing gets this many or more with p = ${atLeast(right, plan.x.length).toFixed(3)}.`
      : "Listen as often as you like; switching keeps the place. The answer cannot be taken back.";
    for (const [name, button] of Object.entries(bigs)) button.setAttribute("aria-pressed", String(name === now));
    [...dots.children].forEach((dot, i) => { dot.className = i < trial ? "st-done" : i === trial ? "st-now" : ""; });
    listenRow.hidden = answerRow.hidden = over;
    done.hidden = !over;
  }
  draw();
  return { panel, pick, decide, get over() { return trial >= plan.x.length; } };
}

/** Chance of `k` or more right answers among `n` by guessing. @param {number} k @param {number} n @returns {number} */
export function atLeast(k, n) {
  let term = 2 ** -n, sum = 0;
  for (let i = 0; i <= n; i += 1) {
    if (i >= k) sum += term;
    term = (term * (n - i)) / (i + 1);
  }
  return Math.min(1, sum);
}
