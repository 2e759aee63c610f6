/**
 * Keys and what they do: one table for the handler and for the help.
 * @typedef {{keys: string[], label: string, does: string, run: (event: KeyboardEvent) => void}} Binding
 */

/** The name of a key press: modifiers, then the key. @param {KeyboardEvent} event @returns {string} */
export function nameOf(event) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit) return `${event.shiftKey ? "Shift+" : ""}${digit[1]}`;
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shifted = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  return `${shifted ? "Shift+" : ""}${key}`;
}

/** Run the binding of a key press. Fields and controls keep the keys they need. @param {KeyboardEvent} event @param {Binding[]} bindings @returns {boolean} */
export function handle(event, bindings) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  const target = /** @type {HTMLElement} */ (event.target), name = nameOf(event);
  if (target.matches("input[type=range]") && /^(Arrow|Home|End|Page)/.test(event.key)) return false;
  if (target.matches("button, summary, a") && (name === "Space" || name === "Enter")) return false;
  if (target.matches("input:not([type=range]), textarea, select")) return false;
  const binding = bindings.find((b) => b.keys.includes(name));
  if (!binding) return false;
  binding.run(event);
  event.preventDefault();
  event.stopPropagation();
  return true;
}
