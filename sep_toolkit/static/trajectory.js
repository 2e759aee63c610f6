// Built from js/ by `npm run build`; edit the sources there.

// trajectory.css
var trajectory_default = `.st-stack { width: 100%; cursor: ew-resize; }
.st-panel { fill: var(--st-lane); opacity: .55; }
.st-chart .st-paneltitle { font-size: 11.5px; font-weight: 600; fill: var(--st-text); }
.st-chart .st-panelnote { font-weight: 400; font-size: 11px; fill: var(--st-soft); }
.st-dot { fill: var(--st-back); stroke: var(--st-c); stroke-width: 2.2; }
.st-stack .st-point { stroke: none; }
.st-split { display: grid; grid-template-columns: minmax(0, 1fr) 330px; gap: 8px 22px; align-items: start; }
.st-side { display: flex; flex-direction: column; gap: 14px; min-width: 0; }
.st-form { display: grid; grid-template-columns: auto 1.5fr auto 1fr; gap: 7px 8px; align-items: center; font-size: 12.5px; }
.st-form label { display: contents; color: var(--st-soft); }
.st-form label > span { color: var(--st-soft); white-space: nowrap; }
.st-player .st-form select, .st-player .st-form input { width: 100%; min-width: 0; }
.st-form .st-wide { grid-column: 2 / -1; }
.st-player .st-form .st-new { border-color: var(--st-accent); box-shadow: inset 0 0 0 1px var(--st-accent); }
.st-buttons { display: flex; flex-wrap: wrap; gap: 7px; }
.st-player .st-do.st-main { border-color: var(--st-accent); color: var(--st-accent); }
.st-chips { display: flex; flex-wrap: wrap; gap: 5px; margin: 7px 0; }
.st-player .st-chips button { height: 25px; padding: 0 9px; font-size: 12px; border: 1px solid var(--st-line); border-radius: 13px; color: var(--st-soft); }
.st-player .st-chips button[aria-pressed=true] { background: color-mix(in srgb, var(--st-accent) 16%, transparent); border-color: var(--st-accent); color: var(--st-text); }
.st-player .st-chips button:hover { background: var(--st-hover); }
.st-side details > summary { cursor: pointer; font-size: 12.5px; padding: 2px 4px; margin-left: -4px; border-radius: 4px; width: max-content; color: var(--st-soft); }
.st-player .st-runs td, .st-player .st-runs th { padding: 3px 7px; }
.st-player .st-runs tbody tr { cursor: pointer; }
.st-player .st-runs tbody th { max-width: 150px; overflow: hidden; text-overflow: ellipsis; }
.st-player .st-runs tbody th button { font-size: 12.5px; gap: 6px; max-width: 100%; justify-content: flex-start; }
.st-runs th svg { flex: none; }
.st-key-map { display: inline-flex; align-items: center; gap: 6px; font-size: 11.5px; color: var(--st-soft); white-space: nowrap; }
.st-key-map i { width: 90px; height: 10px; border-radius: 2px; border: 1px solid var(--st-line); }
.st-mapname .st-label { font-weight: 500; color: var(--st-soft); }
.st-row.st-track.st-maprow { height: 62px; grid-template-rows: 62px; }
.st-maprow .st-view { cursor: crosshair; }
.st-none { position: absolute; inset: 0; display: flex; align-items: center; justify-content: center; font-size: 12px; color: var(--st-soft); pointer-events: none; }
.st-lanebar { justify-content: space-between; }
.st-lanebar .st-controls { gap: 8px 14px; }
.st-scrub-facts { font-size: 12.5px; color: var(--st-soft); min-height: 1.35em; user-select: text; -webkit-user-select: text; }
@container (max-width: 860px) {
  .st-split { grid-template-columns: minmax(0, 1fr); }
  .st-form { max-width: 520px; }
}
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

// explorer.css
var explorer_default = `.st-explorer { border-bottom: 1px solid var(--st-line); padding: 12px 14px 10px; display: flex; flex-direction: column; gap: 12px; }
.st-explorer h2 { font-size: 15px; font-weight: 600; margin: 0; color: inherit; letter-spacing: -.005em; }
.st-explorer h3 { font-size: 12px; font-weight: 600; margin: 0 0 4px; color: var(--st-soft); }
.st-explorerhead { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 24px; }
.st-runbar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; flex: 1 1 380px; justify-content: flex-end; }
.st-player .st-order, .st-player .st-do {
  height: 30px; padding: 0 11px 0 8px; gap: 5px; border: 1px solid var(--st-line); font-size: 12.5px; font-weight: 500; white-space: nowrap;
}
.st-player .st-order svg { width: 15px; height: 15px; }
.st-player .st-do { padding: 0 11px; }
.st-player .st-do svg { width: 15px; height: 15px; margin-left: -3px; }
.st-player .st-order:hover:not(:disabled), .st-player .st-do:hover:not(:disabled) { background: var(--st-hover); }
.st-runbar[data-state=ready] .st-order:first-child:not(:disabled), .st-runbar[data-state=paused] .st-order:first-child:not(:disabled) { background: var(--st-accent); border-color: var(--st-accent); color: var(--st-back); }
.st-where { flex: 0 1 270px; min-width: 170px; font-size: 12px; }
.st-whereline { display: flex; gap: 8px; white-space: nowrap; overflow: hidden; margin-bottom: 4px; }
.st-whereline span { color: var(--st-soft); overflow: hidden; text-overflow: ellipsis; }
.st-progress { height: 4px; border-radius: 2px; background: var(--st-hover); overflow: hidden; }
.st-progress i { display: block; height: 100%; background: var(--st-accent); transform-origin: left; transform: scaleX(0); transition: transform 150ms linear; }
.st-runbar[data-state=failed] .st-progress i, .st-runbar[data-state=cancelled] .st-progress i { background: #d55e00; }
.st-runbar[data-state=failed] .st-whereline b { color: #d55e00; }
.st-tabs { display: inline-flex; flex-wrap: wrap; border: 1px solid var(--st-line); border-radius: 7px; overflow: hidden; }
.st-player .st-tabs button { height: 28px; padding: 0 10px; font-size: 12px; border-radius: 0; color: var(--st-soft); }
.st-player .st-tabs button + button { border-left: 1px solid var(--st-line); }
.st-player .st-tabs button:hover { background: var(--st-hover); }
.st-player .st-tabs button[aria-pressed=true] { background: color-mix(in srgb, var(--st-accent) 16%, transparent); color: var(--st-accent); font-weight: 600; }
.st-player .st-tabs button:focus-visible { outline-offset: -2px; }

.st-controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; font-size: 12.5px; }
.st-controls label, .st-named { display: inline-flex; align-items: center; gap: 7px; color: var(--st-soft); white-space: nowrap; }
.st-player select, .st-player input[type=number] {
  font: inherit; font-size: 12.5px; height: 30px; padding: 0 8px; color: var(--st-text); background: var(--st-back); border: 1px solid var(--st-line); border-radius: 6px; margin: 0;
}
.st-player input[type=number] { width: 84px; user-select: text; -webkit-user-select: text; }
.st-player select:disabled, .st-player input:disabled { opacity: .5; }
.st-controls .st-switch { font-size: 12.5px; }
.st-charts { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 3fr); gap: 14px; }
.st-charts > section { min-width: 0; }
.st-chart { position: relative; touch-action: pan-y; cursor: crosshair; }
.st-chart.st-over-point { cursor: pointer; }
.st-chart svg { display: block; position: absolute; inset: 0; overflow: visible; }
.st-chart text { font-size: 11px; fill: var(--st-soft); font-family: inherit; }
.st-chart .st-axis { font-size: 11.5px; }
.st-chart .st-empty { font-size: 13px; }
.st-gridline { stroke: var(--st-grid); stroke-width: 1; fill: none; shape-rendering: crispEdges; }
.st-curve { fill: none; stroke: var(--st-c); stroke-width: 1.4; stroke-linejoin: round; opacity: .5; }
.st-point { fill: var(--st-back); stroke: var(--st-c); stroke-width: 1.5; opacity: .6; }
.st-on .st-curve { stroke-width: 2.4; opacity: 1; }
.st-on .st-point { opacity: 1; stroke-width: 1.8; }
.st-point.st-taken { fill: var(--st-c); opacity: 1; }
.st-point.st-probe { stroke-dasharray: 2 1.4; }
.st-current-point { fill: none; stroke: var(--st-text); stroke-width: 1.6; }
.st-dark .st-series { --st-c2: color-mix(in srgb, var(--st-c) 74%, white); }
.st-dark .st-curve, .st-dark .st-point { stroke: var(--st-c2); }
.st-dark .st-point.st-taken, .st-dark .st-band { fill: var(--st-c2); }
.st-band { fill: var(--st-c); opacity: .13; }
.st-level { stroke: var(--st-faint); stroke-dasharray: 2 3; fill: none; }
.st-chart .st-leveltext { font-size: 10.5px; paint-order: stroke; stroke: var(--st-back); stroke-width: 3px; }
.st-line { position: absolute; left: 0; width: 0; border-left: 1.5px solid var(--st-text); cursor: ew-resize; z-index: 1; }
.st-line i { position: absolute; bottom: -8px; left: -8.75px; width: 16px; height: 16px; border-radius: 50%; background: var(--st-text); border: 3px solid var(--st-back); box-shadow: 0 0 0 1px var(--st-faint); }
.st-line.st-busy i { background: var(--st-accent); }
.st-player .st-line:focus-visible { outline: none; border-left-color: var(--st-accent); }
.st-player .st-line:focus-visible i { outline: 2px solid var(--st-accent); outline-offset: 1px; }
.st-tip { position: absolute; top: 0; left: 0; z-index: 3; pointer-events: none; background: var(--st-text); color: var(--st-back); font-size: 11.5px; line-height: 1.3; padding: 4px 8px; border-radius: 5px; white-space: nowrap; }

