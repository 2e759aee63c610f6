import blend from "./blend.js";
import fit from "./fit.js";
import player from "./player.js";
import trajectory from "./trajectory.js";

/**
 * The exported page: widgets without a kernel. Each <script type="application/json" data-sep-widget="kind"> holds a state; bytes are base64.
 * @type {Record<string, {render: (context: {model: Model, el: HTMLElement}) => (() => void)}>}
 */
const kinds = { player, blend, trajectory, fit };

/** @param {any} value @returns {any} bytes where base64 was marked */
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (!value || typeof value !== "object") return value;
  if (typeof value.base64 === "string") return new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]));
}

/** A model that lives in the page. @param {Record<string, any>} state @returns {Model} */
export function localModel(state) {
  /** @type {Map<string, Set<(...args: any[]) => void>>} */ const listeners = new Map();
  return {
    get: (key) => state[key],
    set(key, value) { state[key] = value; for (const f of listeners.get(`change:${key}`) ?? []) f(); },
    save_changes() {},
    on(event, f) { listeners.set(event, (listeners.get(event) ?? new Set()).add(f)); },
    off(event, f) { if (f) listeners.get(event)?.delete(f); else listeners.delete(event); },
  };
}

for (const script of document.querySelectorAll("script[data-sep-widget]")) {
  const el = document.createElement("div");
  script.after(el);
  const kind = kinds[script.getAttribute("data-sep-widget") ?? ""];
  kind?.render({ model: localModel(revive(JSON.parse(script.textContent ?? "{}"))), el });
}
