/**
 * Lists that grow travel as what changed in them (sep_toolkit.explorers.changes): a new value `v`, entries `k` of a mapping, or the length `n` of a list
 * with its new elements `at`. What is held is changed in place, so that every view of the model has it and nothing goes back to Python.
 * @typedef {{v?: any, k?: Record<string, Change>, n?: number, at?: [number, Change][]}} Change
 */

/** A difference that does not fit what is held: something was missed. */
export class Gap extends Error {}

/** @param {any} held changed in place where it is a list or a mapping @param {Change} change @returns {any} the new value */
export function patched(held, change) {
  if ("v" in change) return change.v;
  if (change.k) {
    if (!held || typeof held !== "object" || Array.isArray(held)) throw new Gap("no mapping");
    for (const [key, c] of Object.entries(change.k)) {
      const value = patched(Object.hasOwn(held, key) ? held[key] : undefined, c);
      Object.defineProperty(held, key, { value, writable: true, enumerable: true, configurable: true });  // "__proto__" is a name like any other
    }
    return held;
  }
  const { n = 0, at = [] } = change;
  if (!Array.isArray(held)) throw new Gap("no list");
  if (held.length > n) held.length = n;
  for (const [i, c] of at) {
    if (i > held.length) throw new Gap("elements are missing");
    held[i] = patched(held[i], c);
  }
  if (held.length !== n) throw new Gap("elements are missing");
  return held;
}

/** Take over a message of changes; false where something was missed. @param {Model} model @param {any} message @returns {boolean} */
export function take(model, message) {
  try {
    for (const [name, change] of Object.entries(/** @type {Record<string, Change>} */ (message.change))) {
      const held = model.get(name);
      if (patched(held, change) !== held) return false;  // a trait that grows is a list as long as it lives
    }
    return true;
  } catch (error) {
    if (error instanceof Gap) return false;
    throw error;
  }
}

/** Keep a model's lists up to date by changes, from its creation on, whether it is seen or not. @param {Model} model */
export function follow(model) {
  const ask = () => { try { model.send?.({ do: "changes" }); } catch { /* no kernel: nothing grows */ } };
  model.on("msg:custom", (message) => { if (message?.change && !take(model, message)) ask(); });
  ask();
}
