// What part of a map is seen: map coordinates to pixels and back.

export interface CameraState {
  x: number; // the map's point in the middle of the view
  y: number;
  zoom: number; // 1: the whole map fits
}

export interface Bounds {
  x: number; // middle
  y: number;
  width: number;
  height: number;
}

const MARGIN = 0.88; // of the view, for the map at zoom 1
const MIN_ZOOM = 0.5;
const MAX_ZOOM = 4000;

export class Camera {
  x = 0;
  y = 0;
  zoom = 1;
  width = 1; // of the view, in CSS pixels
  height = 1;
  private bounds: Bounds = { x: 0, y: 0, width: 2, height: 2 };

  /** Pixels per unit of the map. */
  get scale(): number {
    const { width, height } = this.bounds;
    return this.zoom * MARGIN * Math.min(this.width / width, this.height / height);
  }

  get state(): CameraState {
    return { x: this.x, y: this.y, zoom: this.zoom };
  }

  set state(state: CameraState) {
    this.x = state.x;
    this.y = state.y;
    this.zoom = clampZoom(state.zoom);
  }

  get home(): CameraState {
    return { x: this.bounds.x, y: this.bounds.y, zoom: 1 };
  }

  /** Say where the map's points lie; the view stays where it is. */
  setBounds(bounds: Bounds): void {
    this.bounds = bounds;
  }

  toScreenX(x: number): number {
    return (x - this.x) * this.scale + this.width / 2;
  }

  toScreenY(y: number): number {
    return (this.y - y) * this.scale + this.height / 2;
  }

  toMapX(screenX: number): number {
    return (screenX - this.width / 2) / this.scale + this.x;
  }

  toMapY(screenY: number): number {
    return this.y - (screenY - this.height / 2) / this.scale;
  }

  /** Move the map by pixels. */
  pan(dx: number, dy: number): void {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  /** Zoom by a factor; the map's point at this pixel stays there. */
  zoomAt(factor: number, screenX: number, screenY: number): void {
    const x = this.toMapX(screenX);
    const y = this.toMapY(screenY);
    this.zoom = clampZoom(this.zoom * factor);
    this.x += x - this.toMapX(screenX);
    this.y += y - this.toMapY(screenY);
  }

  /** The camera that shows these points, at most at `maxZoom`. */
  fitting(bounds: Bounds, maxZoom: number): CameraState {
    const unit = this.scale / this.zoom;
    const zoom = 0.8 * Math.min(this.width / (bounds.width * unit), this.height / (bounds.height * unit));
    return { x: bounds.x, y: bounds.y, zoom: clampZoom(Math.min(zoom, maxZoom)) };
  }
}

function clampZoom(zoom: number): number {
  return Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom));
}

/** The box around some rows' points, or around all. */
export function boundsOf(positions: Float32Array, rows?: ArrayLike<number>): Bounds {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  const n = rows ? rows.length : positions.length / 2;
  for (let i = 0; i < n; i++) {
    const row = rows ? rows[i] : i;
    const x = positions[2 * row];
    const y = positions[2 * row + 1];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  if (!(right >= left)) return { x: 0, y: 0, width: 2, height: 2 };
  const width = Math.max(right - left, 1e-6);
  const height = Math.max(top - bottom, 1e-6);
  return { x: (left + right) / 2, y: (bottom + top) / 2, width, height };
}

/** The box of the bulk of the points: a few far ones shall not shrink all others. */
export function bulkBounds(positions: Float32Array): Bounds {
  const n = positions.length / 2;
  const step = Math.max(1, Math.floor(n / 5000));
  const xs: number[] = [];
  const ys: number[] = [];
  for (let row = 0; row < n; row += step) {
    xs.push(positions[2 * row]);
    ys.push(positions[2 * row + 1]);
  }
  if (xs.length === 0) return { x: 0, y: 0, width: 2, height: 2 };
  const [left, right] = quantiles(xs);
  const [bottom, top] = quantiles(ys);
  const width = Math.max(right - left, 1e-6);
  const height = Math.max(top - bottom, 1e-6);
  return { x: (left + right) / 2, y: (bottom + top) / 2, width, height };
}

function quantiles(values: number[]): [number, number] {
  values.sort((a, b) => a - b);
  const cut = Math.floor(values.length * 0.005);
  return [values[cut], values[values.length - 1 - cut]];
}