.st-scrubber { display: flex; align-items: center; gap: 6px; font-size: 12px; min-width: 0; }
.st-scrubber button { width: 26px; height: 26px; color: var(--st-soft); flex: none; }
.st-scrubber button:hover { background: var(--st-hover); color: var(--st-text); }
.st-cap2 { color: var(--st-soft); white-space: nowrap; margin-right: 2px; }
.st-scrub { position: relative; flex: 1 1 120px; height: 26px; min-width: 60px; cursor: ew-resize; touch-action: none; border-radius: 5px; }
.st-ticks { position: absolute; inset: 0 9px; border-bottom: 1px solid var(--st-line); }
.st-ticks b { position: absolute; bottom: 0; width: 1.5px; height: 7px; margin-left: -.75px; background: var(--st-faint); }
.st-ticks b.st-taken { height: 14px; width: 2.5px; background: var(--st-accent); }
.st-ticks b.st-probe { height: 7px; background: repeating-linear-gradient(var(--st-faint) 0 2px, transparent 2px 4px); }
.st-ticks i { position: absolute; width: 0; top: 3px; bottom: -5px; left: 0; }
.st-ticks i::after { content: ""; position: absolute; left: -5px; bottom: 0; width: 10px; height: 10px; border-radius: 50%; background: var(--st-text); border: 2px solid var(--st-back); box-shadow: 0 0 0 1px var(--st-faint); }
.st-scrubtext { flex: 0 0 auto; min-width: 15em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }

.st-words { font-size: 12.5px; color: var(--st-soft); }
.st-words summary { cursor: pointer; width: max-content; padding: 1px 4px; border-radius: 4px; }
.st-summary { margin: 6px 0 0; color: var(--st-text); max-width: 100ch; white-space: pre-line; user-select: text; -webkit-user-select: text; }
.st-table { border-collapse: collapse; font-size: 12.5px; width: 100%; }
.st-player .st-table th, .st-player .st-table td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--st-line); font-weight: 400; background: none; color: inherit; white-space: nowrap; }
.st-player .st-table th { color: var(--st-soft); font-size: 11.5px; }
.st-player .st-table tbody th, .st-player .st-table thead th:first-child { text-align: left; }
.st-player .st-table tbody th { color: var(--st-text); font-weight: 500; font-size: 12.5px; }
.st-player .st-table tr.st-here > * { background: color-mix(in srgb, var(--st-accent) 10%, transparent); }
.st-note { color: var(--st-soft); font-size: 11.5px; margin: 5px 0 0; max-width: 110ch; }
.st-scroll { overflow-x: auto; }

@container (max-width: 760px) {
  .st-charts { grid-template-columns: minmax(0, 1fr); gap: 8px; }
  .st-explorer { padding: 10px 10px 8px; gap: 10px; }
  .st-runbar { justify-content: flex-start; }
  .st-scrubber { flex-wrap: wrap; }
  .st-scrub { flex-basis: 60%; }
}

