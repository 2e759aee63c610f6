/**
 * One AudioParam moved by linear ramps, queued so that no ramp is ever cut short: a cut ramp is a jump, and a jump is a click.
 * A ramp that has not begun is replaced by the next one, so a burst of changes ends at the last value at once.
 */
export class Ramp {
  /** @param {AudioParam} param @param {number} value */
  constructor(param, value) {
    this.param = param;
    this.from = value;
    this.value = value;
    this.start = -1;
    this.end = -1;
    param.value = value;
  }

  /** The earliest time a new ramp may begin. @param {number} at @param {number} now @returns {number} */
  ready(at, now) {
    if (this.start > now + GUARD) return Math.max(at, this.start);
    return Math.max(at, this.end + GAP);
  }

  /** Reach `value` by a ramp beginning at `at` (not before `ready`). @param {number} value @param {number} at @param {number} seconds @param {number} now */
  to(value, at, seconds, now) {
    if (this.start > now + GUARD) {
      this.param.cancelScheduledValues(this.start);
      this.value = this.from;
    }
    this.from = this.value;
    this.value = value;
    this.start = at;
    this.end = at + seconds;
    this.param.setValueAtTime(this.from, at);
    this.param.linearRampToValueAtTime(value, this.end);
  }
}

/** Events nearer than this may already be under way on the audio thread, s. */
export const GUARD = 0.008;

/** Rest between two ramps, so that taking back the second leaves the end of the first, s. */
const GAP = 0.0005;
