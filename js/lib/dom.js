/**
 * An element. Text goes in as text, never as markup, so a stem may be called anything.
 * @param {string} tag @param {Record<string, any>} [props] @param {...(Node | string | null)} children @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  // JupyterLab asks the focused element itself, and nothing above it, whether its single-key shortcuts apply.
  if (["button", "input", "select", "summary"].includes(tag) || "tabindex" in props) el.setAttribute("data-lm-suppress-shortcuts", "true");
  if (tag === "button") el.setAttribute("type", "button");
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (key === "on") for (const [event, fn] of Object.entries(value)) el.addEventListener(event, /** @type {EventListener} */ (fn));
    else if (key === "click") el.addEventListener(key, value);
    else if (key === "text") el.textContent = value;
    else if (key === "class") el.className = value;
    else if (value === true) el.setAttribute(key, "");
    else if (value !== false) el.setAttribute(key, String(value));
  }
  el.append(...children.filter((c) => c !== null));
  return el;
}

const NS = "http://www.w3.org/2000/svg";

/** An icon on a 20 by 20 grid. @param {keyof typeof ICONS} name @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS(NS, "svg");
  for (const [k, v] of Object.entries({ viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true", focusable: "false" })) svg.setAttribute(k, String(v));
  const path = document.createElementNS(NS, "path");
  const shape = ICONS[name];
  path.setAttribute("d", shape.d);
  if (shape.fill) path.setAttribute("fill", "currentColor");
  else for (const [k, v] of Object.entries({ fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" })) path.setAttribute(k, String(v));
  svg.append(path);
  return svg;
}

export const ICONS = {
  play: { d: "M6 3.6v12.8a.8.8 0 0 0 1.22.68l10.2-6.4a.8.8 0 0 0 0-1.36l-10.2-6.4A.8.8 0 0 0 6 3.6z", fill: true },
  pause: { d: "M5.5 3.5h3v13h-3zM11.5 3.5h3v13h-3z", fill: true },
  start: { d: "M5 4v12M16 4.8v10.4L8 10z", fill: false },
  loop: { d: "M4 9.5V8.7A3.2 3.2 0 0 1 7.2 5.5H15M12.6 3l2.6 2.5L12.6 8M16 10.5v.8a3.2 3.2 0 0 1-3.2 3.2H5M7.4 17l-2.6-2.5L7.4 12", fill: false },
  plus: { d: "M10 4.5v11M4.5 10h11", fill: false },
  minus: { d: "M4.5 10h11", fill: false },
  fit: { d: "M3 4v12M17 4v12M6 10h8M8 7.6 5.6 10 8 12.4M12 7.6l2.4 2.4-2.4 2.4", fill: false },
  volume: { d: "M3.5 7.8v4.4h2.8L10 15.4V4.6L6.3 7.8zM12.8 7.4a3.6 3.6 0 0 1 0 5.2M15 5.2a6.8 6.8 0 0 1 0 9.6", fill: false },
  wave: { d: "M3 9v2M6 6v8M9 3.5v13M12 7v6M15 5v10M17.8 9v2", fill: false },
  spec: { d: "M3.5 4h13v12h-13zM3.5 8h13M3.5 12h13M8 4v12M12 4v12", fill: false },
  both: { d: "M3 6v1M6 4v5M9 3v7M12 5v3M15 4v5M17.5 6v1M3.5 12h13v5h-13zM8 12v5M12 12v5", fill: false },
  close: { d: "M5.5 5.5l9 9M14.5 5.5l-9 9", fill: false },
  stop: { d: "M5 5h10v10H5z", fill: true },
  steps: { d: "M3.2 4.4v11.2a.7.7 0 0 0 1.1.6L10 12v3.6a.7.7 0 0 0 1.1.6l7-5.6a.8.8 0 0 0 0-1.2l-7-5.6a.7.7 0 0 0-1.1.6V8L4.3 3.8a.7.7 0 0 0-1.1.6z", fill: true },
  back: { d: "M12.5 4.5 7 10l5.5 5.5", fill: false },
  next: { d: "M7.5 4.5 13 10l-5.5 5.5", fill: false },
  branch: { d: "M6 3.5v13M6 11c0-3.5 8-2 8-6.5M11.6 6.8 14 4.2l2.4 2.6", fill: false },
  save: { d: "M10 3.5v8.2M6.6 8.6 10 12l3.4-3.4M4 15.5h12", fill: false },
  check: { d: "M4.5 10.5l3.6 3.6 7.4-8", fill: false },
};