.st-exclusive .st-silent .st-view canvas { opacity: .78; }
.st-exclusive .st-silent .st-label { color: var(--st-text); }
.st-player.st-exclusive .st-solo { padding: 0 7px; }
`;

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
  let places2 = Math.max(0, Math.min(4, -Math.floor(Math.log10(step) + 1e-9)));
  return t < 60 && step < 30 ? `${t.toFixed(places2)} s` : clock(t, places2);
}
function clock(t, places2 = 3) {
  let whole2 = Math.max(0, Number(t.toFixed(places2))), m = Math.floor(whole2 / 60), s2 = (whole2 - 60 * m).toFixed(places2);
  return `${m}:${s2.padStart(places2 ? places2 + 3 : 2, "0")}`;
}
function hertz(hz) {
  if (hz < 1e3) return `${Math.round(hz)} Hz`;
  let k = hz / 1e3;
  return `${k >= 10 ? k.toFixed(k % 1 ? 1 : 0).replace(/\.0$/, "") : k.toFixed(2).replace(/\.?0+$/, "")} kHz`;
}
function decibel(db, places2 = 1, sign = !1) {
  if (db === null || !Number.isFinite(db)) return "−∞ dB";
  let text = Math.abs(db).toFixed(places2);
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
      for (let s2 of channels) for (let i = from; i < to; i += 1) {
        let v = s2[i];
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
    for (let s2 of channels) {
      for (let i = 0; i < n_fft; i += 1)
        re[i] = (s2[at + i] ?? 0) * win[i], im[i] = 0;
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
      let share = Math.min(1, Math.max(0, 1 - (y - wave) / spec)), level2 = (lane.fine ?? lane.picture).at(t, share);
      parts.push(hertz(freqAt(share, this.info.max_hz)), level2 <= 0 ? `under ${decibel(this.info.floor_db, 0)}` : decibel(this.info.floor_db * (1 - level2), 0));
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
  snap(s2) {
    return Math.round(s2 * this.ctx.sampleRate) / this.ctx.sampleRate;
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
    let level2 = h("span", { class: "st-kind" });
    return h(
      "div",
      { class: "st-name", title: `${track.name}${said ? ` (${said})` : ""}: RMS ${decibel(track.rms_db)}, peak ${decibel(track.peak_db)}${track.default || exclusive ? "" : "; heard when soloed"}`, on: { pointerdown: () => this.setCurrent(i) } },
      h("div", {}, h("span", { class: "st-label", text: track.name }), i < 9 ? h("span", { class: "st-key", text: i + 1, title: `Key ${i + 1}: solo` }) : null),
      h("div", { class: "st-keys" }, solo, exclusive ? null : mute, level2),
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

// lib/link.js
var Link = class {
  /** @param {Model} model */
  constructor(model) {
    this.model = model, this.listeners = /* @__PURE__ */ new Map(), this._hear = (message, buffers) => {
      for (let [kind, f] of this.listeners) message && kind in message && f(message, buffers);
    }, model.on("msg:custom", this._hear);
  }
  get alive() {
    return typeof this.model.send == "function";
  }
  /** @param {string} what @param {Record<string, any>} [data] @returns {boolean} whether it went out */
  order(what, data = {}) {
    if (!this.alive) return !1;
    try {
      return this.model.send?.({ do: what, ...data }), !0;
    } catch {
      return !1;
    }
  }
  /** Messages that have a field of this name. @param {string} kind @param {(message: any, buffers: DataView[]) => void} f */
  on(kind, f) {
    this.listeners.set(kind, f);
  }
  destroy() {
    this.model.off("msg:custom", this._hear), this.listeners.clear();
  }
}, LIMIT = 256e6, Sounds = class {
  /** @param {Link} link @param {Model} model @param {() => void} [onnew] */
  constructor(link, model, onnew = () => {
  }) {
    this.link = link, this.held = /* @__PURE__ */ new Map(), this.waiting = /* @__PURE__ */ new Map(), this.asking = /* @__PURE__ */ new Set(), this.onnew = onnew, this.bytes = 0;
    let kept = model.get("kept_sounds");
    this.packed = new Map((kept?.ids ?? []).map((id, i) => [id, kept.data[i]])), this.info = kept?.info, link.on("sound", (message, buffers) => {
      this._take(message.sound, buffers[0], message.info).catch((e) => this.waiting.get(message.sound)?.fail(e));
    });
  }
  /** @param {string} key @returns {AudioBuffer | undefined} */
  has(key) {
    let buffer = this.held.get(key);
    return buffer && (this.held.delete(key), this.held.set(key, buffer)), buffer;
  }
  /** @param {string} key @returns {Promise<AudioBuffer>} */
  get(key) {
    let buffer = this.has(key);
    if (buffer) return Promise.resolve(buffer);
    let under = this.waiting.get(key);
    if (under) return under.promise;
    let data = this.packed.get(key);
    if (data) return decode(data, this.info).then((b) => this._keep(key, b));
    let done = (_b) => {
    }, fail = (_e) => {
    }, promise = (
      /** @type {Promise<AudioBuffer>} */
      new Promise((a, b) => {
        done = a, fail = b;
      })
    );
    return this.waiting.set(key, { promise, done, fail }), this.link.alive ? (this.asking.size || queueMicrotask(() => {
      this.link.order("sound", { keys: [...this.asking] }), this.asking.clear();
    }), this.asking.add(key), promise) : (this.waiting.delete(key), fail(new Error("this sound is not on the page")), promise);
  }
  /** @param {string} key @param {DataView} data @param {Info} info */
  async _take(key, data, info) {
    let buffer = this.held.get(key) ?? this._keep(key, await decode(data, info));
    this.waiting.get(key)?.done(buffer), this.waiting.delete(key), this.onnew();
  }
  /** @param {string} key @param {AudioBuffer} buffer @returns {AudioBuffer} */
  _keep(key, buffer) {
    let size = (b) => 4 * b.length * b.numberOfChannels;
    this.held.set(key, buffer), this.bytes += size(buffer);
    for (let [old, b] of this.held) {
      if (this.bytes <= LIMIT || old === key) break;
      this.held.delete(old), this.bytes -= size(b);
    }
    return buffer;
  }
  destroy() {
    this.held.clear(), this.waiting.clear(), this.packed.clear(), this.bytes = 0;
  }
}, differences = /* @__PURE__ */ new WeakMap();
function minus(a, b) {
  let of = differences.get(a);
  of || differences.set(a, of = /* @__PURE__ */ new WeakMap());
  let had = of.get(b);
  if (had) return had;
  let out = new AudioBuffer({ length: a.length, numberOfChannels: a.numberOfChannels, sampleRate: a.sampleRate });
  for (let c = 0; c < a.numberOfChannels; c += 1) {
    let x = a.getChannelData(c), y = b.getChannelData(Math.min(c, b.numberOfChannels - 1)), z = out.getChannelData(c);
    for (let i = 0; i < z.length; i += 1) z[i] = x[i] - (y[i] ?? 0);
  }
  return of.set(b, out), out;
}

// lib/runbar.js
var STATES = { ready: "Ready", running: "Running", paused: "Paused", done: "Done", failed: "Failed", cancelled: "Cancelled", trace: "Recorded" };
function brief2(seconds) {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : seconds < 100 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
var RunBar = class {
  /** @param {{order: (what: string) => void, show: (i: number) => void}} on */
  constructor(on) {
    this.on = on;
    let button = (name, label, click) => h("button", { type: "button", class: "st-order", on: { click } }, icon(name), h("span", { text: label }));
    this.go = button("play", "Start", () => on.order(this.able.includes("pause") ? "pause" : "start")), this.stop = button("stop", "Cancel", () => on.order("cancel")), this.ask = h("button", { type: "button", class: "st-do", title: "Passes and seconds a whole run takes at most, from a timed excerpt", on: { click: () => on.order("cost") } }, "Cost"), this.fill = h("i"), this.bar = h("div", { class: "st-progress", role: "progressbar", "aria-label": "Progress of the run", "aria-valuemin": "0", "aria-valuemax": "100" }, this.fill), this.state = h("b"), this.text = h("span"), this.tabs = h("div", { class: "st-tabs", role: "group", "aria-label": "Runs" }), this.el = h("div", { class: "st-runbar", role: "group", "aria-label": "Run" }, this.go, this.stop, this.ask, h("div", { class: "st-where" }, h("div", { class: "st-whereline" }, this.state, this.text), this.bar), this.tabs), this.able = [], this.drawn = this.label = "";
  }
  /** @param {RunFacts[]} runs @param {number} shown @param {string[]} able @param {string} unit what a step is called */
  set(runs, shown, able, unit) {
    let now = runs[shown];
    if (this.able = able, !now) return;
    let pause = able.includes("pause"), label = pause ? "Pause" : now.state === "paused" ? "Resume" : "Start", onlyLook = now.state === "trace" || !able.length && now.state !== "running";
    this.go.hidden = this.stop.hidden = onlyLook && now.state === "trace", this.ask.hidden = now.state !== "ready" || !able.length, this.go.disabled = !pause && !able.includes("start"), this.stop.disabled = !able.includes("cancel"), this.label !== label && (this.label = label, this.go.replaceChildren(icon(pause ? "pause" : "play"), h("span", { text: label })));
    let done = now.done ?? (now.state === "trace" ? 1 : 0), percent = Math.round(100 * done);
    this.state.textContent = STATES[now.state], this.el.setAttribute("data-state", now.state);
    let left = now.state === "running" && now.remaining_s !== null && now.remaining_s !== void 0 && now.steps > 2 ? `, at most ${brief2(now.remaining_s)} left` : "", spent = now.elapsed_s ? ` in ${brief2(now.elapsed_s)}` : "";
    this.text.textContent = `${now.steps} ${unit}${now.steps === 1 ? "" : "s"}${spent}${left}`, this.fill.style.transform = `scaleX(${done})`, this.bar.setAttribute("aria-valuenow", percent), this.bar.setAttribute("aria-valuetext", `${STATES[now.state]}, ${this.text.textContent}`), this.tabs.hidden = runs.length < 2;
    let key = JSON.stringify([runs.map((r) => [r.name, r.state]), shown]);
    if (key === this.drawn) return;
    this.drawn = key;
    let focused = this.tabs.contains(document.activeElement);
    this.tabs.replaceChildren(...runs.map((r, i) => h("button", { type: "button", "aria-pressed": String(i === shown), title: `${r.name}: ${STATES[r.state]}`, on: { click: () => this.on.show(i) } }, r.name))), focused && this.tabs.children[shown]?.focus();
  }
};

// lib/explorer.js
var Explorer = class {
  /** @param {Model} model @param {HTMLElement} el @param {(explorer: Explorer) => Hooks} make */
  constructor(model, el, make) {
    this.model = model, this.link = new Link(model), this.sounds = new Sounds(this.link, model, () => this.changed()), this.rows = model.get("rows"), this.runs = model.get("runs"), this.able = model.get("able") ?? [], this.frame = 0, this.ticket = 0, this.gone = !1, this.heard = [], this.undo = [], this.hooks = make(this), this.runbar = new RunBar({ order: (what) => this.order(what), show: (i) => this.show(i) }), this.summary = h("p", { class: "st-summary" });
    let head = h("div", { class: "st-explorerhead" }, h("h2", { text: this.hooks.label }), this.runbar.el), above = h("div", { class: "st-explorer" }, head, ...this.hooks.panel, h("details", { class: "st-words" }, h("summary", { text: "In words" }), this.summary));
    this.player = new PlayerView(model, el, { above, css: explorer_default, label: this.hooks.label, exclusive: !0, bindings: [
      { keys: ["r"], label: "R", does: "start, pause or resume the run", run: () => {
        this.can("pause") ? this.order("pause") : this.can("start") && this.order("start");
      } },
      { keys: [","], label: ", and .", does: "one step back or on", run: () => this.by(-1) },
      { keys: ["."], label: "", does: "", run: () => this.by(1) },
      ...this.hooks.bindings ?? []
    ] }), this.player.root.explorer = this;
    let on = (event, f) => {
      model.on(event, f), this.undo.push(() => model.off(event, f));
    };
    for (let key of ["rows", "runs", "able", "shown", "summary", ...this.hooks.traits]) on(`change:${key}`, () => this.changed());
    on("change:at", () => this.changed()), on("change:said", () => this.says()), this.says(), this.update();
  }
  /** @param {string} what @returns {boolean} */
  can(what) {
    return this.link.alive && this.able.includes(what);
  }
  get shown() {
    return this.model.get("shown") ?? 0;
  }
  get run() {
    return this.runs[this.shown];
  }
  /** The step that is seen and heard: the one chosen, or the last accepted one. @returns {Row | null} */
  get row() {
    let at = this.model.get("at");
    if (at && at[0] === this.shown && this.rows[at[1]]) return this.rows[at[1]];
    for (let i = this.rows.length - 1; i >= 0; i -= 1) if (this.rows[i].accepted) return this.rows[i];
    return null;
  }
  /** @param {Record<string, any>} values */
  push(values) {
    for (let [key, value] of Object.entries(values)) this.model.set(key, value);
    try {
      this.model.save_changes();
    } catch {
    }
  }
  /** See and hear a step; null follows the last accepted one. @param {number | null} index @param {boolean} [done] false while something is dragged: Python is told at the end */
  choose(index, done = !0) {
    let at = index === null ? null : [this.shown, index];
    done ? this.push({ at }) : this.model.set("at", at), this.update();
  }
  /** @param {number} n */
  by(n) {
    let now = this.row?.index ?? -1;
    this.rows.length && this.choose(Math.min(this.rows.length - 1, Math.max(0, now + n)));
  }
  /** @param {number} i */
  show(i) {
    if (i !== this.shown) {
      if (!this.link.alive) {
        this.player.say("This page holds the run that was shown when it was written");
        return;
      }
      this.push({ shown: i, at: null });
    }
  }
  /** @param {string} what @param {Record<string, any>} [data] */
  order(what, data) {
    this.link.order(what, data) || this.player.say("There is no kernel here: what was computed can be seen and heard", 4e3);
  }
  /** Something is new: once a frame is enough for the eye. */
  changed() {
    if (this.frame || this.gone) return;
    if (document.visibilityState === "hidden") {
      this.update();
      return;
    }
    this.frame = requestAnimationFrame(() => {
      this.frame = 0, this.update();
    });
  }
  update() {
    if (this.gone) return;
    this.rows = this.model.get("rows") ?? [], this.runs = this.model.get("runs") ?? [], this.able = this.model.get("able") ?? [], this.hear(), this.runbar.set(this.runs, this.shown, this.link.alive ? this.able : [], this.hooks.unit ?? "step");
    let words = this.model.get("summary") ?? "";
    this.summary.textContent !== words && (this.summary.textContent = words), this.hooks.draw();
  }
  /** Give every track the sound of the step at the cursor; sounds that are here are exchanged at once, others when they come. */
  hear() {
    let ticket = ++this.ticket, sounds = this.hooks.tracks(this.row);
    this.put(
      /** @type {[number, AudioBuffer][]} */
      [...sounds.entries()].filter(([, s2]) => s2 instanceof AudioBuffer)
    );
    for (let [i, sound] of sounds.entries())
      sound === null || sound instanceof AudioBuffer || sound.then(
        (buffer) => {
          ticket === this.ticket && !this.gone && this.put([[i, buffer]]);
        },
        (error) => {
          ticket === this.ticket && !this.gone && this.player.say(`Not heard: ${error instanceof Error ? error.message : error}`);
        }
      );
  }
  /** Exchange what is new, all tracks at one time. @param {[number, AudioBuffer][]} exchange */
  put(exchange) {
    let fresh = exchange.filter(([i, buffer]) => this.heard[i] !== buffer);
    for (let [i, buffer] of fresh) this.heard[i] = buffer;
    this.player.setTracks(fresh);
  }
  /** A sound of a step: at once where it is here. @param {string | undefined} key @returns {Promise<AudioBuffer> | AudioBuffer | null} */
  sound(key) {
    return key === void 0 ? null : this.sounds.has(key) ?? this.sounds.get(key);
  }
  says() {
    let said = this.model.get("said");
    said?.text && (this.player.say(said.text), this.player.status.classList.toggle("st-bad", !!said.bad), said.bad && this.hooks.failed?.());
  }
  destroy() {
    this.gone = !0, cancelAnimationFrame(this.frame);
    for (let f of this.undo) f();
    delete /** @type {any} */
    this.player.root.explorer, this.player.destroy(), this.sounds.destroy(), this.link.destroy(), this.heard = [];
  }
};
function together(sounds, f) {
  return sounds.some((x) => x === null) ? null : sounds.every((x) => x instanceof AudioBuffer) ? f(.../** @type {AudioBuffer[]} */
  sounds) : Promise.all(
    /** @type {Promise<AudioBuffer>[]} */
    sounds
  ).then((b) => f(...b));
}

// lib/scrubber.js
var Scrubber = class {
  /** @param {{label: string, text: (i: number) => string, on: (i: number, done: boolean) => void}} options */
  constructor({ label, text, on }) {
    this.text = text, this.on = on, this.count = 0, this.value = 0, this.marks = h("div"), this.knob = h("i"), this.ticks = h("div", { class: "st-ticks", "aria-hidden": "true" }, this.marks, this.knob), this.track = h("div", { class: "st-scrub", tabindex: "0", role: "slider", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", on: {
      keydown: (e) => this._key(e),
      pointerdown: (e) => this._grab(e),
      mousedown: (e) => e.preventDefault()
    } }, this.ticks);
    let button = (name, title, by) => h("button", { type: "button", "aria-label": title, title, on: { click: () => this.go(this.value + by, !0) } }, icon(name));
    this.said = h("span", { class: "st-scrubtext" }), this.el = h("div", { class: "st-scrubber", role: "group", "aria-label": label }, h("span", { class: "st-cap2", text: label }), button("back", "One back", -1), this.track, button("next", "One on", 1), this.said);
  }
  /** @param {{value: number, marks: {taken: boolean, probe?: boolean}[]}} state */
  set({ value, marks }) {
    (marks.length !== this.count || this.marked !== JSON.stringify(marks)) && (this.marked = JSON.stringify(marks), this.count = marks.length, this.marks.replaceChildren(...marks.map((m, i) => h("b", { class: m.taken ? "st-taken" : m.probe ? "st-probe" : "", style: `left: ${this._share(i)}%` }))), this.track.setAttribute("aria-valuemax", Math.max(0, this.count - 1))), this.value = Math.min(Math.max(0, value), Math.max(0, this.count - 1)), this.knob.style.left = `${this._share(this.value)}%`, this.said.textContent = this.count ? this.text(this.value) : "no steps yet", this.track.setAttribute("aria-valuenow", this.value), this.track.setAttribute("aria-valuetext", this.said.textContent);
  }
  /** @param {number} i @returns {number} percent */
  _share(i) {
    return this.count > 1 ? 100 * i / (this.count - 1) : 0;
  }
  /** @param {number} i @param {boolean} done */
  go(i, done) {
    let to = Math.min(Math.max(0, Math.round(i)), this.count - 1);
    this.count && (to !== this.value || done) && this.on(to, done);
  }
  /** @param {PointerEvent} e */
  _grab(e) {
    if (e.button !== 0) return;
    this.track.focus({ preventScroll: !0 }), this.track.setPointerCapture(e.pointerId);
    let move = (m, done) => {
      let r = this.ticks.getBoundingClientRect();
      this.go((m.clientX - r.left) / r.width * (this.count - 1), done);
    }, onmove = (m) => move(m, !1), onup = (m) => {
      this.track.removeEventListener("pointermove", onmove), this.track.removeEventListener("pointerup", onup), move(m, !0);
    };
    this.track.addEventListener("pointermove", onmove), this.track.addEventListener("pointerup", onup), move(e, !1);
  }
  /** @param {KeyboardEvent} e */
  _key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    let to = { ArrowLeft: this.value - 1, ArrowDown: this.value - 1, ArrowRight: this.value + 1, ArrowUp: this.value + 1, Home: 0, End: this.count - 1, PageUp: this.value + 10, PageDown: this.value - 10 };
    e.key in to && (this.go(to[e.key], !0), e.preventDefault(), e.stopPropagation());
  }
};

// lib/chart.js
var NS2 = "http://www.w3.org/2000/svg";
function s(tag, props = {}, ...children) {
  let el = document.createElementNS(NS2, tag);
  for (let [k, v] of Object.entries(props)) v != null && v !== !1 && el.setAttribute(k, String(v));
  return el.append(...children.filter((c) => c !== null)), el;
}
function nice(lo, hi, n) {
  let span = hi - lo || 1, raw = span / Math.max(1, n), unit = 10 ** Math.floor(Math.log10(raw)), step = unit * ([1, 2, 2.5, 5, 10].find((m) => m * unit >= raw * 0.999) ?? 10), out = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + 1e-9 * span; i += 1) out.push(Number((i * step).toPrecision(12)));
  return out;
}
function places(values) {
  let step = values.length > 1 ? Math.abs(values[1] - values[0]) : 1;
  for (let p = 0; p < 5; p += 1) if (Math.abs(Number(step.toFixed(p)) - step) < step * 1e-6) return p;
  return 5;
}

// lib/stack.js
function symbol(shape, x, y, r) {
  let corners = [24, 4, 3, 5, 6][shape % 5], turn = corners === 4 ? Math.PI / 4 : -Math.PI / 2;
  return `M${Array.from({ length: corners }, (_, i) => `${(x + 1.15 * r * Math.cos(turn + 2 * Math.PI * i / corners)).toFixed(1)} ${(y + 1.15 * r * Math.sin(turn + 2 * Math.PI * i / corners)).toFixed(1)}`).join("L")}z`;
}
function decades(lo, hi, most) {
  if (!(lo > 0) || !(hi > lo) || hi / lo > 1e12) return [];
  for (let steps of [[1, 2, 5], [1, 3], [1]]) {
    let out = [];
    for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e += 1) for (let m of steps) {
      let v = m * 10 ** e;
      v >= lo * 0.999 && v <= hi * 1.001 && out.push(Number(v.toPrecision(3)));
    }
    if (out.length <= most) return out;
  }
  return [lo, hi];
}
var LEFT = 50, RIGHT = 12, TOP = 4, TITLE = 15, GAP2 = 8, BOTTOM = 34, Stack = class {
  /** @param {{label: string, slider: string, panel?: number, on: {cursor: (id: number, done: boolean) => void, pick: (run: string, id: number) => void, run: (by: number) => void}}} options */
  constructor({ label, slider, panel = 54, on }) {
    this.on = on, this.panel = panel, this.data = { axis: { label: "", log: !1 }, panels: [], runs: [], empty: "" }, this.cursor = null, this.svg = s("svg", { role: "img", "aria-label": label }), this.dots = s("g", { class: "st-on" }), this.tip = h("div", { class: "st-tip", hidden: !0, "aria-hidden": "true" }), this.handle = h("div", { class: "st-line", tabindex: "0", role: "slider", "aria-label": slider, "aria-orientation": "horizontal", "aria-valuemin": "1", on: { keydown: (e) => this._key(e) } }, h("i")), this.el = h("div", { class: "st-chart st-stack" }, this.svg, this.handle, this.tip), this.pending = 0, this.width = 1, this.stale = !0, this.xs = [0, 1], this.ys = [], this.observer = new ResizeObserver(() => this.paint()), this.observer.observe(this.el), this._pointers();
  }
  get front() {
    return this.data.runs.find((r) => r.on) ?? this.data.runs[0];
  }
  get height() {
    return TOP + this.data.panels.length * (this.panel + TITLE + GAP2) - GAP2 + BOTTOM;
  }
  /** @param {Curves} data */
  set(data) {
    this.data = data, this.stale = !0, this.el.style.height = `${this.height}px`, this.paint();
  }
  /** @param {Cursor} cursor */
  place(cursor) {
    this.cursor = cursor, this._line();
  }
  paint() {
    this.pending || (this.pending = requestAnimationFrame(() => {
      this.pending = 0, this._paint();
    }));
  }
  /** @param {number} v @returns {number} */
  px(v) {
    let [a, b] = this.xs, f = this.data.axis.log ? Math.log : (x) => x;
    return LEFT + (f(v) - f(a)) / (f(b) - f(a) || 1) * this.width;
  }
  /** @param {number} p @returns {number} top of a panel's plot */
  top(p) {
    return TOP + TITLE + p * (this.panel + TITLE + GAP2);
  }
  /** @param {number} p @param {number} v @returns {number} */
  py(p, v) {
    let [a, b] = this.ys[p], f = this.data.panels[p].log ? Math.log : (y) => y;
    return this.top(p) + (1 - (f(Math.min(b, Math.max(a, v))) - f(a)) / (f(b) - f(a) || 1)) * this.panel;
  }
  _ranges() {
    let { panels, runs, axis } = this.data, xs = runs.flatMap((r) => r.points.map((p) => p.x)), lo = xs.length ? Math.min(...xs) : 1, hi = xs.length ? Math.max(...xs) : 2;
    this.xs = axis.log ? [hi * 1.05, lo / 1.05] : [lo, Math.max(hi, lo + 1)], this.ys = panels.map((panel, p) => {
      let clip = /** @type {number[]} */ runs.flatMap((r) => r.points.map((q) => q.y[p])).filter((y) => y !== null).map((y) => Math.min(panel.max ?? 1 / 0, Math.max(panel.min ?? -1 / 0, y))), all = [...clip, ...(panel.marks ?? []).map((m) => m.y)];
      if (!clip.length) return panel.log ? [0.1, 1] : [Math.min(0, ...all), Math.max(1, ...all)];
      let a = Math.min(...all), b = Math.max(...all), pad = Math.max((b - a) * 0.08, Math.abs(b) * 1e-3, 1e-6);
      return panel.log ? [a / 1.15, b * 1.15] : [a - pad, b + pad];
    });
  }
  _paint() {
    let full = this.el.clientWidth, { data, svg } = this;
    if (!full) return;
    this._ranges(), this.stale = !1, this.width = Math.max(40, full - LEFT - RIGHT);
    let height = this.height, out = [];
    svg.setAttribute("viewBox", `0 0 ${full} ${height}`), svg.setAttribute("width", full), svg.setAttribute("height", height);
    let [x0, x1] = this.xs, xTicks = data.axis.log ? decades(Math.min(x0, x1), Math.max(x0, x1), this.width / 42) : nice(x0, x1, this.width / 60).filter(Number.isInteger), bottom = this.top(data.panels.length - 1) + this.panel;
    data.panels.forEach((panel, p) => {
      let top = this.top(p), [a, b] = this.ys[p], ticks2 = panel.log ? decades(a, b, 3) : nice(a, b, 2.6), digits = places(ticks2);
      out.push(s("rect", { class: "st-panel", x: LEFT, y: top, width: this.width, height: this.panel }));
      for (let v of xTicks) out.push(s("path", { class: "st-gridline", d: `M${Math.round(this.px(v)) + 0.5} ${top}v${this.panel}` }));
      for (let v of ticks2) {
        let y = Math.round(this.py(p, v)) + 0.5;
        out.push(s("path", { class: "st-gridline", d: `M${LEFT} ${y}h${this.width}` }), s("text", { x: LEFT - 6, y: y + 3.5, "text-anchor": "end" }, (panel.log ? String(v) : v.toFixed(digits)).replace("-", "−")));
      }
      for (let m of panel.marks ?? []) out.push(
        s("path", { class: "st-level", d: `M${LEFT} ${this.py(p, m.y)}h${this.width}` }),
        s("text", { class: "st-leveltext", x: LEFT + 4, y: this.py(p, m.y) + (this.py(p, m.y) < top + 14 ? 11 : -4) }, m.text)
      );
      out.push(s("text", { class: "st-paneltitle", x: LEFT, y: top - 5 }, panel.title, panel.note ? s("tspan", { class: "st-panelnote", dx: 7 }, panel.note) : null));
    });
    for (let v of xTicks) out.push(s("text", { x: this.px(v), y: bottom + 14, "text-anchor": "middle" }, String(v)));
    out.push(s("text", { class: "st-axis", x: LEFT + this.width / 2, y: height - 4, "text-anchor": "middle" }, data.axis.label));
    let runs = [...data.runs].sort((a, b) => Number(a.on) - Number(b.on)).map((run) => this._run(run)), empty = data.runs.some((r) => r.points.length) ? [] : [s("text", { class: "st-empty", x: LEFT + this.width / 2, y: this.top(0) + 40, "text-anchor": "middle" }, data.empty)];
    svg.replaceChildren(...out, ...runs, this.dots, ...empty), this._line();
  }
  /** @param {Run} run @returns {SVGElement} */
  _run(run) {
    let g = s("g", { class: `st-series${run.on ? " st-on" : ""}`, style: `--st-c: ${run.color}` });
    return this.data.panels.forEach((_, p) => {
      let here = run.points.filter((q) => q.y[p] !== null), at = here.map((q) => [this.px(q.x), this.py(
        p,
        /** @type {number} */
        q.y[p]
      )]);
      at.length > 1 && g.append(s("path", { class: "st-curve", "stroke-dasharray": run.dash ? "6 3" : null, d: `M${at.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}` }));
      let every = run.on && this.width / at.length > 9 ? 1 : Math.max(1, Math.ceil(at.length / 7));
      at.forEach(([x, y], i) => {
        (i % every === 0 || i === at.length - 1) && g.append(s("path", { class: "st-point st-taken", d: symbol(run.shape, x, y, run.on ? 2.3 : 2.8) }));
      });
    }), g;
  }
  _line() {
    if (this.stale) return;
    let { cursor, handle: handle2, front } = this, i = front?.points.findIndex((p) => p.id === cursor?.id) ?? -1;
    if (handle2.hidden = i < 0 || !this.ys.length, this.dots.replaceChildren(), handle2.hidden || !cursor || !front) return;
    let point = front.points[i];
    handle2.style.transform = `translateX(${this.px(point.x).toFixed(1)}px)`, handle2.style.top = `${this.top(0)}px`, handle2.style.height = `${this.top(this.data.panels.length - 1) + this.panel - this.top(0)}px`, handle2.setAttribute("aria-valuemax", front.points.length), handle2.setAttribute("aria-valuenow", i + 1), handle2.setAttribute("aria-valuetext", cursor.text), this.dots.setAttribute("style", `--st-c: ${front.color}`), point.y.forEach((y, p) => {
      y !== null && p < this.ys.length && this.dots.append(s("circle", { class: "st-dot", cx: this.px(point.x), cy: this.py(p, y), r: 4.2 }));
    });
  }
  /** The step of the run in front that is nearest to a place on screen. @param {number} x px @returns {number | null} */
  step(x) {
    let points = this.front?.points ?? [];
    return points.length ? points.reduce((a, b) => Math.abs(this.px(b.x) - x) < Math.abs(this.px(a.x) - x) ? b : a).id : null;
  }
  /** @param {number} x @param {number} y @returns {{run: Run, point: Place} | null} a point under the pointer */
  under(x, y) {
    let best = null, least = 9;
    for (let run of this.data.runs) for (let point of run.points) {
      let dx = Math.abs(this.px(point.x) - x);
      dx >= least || point.y.forEach((v, p) => {
        if (v === null || !this.ys[p]) return;
        let d = Math.hypot(dx, this.py(p, v) - y) - (run.on ? 1.5 : 0);
        d < least && (least = d, best = { run, point });
      });
    }
    return best;
  }
  _pointers() {
    let { el } = this, at = (e) => {
      let r = el.getBoundingClientRect();
      return [e.clientX - r.left, e.clientY - r.top];
    };
    el.addEventListener("mousedown", (e) => e.preventDefault()), el.addEventListener("pointerdown", (e) => {
      if (e.button !== 0 || !this.front?.points.length) return;
      let [x, y] = at(e), hit = this.under(x, y);
      if (this.handle.focus({ preventScroll: !0 }), hit && !hit.run.on) {
        this.on.pick(hit.run.key, hit.point.id);
        return;
      }
      el.setPointerCapture(e.pointerId);
      let last = -1, move = (m, done) => {
        let id = this.step(at(m)[0]);
        id !== null && (done || id !== last) && (last = id, this.on.cursor(id, done));
      }, onmove = (m) => move(m, !1), onup = (m) => {
        for (
          let [type, f] of
          /** @type {[string, any][]} */
          [["pointermove", onmove], ["pointerup", onup], ["pointercancel", onup]]
        ) el.removeEventListener(type, f);
        move(m, !0);
      };
      for (
        let [type, f] of
        /** @type {[string, any][]} */
        [["pointermove", onmove], ["pointerup", onup], ["pointercancel", onup]]
      ) el.addEventListener(type, f);
      move(e, !1);
    }), el.addEventListener("pointermove", (e) => {
      let [x, y] = at(e), hit = e.buttons ? null : this.under(x, y);
      if (el.classList.toggle("st-over-point", !!hit && !hit.run.on), this.tip.hidden = !hit, !hit) return;
      this.tip.textContent = hit.point.text;
      let w = this.tip.offsetWidth;
      this.tip.style.transform = `translate(${Math.min(Math.max(2, x - w / 2), el.clientWidth - w - 2)}px, ${y > 40 ? y - 34 : y + 18}px)`;
    }), el.addEventListener("pointerleave", () => {
      this.tip.hidden = !0, el.classList.remove("st-over-point");
    });
  }
  /** @param {KeyboardEvent} e */
  _key(e) {
    let points = this.front?.points ?? [], i = points.findIndex((p) => p.id === this.cursor?.id), n = points.length;
    if (i < 0 || e.ctrlKey || e.metaKey || e.altKey) return;
    let jump = Math.max(1, Math.round(n / 10)), to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: n - 1, PageUp: i + jump, PageDown: i - jump };
    if (e.key === "ArrowUp" || e.key === "ArrowDown") this.on.run(e.key === "ArrowUp" ? -1 : 1);
    else if (e.key in to) this.on.cursor(points[Math.min(n - 1, Math.max(0, to[e.key]))].id, !0);
    else return;
    e.preventDefault(), e.stopPropagation();
  }
  destroy() {
    this.observer.disconnect(), cancelAnimationFrame(this.pending);
  }
};

// trajectory.js
var COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"], LANES = (
  /** @type {const} */
  [["x_t", "x_t"], ["removed", "x_t − guess"], ["map", "map"], ["true", "true stems"]]
), MAPS = (
  /** @type {const} */
  [["agreement", "prior against guidance"], ["prior", "prior: how far"], ["guidance", "guidance: how far"]]
), MAP_ROWS = 96, MAP_HEIGHT = 62, number = (v, n = 1) => v == null ? "–" : v.toFixed(n).replace("-", "−"), level = (v) => v === void 0 ? "–" : v.toPrecision(3), taken = /* @__PURE__ */ new WeakMap();
function removed(noisy, guess, sigma) {
  let of = taken.get(noisy);
  of || taken.set(noisy, of = /* @__PURE__ */ new WeakMap());
  let had = of.get(guess);
  if (had) return had;
  let out = new AudioBuffer({ length: noisy.length, numberOfChannels: noisy.numberOfChannels, sampleRate: noisy.sampleRate }), gain = Math.sqrt(1 + sigma * sigma);
  for (let c = 0; c < noisy.numberOfChannels; c += 1) {
    let x = noisy.getChannelData(c), y = guess.getChannelData(c), z = out.getChannelData(c);
    for (let i = 0; i < z.length; i += 1) z[i] = gain * x[i] - y[i];
  }
  return of.set(guess, out), out;
}
var MapRow = class {
  /** @param {string} source @param {string} color */
  constructor(source, color) {
    this.label = h("span", { class: "st-label" }), this.said = h("div", { class: "st-said", text: source }), this.canvas = h("canvas", { role: "img" }), this.gutter = h("canvas", { "aria-hidden": "true" }), this.none = h("div", { class: "st-none", hidden: !0, text: "no map for this step" }), this.view = h("div", { class: "st-view" }, this.canvas, this.none), this.row = h("div", { class: "st-row st-track st-maprow", style: `--st-c: ${color}` }, h("div", { class: "st-name st-mapname" }, h("div", {}, this.label), this.said), this.view, h("div", { class: "st-gutter" }, this.gutter)), this.bitmap = document.createElement("canvas"), this.drawn = "";
  }
  /** The bitmap of a map. @param {Uint8Array | null} bytes layers × sources × bands × moments @param {number[]} shape @param {number} source @param {string} mode @param {Uint8Array} map @param {boolean} dark @param {number} max_hz */
  fill(bytes, shape, source, mode, map, dark, max_hz) {
    let [, S, bands, moments] = shape, { bitmap } = this;
    if (this.none.hidden = !!bytes, !bytes) {
      bitmap.width = 0;
      return;
    }
    bitmap.width = moments, bitmap.height = MAP_ROWS;
    let g = (
      /** @type {CanvasRenderingContext2D} */
      bitmap.getContext("2d")
    ), image = g.createImageData(moments, MAP_ROWS), size = bands * moments, layer = (k) => bytes.subarray((k * S + source) * size, (k * S + source + 1) * size), agree = layer(0), prior = layer(1), pull = layer(2), apart = [213, 94, 0], along = dark ? [86, 180, 233] : [0, 114, 178];
    for (let r = 0; r < MAP_ROWS; r += 1) {
      let band = Math.min(bands - 1, Math.floor(bands * freqAt((r + 0.5) / MAP_ROWS, max_hz) / max_hz));
      for (let c = 0; c < moments; c += 1) {
        let i = band * moments + c, to = ((MAP_ROWS - 1 - r) * moments + c) * 4;
        if (mode === "agreement") {
          let a = agree[i] / 127.5 - 1;
          image.data.set([...a < 0 ? apart : along, Math.round(Math.min(1, 1.15 * Math.sqrt(Math.abs(a))) * pull[i])], to);
        } else {
          let v = (mode === "prior" ? prior : pull)[i] * 3;
          image.data.set([map[v], map[v + 1], map[v + 2], 255], to);
        }
      }
    }
    g.putImageData(image, 0, 0);
  }
  /** @param {import("./lib/timeline.js").Timeline} time @param {import("./lib/paint.js").Theme} theme @param {number} duration @param {number} max_hz */
  paint(time, theme, duration, max_hz) {
    let width = this.view.clientWidth, height = MAP_HEIGHT;
    if (!width) return;
    let g = fitCanvas(this.canvas, width, height);
    g.fillStyle = theme.lane, g.fillRect(0, 0, width, height), this.bitmap.width && (g.imageSmoothingEnabled = !1, g.drawImage(this.bitmap, time.x(0), 0, time.x(duration) - time.x(0), height)), drawHertz(fitCanvas(this.gutter, 50, height), { y: 0, height, max_hz }, theme);
  }
}, TrajectoryView = class {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model, this.maps = /* @__PURE__ */ new Map(), this.asked = /* @__PURE__ */ new Set(), this.form = {}, this.chosen = /* @__PURE__ */ new Set(["hybrid", "dsg", "dps"]), this.drawn = { curves: (
      /** @type {any} */
      null
    ), key: "", runs: "", form: "" }, this.mix = void 0, this.quiet = null;
    let kept = model.get("kept_maps");
    (kept?.ids ?? []).forEach((id, i) => this.maps.set(id, bytesOf(kept.data[i])));
    let sources = (
      /** @type {string[]} */
      model.get("sources")
    );
    this.stack = new Stack({ label: "Curves of every run along the noise levels", slider: "Noise level", on: {
      cursor: (id, done) => this.x.choose(id, done),
      pick: (run, id) => this.go(Number(run), id),
      run: (by) => this.other(by)
    } }), this.axis = this.tabs("Axis of the curves", [["step", "steps"], ["sigma", "noise level"]], () => model.get("axis"), (v) => this.x.push({ axis: v })), this.of = h("select", { "aria-label": "Curves of", on: { change: () => {
      this.x.push({ curve_of: this.of.selectedIndex }), this.draw();
    } } }, ...["mean of sources", ...sources].map((n, i) => h("option", { value: i, text: n }))), this.mapMode = h("select", { "aria-label": "Map", on: { change: () => {
      this.x.push({ map_mode: this.mapMode.value }), this.draw();
    } } }, ...MAPS.map(([v, text]) => h("option", { value: v, text }))), this.key = h("span", { class: "st-key-map", role: "img" }), this.lanes = h("div", { class: "st-tabs", role: "group", "aria-label": "Rows of each source" }, ...LANES.filter(([v]) => v !== "true" || model.get("scored")).map(([v, text]) => h("button", { type: "button", "data-lane": v, on: { click: () => this.toggleLane(v) } }, text))), this.scrubber = new Scrubber({ label: "Noise level", text: (i) => this.x.rows[i]?.says ?? "", on: (i, done) => this.x.choose(i, done) }), this.facts = h("div", { class: "st-scrub-facts", role: "status", "aria-live": "polite" }), this.branchButton = h("button", { type: "button", class: "st-do", title: "Go on from the step that is seen, with the settings above, in a new run (B)", on: { click: () => this.branch() } }, icon("branch"), h("span", { text: "Branch from here" })), this.againButton = h("button", { type: "button", class: "st-do st-main", title: "Run from the beginning with the settings above, beside the run that is shown (N)", on: { click: () => this.again() } }, icon("play"), h("span", { text: "Run beside" })), this.fields = this.makeForm(), this.formEl = h("div", { class: "st-form" }, ...this.fields.rows), this.chips = h("div", { class: "st-chips", role: "group", "aria-label": "Solvers to compare" }), this.compareButton = h("button", { type: "button", class: "st-do", on: { click: () => this.compare() } }, icon("play"), h("span")), this.steer = h(
      "section",
      {},
      h("h3", { text: "Change and run again" }),
      this.formEl,
      h("div", { class: "st-buttons", style: "margin-top: 9px" }, this.againButton, this.branchButton),
      h("details", { style: "margin-top: 8px" }, h("summary", { text: "Several solvers from this seed" }), this.chips, this.compareButton)
    ), this.table = h("div", { class: "st-scroll" });
    let side = h("div", { class: "st-side" }, this.steer, h("section", {}, h("h3", { text: "Runs" }), this.table)), curves = h("section", { style: "min-width: 0" }, this.stack.el), panel = [
      h("style", { text: trajectory_default }),
      h("div", { class: "st-controls" }, h("span", { class: "st-named" }, "Axis", this.axis.el), h("label", {}, "Curves of", this.of)),
      h("div", { class: "st-split" }, curves, side),
      this.scrubber.el,
      this.facts,
      h("div", { class: "st-controls" }, h("span", { class: "st-named" }, "Rows", this.lanes), h("label", {}, "Map", this.mapMode), this.key)
    ];
    this.x = /** @type {any} */
    null, this.mapRows = [], new Explorer(model, el, (explorer) => (this.x = explorer, explorer.link.on("maps", (message, buffers) => {
      message.maps.forEach((i, k) => this.maps.set(`${message.run}/${i}`, bytesOf(buffers[k]))), explorer.changed();
    }), {
      label: "Trajectory explorer",
      panel,
      unit: "step",
      traits: ["curves", "settings", "axis", "curve_of", "map_mode", "lanes", "map_shape"],
      draw: () => this.draw(),
      tracks: (row) => this.tracks(row),
      bindings: [
        { keys: ["b"], label: "B", does: "branch from the step that is seen", run: () => this.branch() },
        { keys: ["n"], label: "N", does: "run beside, with the settings of the form", run: () => this.again() },
        { keys: ["x"], label: "X", does: "hear x_t, then what was taken out, then the guess", run: () => this.layer() },
        { keys: ["c"], label: "C", does: "hear the next source", run: () => this.nextSource() },
        { keys: ["a"], label: "A", does: "axis: steps or noise level", run: () => {
          this.x.push({ axis: model.get("axis") === "step" ? "sigma" : "step" }), this.draw();
        } },
        { keys: ["m"], label: "M", does: "map: agreement, prior, guidance", run: () => {
          let i = MAPS.findIndex(([v]) => v === model.get("map_mode"));
          this.x.push({ map_mode: MAPS[(i + 1) % MAPS.length][0] }), this.draw();
        } },
        { keys: ["o"], label: "O", does: "the next run, at the same noise level", run: () => this.other(1) }
      ]
    })), this.addMaps(sources), this.draw();
  }
  /** @returns {Curve[]} */
  get curves() {
    return this.model.get("curves") ?? [];
  }
  /** @returns {any[]} */
  get trackInfo() {
    return this.model.get("tracks");
  }
  /** Buttons of which one is pressed. @param {string} label @param {[string, string][]} options @param {() => string} now @param {(v: string) => void} set */
  tabs(label, options, now, set) {
    let buttons = options.map(([v, text]) => h("button", { type: "button", on: { click: () => {
      set(v), this.draw();
    } } }, text));
    return { el: h("div", { class: "st-tabs", role: "group", "aria-label": label }, ...buttons), draw: () => buttons.forEach((b, i) => b.setAttribute("aria-pressed", String(options[i][0] === now()))) };
  }
  makeForm() {
    let change = (key, read) => () => {
      let v = read(), now = this.model.get("settings")?.[key];
      v === now || v === void 0 ? delete this.form[key] : this.form[key] = v, this.drawForm();
    }, select = (key, label, options) => {
      let el2 = h("select", { "aria-label": label, on: { change: () => change(key, () => el2.value)() } }, ...options.map((o) => h("option", { value: o, text: o })));
      return el2;
    }, input = (key, label, props, whole2 = !0) => {
      let el2 = h("input", { type: "number", "aria-label": label, ...props, on: { change: () => change(key, () => el2.value === "" ? key === "steps" ? null : void 0 : el2.validity.badInput ? void 0 : whole2 ? Math.round(Number(el2.value)) : Number(el2.value))() } });
      return el2;
    }, el = {
      solver: select("solver", "Solver", this.model.get("solvers")),
      strength: input("strength", "Strength, times the published one", { min: 0, step: 0.1 }, !1),
      init: select("init", "Start", this.model.get("inits")),
      t0: input("t0", "Noise of the start, t0 of 200", { min: 1, max: 200, step: 5 }),
      seed: input("seed", "Seed", { min: 0, step: 1 }),
      steps: input("steps", "Steps", { min: 1, step: 10 })
    }, field = (text, e, wide = !1) => h("label", { class: wide ? "st-wide" : "" }, h("span", { text }), e);
    return { el: (
      /** @type {Record<string, any>} */
      el
    ), rows: [field("Solver", el.solver), field("× strength", el.strength), field("Start", el.init), field("t0", el.t0), field("Seed", el.seed), field("Steps", el.steps)] };
  }
  /** Map rows stand below the tracks of their source, on the tracks' time axis. @param {string[]} sources */
  addMaps(sources) {
    let { player } = this.x, { lanes } = player;
    this.mapRows = sources.map((name) => {
      let last = this.trackInfo.map((t) => t.source).lastIndexOf(name), map = new MapRow(name, this.trackInfo[last].color);
      lanes.lanes[last].row.after(map.row);
      let seek = (e, done) => player.scrub(lanes.time.t(e.clientX - map.view.getBoundingClientRect().left), done);
      return map.view.addEventListener("mousedown", (e) => e.preventDefault()), map.view.addEventListener("pointerdown", (e) => {
        if (e.button !== 0) return;
        lanes.slider.focus({ preventScroll: !0 }), map.view.setPointerCapture(e.pointerId);
        let move = (m) => seek(m, !1);
        map.view.addEventListener("pointermove", move), map.view.addEventListener("pointerup", (m) => {
          map.view.removeEventListener("pointermove", move), seek(m, !0);
        }, { once: !0 }), seek(e, !1);
      }), map;
    }), lanes.body.addEventListener("pointermove", (e) => this.hover(e)), lanes.time.listeners.add(() => this.paintMaps()), this.observer = new ResizeObserver(() => this.paintMaps()), this.observer.observe(lanes.slider), this.themes = new MutationObserver(() => requestAnimationFrame(() => this.drawMaps())), this.themes.observe(player.root, { attributes: !0, attributeFilter: ["class"] });
  }
  /** The row whose sounds are heard: the step itself, or on a page without all levels the nearest that has them. @param {Row} row @returns {Row | null} */
  heardRow(row) {
    let has = (r) => !!r && r.heard !== !1 && this.model.get("sources").every((n) => r.sounds[n]);
    for (let d = 0; d < this.x.rows.length; d += 1) for (let i of [row.index - d, row.index + d]) if (has(this.x.rows[i])) return this.x.rows[i];
    return null;
  }
  /** Key of the noisy signal a guess was made from: what the step before left. @param {Row} row @param {string} source @returns {string | undefined} */
  noisyKey(row, source) {
    return row.first?.[source] ? row.first[source] : row.point.step === void 0 ? row.sounds[`${source} noisy`] : row.parent === null || row.point.candidate !== void 0 ? void 0 : this.x.rows[row.parent]?.sounds[`${source} noisy`];
  }
  /** Sounds of all tracks at a step. @param {Row | null} row */
  tracks(row) {
    let infos = this.trackInfo, here = row && this.heardRow(row);
    if (!here) return infos.map(() => null);
    let sources = (
      /** @type {string[]} */
      this.model.get("sources")
    ), guesses = sources.map((n) => this.x.sound(here.sounds[n]));
    return infos.map((t) => {
      if (t.role === "mixture" || t.role === "true") return null;
      if (t.role === "residual") return together([this.mixture(), ...guesses], (m, ...all) => all.reduce(minus, m));
      let guess = guesses[sources.indexOf(t.source)];
      if (t.role === "guess") return guess;
      let key = this.noisyKey(here, t.source), noisy = key ? this.x.sound(key) : this.silence();
      return t.role === "x_t" || !key ? noisy : together([noisy, guess], (a, b) => removed(a, b, here.point.sigma ?? 0));
    });
  }
  /** @returns {AudioBuffer} */
  silence() {
    let { play_length: length, play_sr: sampleRate, channels } = this.model.get("info");
    return this.quiet ??= new AudioBuffer({ length, sampleRate, numberOfChannels: channels ?? 1 });
  }
  /** @returns {Promise<AudioBuffer> | AudioBuffer} */
  mixture() {
    let session = this.x?.player?.session;
    return session?.buffers ? session.buffers[0] : this.mix ??= Promise.resolve().then(() => this.x.player.session.decoded()).then((b) => b[0]);
  }
  /** Another run, at the same noise level. @param {number} run @param {number | null} [id] a step of it */
  go(run, id = null) {
    if (run === this.x.shown) {
      id !== null && this.x.choose(id);
      return;
    }
    if (!this.x.link.alive) {
      this.x.player.say("This page holds the sounds of the run that was shown when it was written", 4e3);
      return;
    }
    let curve = this.curves[run], sigma = this.x.row?.point.sigma, at = id;
    if (at === null && sigma && curve?.index.length) {
      let k = curve.sigma.reduce((b, v, i) => Math.abs(Math.log(v / sigma)) < Math.abs(Math.log(curve.sigma[b] / sigma)) ? i : b, 0);
      at = curve.index[k];
    }
    this.x.order("go", { run, ...at == null ? {} : { index: at } });
  }
  /** @param {number} by */
  other(by) {
    let n = this.curves.length;
    n > 1 && this.go((this.x.shown + by + n) % n);
  }
  /** Hear another layer of the source that is heard. */
  layer() {
    let { player } = this.x, infos = this.trackInfo, at = infos.findIndex((_, i) => player.solo.has(i)), now = infos[at], order = ["guess", "x_t", "removed"], role = order[(order.indexOf(now?.role) + 1) % 3], to = infos.findIndex((t) => t.source === (now?.source ?? infos[1].source) && t.role === role);
    player.toggleSolo(to, !1);
  }
  nextSource() {
    let { player } = this.x, infos = this.trackInfo, sources = this.model.get("sources"), now = infos.find((_, i) => player.solo.has(i)), source = sources[(sources.indexOf(now?.source) + 1) % sources.length], role = ["guess", "x_t", "removed", "true"].includes(now?.role) ? now.role : "guess", to = infos.findIndex((t) => t.source === source && t.role === role);
    player.toggleSolo(to < 0 ? infos.findIndex((t) => t.source === source) : to, !1);
  }
  branch() {
    if (!this.x.can("branch")) {
      this.x.player.say("A branch needs the method: explore its run", 4e3);
      return;
    }
    let row = this.x.row;
    if (!row) return;
    let { init: _i, t0: _t, ...form } = this.form;
    this.x.order("branch", { step: row.index, ...form }), this.form = {};
  }
  again() {
    if (!this.x.can("again")) {
      this.x.player.say("Another run needs the method: explore its run", 4e3);
      return;
    }
    this.x.order("again", { ...this.form }), this.form = {};
  }
  compare() {
    this.chosen.size && this.x.order("compare", { solvers: [...this.chosen] });
  }
  /** @param {string} lane */
  toggleLane(lane) {
    let now = (
      /** @type {string[]} */
      this.model.get("lanes")
    );
    this.x.push({ lanes: now.includes(lane) ? now.filter((v) => v !== lane) : [...now, lane] }), this.draw();
  }
  draw() {
    if (!this.x?.player) return;
    let { x, model } = this, row = x.row, curves = this.curves, of = model.get("curve_of") ?? 0;
    this.axis.draw(), this.of.selectedIndex = of, this.mapMode.value = model.get("map_mode");
    let key = [model.get("axis"), of, x.shown].join();
    (curves !== this.drawn.curves || key !== this.drawn.key) && (this.drawn.curves = curves, this.drawn.key = key, this.drawCurves(curves, of), this.drawRuns(curves));
    let shown = curves[x.shown], k = shown && row ? shown.index.indexOf(row.index) : -1;
    this.stack.place(k < 0 || !row ? null : { id: row.index, text: this.tell(shown, k, of) }), this.scrubber.set({ value: row?.index ?? 0, marks: x.rows.map((r) => ({ taken: r.accepted, probe: !r.accepted })) });
    let near = row && this.heardRow(row), elsewhere = near && near !== row ? ` Heard: ${near.says}, the nearest with sound here.` : "", facts = k >= 0 ? this.tell(shown, k, of) + elsewhere : row ? row.says : "";
    this.facts.textContent !== facts && (this.facts.textContent = facts);
    let can = x.can("again");
    this.branchButton.disabled = !x.can("branch") || !row || !row.scalars.sigma_next, this.againButton.disabled = this.compareButton.disabled = !can, this.steer.hidden = !can, this.drawForm(), this.drawLanes(), this.drawMaps();
  }
  /** A step in words. @param {Curve} c @param {number} k @param {number} of @returns {string} */
  tell(c, k, of) {
    let cosine = c.cosine[k][of], bound = c.bound[k][of], score = c.score[k]?.[of], angle = cosine === null ? "" : ` (${Math.round(Math.acos(Math.max(-1, Math.min(1, cosine))) * 180 / Math.PI)}°)`, won = bound === null ? "" : bound > 1 ? ", the prior wins" : bound > 0 ? ", they pull apart" : ", they agree";
    return `${c.name}, step ${c.step[k]}: σ ${level(c.sigma[k])}, strength ${number(c.strength[k][of])} dB, residual ${number(c.residual[k])} dB, cosine ${number(cosine, 2)}${angle}, B/γ ${number(bound, 2)}${won}${score == null ? "" : `, SI-SDR ${number(score)} dB`}`;
  }
  /** @param {Curve[]} curves @param {number} of */
  drawCurves(curves, of) {
    let byLevel = this.model.get("axis") === "sigma", scored = this.model.get("scored"), who = of ? this.model.get("sources")[of - 1] : "mean of sources", at = (v) => v;
    this.stack.set({
      axis: byLevel ? { label: "noise level σ, from loud to clean", log: !0 } : { label: "step", log: !1 },
      panels: [
        byLevel ? { title: "Step", note: "how many steps are spent where" } : { title: "Noise level σ", log: !0 },
        { title: "Strength", note: `RMS of the pull, dB · ${who}`, min: -80 },
        { title: "Residual", note: "dB of the mixture", min: -40 },
        { title: "Cosine", note: `prior with guidance; below 0 they pull apart · ${who}`, marks: [{ y: 0, text: "" }] },
        { title: "B / γ", note: `share of the pull that the prior takes back · ${who}`, min: -1, max: 4, marks: [{ y: 0, text: "" }, { y: 1, text: "all of it" }] },
        ...scored ? [{ title: "SI-SDR", note: `dB · ${who}`, min: -30 }] : []
      ],
      empty: this.x.run?.state === "ready" ? "Press Start: the curves grow while the run computes" : "No step yet",
      runs: curves.map((c, i) => ({
        key: String(i),
        name: c.name,
        color: COLORS[i % COLORS.length],
        shape: i,
        dash: i % 2 === 1,
        on: i === this.x.shown,
        points: c.index.map((id, k) => ({
          id,
          x: byLevel ? c.sigma[k] : c.step[k],
          text: this.tell(c, k, of),
          y: [byLevel ? c.step[k] : c.sigma[k], at(c.strength[k][of]), c.residual[k], at(c.cosine[k][of]), at(c.bound[k][of]), ...scored ? [c.score[k]?.[of] ?? null] : []]
        }))
      }))
    });
  }
  /** @param {Curve[]} curves */
  drawRuns(curves) {
    let scored = this.model.get("scored"), last = (v) => v[v.length - 1], key = JSON.stringify([curves.map((c) => [c.name, c.state, c.index.length, c.left, last(c.score)]), this.x.shown]);
    if (key === this.drawn.runs) return;
    this.drawn.runs = key;
    let focused = this.table.contains(document.activeElement), swatch = (i) => h("span", { style: `width: 16px; flex: none; border-top: 3px ${i % 2 ? "dashed" : "solid"} ${COLORS[i % COLORS.length]}` }), states = (
      /** @type {Record<string, string>} */
      { ready: "waits", running: "runs", paused: "paused", done: "", failed: "failed", cancelled: "cancelled", trace: "" }
    );
    this.table.replaceChildren(h(
      "table",
      { class: "st-table st-runs" },
      h("thead", {}, h("tr", {}, ...["run", "steps", "left over", ...scored ? ["SI-SDR"] : []].map((t) => h("th", { scope: "col", text: t, title: t === "left over" ? "the residual that the chain itself leaves, before the rest is given back at the end" : null })))),
      h("tbody", {}, ...curves.map((c, i) => h(
        "tr",
        { class: i === this.x.shown ? "st-here" : "", on: { click: () => this.go(i) } },
        h("th", { scope: "row" }, h("button", { type: "button", "aria-pressed": String(i === this.x.shown), title: `${c.name}: show it at the same noise level` }, swatch(i), h("span", { text: c.name }))),
        h("td", { text: `${c.index.length}${states[c.state] ? ` ${states[c.state]}` : ""}` }),
        h("td", { text: `${number(c.left)} dB` }),
        ...scored ? [h("td", { text: `${number(last(c.score)?.[0] ?? null)} dB` })] : []
      )))
    )), focused && this.table.querySelector("[aria-pressed=true]")?.focus();
  }
  drawForm() {
    let now = this.model.get("settings") ?? {}, { el } = this.fields, key = JSON.stringify([now, this.form, [...this.chosen]]);
    if (key === this.drawn.form) return;
    this.drawn.form = key;
    let moved = this.form.init && now.t0 === (now.t0_of?.[now.init] ?? now.t0) ? now.t0_of?.[this.form.init] : void 0;
    for (let [name, value] of Object.entries({ ...now, ...moved ? { t0: moved } : {}, ...this.form })) {
      let field = el[name];
      field && (field.tagName === "SELECT" && ![...field.options].some((o) => o.value === value) && field.append(h("option", { value, text: value === "given" ? "given stems" : value })), (document.activeElement !== field || this.form[name] === void 0) && (field.value = value === null ? "" : value), field.classList.toggle("st-new", name in this.form));
    }
    el.steps.placeholder = now.total ?? "", el.t0.disabled = (this.form.init ?? now.init) === "noise", this.chips.replaceChildren(.../** @type {string[]} */
    this.model.get("solvers").map((name) => h("button", { type: "button", "aria-pressed": String(this.chosen.has(name)), on: { click: () => {
      this.chosen.delete(name) || this.chosen.add(name), this.drawForm(), [...this.chips.children].find((b) => b.textContent === name)?.focus();
    } } }, name))), this.compareButton.lastChild.textContent = `Run ${this.chosen.size} after each other`;
  }
  drawLanes() {
    let on = (
      /** @type {string[]} */
      this.model.get("lanes")
    );
    for (let b of this.lanes.children) b.setAttribute("aria-pressed", String(on.includes(b.dataset.lane)));
    this.trackInfo.forEach((t, i) => {
      ["x_t", "removed", "true"].includes(t.role) && (this.x.player.lanes.lanes[i].row.hidden = !on.includes(t.role) && !this.x.player.solo.has(i));
    });
    for (let m of this.mapRows) m.row.hidden = !on.includes("map");
  }
  /** The map of the step that is seen; what is not here is asked for, all of a run at once. @returns {Uint8Array | null} */
  map() {
    let { row, rows, shown, link } = this.x;
    if (!row?.map) return null;
    let found = this.maps.get(`${shown}/${row.index}`), missing = link.alive ? rows.filter((r) => r.map && !this.maps.has(`${shown}/${r.index}`) && !this.asked.has(`${shown}/${r.index}`)).map((r) => r.index) : [];
    if (missing.length) {
      for (let i of missing) this.asked.add(`${shown}/${i}`);
      link.order("maps", { run: shown, indices: missing });
    }
    return found ?? null;
  }
  drawMaps() {
    if (!this.x?.player || !this.mapRows.length) return;
    let { player, row } = this.x, shape = (
      /** @type {number[]} */
      this.model.get("map_shape")
    ), mode = this.model.get("map_mode"), theme = player.theme?.read();
    if (!theme || !/** @type {string[]} */
    this.model.get("lanes").includes("map")) return;
    let bytes = shape.length ? this.map() : null, { max_hz } = this.model.get("info"), colors = bytesOf(this.model.get("map")), title = MAPS.find(([v]) => v === mode)?.[1] ?? "", stamp = [this.x.shown, row?.index, mode, theme.dark, !!bytes].join();
    this.mapRows.forEach((m, i) => {
      m.drawn !== stamp && (m.drawn = stamp, m.label.textContent = title, m.none.textContent = row ? row.map && this.x.link.alive ? "" : "no map for this step" : "the map comes with the first step", m.canvas.setAttribute("aria-label", `${title}, ${this.model.get("sources")[i]}`), m.fill(bytes, shape, i, mode, colors, theme.dark, max_hz));
    }), this.drawKey(mode, theme.dark, colors), this.paintMaps();
  }
  paintMaps() {
    let player = this.x?.player;
    if (!player) return;
    let { duration, max_hz } = this.model.get("info"), theme = player.theme?.read(), { time } = player.lanes;
    if (theme) {
      time.width = player.lanes.slider.clientWidth || time.width;
      for (let m of this.mapRows) m.paint(time, theme, duration, max_hz);
    }
  }
  /** @param {string} mode @param {boolean} dark @param {Uint8Array} map */
  drawKey(mode, dark, map) {
    let stamp = `${mode}${dark}`;
    if (this.key.dataset.stamp === stamp) return;
    this.key.dataset.stamp = stamp;
    let bar = h("i"), agree = mode === "agreement";
    bar.style.background = agree ? `linear-gradient(90deg, rgb(213 94 0), var(--st-lane) 50%, ${dark ? "rgb(86 180 233)" : "rgb(0 114 178)"})` : `linear-gradient(90deg, ${[0, 64, 128, 192, 255].map((i) => `rgb(${map[3 * i]} ${map[3 * i + 1]} ${map[3 * i + 2]})`).join(", ")})`, this.key.setAttribute("aria-label", agree ? "Colours: orange where they pull apart, blue where they pull together, faint where the guidance is weak" : "Colours: 40 dB below the strongest cell, to the strongest"), this.key.replaceChildren(agree ? "apart" : "−40 dB", bar, agree ? "together; faint: weak guidance" : "0 dB");
  }
  /** @param {PointerEvent} e */
  hover(e) {
    let i = this.mapRows.findIndex((m) => m.view.contains(
      /** @type {Node} */
      e.target
    ));
    if (i < 0) return;
    let { player, row, shown } = this.x, bytes = row && this.maps.get(`${shown}/${row.index}`), shape = this.model.get("map_shape");
    if (!bytes) return;
    let [, S, bands, moments] = shape, { duration, max_hz } = this.model.get("info"), box = this.mapRows[i].view.getBoundingClientRect(), t = player.lanes.time.t(e.clientX - box.left), hz = freqAt(Math.min(1, Math.max(0, 1 - (e.clientY - box.top) / box.height)), max_hz), band = Math.min(bands - 1, Math.floor(bands * hz / max_hz)), moment = Math.min(moments - 1, Math.floor(moments * t / duration)), value = (k) => bytes[((k * S + i) * bands + band) * moments + moment], db = (k) => value(k) ? `${number((value(k) / 255 - 1) * 40, 0)} dB` : "under −40 dB";
    player.read.textContent = `${this.model.get("sources")[i]} · ${t.toFixed(2)} s · ${hertz(hz)} · agreement ${number(value(0) / 127.5 - 1, 2)} · prior ${db(1)} · guidance ${db(2)}`;
  }
  destroy() {
    this.observer?.disconnect(), this.themes?.disconnect(), this.stack.destroy(), this.maps.clear(), this.x.destroy();
  }
};
function bytesOf(data) {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
function render({ model, el }) {
  let view = new TrajectoryView(model, el);
  return () => view.destroy();
}
var trajectory_default2 = { render };
export {
  trajectory_default2 as default
};
