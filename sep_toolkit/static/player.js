// Built from js/ by `npm run build`; edit the sources there.

// player.css
var player_default = `.st-player {
  --st-back: var(--jp-layout-color1, var(--vscode-editor-background, #ffffff));
  --st-lane: var(--jp-layout-color2, var(--vscode-editorWidget-background, #f2f3f5));
  --st-text: var(--jp-ui-font-color1, var(--vscode-editor-foreground, #1c1f24));
  --st-soft: var(--jp-ui-font-color2, var(--vscode-descriptionForeground, #565d68));
  --st-accent: var(--jp-brand-color1, var(--vscode-focusBorder, #0b66c3));
  --st-line: color-mix(in srgb, var(--st-text) 16%, transparent);
  --st-faint: color-mix(in srgb, var(--st-text) 38%, transparent);
  --st-grid: color-mix(in srgb, var(--st-text) 9%, transparent);
  --st-hover: color-mix(in srgb, var(--st-text) 8%, transparent);
  --st-head: 148px;
  --st-gut: 50px;
  container-type: inline-size;
  box-sizing: border-box;
  width: 100%;
  min-width: 260px;
  color: var(--st-text);
  background: var(--st-back);
  border: 1px solid var(--st-line);
  border-radius: 8px;
  font: 13px/1.35 var(--jp-ui-font-family, system-ui, -apple-system, "Segoe UI", sans-serif);
  font-variant-numeric: tabular-nums;
  position: relative;
  overflow: hidden;
  user-select: none;
  -webkit-user-select: none;
}
@media (prefers-color-scheme: dark) {
  .st-player {
    --st-back: var(--jp-layout-color1, var(--vscode-editor-background, #16181c));
    --st-lane: var(--jp-layout-color2, var(--vscode-editorWidget-background, #22252b));
    --st-text: var(--jp-ui-font-color1, var(--vscode-editor-foreground, #e8eaed));
    --st-soft: var(--jp-ui-font-color2, var(--vscode-descriptionForeground, #a5acb8));
    --st-accent: var(--jp-brand-color1, var(--vscode-focusBorder, #6cb4ff));
  }
}
.st-player *, .st-player *::before, .st-player *::after { box-sizing: border-box; }
.st-player [hidden] { display: none !important; }
.st-single { --st-head: 0px; }
.st-single .st-name, .st-single .st-cap { visibility: hidden; padding: 0 !important; border: 0 !important; }
.st-player button {
  font: inherit; color: inherit; background: none; border: 0; margin: 0; padding: 0; cursor: pointer;
  display: inline-flex; align-items: center; justify-content: center; border-radius: 6px; line-height: 1;
}
.st-player button:disabled { opacity: .4; cursor: default; }
.st-player :focus { outline: none; }
.st-player :focus-visible { outline: 2px solid var(--st-accent); outline-offset: 1px; }

.st-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; padding: 8px 10px; border-bottom: 1px solid var(--st-line); }
.st-group { display: inline-flex; align-items: center; gap: 2px; }
.st-group > button { width: 30px; height: 30px; color: var(--st-soft); }
.st-group > button:hover:not(:disabled) { background: var(--st-hover); color: var(--st-text); }
.st-group > button[aria-pressed=true] { background: color-mix(in srgb, var(--st-accent) 16%, transparent); color: var(--st-accent); }
.st-player .st-play { width: 36px; height: 36px; border-radius: 50%; background: var(--st-accent); color: var(--st-back); margin-right: 4px; }
.st-player .st-play:hover:not(:disabled) { background: color-mix(in srgb, var(--st-accent) 86%, var(--st-text)); color: var(--st-back); }
.st-clock { display: inline-flex; align-items: baseline; gap: 5px; white-space: nowrap; }
.st-clock b { font-size: 16px; font-weight: 600; min-width: 4.4em; }
.st-clock span { color: var(--st-soft); font-size: 12px; }
.st-chip {
  display: inline-flex; align-items: center; gap: 4px; height: 24px; padding: 0 4px 0 9px; border-radius: 12px; font-size: 12px; white-space: nowrap;
  background: color-mix(in srgb, var(--st-accent) 13%, transparent); color: var(--st-text);
}
.st-chip button { width: 18px; height: 18px; border-radius: 50%; color: var(--st-soft); }
.st-chip button:hover { background: var(--st-hover); color: var(--st-text); }
.st-chip svg { width: 12px; height: 12px; }
.st-gap { flex: 1 1 0; }
.st-seg { border: 1px solid var(--st-line); border-radius: 7px; gap: 0; overflow: hidden; }
.st-seg > button { height: 28px; border-radius: 0; }
.st-seg > button:focus-visible { outline-offset: -2px; }
.st-switch { gap: 7px !important; height: 28px; padding: 0 6px 0 4px !important; white-space: nowrap; color: var(--st-soft); font-size: 12px; width: auto !important; }
.st-switch::before {
  content: ""; width: 26px; height: 15px; border-radius: 8px; background: var(--st-faint) radial-gradient(circle at center, var(--st-back) 5px, transparent 5.5px) no-repeat;
  background-size: 15px 15px; background-position: 0 0;
}
.st-switch[aria-checked=true] { color: var(--st-text); }
.st-switch[aria-checked=true]::before { background-color: var(--st-accent); background-position: 11px 0; }
.st-vol { gap: 6px; color: var(--st-soft); font-size: 12px; }
.st-vol input { width: 84px; height: 18px; margin: 0; accent-color: var(--st-accent); cursor: pointer; }
.st-vol .st-db { min-width: 4.1em; white-space: nowrap; }
.st-meter { width: 64px; height: 8px; border-radius: 2px; background: var(--st-hover); position: relative; overflow: hidden; }
.st-meter i { position: absolute; inset: 0; transform-origin: left; transform: scaleX(0); background: var(--st-accent); }
.st-clip { font-size: 10px; font-weight: 700; letter-spacing: .05em; padding: 2px 5px !important; border-radius: 4px !important; color: var(--st-faint) !important; width: auto !important; height: 18px !important; }
.st-clip.st-on { background: #d55e00 !important; color: #fff !important; }

.st-lanes { position: relative; }
.st-row { display: grid; grid-template-columns: var(--st-head) minmax(0, 1fr) var(--st-gut); }
.st-row + .st-row { border-top: 1px solid var(--st-line); }
.st-row canvas { display: block; width: 100%; height: 100%; }
.st-row.st-ruler { height: 28px; border-bottom: 1px solid var(--st-line); background: var(--st-back); }
.st-ruler + .st-row { border-top: 0; }
.st-ruler .st-time { cursor: pointer; touch-action: none; }
.st-time:focus-visible { outline-offset: -2px !important; }
.st-view { touch-action: pan-y; cursor: text; position: relative; min-width: 0; }
.st-gutter { border-left: 1px solid var(--st-line); min-width: 0; }
.st-row.st-track { height: var(--st-h); }
.st-name { padding: 7px 8px 6px 10px; display: flex; flex-direction: column; gap: 4px; min-width: 0; border-left: 3px solid var(--st-c); border-right: 1px solid var(--st-line); overflow: hidden; }
.st-player:focus-within .st-track.st-current .st-name { background: var(--st-hover); }
.st-name > div { display: flex; align-items: center; gap: 4px; min-width: 0; }
.st-label { font-weight: 600; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow-wrap: anywhere; line-height: 1.2; min-width: 0; flex: 1; }
.st-kind { color: var(--st-soft); font-size: 11px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.st-kind b { font-weight: 600; color: var(--st-accent); }
.st-keys { flex-wrap: wrap; }
.st-said { color: var(--st-soft); font-size: 11px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.st-ruler .st-cap { display: flex; align-items: center; justify-content: center; border-right: 1px solid var(--st-line); min-width: 0; overflow: hidden; }
.st-key { font-size: 10px; color: var(--st-soft); border: 1px solid var(--st-line); border-radius: 3px; padding: 0 4px; line-height: 14px; flex: none; }
.st-sm { min-width: 24px; height: 20px; border: 1px solid var(--st-line) !important; border-radius: 4px !important; font-size: 11px !important; font-weight: 600 !important; color: var(--st-soft) !important; }
.st-sm:hover { background: var(--st-hover) !important; color: var(--st-text) !important; }
.st-solo[aria-pressed=true] { background: #f0c419 !important; border-color: #f0c419 !important; color: #1c1f24 !important; }
.st-mute[aria-pressed=true] { background: #d55e00 !important; border-color: #d55e00 !important; color: #fff !important; }
.st-track .st-view canvas { transition: opacity 120ms; }
.st-silent .st-view canvas { opacity: .34; }
.st-silent .st-label { color: var(--st-soft); font-weight: 500; }

.st-over { position: absolute; top: 0; bottom: 0; left: var(--st-head); right: var(--st-gut); pointer-events: none; overflow: hidden; }
.st-over > * { position: absolute; top: 0; bottom: 0; left: 0; }
.st-head-line { width: 0; border-left: 1.5px solid var(--st-play, #e4002b); margin-left: -.75px; will-change: transform; }
.st-head-line::before { content: ""; position: absolute; top: 16px; left: -6.75px; border: 6px solid transparent; border-top: 8px solid var(--st-play, #e4002b); border-bottom: 0; }
.st-hover-line { width: 1px; background: rgb(255 255 255 / 80%); box-shadow: 0 0 0 .5px rgb(0 0 0 / 55%); opacity: 0; }
.st-over .st-region { background: color-mix(in srgb, var(--st-accent) 15%, transparent); border: solid var(--st-accent); border-width: 0 1.5px; }
.st-over .st-region::before, .st-over .st-region::after {
  position: absolute; top: 2px; font-size: 10px; font-weight: 700; line-height: 13px; padding: 0 4px; background: var(--st-accent); color: var(--st-back); border-radius: 2px;
}
.st-over .st-region::before { content: "A"; left: 0; }
.st-over .st-region::after { content: "B"; right: 0; }
.st-over .st-region.st-off { background: color-mix(in srgb, var(--st-text) 7%, transparent); border-color: var(--st-faint); }
.st-over .st-region.st-off::before, .st-over .st-region.st-off::after { background: var(--st-faint); }
.st-map { height: 34px; border-top: 1px solid var(--st-line); }
.st-map .st-view { cursor: grab; touch-action: none; }
.st-map .st-view:active { cursor: grabbing; }
.st-map .st-cap { font-size: 11px; color: var(--st-soft); display: flex; align-items: center; padding-left: 13px; border-right: 1px solid var(--st-line); overflow: hidden; white-space: nowrap; }

.st-foot { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: center; padding: 5px 10px; border-top: 1px solid var(--st-line); font-size: 12px; color: var(--st-soft); min-height: 29px; }
.st-status { flex: 1 1 180px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.st-status.st-bad { color: #d55e00; font-weight: 600; white-space: normal; user-select: text; -webkit-user-select: text; }
.st-read { white-space: nowrap; color: var(--st-text); text-align: right; }
.st-read:empty { display: none; }
.st-legend { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; font-size: 11px; }
.st-legend canvas { width: 84px; height: 8px; border-radius: 2px; }

.st-help { position: absolute; inset: 0; z-index: 5; background: color-mix(in srgb, var(--st-back) 70%, transparent); display: flex; align-items: flex-start; justify-content: center; padding: 14px; overflow: auto; }
.st-help > div { background: var(--st-back); border: 1px solid var(--st-line); border-radius: 8px; box-shadow: 0 8px 28px rgb(0 0 0 / 24%); padding: 12px 18px 14px; max-width: 640px; width: 100%; }
.st-help h3 { margin: 0 0 8px; font-size: 14px; display: flex; justify-content: space-between; align-items: center; color: inherit; }
.st-help h3 button { width: 26px; height: 26px; }
.st-help dl { margin: 0; columns: 2 250px; column-gap: 24px; font-size: 12px; }
.st-help dl > div { display: flex; gap: 10px; break-inside: avoid; padding: 2.5px 0; }
.st-help dt { flex: 0 0 104px; margin: 0; font-weight: 400; }
.st-help dd { margin: 0; color: var(--st-soft); }
.st-player kbd { font: 11px/16px inherit; font-family: inherit; border: 1px solid var(--st-line); border-bottom-width: 2px; border-radius: 4px; padding: 0 5px; background: var(--st-lane); color: var(--st-text); box-shadow: none; }

.st-abx { padding: 22px 16px 20px; display: flex; flex-direction: column; align-items: center; gap: 16px; text-align: center; }
.st-abx h3 { margin: 0; font-size: 15px; font-weight: 600; color: inherit; }
.st-abx p { margin: 0; color: var(--st-soft); max-width: 62ch; font-size: 13px; }
.st-abx .st-choices { display: flex; gap: 12px; flex-wrap: wrap; justify-content: center; }
.st-player .st-big { min-width: 88px; height: 64px; border: 1.5px solid var(--st-line); border-radius: 10px; font-size: 22px; font-weight: 600; flex-direction: column; gap: 5px; padding: 0 14px; }
.st-player .st-big small { font-size: 11px; font-weight: 400; color: var(--st-soft); }
.st-player .st-big:hover { background: var(--st-hover); }
.st-player .st-big[aria-pressed=true] { border-color: var(--st-accent); background: color-mix(in srgb, var(--st-accent) 14%, transparent); color: var(--st-accent); }
.st-player .st-answer { height: 36px; padding: 0 18px; border-radius: 8px; border: 1px solid var(--st-accent); color: var(--st-accent); font-weight: 600; gap: 8px; }
.st-player .st-answer:hover { background: var(--st-accent); color: var(--st-back); }
.st-testing .st-seg, .st-testing .st-seg + .st-group, .st-testing .st-switch, .st-testing .st-meter, .st-testing .st-legend, .st-testing .st-map { display: none; }
.st-dots { display: flex; gap: 6px; }
.st-dots i { width: 9px; height: 9px; border-radius: 50%; border: 1.5px solid var(--st-faint); }
.st-dots i.st-done { background: var(--st-faint); }
.st-dots i.st-now { border-color: var(--st-accent); background: color-mix(in srgb, var(--st-accent) 40%, transparent); }

@container (max-width: 960px) {
  .st-bar { gap: 5px 9px; }
  .st-vol input { width: 64px; }
  .st-meter { width: 40px; }
}
@container (max-width: 640px) {
  .st-row, .st-over { --st-head: 96px; --st-gut: 44px; }
  .st-single .st-row, .st-single .st-over { --st-head: 0px; }
  .st-bar { gap: 4px 8px; padding: 6px 8px; }
  .st-gap { display: none; }
  .st-name { padding: 5px 5px 4px 6px; gap: 3px; }
  .st-ruler .st-cap .st-chip { padding: 0; background: none; font-size: 10px; gap: 0; }
  .st-vol input { width: 64px; }
  .st-legend, .st-key { display: none; }
  .st-status { white-space: normal; }
  .st-map .st-cap { padding-left: 8px; }
}
@media (prefers-reduced-motion: reduce) { .st-player *, .st-player *::before { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .st-player button[aria-pressed=true], .st-switch[aria-checked=true] { outline: 2px solid Highlight; } }
`;

