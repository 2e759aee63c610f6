declare module "*.css" {
  const text: string;
  export default text;
}

/** What anywidget hands to render(); the exported page brings its own. */
interface Model {
  get(key: string): any;
  set(key: string, value: any): void;
  save_changes(): void;
  /** A message to Python; not there on an exported page. */
  send?(content: any, callbacks?: any, buffers?: ArrayBuffer[]): void;
  /** Where other models are found, in a notebook. */
  widget_manager?: { get_model(id: string): Promise<Model> };
  on(event: string, callback: (...args: any[]) => void): void;
  off(event: string, callback?: (...args: any[]) => void): void;
}

/** One track as Python describes it; the heavy parts lie beside it in binary traits. */
interface TrackInfo {
  name: string;
  kind: "mix" | "stem" | "residual" | "extra";
  color: string;
  default: boolean;
  rms_db: number | null;
  peak_db: number | null;
  match_db: number;
  /** What is said under the name, where it is not what the kind says. */
  said?: string;
}

/** What all tracks share. */
interface Info {
  sr: number;
  play_sr: number;
  play_length: number;
  duration: number;
  channels: number;
  codec: "pcm16" | "float32" | "flac" | "mp3";
  scale: number;
  delay: number;
  n_fft: number;
  spec_ref: number;
  peak_bins: number;
  top: number;
  spec_rows: number;
  spec_cols: number;
  floor_db: number;
  max_hz: number;
  ramp_s: number;
  note: string;
  title: string;
  /** Colours of curves and runs, in order. */
  colors: string[];
}

/** One step of a run as Python tells it; methods add to it. */
interface Row {
  index: number;
  parent: number | null;
  accepted: boolean;
  point: Record<string, any>;
  scalars: Record<string, number | null>;
  /** Name of a sound in the step -> its key. */
  sounds: Record<string, string>;
  [more: string]: any;
}

/** Where a run stands. */
interface RunFacts {
  name: string;
  state: "ready" | "running" | "paused" | "done" | "failed" | "cancelled" | "trace";
  steps: number;
  start: number;
  /** Accepted steps: [x, y, index of the step]. */
  path: [number, number | null, number][];
  done?: number;
  elapsed_s?: number;
  remaining_s?: number | null;
}
