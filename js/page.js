/** @param {any} value @returns {any} bytes where base64 was marked */
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (!value || typeof value !== "object") return value;
  if (typeof value.base64 === "string") return new DataView(bytes(value.base64).buffer);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]));
}

/** @param {string} text base64 @returns {Uint8Array<ArrayBuffer>} */
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** The state of a page: it travels deflated. @param {string} text JSON: base64 @returns {Promise<any>} */
async function unpacked(text) {
  const stream = new Blob([bytes(JSON.parse(text))]).stream().pipeThrough(new DecompressionStream("deflate"));
  return revive(JSON.parse(await new Response(stream).text()));
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

/**
 * The exported page: widgets without a kernel. Each <script type="application/json" data-sep-widget="kind"> holds a state. `#step=3` opens at a step.
 * @param {Document} document @param {(context: {model: Model, el: HTMLElement}) => unknown} render
 */
export function exported(document, render) {
  const step = /[#&]step=(\d+)/.exec(document.location?.hash ?? "")?.[1];
  for (const script of document.querySelectorAll("script[data-sep-widget]:not([data-sep-shown])")) {
    script.setAttribute("data-sep-shown", "");
    const el = document.createElement("div");
    script.after(el);
    unpacked(script.textContent ?? "").then(async (state) => {
      if (step && state.rows?.[Number(step)]) state.at = [state.shown ?? 0, Number(step)];
      await render({ model: localModel({ ...state, kind: script.getAttribute("data-sep-widget") }), el });
    }).catch((error) => { el.textContent = `This page cannot be shown here: ${error instanceof Error ? error.message : error}`; });
  }
}
