/** A picture that is drawn at the next frame, at most once for each: whenever it is asked to, and when its element has another size. */
export class Drawn {
  constructor() {
    this.pending = 0;
    this.observer = new ResizeObserver(() => this.paint());
  }

  paint() { this.pending ||= requestAnimationFrame(() => { this.pending = 0; this._paint(); }); }

  /** What a picture draws. */
  _paint() {}

  destroy() { this.observer.disconnect(); cancelAnimationFrame(this.pending); }
}
