/**
 * Colours as the page has them now, and a call whenever the page changes its mind.
 * @param {HTMLElement} root @param {() => void} onchange
 */
export function watchTheme(root, onchange) {
  const read = () => {
    const style = getComputedStyle(root);
    /** @param {string} name @returns {string} */
    const get = (name) => style.getPropertyValue(`--st-${name}`).trim();
    const dark = luminance(style.backgroundColor) < 0.4;
    return { dark, text: get("text"), soft: get("soft"), faint: get("faint"), line: get("line"), grid: get("grid"), back: get("back"),
      lane: get("lane"), accent: get("accent"), play: get("play"), font: style.fontFamily };
  };
  const dark = () => root.classList.toggle("st-dark", luminance(getComputedStyle(root).backgroundColor) < 0.4);
  const changed = () => { dark(); onchange(); };
  const media = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(() => requestAnimationFrame(changed));
  const what = { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-jp-theme-name", "data-theme", "data-vscode-theme-kind"] };
  observer.observe(document.documentElement, what);
  observer.observe(document.body, what);
  media.addEventListener("change", changed);
  dark();
  return { read, stop() { observer.disconnect(); media.removeEventListener("change", changed); } };
}

/** Relative luminance of "rgb(r, g, b)". @param {string} color @returns {number} 0 … 1 */
export function luminance(color) {
  const [r = 255, g = 255, b = 255] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

/** @returns {boolean} */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
