/**
 * What follows one drag: called for every move, and once at its end.
 * `cancelled` says that the browser took the pointer away (a touch became a scroll, the element went, the window lost it):
 * the event is then the last one that had a place, so nothing jumps; a press that never moved is no click.
 * @typedef {(event: PointerEvent, done: boolean, cancelled: boolean) => void} Follow
 */

/**
 * Follow a pointer from the press to the release, wherever it goes on screen. One pointer at a time; the main button only.
 * @param {HTMLElement} el what is pressed
 * @param {(event: PointerEvent) => Follow | null | undefined | void} begin what follows this drag, or nothing where there is nothing to drag
 * @param {{touch?: "none" | "pan-x" | "pan-y"}} [options] `touch`: which touches still scroll the page
 * @returns {() => void} undo
 */
export function drag(el, begin, { touch = "none" } = {}) {
  /** @type {(() => void) | null} */ let drop = null;
  const press = (/** @type {PointerEvent} */ e) => {
    if (e.button !== 0 || drop) return;
    const follow = begin(e);
    if (!follow) return;
    let last = e;
    const move = (/** @type {PointerEvent} */ m) => { if (m.pointerId === e.pointerId) follow(last = m, false, false); };
    const end = (/** @type {PointerEvent} */ m) => {
      if (m.pointerId !== e.pointerId) return;
      drop?.();
      if (m.type === "pointerup") follow(m, true, false);
      else follow(last, true, true);
    };
    const kinds = /** @type {const} */ ([["pointermove", move], ["pointerup", end], ["pointercancel", end], ["lostpointercapture", end]]);
    for (const [kind, f] of kinds) el.addEventListener(kind, f);
    drop = () => { drop = null; for (const [kind, f] of kinds) el.removeEventListener(kind, f); };
    el.setPointerCapture(e.pointerId);
  };
  const still = (/** @type {Event} */ e) => e.preventDefault();  // no selection of text, and the focus stays where it is put
  el.style.touchAction = touch;
  el.addEventListener("pointerdown", press);
  el.addEventListener("mousedown", still);
  return () => { drop?.(); el.removeEventListener("pointerdown", press); el.removeEventListener("mousedown", still); };
}
