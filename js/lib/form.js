import { h } from "./dom.js";
import { act, term } from "./stage.js";

/** @typedef {{key: string, label: string, tip: string, value: any, options?: any[], text?: boolean, least?: number, most?: number, step?: number, whole?: boolean}} Field */

/** A value as it stands in a list of options. @param {any} v @returns {string} */
const shown = (v) => (v === true ? "yes" : v === false ? "no" : v === null ? "none" : String(v));

/** Settings of the run that is shown; what is changed here goes into another run, beside the old ones. */
export class SettingsForm {
  /** @param {(changes: Record<string, any>) => void} run @param {HTMLElement[]} more what stands below */
  constructor(run, more) {
    this.run = run;
    /** @type {Field[]} */ this.fields = [];
    /** @type {Record<string, any>} */ this.changes = {};
    this.drawn = "";
    this.grid = h("div", { class: "st-form" });
    this.button = act("play", "Run beside", "Run from the beginning with these settings, beside the run that is shown (N)", () => this.go(), "st-main");
    this.el = h("div", { class: "st-formbox" }, h("h3", { text: "Change and run again" }), this.grid, h("div", {}, this.button), ...more);
  }

  go() { this.run(this.changes); this.changes = {}; }

  /** @param {Field[]} fields @param {boolean} can */
  set(fields, can) {
    this.button.disabled = !can;
    const key = JSON.stringify(fields);
    if (key === this.drawn) return;
    this.drawn = key;
    this.fields = fields;
    for (const name of Object.keys(this.changes)) if (!fields.some((f) => f.key === name)) delete this.changes[name];
    this.grid.replaceChildren(...fields.map((f) => this._field(f)));
  }

  /** @param {Field} field @returns {HTMLElement} */
  _field(field) {
    const { key, label, options } = field, now = key in this.changes ? this.changes[key] : field.value;
    const input = options ? h("select", { "aria-label": label }, ...options.map((o, i) => h("option", { value: i, text: shown(o) })))
      : h("input", { type: field.text ? "text" : "number", "aria-label": label, min: field.least, max: field.most, step: field.step });
    if (options) input.selectedIndex = options.indexOf(now); else input.value = now ?? "";
    input.classList.toggle("st-new", key in this.changes);
    input.addEventListener("change", () => {
      const number = Number(input.value), bad = input.value === "" || Number.isNaN(number);
      const value = options ? options[input.selectedIndex] : field.text ? input.value : bad ? field.value : field.whole ? Math.round(number) : number;
      if (value === field.value) delete this.changes[key]; else this.changes[key] = value;
      if (!options) input.value = value ?? "";
      input.classList.toggle("st-new", key in this.changes);
    });
    return h("label", {}, term(label, field.tip), input);
  }
}
