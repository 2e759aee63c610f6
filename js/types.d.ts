declare module "*.css" {
  const text: string;
  export default text;
}

/** What anywidget hands to render(); the exported page brings its own. */
interface Model {
  get(key: string): any;
  set(key: string, value: any): void;
  save_changes(): void;
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
  peak_bins: number;
  top: number;
  spec_rows: number;
  spec_cols: number;
  floor_db: number;
  max_hz: number;
  ramp_s: number;
  note: string;
  title: string;
}
