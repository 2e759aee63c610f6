import { h } from "./dom.js";

/** The largest file that goes to the kernel, and how much of it goes at a time, bytes. */
const LARGEST = 64e6, BLOCK = 1e6;

/**
 * Open another sound: a file that is dropped anywhere on `root`, or chosen by what comes back. Python says what becomes of it.
 * @param {HTMLElement} root @param {import("./link.js").Link} link @param {(text: string) => void} say @returns {() => void}
 */
export function dropped(root, link, say) {
  /** @param {FileList | null | undefined} files */
  const take = async (files) => {
    const file = files?.[0];
    if (!file) return;
    const { name, size } = file, id = String(Math.random());
    if (size > LARGEST) { say(`${name} is too large: at most 64 MB go to the kernel from here. Use st.load`); return; }
    try {
      const data = await file.arrayBuffer();
      for (let at = 0; at < size; at += BLOCK) if (!link.order("file", { id, name, size, at }, [data.slice(at, at + BLOCK)])) { say("There is no kernel here that could open a sound"); return; }
      say(size ? `${name} goes to the kernel …` : `${name} is empty`);
    } catch (error) { say(`${name} cannot be read: ${error}`); }
  };
  root.addEventListener("dragover", (e) => { if (e.dataTransfer?.types.includes("Files")) e.preventDefault(); });
  root.addEventListener("drop", (e) => { if (e.dataTransfer?.files.length) { e.preventDefault(); take(e.dataTransfer.files); } });
  const input = h("input", { type: "file", accept: "audio/*", hidden: true, "aria-label": "Sound file to open", on: { change: () => take(input.files) } });
  root.append(input);
  return () => { input.value = ""; input.click(); };
}
