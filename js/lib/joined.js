/**
 * An explorer and the player it has, as one model: each key belongs to the one that knows it, the explorer first. Messages are the explorer's.
 * @param {Model} own @param {Model} player @returns {Model}
 */
export function joined(own, player) {
  const of = (/** @type {string} */ key) => (own.get(key) === undefined ? player : own);
  const from = (/** @type {string} */ event) => (event.startsWith("change:") ? of(event.slice(7)) : own);
  return {
    get: (key) => of(key).get(key),
    set: (key, value) => of(key).set(key, value),
    save_changes() { own.save_changes(); player.save_changes(); },
    send: (...a) => own.send?.(...a),
    on: (event, f) => from(event).on(event, f),
    off: (event, f) => from(event).off(event, f),
  };
}

/** The model of a widget inside a widget, by what its trait says. @param {Model} model @param {string} key @returns {Promise<Model> | null} */
export function inside(model, key) {
  const named = model.get(key);
  return typeof named === "string" && named.startsWith("IPY_MODEL_") && model.widget_manager ? model.widget_manager.get_model(named.slice(10)) : null;
}