// lib/dom.js
function h(tag, props = {}, ...children) {
  let el = document.createElement(tag);
  (["button", "input", "select", "summary"].includes(tag) || "tabindex" in props) && el.setAttribute("data-lm-suppress-shortcuts", "true");
  for (let [key, value] of Object.entries(props))
    if (value != null)
      if (key === "on") for (let [event, fn] of Object.entries(value)) el.addEventListener(
        event,
        /** @type {EventListener} */
        fn
      );
      else key === "text" ? el.textContent = value : key === "class" ? el.className = value : value === !0 ? el.setAttribute(key, "") : value !== !1 && el.setAttribute(key, String(value));
  return el.append(...children.filter((c) => c !== null)), el;
}
var NS = "http://www.w3.org/2000/svg";
function icon(name) {
  let svg = document.createElementNS(NS, "svg");
  for (let [k, v] of Object.entries({ viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true", focusable: "false" })) svg.setAttribute(k, String(v));
  let path = document.createElementNS(NS, "path"), shape = ICONS[name];
  if (path.setAttribute("d", shape.d), shape.fill) path.setAttribute("fill", "currentColor");
  else for (let [k, v] of Object.entries({ fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" })) path.setAttribute(k, String(v));
  return svg.append(path), svg;
}
var ICONS = {
  play: { d: "M6 3.6v12.8a.8.8 0 0 0 1.22.68l10.2-6.4a.8.8 0 0 0 0-1.36l-10.2-6.4A.8.8 0 0 0 6 3.6z", fill: !0 },
  pause: { d: "M5.5 3.5h3v13h-3zM11.5 3.5h3v13h-3z", fill: !0 },
  start: { d: "M5 4v12M16 4.8v10.4L8 10z", fill: !1 },
  loop: { d: "M4 9.5V8.7A3.2 3.2 0 0 1 7.2 5.5H15M12.6 3l2.6 2.5L12.6 8M16 10.5v.8a3.2 3.2 0 0 1-3.2 3.2H5M7.4 17l-2.6-2.5L7.4 12", fill: !1 },
  plus: { d: "M10 4.5v11M4.5 10h11", fill: !1 },
  minus: { d: "M4.5 10h11", fill: !1 },
  fit: { d: "M3 4v12M17 4v12M6 10h8M8 7.6 5.6 10 8 12.4M12 7.6l2.4 2.4-2.4 2.4", fill: !1 },
  volume: { d: "M3.5 7.8v4.4h2.8L10 15.4V4.6L6.3 7.8zM12.8 7.4a3.6 3.6 0 0 1 0 5.2M15 5.2a6.8 6.8 0 0 1 0 9.6", fill: !1 },
  wave: { d: "M3 9v2M6 6v8M9 3.5v13M12 7v6M15 5v10M17.8 9v2", fill: !1 },
  spec: { d: "M3.5 4h13v12h-13zM3.5 8h13M3.5 12h13M8 4v12M12 4v12", fill: !1 },
  both: { d: "M3 6v1M6 4v5M9 3v7M12 5v3M15 4v5M17.5 6v1M3.5 12h13v5h-13zM8 12v5M12 12v5", fill: !1 },
  close: { d: "M5.5 5.5l9 9M14.5 5.5l-9 9", fill: !1 },
  stop: { d: "M5 5h10v10H5z", fill: !0 },
  back: { d: "M12.5 4.5 7 10l5.5 5.5", fill: !1 },
  next: { d: "M7.5 4.5 13 10l-5.5 5.5", fill: !1 },
  branch: { d: "M6 3.5v13M6 11c0-3.5 8-2 8-6.5M11.6 6.8 14 4.2l2.4 2.6", fill: !1 },
  check: { d: "M4.5 10.5l3.6 3.6 7.4-8", fill: !1 }
};

// lib/abx.js
function abxPanel({ plan, listen, answer, leave }) {
  let trial = 0, now = "", started = performance.now(), answers = [], title = h("h3", { "aria-live": "polite" }), text = h("p"), dots = h("div", { class: "st-dots", "aria-hidden": "true" }, ...plan.x.map(() => h("i"))), big = (name, hint) => h("button", { class: "st-big", type: "button", "aria-pressed": "false", "aria-label": `Listen to ${name}`, on: { click: () => pick(name) } }, name, h("small", { text: hint })), bigs = { A: big("A", "key A"), B: big("B", "key B"), X: big("X", "key X") }, verdicts = [0, 1].map((c) => h(
    "button",
    { class: "st-answer", type: "button", on: { click: () => decide(c) } },
    `X is ${"AB"[c]}`,
    h("kbd", { text: `${c + 1}` })
  )), done = h("button", { class: "st-answer", type: "button", hidden: !0, on: { click: () => leave() } }, "Back to the player"), listenRow = h("div", { class: "st-choices" }, bigs.A, bigs.B, bigs.X), answerRow = h("div", { class: "st-choices" }, ...verdicts), panel = h("div", { class: "st-abx", role: "group", "aria-label": "Blind A/B/X test" }, title, text, dots, listenRow, answerRow, done);
  function pick(name) {
    trial >= plan.x.length || (now = name, listen(name === "A" ? 0 : name === "B" ? 1 : plan.x[trial]), draw());
  }
  function decide(choice) {
    trial >= plan.x.length || (answers.push(choice), answer(choice, (performance.now() - started) / 1e3), trial += 1, started = performance.now(), trial < plan.x.length ? pick("X") : (listen(-1), draw(), done.focus()));
  }
  function draw() {
    let over = trial >= plan.x.length, right = answers.filter((a, i) => a === plan.x[i]).length;
    title.textContent = over ? `${right} of ${plan.x.length} correct` : `Trial ${trial + 1} of ${plan.x.length}: is X the same as A or as B?`, text.textContent = over ? `A was ${plan.names[0]}, B was ${plan.names[1]}. Guessing gets this many or more with p = ${atLeast(right, plan.x.length).toFixed(3)}.` : "Listen as often as you like; switching keeps the place. The answer cannot be taken back.";
    for (let [name, button] of Object.entries(bigs)) button.setAttribute("aria-pressed", String(name === now));
    [...dots.children].forEach((dot, i) => {
      dot.className = i < trial ? "st-done" : i === trial ? "st-now" : "";
    }), listenRow.hidden = answerRow.hidden = over, done.hidden = !over;
  }
  return draw(), { panel, pick, decide, get over() {
    return trial >= plan.x.length;
  } };
}
function atLeast(k, n) {
  let term = 2 ** -n, sum = 0;
  for (let i = 0; i <= n; i += 1)
    i >= k && (sum += term), term = term * (n - i) / (i + 1);
  return Math.min(1, sum);
}

// lib/decode.js
async function decode(data, info) {
  let bytes = asBytes(data), { channels, play_length: length, play_sr: sampleRate } = info;
  if (!bytes.length) return new AudioBuffer({ length, numberOfChannels: channels, sampleRate });
  if (info.codec === "flac" || info.codec === "mp3") return trim(await decodeFile(bytes, sampleRate), info);
  let buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate }), whole2 = bytes.slice().buffer, from = info.codec === "float32" ? new Float32Array(whole2) : new Int16Array(whole2), gain = info.codec === "float32" ? 1 : info.scale / 32767;
  for (let c = 0; c < channels; c += 1) {
    let to = buffer.getChannelData(c);
    for (let i = 0, j = c * length; i < length; i += 1, j += 1) to[i] = from[j] * gain;
  }
  return buffer;
}
function asBytes(data) {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
function decodeFile(bytes, sampleRate) {
  return new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(
    /** @type {ArrayBuffer} */
    bytes.slice().buffer
  );
}
function trim(raw, info) {
  let { play_length: length, channels } = info, gain = info.codec === "flac" ? info.scale * 32768 / 32767 : info.scale, skip = info.codec === "mp3" && raw.length >= length + info.delay ? info.delay : 0, buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate: raw.sampleRate });
  for (let c = 0; c < channels; c += 1) {
    let from = raw.getChannelData(Math.min(c, raw.numberOfChannels - 1)), to = buffer.getChannelData(c), n = Math.min(length, from.length - skip);
    for (let i = 0; i < n; i += 1) to[i] = from[i + skip] * gain;
  }
  return buffer;
}

// lib/keys.js
function nameOf(event) {
  let digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit) return `${event.shiftKey ? "Shift+" : ""}${digit[1]}`;
  let key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key)) ? "Shift+" : ""}${key}`;
}
function handle(event, bindings) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return !1;
  let target = (
    /** @type {HTMLElement} */
    event.target
  ), name = nameOf(event);
  if (target.matches("input[type=range]") && /^(Arrow|Home|End|Page)/.test(event.key) || target.matches("button, summary, a") && (name === "Space" || name === "Enter") || target.matches("input:not([type=range]), textarea, select")) return !1;
  let binding = bindings.find((b) => b.keys.includes(name));
  return binding ? (binding.run(event), event.preventDefault(), event.stopPropagation(), !0) : !1;
}

// lib/timeline.js
var Timeline = class {
  /** @param {number} duration s @param {number} finest shortest part that can fill the screen, s */
  constructor(duration, finest) {
    this.duration = duration, this.finest = Math.min(finest, duration), this.start = 0, this.end = duration, this.width = 1, this.listeners = /* @__PURE__ */ new Set();
  }
  get span() {
    return this.end - this.start;
  }
  get zoomed() {
    return this.span < this.duration * 0.9999;
  }
  /** @param {number} t @returns {number} px */
  x(t) {
    return (t - this.start) / this.span * this.width;
  }
  /** @param {number} x px @returns {number} s, inside the signal */
  t(x) {
    return Math.min(this.duration, Math.max(0, this.start + x / this.width * this.span));
  }
  /** @param {number} start @param {number} end */
  show(start, end) {
    let span = Math.min(this.duration, Math.max(this.finest, end - start)), a = Math.min(Math.max(0, start), this.duration - span);
    if (!(a === this.start && a + span === this.end)) {
      this.start = a, this.end = a + span;
      for (let listener of this.listeners) listener();
    }
  }
  /** @param {number} factor under 1 comes nearer @param {number} at s, stays where it is on screen */
  zoom(factor, at) {
    let span = Math.min(this.duration, Math.max(this.finest, this.span * factor)), share = (at - this.start) / this.span;
    this.show(at - share * span, at + (1 - share) * span);
  }
  /** @param {number} seconds */
  pan(seconds) {
    this.show(this.start + seconds, this.end + seconds);
  }
  fit() {
    this.show(0, this.duration);
  }
  /** Turn the page when `t` has left the screen. @param {number} t */
  follow(t) {
    this.zoomed && (t < this.start || t > this.end) && this.show(t - this.span * 0.04, t + this.span * 0.96);
  }
};
function ticks(span, width) {
  let least = span / Math.max(width, 1) * 72;
  for (let [major, parts] of STEPS) if (major >= least) return { major, minor: major / parts };
  return { major: 3600, minor: 600 };
}
var STEPS = [
  [1e-4, 5],
  [2e-4, 4],
  [5e-4, 5],
  [1e-3, 5],
  [2e-3, 4],
  [5e-3, 5],
  [0.01, 5],
  [0.02, 4],
  [0.05, 5],
  [0.1, 5],
  [0.2, 4],
  [0.5, 5],
  [1, 5],
  [2, 4],
  [5, 5],
  [10, 5],
  [15, 3],
  [30, 3],
  [60, 6],
  [120, 4],
  [300, 5],
  [600, 5],
  [1800, 6]
];
function timeLabel(t, step) {
  if (step < 0.01 && t < 60) return `${(t * 1e3).toFixed(step < 1e-3 ? 1 : 0)} ms`;
  let places = Math.max(0, Math.min(4, -Math.floor(Math.log10(step) + 1e-9)));
  return t < 60 && step < 30 ? `${t.toFixed(places)} s` : clock(t, places);
}
function clock(t, places = 3) {
  let whole2 = Math.max(0, Number(t.toFixed(places))), m = Math.floor(whole2 / 60), s = (whole2 - 60 * m).toFixed(places);
  return `${m}:${s.padStart(places ? places + 3 : 2, "0")}`;
}
function hertz(hz) {
  if (hz < 1e3) return `${Math.round(hz)} Hz`;
  let k = hz / 1e3;
  return `${k >= 10 ? k.toFixed(k % 1 ? 1 : 0).replace(/\.0$/, "") : k.toFixed(2).replace(/\.?0+$/, "")} kHz`;
}
function decibel(db, places = 1, sign = !1) {
  if (db === null || !Number.isFinite(db)) return "−∞ dB";
  let text = Math.abs(db).toFixed(places);
  return `${Number(text) === 0 ? sign ? "±" : "" : db < 0 ? "−" : sign ? "+" : ""}${text} dB`;
}
var mel = (hz) => 2595 * Math.log10(1 + hz / 700), unmel = (m) => 700 * (10 ** (m / 2595) - 1);

// lib/paint.js
function fitCanvas(canvas, width, height) {
  let dpr = window.devicePixelRatio || 1, w = Math.max(1, Math.round(width * dpr)), h2 = Math.max(1, Math.round(height * dpr));
  canvas.width !== w && (canvas.width = w), canvas.height !== h2 && (canvas.height = h2);
  let g = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d")
  );
  return g.setTransform(dpr, 0, 0, dpr, 0, 0), g.clearRect(0, 0, width, height), g;
}
var Picture = class {
  /** @param {Uint8Array} data rows × columns @param {number} rows @param {number} cols @param {Uint8Array} map 256 × RGB @param {number} t0 s, middle of the first column @param {number} step s */
  constructor(data, rows, cols, map, t0, step) {
    Object.assign(this, { data, rows, cols, t0, step }), this.data = data, this.rows = rows, this.cols = cols, this.t0 = t0, this.step = step, this.canvas = document.createElement("canvas"), this.canvas.width = cols, this.canvas.height = rows;
    let g = (
      /** @type {CanvasRenderingContext2D} */
      this.canvas.getContext("2d")
    ), image = g.createImageData(cols, rows);
    for (let r = 0; r < rows; r += 1) {
      let to = (rows - 1 - r) * cols * 4;
      for (let c = 0; c < cols; c += 1, to += 4) {
        let v = data[r * cols + c] * 3;
        image.data[to] = map[v], image.data[to + 1] = map[v + 1], image.data[to + 2] = map[v + 2], image.data[to + 3] = 255;
      }
    }
    g.putImageData(image, 0, 0);
  }
  /** @param {CanvasRenderingContext2D} g @param {Timeline} time @param {number} y @param {number} height */
  draw(g, time, y, height) {
    let left = this.t0 - this.step / 2, x0 = time.x(left), x1 = time.x(left + this.step * this.cols);
    g.save(), g.beginPath(), g.rect(0, y, time.width, height), g.clip(), g.imageSmoothingEnabled = !0, g.imageSmoothingQuality = "high";
    let from = Math.max(0, Math.floor((time.start - left) / this.step) - 1), to = Math.min(this.cols, Math.ceil((time.end - left) / this.step) + 1);
    if (to > from) {
      let scale = (x1 - x0) / this.cols;
      g.drawImage(this.canvas, from, 0, to - from, this.rows, x0 + from * scale, y, (to - from) * scale, height);
    }
    g.restore();
  }
  /** The level at a time and a height, 0 … 1 of the range. @param {number} t @param {number} share 0 bottom … 1 top @returns {number} */
  at(t, share) {
    let c = Math.min(this.cols - 1, Math.max(0, Math.round((t - this.t0) / this.step))), r = Math.min(this.rows - 1, Math.max(0, Math.floor(share * this.rows)));
    return this.data[r * this.cols + c] / 255;
  }
}, freqAt = (share, max_hz) => unmel(share * mel(max_hz));
function envelope(time, peaks, top, buffer) {
  let n = Math.max(1, Math.round(time.width)), lo = new Float32Array(n), hi = new Float32Array(n), bins = peaks.length / 2, perPixel = time.span / time.duration * bins / n;
  if (perPixel < 1 && buffer) {
    let channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c)), a2 = time.start * buffer.sampleRate, step = time.span * buffer.sampleRate / n;
    for (let x = 0; x < n; x += 1) {
      let from = Math.max(0, Math.floor(a2 + x * step)), to = Math.min(buffer.length, Math.max(from + 2, Math.ceil(a2 + (x + 1) * step) + 1)), l = 1 / 0, u = -1 / 0;
      for (let s of channels) for (let i = from; i < to; i += 1) {
        let v = s[i];
        v < l && (l = v), v > u && (u = v);
      }
      lo[x] = to > from ? l : 0, hi[x] = to > from ? u : 0;
    }
    return { lo, hi };
  }
  let a = time.start / time.duration * bins;
  for (let x = 0; x < n; x += 1) {
    let from = Math.min(bins - 1, Math.max(0, Math.floor(a + x * perPixel))), to = Math.min(bins, Math.max(from + 1, Math.ceil(a + (x + 1) * perPixel))), l = 127, u = -127;
    for (let i = from; i < to; i += 1)
      l = Math.min(l, peaks[2 * i]), u = Math.max(u, peaks[2 * i + 1]);
    lo[x] = l / 127 * top, hi[x] = u / 127 * top;
  }
  return { lo, hi };
}
function packPeaks(buffer, bins, top) {
  let out = new Int8Array(2 * bins), n = buffer.length, channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
  for (let b = 0; b < bins; b += 1) {
    let lo = 1 / 0, hi = -1 / 0;
    for (let x of channels) for (let i = Math.floor(b * n / bins); i < Math.floor((b + 1) * n / bins); i += 1)
      x[i] < lo && (lo = x[i]), x[i] > hi && (hi = x[i]);
    out[2 * b] = Math.max(-127, Math.floor(127 * lo / top + 1e-3)), out[2 * b + 1] = Math.min(127, Math.ceil(127 * hi / top - 1e-3));
  }
  return out;
}
function drawWave(g, env, { y, height, top, color, alpha = 1 }) {
  let mid = y + height / 2, scale = (height / 2 - 1) / top, n = env.lo.length;
  g.save(), g.globalAlpha = alpha, g.fillStyle = color, g.beginPath();
  for (let x = 0; x < n; x += 1) {
    let u = mid - env.hi[x] * scale, l = mid - env.lo[x] * scale;
    g.rect(x, Math.min(u, mid + 0.4) - 0.25, 1, Math.max(0.9, l - u + 0.5));
  }
  g.fill(), g.restore();
}
function drawRuler(g, time, height, theme) {
  let { major, minor } = ticks(time.span, time.width);
  g.font = `11px ${theme.font}`, g.textBaseline = "alphabetic", g.fillStyle = theme.soft, g.strokeStyle = theme.faint, g.beginPath();
  for (let i = Math.ceil(time.start / minor - 1e-6); i * minor <= time.end + 1e-9; i += 1) {
    let x = Math.round(time.x(i * minor)) + 0.5, main = Math.abs(i * minor / major - Math.round(i * minor / major)) < 1e-6;
    g.moveTo(x, height), g.lineTo(x, height - (main ? 7 : 4));
  }
  g.stroke();
  let free = 0;
  for (let i = Math.ceil(time.start / major - 1e-6); i * major <= time.end + 1e-9; i += 1) {
    let label = timeLabel(i * major, major), w = g.measureText(label).width, x = time.x(i * major), at = i === 0 && time.start === 0 ? 2 : Math.min(x - w / 2, time.width - w - 2);
    at < free || (g.fillText(label, at, height - 10), free = at + w + 6);
  }
}
function drawGrid(g, time, y, height, color) {
  let { major } = ticks(time.span, time.width);
  g.strokeStyle = color, g.beginPath();
  for (let i = Math.ceil(time.start / major); i * major <= time.end; i += 1) {
    let x = Math.round(time.x(i * major)) + 0.5;
    g.moveTo(x, y), g.lineTo(x, y + height);
  }
  g.stroke();
}
var HZ = [50, 100, 200, 500, 1e3, 2e3, 4e3, 8e3, 16e3, 32e3];
function drawHertz(g, { y, height, max_hz }, theme) {
  g.font = `10px ${theme.font}`, g.textBaseline = "middle";
  let top = mel(max_hz), last = 1 / 0;
  for (let hz of HZ.filter((f) => f <= max_hz)) {
    let at = y + height * (1 - mel(hz) / top);
    at > y + height - 5 || last - Math.max(at, y + 5) < 13 || (g.fillStyle = theme.faint, g.fillRect(0, Math.round(at), 4, 1), g.fillStyle = theme.soft, last = Math.max(y + 6, at), g.fillText(hertz(hz), 7, last));
  }
}
function drawDecibel(g, { y, height, top }, theme) {
  g.font = `10px ${theme.font}`, g.textBaseline = "middle";
  let db = 20 * Math.log10(top), mid = y + height / 2, marks = height >= 84 ? [1, 0.5] : [1];
  for (let share of marks) {
    let at = mid - (height / 2 - 1) * share;
    g.fillStyle = theme.faint, g.fillRect(0, Math.round(at), 4, 1), g.fillStyle = theme.soft, g.fillText(`${decibel(db + 20 * Math.log10(share), 0)}`, 7, Math.max(y + 7, at));
  }
  g.fillStyle = theme.faint, g.fillRect(0, Math.round(mid), 4, 1), g.fillStyle = theme.soft, g.fillText("−∞ dB", 7, mid);
}

// lib/spectrum.js
var FFT = class {
  /** @param {number} n a power of two */
  constructor(n) {
    this.n = n, this.cos = Float64Array.from({ length: n / 2 }, (_, i) => Math.cos(2 * Math.PI * i / n)), this.sin = Float64Array.from({ length: n / 2 }, (_, i) => Math.sin(2 * Math.PI * i / n));
    let bits = Math.log2(n);
    this.order = Uint32Array.from({ length: n }, (_, i) => {
      let r = 0;
      for (let b = 0; b < bits; b += 1) r |= (i >> b & 1) << bits - 1 - b;
      return r >>> 0;
    });
  }
  /** @param {Float64Array} re @param {Float64Array} im */
  run(re, im) {
    let { n, cos, sin, order } = this;
    for (let i = 0; i < n; i += 1) {
      let j = order[i];
      j > i && ([re[i], re[j]] = [re[j], re[i]], [im[i], im[j]] = [im[j], im[i]]);
    }
    for (let size = 2; size <= n; size *= 2) {
      let half = size / 2, stride = n / size;
      for (let a = 0; a < n; a += size)
        for (let k = 0, w = 0; k < half; k += 1, w += stride) {
          let i = a + k, j = i + half, xr = re[j] * cos[w] + im[j] * sin[w], xi = im[j] * cos[w] - re[j] * sin[w];
          re[j] = re[i] - xr, im[j] = im[i] - xi, re[i] += xr, im[i] += xi;
        }
    }
  }
};
function detail(buffer, { start, end, cols, rows, n_fft, ref, floor_db, max_hz }, map) {
  let fft = new FFT(n_fft), re = new Float64Array(n_fft), im = new Float64Array(n_fft), bins = n_fft / 2 + 1, win = Float64Array.from({ length: n_fft }, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / n_fft)), channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c)), power = new Float64Array(bins), data = new Uint8Array(rows * cols), step = (end - start) / cols, edges = rowBins(rows, n_fft, buffer.sampleRate, max_hz);
  for (let c = 0; c < cols; c += 1) {
    let at = Math.round((start + (c + 0.5) * step) * buffer.sampleRate) - n_fft / 2;
    power.fill(0);
    for (let s of channels) {
      for (let i = 0; i < n_fft; i += 1)
        re[i] = (s[at + i] ?? 0) * win[i], im[i] = 0;
      fft.run(re, im);
      for (let k = 0; k < bins; k += 1) power[k] += (re[k] * re[k] + im[k] * im[k]) / channels.length;
    }
    for (let r = 0; r < rows; r += 1) {
      let { lo, hi, mid } = edges[r], p = 0;
      if (hi >= lo) for (let k = lo; k <= hi; k += 1) p = Math.max(p, power[k]);
      else {
        let k = Math.floor(mid), f = mid - k;
        p = power[k] * (1 - f) + (power[k + 1] ?? 0) * f;
      }
      let db = 10 * Math.log10(p / ref + 1e-30);
      data[r * cols + c] = Math.max(0, Math.min(255, Math.round(255 * (1 - db / floor_db))));
    }
  }
  return new Picture(data, rows, cols, map, start + step / 2, step);
}
function rowBins(rows, n_fft, sr, max_hz) {
  let top = n_fft / 2;
  return Array.from({ length: rows }, (_, r) => {
    let a = freqAt(r / rows, max_hz) * n_fft / sr, b = freqAt((r + 1) / rows, max_hz) * n_fft / sr;
    return { lo: Math.ceil(a), hi: Math.min(top, r === rows - 1 ? Math.floor(b) : Math.ceil(b) - 1), mid: Math.min(top, (a + b) / 2) };
  });
}
var whole = /* @__PURE__ */ new WeakMap();
function coarse(buffer, info, map) {
  let { spec_rows: rows, n_fft, spec_ref: ref, floor_db, max_hz, duration } = info, picture = whole.get(buffer);
  if (!picture) {
    let cols = Math.max(1, Math.min(640, Math.ceil(duration * info.play_sr / (n_fft / 16))));
    picture = detail(buffer, { start: 0, end: duration, cols, rows, n_fft, ref, floor_db, max_hz }, map), whole.set(buffer, picture);
  }
  return picture;
}

// lib/lanes.js
var Lanes = class {
  /**
   * @param {{info: any, tracks: TrackInfo[], peaks: Int8Array[], pictures: Uint8Array[], map: Uint8Array, heads: HTMLElement[],
   *   theme: () => Theme, buffers: () => AudioBuffer[] | null,
   *   on: {seek: (t: number, done: boolean) => void, region: (r: [number, number] | null, done: boolean) => void,
   *        hover: (text: string) => void, current: (i: number) => void, hint: (text: string) => void}}} options
   */
  constructor({ info, tracks, peaks, pictures, map, heads, theme, buffers, on }) {
    Object.assign(this, { info, tracks }), this.info = info, this.tracks = tracks, this.map = map, this.theme = theme, this.buffers = buffers, this.on = on, this.time = new Timeline(info.duration, Math.max(2e-3, 64 / info.sr)), this.mode = "both", this.region = null, this.position = 0, this.pending = 0, this.finer = 0, this.drawing = 0, this.due = /* @__PURE__ */ new Map(), this.ruler = h("canvas"), this.slider = h("div", { class: "st-view st-time", tabindex: "0", role: "slider", "aria-label": "Position", "aria-orientation": "horizontal", "aria-valuemin": "0", "aria-valuemax": info.duration.toFixed(3) }, this.ruler);
    let rulerRow = h("div", { class: "st-row st-ruler" }, this.corner = h("div", { class: "st-cap" }), this.slider, h("div"));
    this.lanes = tracks.map((track, i) => {
      let canvas = h("canvas", { role: "img", "aria-label": `Waveform and spectrogram of ${track.name}` }), gutter = h("canvas", { "aria-hidden": "true" }), view = h("div", { class: "st-view", "data-track": i }, canvas), row = h("div", { class: "st-row st-track", style: `--st-c: ${track.color}` }, heads[i], view, h("div", { class: "st-gutter" }, gutter)), picture = new Picture(pictures[i], info.spec_rows, info.spec_cols, map, info.spec_t0, info.spec_step);
      return { row, head: heads[i], view, canvas, gutter, picture, fine: null, peaks: peaks[i] };
    }), this.line = h("div", { class: "st-head-line" }), this.hoverLine = h("div", { class: "st-hover-line" }), this.area = h("div", { class: "st-region", hidden: !0 }), this.over = h("div", { class: "st-over", "aria-hidden": "true" }, this.area, this.hoverLine, this.line), this.body = h("div", { class: "st-lanes" }, rulerRow, ...this.lanes.map((l) => l.row), this.over), this.mapCanvas = h("canvas", { "aria-hidden": "true" }), this.mapView = h("div", { class: "st-view", title: "Overview: drag to move the view, double-click to fit" }, this.mapCanvas), this.mapRow = h("div", { class: "st-row st-map" }, h("div", { class: "st-cap", text: "Overview" }), this.mapView, h("div", { class: "st-gutter" })), this.time.listeners.add(() => {
      this.lanes.forEach((l) => {
        l.fine = l.fine && this.covers(l.fine) ? l.fine : null;
      }), this.paint();
    }), this.observer = new ResizeObserver(() => this.paint()), this.observer.observe(this.slider), this._pointers();
  }
  /** @param {Picture} p @returns {boolean} whether a fine picture still serves the part on screen */
  covers(p) {
    let left = p.t0 - p.step / 2, right = left + p.step * p.cols;
    return left <= this.time.start + p.step && right >= this.time.end - p.step && p.step < 2.5 * this.time.span / Math.max(1, this.time.width);
  }
  /** Show another sound in a lane: its waveform at once, its spectrogram when the page has a moment. @param {number} i @param {AudioBuffer} buffer */
  setTrack(i, buffer) {
    let lane = this.lanes[i];
    lane.peaks = packPeaks(buffer, Math.min(this.info.peak_bins, buffer.length), this.info.top), lane.fine = null, this.due.set(i, buffer), this.paint(), this.drawing || (this.drawing = window.setTimeout(() => this._pictureNext(), 30));
  }
  _pictureNext() {
    this.drawing = 0;
    let [next] = this.due;
    if (!next) return;
    let [i, buffer] = next;
    this.due.delete(i), this.lanes[i].picture = coarse(buffer, this.info, this.map), this.paint(), this.due.size && (this.drawing = window.setTimeout(() => this._pictureNext(), 0));
  }
  /** @param {string} mode */
  setMode(mode) {
    this.mode = mode, this.layout(), this.paint();
  }
  /** Heights by mode and number of tracks: [waveform, spectrogram]. @returns {[number, number]} */
  heights() {
    let n = this.tracks.length, big = n === 1 ? 1.5 : n <= 3 ? 1.15 : n <= 4 ? 1 : 0.8;
    return this.mode === "wave" ? [Math.round(64 * big), 0] : this.mode === "spec" ? [0, Math.round(92 * big)] : [Math.round(44 * big), Math.round(74 * big)];
  }
  layout() {
    let [a, b] = this.heights();
    for (let { row } of this.lanes) row.style.setProperty("--st-h", `${a + b}px`);
  }
  /** Paint all at the next frame. */
  paint() {
    this.pending || (this.pending = requestAnimationFrame(() => {
      this.pending = 0, this._paint();
    }));
  }
  _paint() {
    let width = this.slider.clientWidth;
    if (!width) return;
    this.time.width = width;
    let theme = this.theme(), [wave, spec] = this.heights(), buffers = this.buffers();
    drawRuler(fitCanvas(this.ruler, width, 28), this.time, 28, theme), this.lanes.forEach((lane, i) => {
      let g = fitCanvas(lane.canvas, width, wave + spec), gg = fitCanvas(lane.gutter, 50, wave + spec), { top, max_hz } = this.info;
      wave && (drawGrid(g, this.time, 0, wave, theme.grid), drawWave(g, envelope(this.time, lane.peaks, top, buffers?.[i] ?? null), { y: 0, height: wave, top, color: this.tracks[i].color }), drawDecibel(gg, { y: 0, height: wave, top }, theme)), spec && ((lane.fine ?? lane.picture).draw(g, this.time, wave, spec), drawHertz(gg, { y: wave, height: spec, max_hz }, theme));
    }), this._paintMap(theme), this.place(), this._refineLater();
  }
  /** @param {Theme} theme */
  _paintMap(theme) {
    let width = this.mapView.clientWidth, height = 33, all = new Timeline(this.info.duration, 1e-3), { top } = this.info;
    all.width = width;
    let g = fitCanvas(this.mapCanvas, width, height);
    drawWave(g, envelope(all, this.lanes[0].peaks, top, null), { y: 2, height: height - 4, top, color: theme.soft, alpha: 0.55 });
    let x0 = all.x(this.time.start), x1 = all.x(this.time.end);
    this.region && (g.globalAlpha = 0.22, g.fillStyle = theme.accent, g.fillRect(all.x(this.region[0]), 0, all.x(this.region[1]) - all.x(this.region[0]), height)), g.globalAlpha = 0.62, g.fillStyle = theme.back, g.fillRect(0, 0, x0, height), g.fillRect(x1, 0, width - x1, height), g.globalAlpha = 1, this.time.zoomed && (g.strokeStyle = theme.accent, g.lineWidth = 1.5, g.strokeRect(x0 + 0.75, 0.75, Math.max(3, x1 - x0 - 1.5), height - 1.5)), g.fillStyle = "#e4002b", g.fillRect(all.x(this.position) - 0.75, 0, 1.5, height), this._map = { theme, width };
  }
  /** Denser spectrograms for the part on screen, one lane at a time, once the view has come to rest and the samples are here. */
  _refineLater() {
    clearTimeout(this.finer);
    let { spec_step } = this.info;
    if (!(spec_step * this.time.width / this.time.span > 2.2) || !this.buffers() || this.mode === "wave") return;
    let next = () => {
      let buffers = this.buffers(), i = this.lanes.findIndex((l) => !l.fine);
      if (i < 0 || !buffers) return;
      let { spec_rows: rows, n_fft, spec_ref: ref, floor_db, max_hz } = this.info, { start, end } = this.time, cols = Math.min(Math.round(this.time.width / 1.5), Math.ceil((end - start) * this.info.play_sr / 8));
      this.lanes[i].fine = detail(buffers[i], { start, end, cols, rows, n_fft, ref, floor_db, max_hz }, this.map), this.paint();
    };
    this.finer = window.setTimeout(next, this.lanes.some((l) => l.fine) ? 0 : 140);
  }
  /** Put playhead and region where they belong; cheap enough for every frame. */
  place() {
    let { time } = this;
    if (this.line.style.transform = `translateX(${time.x(this.position).toFixed(2)}px)`, this.area.hidden = !this.region, this.region) {
      let a = time.x(this.region[0]), b = time.x(this.region[1]);
      this.area.style.transform = `translateX(${a.toFixed(2)}px)`, this.area.style.width = `${Math.max(1, b - a).toFixed(2)}px`;
    }
  }
  /** @param {number} t @param {boolean} follow */
  setPosition(t, follow) {
    this.position = t, follow && !this.dragging && this.time.follow(t), this.place();
    let now = performance.now();
    (now - (this._said ?? 0) > 250 || !follow) && (this._said = now, this.slider.setAttribute("aria-valuenow", t.toFixed(3)), this.slider.setAttribute("aria-valuetext", `${t.toFixed(1)} s of ${this.info.duration.toFixed(1)} s`)), this._map && (now - (this._mapped ?? 0) > 60 || !follow) && (this._mapped = now, this._paintMap(this._map.theme));
  }
  /** @param {[number, number] | null} region @param {boolean} looping */
  setRegion(region, looping) {
    this.region = region, this.area.classList.toggle("st-off", !looping), this.place(), this._map && this._paintMap(this._map.theme);
  }
  _pointers() {
    let { slider, body, mapView, time } = this, at = (e) => e.clientX - slider.getBoundingClientRect().left, drag = (el, begin) => el.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      slider.focus({ preventScroll: !0 });
      let move = begin(e);
      if (!move) return;
      el.setPointerCapture(e.pointerId), this.dragging = !0;
      let onmove = (m) => move(m, !1), onup = (m) => {
        this.dragging = !1, el.removeEventListener("pointermove", onmove), el.removeEventListener("pointerup", onup), el.removeEventListener("pointercancel", onup), move(m, !0);
      };
      el.addEventListener("pointermove", onmove), el.addEventListener("pointerup", onup), el.addEventListener("pointercancel", onup);
    });
    for (
      let el of
      /** @type {HTMLElement[]} */
      [slider, mapView, ...this.lanes.map((l) => l.view)]
    ) el.addEventListener("mousedown", (e) => e.preventDefault());
    drag(slider, (e) => (this.on.seek(time.t(at(e)), !1), (m, done) => this.on.seek(time.t(at(m)), done)));
    for (let [i, lane] of this.lanes.entries()) drag(lane.view, (e) => {
      let x0 = at(e), t0 = time.t(x0), region = this.region;
      this.on.current(i);
      let edge = region && [0, 1].find((k) => Math.abs(time.x(region[k]) - x0) < 6), fixed = region && edge !== void 0 && edge !== null ? region[1 - edge] : t0, moved = edge != null;
      return (m, done) => {
        let x = at(m), t = time.t(x);
        moved ||= Math.abs(x - x0) > 4, moved ? this.on.region(Math.abs(t - fixed) < 4e-3 ? null : t < fixed ? [t, fixed] : [fixed, t], done) : done && this.on.seek(t0, !0);
      };
    });
    drag(mapView, (e) => {
      let box = mapView.getBoundingClientRect(), unit = this.info.duration / box.width, t0 = (e.clientX - box.left) * unit, grab = t0 >= time.start && t0 <= time.end ? t0 - time.start : time.span / 2, to = (m) => {
        let a = (m.clientX - box.left) * unit - grab;
        time.show(a, a + time.span);
      };
      return time.zoomed ? to(e) : this.on.seek(t0, !0), (m) => {
        time.zoomed && to(m);
      };
    }), mapView.addEventListener("dblclick", () => time.fit()), body.addEventListener("wheel", (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey) time.zoom(1.0022 ** Math.max(-300, Math.min(300, e.deltaY * (e.deltaMode ? 30 : 1))), time.t(at(e)));
      else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) time.pan((e.deltaX || e.deltaY) / time.width * time.span);
      else {
        this.on.hint("Hold Ctrl and turn the wheel to zoom");
        return;
      }
      e.preventDefault();
    }, { passive: !1 }), body.addEventListener("pointermove", (e) => this._hover(e, at(e))), body.addEventListener("pointerleave", () => {
      this.hoverLine.style.opacity = "0", this.on.hover("");
    });
  }
  /** @param {PointerEvent} e @param {number} x */
  _hover(e, x) {
    let inside = x >= 0 && x <= this.time.width;
    if (this.hoverLine.style.opacity = inside ? "1" : "0", this.hoverLine.style.transform = `translateX(${x}px)`, !inside) {
      this.on.hover("");
      return;
    }
    let t = this.time.t(x), i = this.lanes.findIndex((l) => l.view.contains(
      /** @type {Node} */
      e.target
    ));
    if (i < 0) {
      this.on.hover(clock(t));
      return;
    }
    let lane = this.lanes[i], [wave, spec] = this.heights(), y = e.clientY - lane.view.getBoundingClientRect().top, region = this.region;
    lane.view.style.cursor = region && region.some((r) => Math.abs(this.time.x(r) - x) < 6) ? "ew-resize" : "";
    let parts = [this.tracks[i].name, clock(t)];
    if (spec && y >= wave) {
      let share = Math.min(1, Math.max(0, 1 - (y - wave) / spec)), level = (lane.fine ?? lane.picture).at(t, share);
      parts.push(hertz(freqAt(share, this.info.max_hz)), level <= 0 ? `under ${decibel(this.info.floor_db, 0)}` : decibel(this.info.floor_db * (1 - level), 0));
    } else if (wave) {
      let env = envelope(this.time, lane.peaks, this.info.top, null), k = Math.min(env.hi.length - 1, Math.round(x));
      parts.push(`peak ${decibel(20 * Math.log10(Math.max(env.hi[k], -env.lo[k], 1e-9)), 1)}FS`);
    }
    this.on.hover(parts.join(" · "));
  }
  destroy() {
    this.observer.disconnect(), cancelAnimationFrame(this.pending), clearTimeout(this.finer), clearTimeout(this.drawing), this.due.clear(), this.time.listeners.clear();
    for (let lane of this.lanes) {
      for (let c of [lane.canvas, lane.gutter, lane.picture.canvas]) c.width = c.height = 0;
      lane.fine = null;
    }
  }
};

// lib/loudness.js
var known = /* @__PURE__ */ new WeakMap(), MOST_MATCH_DB = 20;
function kFilters(sr) {
  let gain = 1.5848647011308559, shelf = ((hz, q2, high, mid, low) => {
    let k2 = Math.tan(Math.PI * Math.min(hz, 0.45 * sr) / sr), a02 = 1 + k2 / q2 + k2 * k2;
    return [(high + mid * k2 / q2 + low * k2 * k2) / a02, 2 * (low * k2 * k2 - high) / a02, (high - mid * k2 / q2 + low * k2 * k2) / a02, 2 * (k2 * k2 - 1) / a02, (1 - k2 / q2 + k2 * k2) / a02];
  })(1681.974450955533, 0.7071752369554196, gain, gain ** 0.4996667741545416, 1), k = Math.tan(Math.PI * 38.13547087602444 / sr), q = 0.5003270373238773, a0 = 1 + k / q + k * k;
  return [shelf, [1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]];
}
function loudness(channels, sr) {
  let n = channels[0].length, hop = Math.max(1, Math.min(Math.round(0.1 * sr), Math.floor(n / 4))), count = Math.floor(n / hop), part = new Float64Array(count);
  for (let x of channels) {
    let [[b0, b1, b2, a1, a2], [c0, c1, c2, d1, d2]] = kFilters(sr), s1 = 0, s2 = 0, u1 = 0, u2 = 0;
    for (let i = 0; i < count * hop; i += 1) {
      let y = b0 * x[i] + s1;
      s1 = b1 * x[i] - a1 * y + s2, s2 = b2 * x[i] - a2 * y;
      let z = c0 * y + u1;
      u1 = c1 * y - d1 * z + u2, u2 = c2 * y - d2 * z, part[Math.floor(i / hop)] += z * z;
    }
  }
  let wide = Math.min(4, count), all = [];
  for (let i = 0; i + wide <= count; i += 1) {
    let sum = 0;
    for (let j = i; j < i + wide; j += 1) sum += part[j];
    all.push(sum / (hop * wide));
  }
  let mean = (v) => v.reduce((a, b) => a + b, 0) / v.length, loud = all.filter((z) => z > 10 ** ((-70 + 0.691) / 10));
  if (!loud.length) return -1 / 0;
  let gate = mean(loud) / 10;
  return -0.691 + 10 * Math.log10(mean(loud.filter((z) => z > gate)));
}
function factsOf(buffer) {
  let facts = known.get(buffer);
  if (facts) return facts;
  let channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c)), sum = 0, top = 0;
  for (let x of channels) for (let i = 0; i < x.length; i += 1) {
    sum += x[i] * x[i];
    let a = Math.abs(x[i]);
    a > top && (top = a);
  }
  let rms = Math.sqrt(sum / (channels.length * buffer.length));
  return facts = { rms_db: rms > 1e-7 ? 20 * Math.log10(rms) : null, peak_db: top > 1e-7 ? 20 * Math.log10(top) : null, lufs: loudness(channels, buffer.sampleRate) }, known.set(buffer, facts), facts;
}
function matchGain(to, of) {
  return !Number.isFinite(of.lufs) || !Number.isFinite(to.lufs) ? 0 : Math.min(to.lufs - of.lufs, MOST_MATCH_DB, -(of.peak_db ?? 0));
}

// lib/ramp.js
var Ramp = class {
  /** @param {AudioParam} param @param {number} value */
  constructor(param, value) {
    this.param = param, this.from = value, this.value = value, this.start = -1, this.end = -1, param.value = value;
  }
  /** The earliest time a new ramp may begin. @param {number} at @param {number} now @returns {number} */
  ready(at, now) {
    return this.start > now + GUARD ? Math.max(at, this.start) : Math.max(at, this.end + GAP);
  }
  /** Reach `value` by a ramp beginning at `at` (not before `ready`). @param {number} value @param {number} at @param {number} seconds @param {number} now */
  to(value, at, seconds, now) {
    this.start > now + GUARD && (this.param.cancelScheduledValues(this.start), this.value = this.from), this.from = this.value, this.value = value, this.start = at, this.end = at + seconds, this.param.setValueAtTime(this.from, at), this.param.linearRampToValueAtTime(value, this.end);
  }
}, GUARD = 8e-3, GAP = 5e-4;

// lib/engine.js
var LEAD = 0.02, BUILD = 0.04, QUANTUM = 128, Engine = class {
  /**
   * @param {BaseAudioContext} ctx
   * @param {(AudioBuffer | null)[]} buffers one per track, same length and rate
   * @param {{duration: number, ramp?: number, volume?: number, gains?: number[]}} options
   */
  constructor(ctx, buffers, { duration, ramp = 0.01, volume = 1, gains = [] }) {
    this.ctx = ctx, this.buffers = buffers.slice(), this.duration = duration, this.ramp = ramp, this.master = ctx.createGain(), this.volume = new Ramp(this.master.gain, volume), this.analyser = ctx.createAnalyser(), this.analyser.fftSize = 8192, this.master.connect(this.analyser), this.master.connect(ctx.destination), this.tracks = buffers.map(() => ctx.createGain()), this.gains = this.tracks.map((node, i) => new Ramp(node.gain, gains[i] ?? 1));
    for (let node of this.tracks) node.connect(this.master);
    this.deck = null, this.last = null, this.loop = null, this.rest = 0, this.onended = () => {
    }, this._meter = new Float32Array(this.analyser.fftSize);
  }
  get playing() {
    return this.deck !== null;
  }
  /** A time on the sample grid. @param {number} s @returns {number} */
  snap(s) {
    return Math.round(s * this.ctx.sampleRate) / this.ctx.sampleRate;
  }
  /** The next safe time to schedule at: a whole render quantum. @param {number} [after] @returns {number} */
  when(after = 0) {
    let t = Math.max(this.ctx.currentTime + LEAD, after), step = QUANTUM / this.ctx.sampleRate;
    return Math.ceil(t / step - 1e-6) * step;
  }
  /** Where the signal is at a context time, s. @param {number} [t] @returns {number} */
  position(t = this.ctx.currentTime) {
    let deck = this.deck && t < this.deck.t0 && this.last && this.last.until > t ? this.last : this.deck;
    if (!deck) return this.rest;
    let p = deck.offset + Math.max(0, t - deck.t0);
    if (!deck.loop) return Math.min(p, this.duration);
    let [a, b] = deck.loop;
    return p < b ? p : a + (p - a) % (b - a);
  }
  /** Where the listener is: the position less the way to the loudspeaker. @returns {number} */
  heard() {
    let live = (
      /** @type {AudioContext} */
      this.ctx
    ), late2 = live.outputLatency || live.baseLatency || 0;
    return this.position(Math.max(0, this.ctx.currentTime - Math.min(late2, 0.5)));
  }
  /** @param {number} position @returns {number} where play begins: inside the loop when there is one */
  _entry(position) {
    let p = this.snap(Math.min(Math.max(position, 0), this.duration));
    return this.loop && (p < this.loop[0] || p >= this.loop[1]) ? this.loop[0] : p >= this.duration ? 0 : p;
  }
  /** @param {number} offset @param {number} t0 @param {boolean} fade @returns {Deck} */
  _start(offset, t0, fade) {
    let deck = { t0, offset, loop: this.loop, sources: [], fades: [], nodes: [], until: 1 / 0 };
    return this.tracks.forEach((_, i) => this._source(deck, i, offset, t0, fade)), deck;
  }
  /** @param {Deck} deck @param {number} i @param {number} offset @param {number} t0 @param {boolean} fade */
  _source(deck, i, offset, t0, fade) {
    let { ctx } = this, source = ctx.createBufferSource(), node = ctx.createGain();
    source.buffer = this.buffers[i], deck.loop && (source.loop = !0, [source.loopStart, source.loopEnd] = deck.loop), source.connect(node).connect(this.tracks[i]);
    let ramp = new Ramp(node.gain, fade ? 0 : 1);
    fade && ramp.to(1, t0, this.ramp, ctx.currentTime), source.onended = () => {
      node.disconnect(), this.deck === deck && deck.sources[i] === source && i === 0 && this._ended(deck);
    }, source.start(t0, offset), deck.sources[i] = source, deck.fades[i] = ramp, deck.nodes[i] = node;
  }
  /** @param {Deck} deck */
  _ended(deck) {
    this.rest = this.duration, this.deck = null;
    for (let node of deck.nodes) node.disconnect();
    this.onended();
  }
  /** Fade a deck out from `t` on and let it go. @param {Deck} deck @param {number} t */
  _retire(deck, t) {
    let now = this.ctx.currentTime;
    deck.until = t;
    for (let ramp of deck.fades) ramp.to(0, ramp.ready(t, now), this.ramp, now);
    for (let source of deck.sources) source.stop(Math.max(...deck.fades.map((f) => f.end)) + 2e-3);
  }
  /** When the current deck can be left without cutting its fade. @returns {number} */
  _free() {
    let now = this.ctx.currentTime;
    return this.deck ? Math.max(...this.deck.fades.map((f) => f.ready(0, now))) : 0;
  }
  /** Start every track at one time. @param {number} [position] */
  play(position = this.rest) {
    if (this.deck) return this.seek(position);
    let offset = this._entry(position);
    this.deck = this._start(offset, this.when(this.last ? this.last.until + this.ramp : 0), offset > 0);
  }
  /** Go elsewhere, by a cross-fade while playing. @param {number} position */
  seek(position) {
    let p = this._entry(position);
    if (!this.deck) {
      this.rest = this.snap(Math.min(Math.max(position, 0), this.duration));
      return;
    }
    let t = this.when(this._free()), next = this._start(p, t, !0);
    this._retire(this.deck, t), this.last = this.deck, this.deck = next;
  }
  /** Fade out and stop; the place is kept. */
  pause() {
    if (!this.deck) return;
    let t = this.when(this._free());
    this.rest = this.snap(this.position(t)), this._retire(this.deck, t), this.last = this.deck, this.deck = null;
  }
  /** Loop between two times, or not at all. The sound goes on where it is if that lies inside. @param {[number, number] | null} range */
  setLoop(range) {
    let old = this.loop;
    if (this.loop = range && range[1] - range[0] > 2e-3 ? [this.snap(range[0]), this.snap(Math.min(range[1], this.duration))] : null, String(old) === String(this.loop) || !this.deck) return;
    let t = this.when(this._free()), p = this.position(t), next = this._start(this._entry(p), t, !0);
    this._retire(this.deck, t), this.last = this.deck, this.deck = next;
  }
  /** Gains of all tracks along one common ramp. @param {number[]} gains */
  setGains(gains) {
    let now = this.ctx.currentTime, at = Math.max(...this.gains.map((g) => g.ready(this.when(), now)));
    gains.forEach((g, i) => this.gains[i].to(g, at, this.ramp, now));
  }
  /** @param {number} gain */
  setVolume(gain) {
    let now = this.ctx.currentTime;
    this.volume.to(gain, this.volume.ready(this.when(), now), this.ramp, now);
  }
  /** Exchange what a track plays; the sound stays in its place in time. @param {number} i @param {AudioBuffer} buffer */
  setBuffer(i, buffer) {
    this.buffers[i] = buffer;
    let deck = this.deck;
    if (!deck) return;
    let now = this.ctx.currentTime, old = deck.sources[i], ramp = deck.fades[i], t = this.when(Math.max(ramp.ready(0, now), deck.t0, now + BUILD));
    ramp.to(0, t, this.ramp, now), old.stop(ramp.end + 2e-3), this._source(deck, i, this.snap(this.position(t)), t, !0);
  }
  /** Largest sample of the last `seconds` that left for the loudspeaker. @param {number} seconds @returns {number} */
  peak(seconds) {
    this.analyser.getFloatTimeDomainData(this._meter);
    let n = Math.min(this._meter.length, Math.ceil(seconds * this.ctx.sampleRate)), top = 0;
    for (let i = this._meter.length - n; i < this._meter.length; i += 1) top = Math.max(top, Math.abs(this._meter[i]));
    return top;
  }
  /** Stop at once and take the graph apart. */
  dispose() {
    for (let deck of [this.deck, this.last]) {
      for (let source of deck ? deck.sources : []) {
        source.onended = null;
        try {
          source.stop();
        } catch {
        }
        source.disconnect();
      }
      for (let node of deck ? deck.nodes : []) node.disconnect();
    }
    this.deck = this.last = null;
    for (let node of this.tracks) node.disconnect();
    this.master.disconnect(), this.analyser.disconnect(), this.buffers = [];
  }
};
async function renderOffline(buffers, { duration, sampleRate, channels = 1, seconds, gains, volume, ramp, from = 0, loop = null, actions = [] }) {
  let ctx = new OfflineAudioContext(channels, Math.round(seconds * sampleRate), sampleRate), engine = new Engine(ctx, buffers, { duration, ramp, volume, gains });
  engine.loop = loop ? [engine.snap(loop[0]), engine.snap(loop[1])] : null, engine.play(from);
  for (let { t, run } of actions) ctx.suspend(t).then(() => (run(engine), ctx.resume()));
  let out = await ctx.startRendering();
  return engine.dispose(), out;
}

// lib/session.js
var IDLE = 2e4, PLAYING = "sep-toolkit-playing", Session = class {
  /** @param {{info: Info, load: () => Promise<AudioBuffer[]>, onchange: (what: "play" | "pause" | "end" | "error", error?: unknown) => void}} options */
  constructor({ info, load, onchange }) {
    this.info = info, this.load = load, this.onchange = onchange, this.id = {}, this.ctx = null, this.engine = null, this.loading = null, this.buffers = null, this.gains = [], this.loop = null, this.swapped = /* @__PURE__ */ new Map(), this.volume = 1, this.rest = 0, this.wanted = !1, this.gone = !1, this.timer = 0, this._other = (e) => {
      /** @type {CustomEvent} */
      e.detail !== this.id && this.playing && this.pause();
    }, document.addEventListener(PLAYING, this._other);
  }
  get playing() {
    return this.wanted;
  }
  /** The buffers, decoded at most once. @returns {Promise<AudioBuffer[]>} */
  decoded() {
    return this.loading ??= this.load().then((buffers) => {
      for (let [i, buffer] of this.swapped) buffers[i] = buffer;
      return this.buffers = this.gone ? [] : buffers;
    }), this.loading.catch(() => {
      this.loading = null;
    }), this.loading;
  }
  async play() {
    if (!(this.wanted || this.gone)) {
      this.wanted = !0, clearTimeout(this.timer), document.dispatchEvent(new CustomEvent(PLAYING, { detail: this.id }));
      try {
        let opened = this.ctx ?? (this.ctx = new AudioContext({ sampleRate: this.info.play_sr, latencyHint: "interactive" })), [buffers] = await Promise.all([this.decoded(), opened.resume()]);
        if (this.gone || !this.wanted || this.ctx !== opened) return;
        this.engine ??= this._engine(opened, buffers), this.engine.play(this.rest), this.onchange("play");
      } catch (error) {
        this.wanted = !1, this.onchange("error", error);
      }
    }
  }
  /** @param {AudioContext} ctx @param {AudioBuffer[]} buffers @returns {Engine} */
  _engine(ctx, buffers) {
    let { duration, ramp_s } = this.info, engine = new Engine(ctx, buffers, { duration, ramp: ramp_s, volume: this.volume, gains: this.gains });
    return engine.loop = this.loop && [engine.snap(this.loop[0]), engine.snap(this.loop[1])], engine.onended = () => {
      this.rest = duration, this.wanted = !1, this._idle(), this.onchange("end");
    }, engine;
  }
  pause() {
    this.wanted && (this.wanted = !1, this.engine && (this.engine.pause(), this.rest = this.engine.rest), this._idle(), this.onchange("pause"));
  }
  _idle() {
    clearTimeout(this.timer), this.timer = window.setTimeout(() => this._close(), IDLE);
  }
  _close() {
    clearTimeout(this.timer), this.engine?.dispose(), this.engine = null;
    let ctx = this.ctx;
    this.ctx = null, ctx && ctx.state !== "closed" && ctx.close().catch(() => {
    });
  }
  /** What the listener hears now, s. @returns {number} */
  position() {
    return this.wanted && this.engine?.playing ? this.engine.heard() : this.rest;
  }
  /** @param {number} t s */
  seek(t) {
    this.rest = Math.min(Math.max(0, t), this.info.duration), this.rest >= this.info.duration && this.wanted && !this.loop && (this.pause(), this.rest = this.info.duration), this.engine?.seek(this.rest);
  }
  /** @param {[number, number] | null} range */
  setLoop(range) {
    this.loop = range, this.engine?.setLoop(range);
  }
  /** @param {number[]} gains */
  setGains(gains) {
    this.gains = gains.slice(), this.engine?.setGains(gains);
  }
  /** @param {number} gain */
  setVolume(gain) {
    this.volume = gain, this.engine?.setVolume(gain);
  }
  /** Exchange what a track plays; the sound stays in its place. @param {number} i @param {AudioBuffer} buffer */
  setBuffer(i, buffer) {
    this.swapped.set(i, buffer), this.buffers && (this.buffers[i] = buffer), this.engine?.setBuffer(i, buffer);
  }
  /** The same graph rendered offline, for measuring. @param {any} options @returns {Promise<AudioBuffer>} */
  async renderOffline(options) {
    let { duration, play_sr, channels, ramp_s } = this.info;
    return renderOffline(await this.decoded(), { duration, sampleRate: play_sr, channels, ramp: ramp_s, gains: this.gains, volume: this.volume, ...options });
  }
  destroy() {
    this.gone = !0, this.wanted = !1, document.removeEventListener(PLAYING, this._other), this._close(), this.buffers = null, this.loading = null, this.swapped.clear();
  }
};

// lib/theme.js
function watchTheme(root, onchange) {
  let read = () => {
    let style = getComputedStyle(root), get = (name) => style.getPropertyValue(`--st-${name}`).trim();
    return {
      dark: luminance(style.backgroundColor) < 0.4,
      text: get("text"),
      soft: get("soft"),
      faint: get("faint"),
      line: get("line"),
      grid: get("grid"),
      back: get("back"),
      lane: get("lane"),
      accent: get("accent"),
      font: style.fontFamily
    };
  }, dark = () => root.classList.toggle("st-dark", luminance(getComputedStyle(root).backgroundColor) < 0.4), changed = () => {
    dark(), onchange();
  }, media = matchMedia("(prefers-color-scheme: dark)"), observer = new MutationObserver(() => requestAnimationFrame(changed)), what = { attributes: !0, attributeFilter: ["class", "style", "data-jp-theme-light", "data-jp-theme-name", "data-theme", "data-vscode-theme-kind"] };
  return observer.observe(document.documentElement, what), observer.observe(document.body, what), media.addEventListener("change", changed), dark(), { read, stop() {
    observer.disconnect(), media.removeEventListener("change", changed);
  } };
}
function luminance(color) {
  let [r = 255, g = 255, b = 255] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
var calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// player.js
var MIN_DB = -60, MAX_DB = 12, gainOf = (db) => db <= MIN_DB ? 0 : 10 ** (db / 20), brief = ([a, b]) => b < 60 ? `${a.toFixed(2)} – ${b.toFixed(2)} s` : `${clock(a, 1)} – ${clock(b, 1)}`, late = void 0, PlayerView = class {
  /** @type {Lanes} */
  lanes = late;
  /** @type {HTMLElement & {player?: PlayerView}} */
  root = late;
  /** @type {HTMLElement} */
  status = late;
  /** @type {Record<string, HTMLElement>} */
  modes = late;
  /** @type {import("./lib/keys.js").Binding[] | undefined} */
  _bindings;
  /** @type {number[] | undefined} */
  abxGains;
  /** @type {boolean[]} */
  audible = [];
  /** @type {HTMLElement | null} */
  shade = null;
  clipping = !1;
  pushing = !1;
  gone = !1;
  sent = 0;
  saying = 0;
  scrubbed = 0;
  metered = 0;
  shown = -60;
  /** @param {Model} model @param {HTMLElement} el @param {Extra} [extra] */
  constructor(model, el, extra = {}) {
    this.model = model, this.el = el, this.extra = extra, this.info = model.get("info"), this.tracks = model.get("tracks").map((t) => ({ ...t })), this.solo = /* @__PURE__ */ new Set(), this.muted = /* @__PURE__ */ new Set(), this.region = null, this.loop = !1, this.match = !1, this.volume = 0, this.current = 0, this.frame = 0, this.abx = null, this.undo = [], this.exchanged = /* @__PURE__ */ new Map(), this.undrawn = /* @__PURE__ */ new Map(), this.measuring = 0, this.session = new Session({ info: this.info, load: () => this.load(), onchange: (what, error) => this.heard(what, error) }), this.build(), this.listen(), this.pull(), this.hideFallback();
  }
  async load() {
    this.say("Decoding the sound …");
    let buffers = await Promise.all(
      /** @type {DataView[]} */
      this.model.get("audio").map((data) => decode(data, this.info))
    );
    return this.say(this.info.note), this.lanes?.paint(), queueMicrotask(() => {
      this.gone || (this.rematch(), this.show());
    }), buffers;
  }
  build() {
    let { info, tracks } = this, single = tracks.length === 1, button = (name, label, click, more = {}) => h("button", { type: "button", "aria-label": label, title: label, on: { click }, ...more }, icon(name));
    this.playButton = button("play", "Play (Space)", () => this.toggle(), { class: "st-play" }), this.loopButton = button("loop", "Loop the region, or all (L)", () => this.setLoop(!this.loop), { "aria-pressed": "false" }), this.now = h("b", { text: clock(0) }), this.chipText = h("span"), this.chip = h("span", { class: "st-chip", hidden: !0 }, this.chipText, button("close", "Clear the region (Escape)", () => this.setRegion(null, !0))), this.modes = Object.fromEntries(
      /** @type {const} */
      [["wave", "Waveforms"], ["both", "Waveforms and spectrograms"], ["spec", "Spectrograms"]].map(([mode, label]) => [mode, button(mode, `${label} (V)`, () => this.setView(mode), { "aria-pressed": "false" })])
    ), this.matchButton = h("button", { type: "button", role: "switch", class: "st-switch", "aria-checked": "false", title: "Make every track equally loud, by the gain shown beside its name (G)", on: { click: () => this.setMatch(!this.match) } }, "Match loudness"), this.slider = h("input", { type: "range", min: MIN_DB, max: MAX_DB, step: "0.5", "aria-label": "Volume in dB", title: "Volume; double-click for 0 dB", on: {
      input: () => this.setVolume(Number(this.slider.value), !1),
      change: () => this.setVolume(Number(this.slider.value), !0),
      dblclick: () => this.setVolume(0, !0)
    } }), this.volumeText = h("span", { class: "st-db", "aria-hidden": "true" }), this.meter = h("i"), this.clipButton = h("button", { type: "button", class: "st-clip", "aria-label": "No clipping", title: "Lights when the sum exceeds full scale; click to reset", on: { click: () => this.setClip(!1) } }, "CLIP");
    let bar = h(
      "div",
      { class: "st-bar", role: "toolbar", "aria-label": "Playback" },
      h("div", { class: "st-group" }, this.playButton, button("start", "To the beginning (Home)", () => this.seek(0)), this.loopButton),
      h("div", { class: "st-clock" }, this.now, h("span", { text: `/ ${clock(info.duration)}` })),
      single ? this.chip : null,
      h("div", { class: "st-gap" }),
      h("div", { class: "st-group st-seg", role: "group", "aria-label": "View" }, ...Object.values(this.modes)),
      h("div", { class: "st-group" }, button("minus", "Zoom out (−)", () => this.zoom(2)), button("fit", "Show all (F)", () => this.lanes.time.fit()), button("plus", "Zoom in (+)", () => this.zoom(0.5))),
      single ? null : h("div", { class: "st-group" }, this.matchButton),
      h("div", { class: "st-group st-vol" }, icon("volume"), this.slider, this.volumeText),
      h("div", { class: "st-group", role: "presentation" }, h("div", { class: "st-meter", "aria-hidden": "true" }, this.meter), this.clipButton),
      h("div", { class: "st-group" }, this.helpButton = h("button", { type: "button", "aria-label": "Keys (?)", title: "Keys (?)", on: { click: () => this.help() } }, "?"))
    );
    this.status = h("div", { class: "st-status", tabindex: "-1", role: "status", "aria-live": "polite" }), this.read = h("div", { class: "st-read" });
    let legend = h("div", { class: "st-legend", title: "Levels of all spectrograms, relative to the loudest point of any" }, decibel(info.floor_db, 0), h("canvas", { width: 256, height: 1 }), "0 dB");
    this.foot = h("div", { class: "st-foot" }, this.status, this.read, legend), this.root = h("div", { class: `st-player${single ? " st-single" : ""}${this.extra.exclusive ? " st-exclusive" : ""}`, role: "group", "aria-label": `${this.extra.label ?? "Stem player"}: ${info.title}`, "data-lm-suppress-shortcuts": "true" }), this.el.append(h("style", { text: player_default + (this.extra.css ?? "") }), this.root), this.extra.above && this.root.append(this.extra.above), this.root.append(bar), this.theme = watchTheme(this.root, () => this.lanes.paint());
    let map = asBytes(this.model.get("map"));
    this.lanes = new Lanes({
      info,
      tracks,
      map,
      heads: tracks.map((t, i) => this.head(t, i)),
      theme: this.theme.read,
      buffers: () => this.session.buffers,
      peaks: this.model.get("peaks").map((d) => {
        let b = asBytes(d);
        return new Int8Array(b.buffer, b.byteOffset, b.byteLength);
      }),
      pictures: this.model.get("pictures").map(asBytes),
      on: {
        seek: (t, done) => this.scrub(t, done),
        region: (r, done) => this.setRegion(r, done),
        hover: (text) => {
          this.read.textContent = text;
        },
        current: (i) => this.setCurrent(i),
        hint: (text) => this.say(text, 2500)
      }
    }), single || this.lanes.corner.append(this.chip), this.root.append(this.lanes.body, this.lanes.mapRow, this.foot);
    let g = legend.querySelector("canvas").getContext("2d"), image = g.createImageData(256, 1);
    for (let i = 0; i < 256; i += 1) image.data.set([map[3 * i], map[3 * i + 1], map[3 * i + 2], 255], 4 * i);
    g.putImageData(image, 0, 0), this.say(info.note), this.root.player = this;
  }
  /** The left end of a track's row. @param {TrackInfo} track @param {number} i @returns {HTMLElement} */
  head(track, i) {
    let single = this.tracks.length === 1, { exclusive } = this.extra, said = track.said ?? (single ? "" : track.kind === "mix" ? "= all below" : track.kind === "residual" ? "mixture − stems" : track.kind === "extra" ? "heard by solo" : ""), solo = h("button", { type: "button", class: "st-sm st-solo", "aria-pressed": "false", "aria-label": `Solo ${track.name}`, title: "Solo; with Shift or Ctrl add to the solo", on: { click: (e) => this.toggleSolo(i, e.shiftKey || e.ctrlKey || e.metaKey) } }, "S");
    exclusive && (solo.textContent = "Hear", solo.title = `Hear ${track.name}${i < 9 ? ` (${i + 1})` : ""}`, solo.setAttribute("aria-label", solo.title));
    let mute = h("button", { type: "button", class: "st-sm st-mute", "aria-pressed": "false", "aria-label": `Mute ${track.name}`, title: "Mute", on: { click: () => this.toggleMute(i) } }, "M");
    track.default || (mute.disabled = !0);
    let level = h("span", { class: "st-kind" });
    return h(
      "div",
      { class: "st-name", title: `${track.name}${said ? ` (${said})` : ""}: RMS ${decibel(track.rms_db)}, peak ${decibel(track.peak_db)}${track.default || exclusive ? "" : "; heard when soloed"}`, on: { pointerdown: () => this.setCurrent(i) } },
      h("div", {}, h("span", { class: "st-label", text: track.name }), i < 9 ? h("span", { class: "st-key", text: i + 1, title: `Key ${i + 1}: solo` }) : null),
      h("div", { class: "st-keys" }, solo, exclusive ? null : mute, level),
      said ? h("div", { class: "st-said", text: said }) : null
    );
  }
  get bindings() {
    return this._bindings ??= /** @type {import("./lib/keys.js").Binding[]} */
    [
      ...this.extra.bindings ?? [],
      { keys: ["Space", "k"], label: "Space", does: "play or pause", run: () => this.toggle() },
      { keys: ["ArrowLeft"], label: "←", does: "back 1 s (Shift: 0.1 s)", run: () => this.seek(this.session.position() - 1) },
      { keys: ["ArrowRight"], label: "→", does: "forward 1 s (Shift: 0.1 s)", run: () => this.seek(this.session.position() + 1) },
      { keys: ["Shift+ArrowLeft"], label: "", does: "", run: () => this.seek(this.session.position() - 0.1) },
      { keys: ["Shift+ArrowRight"], label: "", does: "", run: () => this.seek(this.session.position() + 0.1) },
      { keys: ["PageUp"], label: "", does: "", run: () => this.lanes.time.pan(-0.8 * this.lanes.time.span) },
      { keys: ["PageDown"], label: "PgUp PgDn", does: "move the view", run: () => this.lanes.time.pan(0.8 * this.lanes.time.span) },
      { keys: ["Home"], label: "Home", does: "to the beginning", run: () => this.seek(0) },
      { keys: ["End"], label: "End", does: "to the end", run: () => this.seek(this.info.duration) },
      ...this.tracks.length === 1 ? [] : [
        { keys: [..."123456789"], label: "1 … 9", does: this.extra.exclusive ? "hear a track" : "solo a track; again: all", run: (e) => this.toggleSolo(Number(e.code.slice(-1)) - 1, !1) },
        ...this.extra.exclusive ? [] : [
          { keys: ["0"], label: "0", does: "no solo, no mute", run: () => this.clearGains() },
          { keys: [..."123456789"].map((d) => `Shift+${d}`), label: "Shift 1 … 9", does: "mute a track", run: (e) => this.toggleMute(Number(e.code.slice(-1)) - 1) },
          { keys: ["m"], label: "M", does: "mute the chosen track", run: () => this.toggleMute(this.current) }
        ],
        { keys: ["ArrowUp"], label: "", does: "", run: () => this.setCurrent(this.current - 1) },
        { keys: ["ArrowDown"], label: "↑ ↓", does: "choose a track", run: () => this.setCurrent(this.current + 1) },
        { keys: ["s"], label: "S", does: this.extra.exclusive ? "hear the chosen track" : "solo the chosen track", run: () => this.toggleSolo(this.current, !1) },
        { keys: ["g"], label: "G", does: "match loudness on or off", run: () => this.setMatch(!this.match) }
      ],
      { keys: ["l"], label: "L", does: "loop on or off", run: () => this.setLoop(!this.loop) },
      { keys: ["["], label: "[ and ]", does: "region from or to the playhead", run: () => this.mark(0) },
      { keys: ["]"], label: "", does: "", run: () => this.mark(1) },
      { keys: ["+", "="], label: "+ and −", does: "zoom around the playhead", run: () => this.zoom(0.5) },
      { keys: ["-", "_"], label: "", does: "", run: () => this.zoom(2) },
      { keys: ["f"], label: "F", does: "show all", run: () => this.lanes.time.fit() },
      { keys: ["v"], label: "V", does: "waveforms, spectrograms, both", run: () => this.setView({ wave: "both", both: "spec", spec: "wave" }[this.lanes.mode] ?? "both") },
      { keys: ["Escape"], label: "Escape", does: "clear the region", run: () => this.setRegion(null, !0) },
      { keys: ["?"], label: "?", does: "this help", run: () => this.help() }
    ];
  }
  listen() {
    let { root } = this;
    root.addEventListener("keydown", (e) => this.key(e)), root.addEventListener("pointerenter", () => this.session.decoded().catch((error) => this.heard("error", error)), { once: !0 }), root.addEventListener("focusin", () => this.session.decoded().catch((error) => this.heard("error", error)), { once: !0 }), root.addEventListener("click", (e) => {
      e.detail > 0 && !this.shade && !this.abx && /** @type {HTMLElement} */
      e.target.closest("button") && this.focus();
    }), root.addEventListener("mousedown", (e) => {
      /** @type {HTMLElement} */
      e.target.closest("button, input, select, summary, label, .st-status, .st-chart, .st-scrub, .st-summary") || (e.preventDefault(), this.shade || this.focus());
    });
    let on = (event, f) => {
      this.model.on(event, f), this.undo.push(() => this.model.off(event, f));
    };
    for (let key of ["solo", "muted", "region", "loop", "match", "volume_db", "view"]) on(`change:${key}`, () => this.pull());
    on("change:position", () => {
      let t = this.model.get("position");
      Math.abs(t - this.sent) > 1e-4 && this.seek(t);
    }), on("change:abx_plan", () => this.startAbx()), this.sent = this.model.get("position") ?? 0, this.seek(this.sent, !1), this.model.get("abx_plan") && this.startAbx();
  }
  /** Where the keys are heard, whatever is on screen; a focus outside would leave them to the notebook. */
  focus() {
    (this.abx ? this.abx.panel.querySelector(this.abx.over ? ".st-answer:not([hidden] *):not([hidden])" : ".st-big:last-child") : this.lanes.slider)?.focus({ preventScroll: !0 });
  }
  /** @param {KeyboardEvent} e */
  key(e) {
    if (this.shade) {
      (e.key === "Escape" || e.key === "?") && (this.help(), e.preventDefault(), e.stopPropagation());
      return;
    }
    if (this.abx && !this.abx.over) {
      let key = e.key.toLowerCase(), abx = this.abx;
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      ["a", "b", "x"].includes(key) ? abx.pick(key.toUpperCase()) : ["1", "2"].includes(key) ? abx.decide(Number(key) - 1) : key === "escape" ? this.leaveAbx() : ["0", "3", "4", "5", "6", "7", "8", "9", "s", "m", "g", "v"].includes(key) || handle(e, this.bindings.filter((b) => /Space|Arrow(Left|Right)|Home|End|^l$/.test(b.keys[0])));
      return;
    }
    handle(e, this.bindings);
  }
  /** Take over what Python says. */
  pull() {
    if (this.pushing) return;
    let get = (k) => this.model.get(k), indices = (names) => new Set((names ?? []).map((n) => this.tracks.findIndex((t) => t.name === n)).filter((i) => i >= 0));
    this.solo = indices(get("solo")), this.muted = indices(get("muted")), this.region = get("region") ? (
      /** @type {[number, number]} */
      [...get("region")]
    ) : null, this.loop = !!get("loop"), this.match = !!get("match"), this.volume = get("volume_db") ?? 0, this.lanes.mode = get("view") ?? "both", this.lanes.layout(), this.show();
  }
  /** Tell Python. @param {Record<string, any>} values */
  push(values) {
    if (!this.gone) {
      this.pushing = !0;
      for (let [key, value] of Object.entries(values)) this.model.set(key, value);
      this.pushing = !1;
      try {
        this.model.save_changes();
      } catch {
      }
    }
  }
  /** Bring screen and sound to the state. */
  show() {
    let { tracks, solo, muted } = this;
    this.audible = tracks.map((t, i) => solo.size ? solo.has(i) : t.default && !muted.has(i)), this.session.setGains(this.abxGains ?? tracks.map((t, i) => this.audible[i] ? this.match ? gainOf(t.match_db) : 1 : 0)), this.session.setVolume(gainOf(this.volume)), this.session.setLoop(this.loop || this.abx ? this.region ?? [0, this.info.duration] : null), this.lanes.lanes.forEach(({ row, head }, i) => {
      row.classList.toggle("st-silent", !this.audible[i]), row.classList.toggle("st-current", i === this.current && tracks.length > 1), head.querySelector(".st-solo")?.setAttribute("aria-pressed", String(solo.has(i))), head.querySelector(".st-mute")?.setAttribute("aria-pressed", String(muted.has(i))), /** @type {HTMLElement} */
      head.querySelector(".st-kind").replaceChildren(this.match ? h("b", { text: decibel(tracks[i].match_db, 1, !0), title: "Gain of the loudness match" }) : tracks[i].rms_db === null ? "silent" : decibel(tracks[i].rms_db));
    }), this.matchButton.setAttribute("aria-checked", String(this.match)), this.loopButton.setAttribute("aria-pressed", String(this.loop));
    for (let [mode, b] of Object.entries(this.modes)) b.setAttribute("aria-pressed", String(mode === this.lanes.mode));
    this.slider.value = String(this.volume), this.volumeText.textContent = this.volume <= MIN_DB ? "silent" : decibel(this.volume, 1), this.slider.setAttribute("aria-valuetext", this.volumeText.textContent), this.chip.hidden = !this.region, this.region && (this.chipText.textContent = brief(this.region)), this.lanes.setRegion(this.region, this.loop), this.lanes.paint(), this.tick();
  }
  /** @param {Set<number>} set @returns {string[]} */
  names(set) {
    return [...set].sort((a, b) => a - b).map((i) => this.tracks[i].name);
  }
  pushGains() {
    this.show(), this.push({ solo: this.names(this.solo), muted: this.names(this.muted) });
    let heard = this.tracks.filter((_, i) => this.audible[i]).map((t) => t.name);
    this.say(heard.length ? `Heard: ${heard.join(" + ")}` : "Nothing is heard: all tracks are muted");
  }
  /** @param {number} i @param {boolean} add */
  toggleSolo(i, add) {
    if (i < 0 || i >= this.tracks.length) return;
    let had = this.solo.has(i);
    this.extra.exclusive ? this.solo = /* @__PURE__ */ new Set([i]) : add ? had ? this.solo.delete(i) : this.solo.add(i) : this.solo = had && this.solo.size === 1 ? /* @__PURE__ */ new Set() : /* @__PURE__ */ new Set([i]), this.current = i, this.pushGains();
  }
  /** @param {number} i */
  toggleMute(i) {
    if (!this.tracks[i]?.default) {
      this.tracks[i] && this.say(`${this.tracks[i].name} is heard only when soloed`);
      return;
    }
    this.muted.delete(i) || this.muted.add(i), this.current = i, this.pushGains();
  }
  /**
   * Exchange what tracks play and show; the sound stays in its place in time. The ear comes first: levels and pictures follow in a later task.
   * @param {[number, AudioBuffer][]} exchange
   */
  setTracks(exchange) {
    if (!(this.gone || !exchange.length)) {
      for (let [i, buffer] of exchange)
        this.session.setBuffer(i, buffer), this.undrawn.set(i, buffer);
      this.measuring || (this.measuring = window.setTimeout(() => this.measure(), 0));
    }
  }
  /** Levels, waveforms and matching gains of exchanged tracks. */
  measure() {
    if (this.measuring = 0, !this.gone) {
      for (let [i, buffer] of this.undrawn) {
        let facts = factsOf(buffer);
        Object.assign(this.tracks[i], { rms_db: facts.rms_db, peak_db: facts.peak_db }), this.exchanged.set(i, facts), this.lanes.lanes[i].head.title = `${this.tracks[i].name}: RMS ${decibel(facts.rms_db)}, peak ${decibel(facts.peak_db)}`, this.lanes.setTrack(i, buffer);
      }
      this.undrawn.clear(), this.rematch(), this.show();
    }
  }
  /** The matching gain of exchanged tracks: as loud as the first one. */
  rematch() {
    let first = this.session.buffers?.[0];
    if (first) for (let [i, facts] of this.exchanged) this.tracks[i].match_db = matchGain(factsOf(first), facts);
  }
  clearGains() {
    this.solo.clear(), this.muted.clear(), this.pushGains();
  }
  /** @param {number} i */
  setCurrent(i) {
    this.current = Math.min(this.tracks.length - 1, Math.max(0, i)), this.show();
  }
  /** @param {boolean} on */
  setMatch(on) {
    this.match = on, this.show(), this.push({ match: on }), this.say(on ? "Loudness matched: each track plays with the gain beside its name" : "One shared gain: tracks as loud as they are");
  }
  /** @param {boolean} on */
  setLoop(on) {
    this.loop = on, this.show(), this.push({ loop: on }), this.say(on ? this.region ? "Looping the region" : "Looping all" : "Loop off");
  }
  /** @param {string} mode */
  setView(mode) {
    this.lanes.setMode(mode), this.show(), this.push({ view: mode });
  }
  /** @param {number} factor */
  zoom(factor) {
    let { time } = this.lanes, p = this.session.position();
    time.zoom(factor, p >= time.start && p <= time.end ? p : (time.start + time.end) / 2);
  }
  /** @param {number} db @param {boolean} done */
  setVolume(db, done) {
    this.volume = Math.abs(db) < 0.75 ? 0 : db, this.show(), done && this.push({ volume_db: this.volume });
  }
  /** @param {[number, number] | null} region @param {boolean} done */
  setRegion(region, done) {
    let grid = 1 / this.info.sr;
    this.region = region && /** @type {[number, number]} */
    region.map((t) => Math.round(Math.round(t / grid) * grid * 1e6) / 1e6), this.lanes.setRegion(this.region, this.loop || !!region), this.chip.hidden = !this.region, this.region && (this.chipText.textContent = brief(this.region)), done && (this.loop = !!region, !region && this.root.contains(document.activeElement) && this.focus(), this.show(), this.push({ region: this.region, loop: this.loop }), region && !this.session.playing && (this.session.rest < region[0] || this.session.rest >= region[1]) && this.seek(region[0]), this.say(region ? `Region ${clock(region[0], 2)} to ${clock(region[1], 2)}, looping` : "Region cleared"));
  }
  /** Set one end of the region at the playhead. @param {0 | 1} end */
  mark(end) {
    let p = this.session.position(), r = this.region ?? [0, this.info.duration], next = (
      /** @type {[number, number]} */
      end ? [Math.min(r[0], p - 0.01), p] : [p, Math.max(r[1], p + 0.01)]
    );
    next[1] - next[0] > 4e-3 && this.setRegion([Math.max(0, next[0]), Math.min(this.info.duration, next[1])], !0);
  }
  toggle() {
    this.session.playing ? this.session.pause() : this.play();
  }
  play() {
    return this.session.rest >= this.info.duration - 1e-4 && (this.session.rest = 0), this.playState(!0), this.session.play();
  }
  /** @param {number} t @param {boolean} [tell] */
  seek(t, tell = !0) {
    this.session.seek(t), this.lanes.setPosition(this.session.rest, !1), this.now.textContent = clock(this.session.rest), this.session.playing || this.lanes.time.follow(this.session.rest), tell && this.tell(), this.tick();
  }
  /** Seeks while a finger moves: the ear gets one every 60 ms. @param {number} t @param {boolean} done */
  scrub(t, done) {
    let now = performance.now();
    (done || !this.session.playing || now - this.scrubbed > 60) && (this.scrubbed = now, this.seek(t, done));
  }
  tell() {
    this.sent = Math.round(this.session.rest * 1e6) / 1e6, this.push({ position: this.sent });
  }
  /** @param {boolean} on */
  playState(on) {
    this.playButton.replaceChildren(icon(on ? "pause" : "play"));
    let label = on ? "Pause (Space)" : "Play (Space)";
    this.playButton.setAttribute("aria-label", label), this.playButton.title = label, this.root.classList.toggle("st-playing", on);
  }
  /** What became of the sound. @param {"play" | "pause" | "end" | "error"} what @param {unknown} [error] */
  heard(what, error) {
    if (this.playState(this.session.playing), what === "error") {
      this.fail(error);
      return;
    }
    what === "play" ? this.say(this.info.note) : this.tell(), this.push({ playing: this.session.playing }), this.tick();
  }
  /** One frame: playhead, clock, meter. Runs only while something moves. */
  tick() {
    this.frame || this.gone || (this.frame = requestAnimationFrame(() => {
      if (this.frame = 0, this.gone) return;
      let t = this.session.position();
      this.now.textContent = clock(t), this.lanes.setPosition(t, this.session.playing);
      let moving = this.showLevel();
      (this.session.playing || moving) && this.tick();
    }));
  }
  /** @returns {boolean} whether the meter still moves */
  showLevel() {
    let now = performance.now(), engine = this.session.engine, since = Math.min(0.15, (now - this.metered) / 1e3 + 0.01), step = calm() ? 250 : 30;
    if (now - this.metered < step) return !0;
    this.metered = now;
    let peak = engine && this.session.ctx?.state === "running" ? engine.peak(calm() ? 0.15 : since) : 0;
    peak > 1.00001 && this.setClip(!0);
    let db = Math.max(-60, 20 * Math.log10(peak + 1e-9)), shown = Math.max(db, this.shown - 1.5);
    return this.shown = this.session.playing ? shown : Math.max(-60, this.shown - 3), this.meter.style.transform = `scaleX(${((this.shown + 60) / 60).toFixed(3)})`, this.shown > -60;
  }
  /** @param {boolean} on */
  setClip(on) {
    on !== this.clipping && (this.clipping = on, this.clipButton.classList.toggle("st-on", on), this.clipButton.setAttribute("aria-label", on ? "Clipping: click to reset" : "No clipping"), on && this.say("The sum exceeds full scale and clips: turn the volume down"));
  }
  startAbx() {
    let plan = this.model.get("abx_plan");
    if (this.closeAbx(), !plan) return;
    let order = [plan.a, plan.b], listen = (which) => {
      this.abxGains = this.tracks.map((t, i) => which >= 0 && i === order[which] ? plan.match ? gainOf(t.match_db) : 1 : 0), this.show(), which < 0 ? this.session.pause() : this.session.playing || this.play();
    };
    this.abx = abxPanel({ plan, listen, leave: () => this.leaveAbx(), answer: (choice, seconds) => {
      let answers = [...this.model.get("abx_answers") ?? [], [choice, Math.round(seconds * 1e3) / 1e3]];
      this.push({ abx_answers: answers });
    } }), this.abxGains = this.tracks.map(() => 0);
    let focused = this.root.contains(document.activeElement);
    this.lanes.body.hidden = !0, this.root.classList.add("st-testing"), this.lanes.mapRow.before(this.abx.panel), focused && this.focus(), this.say(plan.match ? "Loudness is matched during the test" : ""), this.show();
  }
  closeAbx() {
    this.abx?.panel.remove(), this.abx = null, this.abxGains = void 0, this.lanes.body.hidden = !1, this.root.classList.remove("st-testing"), this.show();
  }
  leaveAbx() {
    this.session.pause(), this.closeAbx(), this.push({ abx_plan: null }), this.focus();
  }
  /** Open or close the table of keys. */
  help() {
    if (this.shade) {
      this.shade.remove(), this.shade = null, this.focus();
      return;
    }
    let close = h("button", { type: "button", "aria-label": "Close", on: { click: () => this.help() } }, icon("close")), extra = [["drag", "select a region"], ["drag its edge", "change it"], ["Ctrl wheel", "zoom"], ["Shift wheel", "pan"]], rows = [...this.bindings.filter((b) => b.label).map((b) => [b.label, b.does]), ...extra], shade = this.shade = /** @type {HTMLElement} */
    h(
      "div",
      { class: "st-help", role: "dialog", "aria-modal": "true", "aria-label": "Keys", on: { click: (e) => {
        e.target === this.shade && this.help();
      } } },
      h("div", {}, h("h3", {}, "Keys", close), h("dl", {}, ...rows.map(([key, does]) => h("div", {}, h("dt", {}, ...key.split(" ").flatMap((k) => /^(and|drag|its|edge|…|wheel)$/.test(k) ? [` ${k} `] : [h("kbd", { text: k }), " "])), h("dd", { text: does })))))
    );
    this.root.append(shade), close.focus();
  }
  /** @param {string} text @param {number} [ms] */
  say(text, ms = 0) {
    this.gone || !this.status || (clearTimeout(this.saying), this.status.classList.remove("st-bad"), this.status.textContent = text, this.status.title = text, ms && (this.saying = window.setTimeout(() => this.say(this.info.note), ms)));
  }
  /** @param {unknown} error */
  fail(error) {
    this.say(`The sound cannot be played: ${error instanceof Error ? error.message : String(error)}`), this.status.classList.add("st-bad");
  }
  /** The script-free output beside this one has done its work. */
  hideFallback() {
    let id = this.model.get("fallback_id");
    if (!id || !/^[\w-]+$/.test(id)) return;
    let style = h("style", { text: `.${id} { display: none !important; }` });
    document.head.append(style), this.undo.push(() => style.remove());
  }
  destroy() {
    this.gone = !0, cancelAnimationFrame(this.frame), clearTimeout(this.saying), clearTimeout(this.measuring), this.undrawn.clear();
    for (let f of this.undo) f();
    this.session.destroy(), this.lanes.destroy(), this.theme?.stop(), delete this.root.player, this.el.replaceChildren();
  }
};
function render({ model, el }) {
  let view = new PlayerView(model, el);
  return () => view.destroy();
}
var player_default2 = { render };
export {
  PlayerView,
  player_default2 as default
};
