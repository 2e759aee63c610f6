import { asBytes, decode, place } from "./decode.js";

/** How long the kernel may be silent before the page says so, ms. */
const PATIENCE = 3000;

/**
 * Sound that stayed in the kernel: it comes in blocks of samples where the kernel is on this machine, and encoded from elsewhere
 * (sep_toolkit.explorers.sending). What it is, the first answer says; it goes into `info`.
 * @param {Model} model @param {Info} info
 * @param {{progress: (share: number) => void, silent: () => void, undo: (() => void)[]}} on
 * @returns {Promise<AudioBuffer[]>}
 */
export function fetched(model, info, { progress, silent, undo }) {
  return new Promise((done, fail) => {
    const id = String(Math.random());
    /** @type {AudioBuffer[]} */ let buffers = [];
    let n = 0, came = 0;
    const timer = window.setTimeout(silent, PATIENCE);
    const end = () => { clearTimeout(timer); model.off("msg:custom", hear); model.off("comm_live_update", lost); };
    const lost = () => { end(); silent(); fail(new Error("the kernel that has it is gone. Run the cell again")); };
    const hear = async (/** @type {any} */ m, /** @type {DataView[]} */ data) => {
      if (m?.pcm !== id) return;
      clearTimeout(timer);
      try {
        if (m.error) throw new Error(m.error);
        if (m.info) {
          Object.assign(info, m.info);
          const { play_length: length, channels: numberOfChannels, play_sr: sampleRate } = info;
          n = m.n;
          buffers = Array.from({ length: m.tracks }, () => new AudioBuffer({ length, numberOfChannels, sampleRate }));
        } else {
          if ("at" in m) place(buffers[m.track], asBytes(data[0]), m.at, info);
          else buffers[m.track] = await decode(data[0], info);
          came += 1;
        }
        progress(n ? came / n : 1);
        if (came === n) { end(); done(buffers); }
      } catch (error) { end(); fail(error); }
    };
    undo.push(end);
    model.on("msg:custom", hear);
    model.on("comm_live_update", lost);
    model.send?.({ do: "pcm", id, plain: /^(localhost|127\.|\[::1\])/.test(location.hostname) });
  });
}
