// A grid over a map's points: which rows lie near a point, and which inside a polygon.

export type Point = [number, number];

export class SpatialGrid {
  private readonly left: number;
  private readonly bottom: number;
  private readonly cell: number;
  private readonly columns: number;
  private readonly lines: number;
  private readonly starts: Int32Array; // the rows of cell c: rows[starts[c] .. starts[c + 1]]
  private readonly rows: Int32Array;

  constructor(private readonly positions: Float32Array) {
    const n = positions.length / 2;
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let row = 0; row < n; row++) {
      left = Math.min(left, positions[2 * row]);
      right = Math.max(right, positions[2 * row]);
      bottom = Math.min(bottom, positions[2 * row + 1]);
      top = Math.max(top, positions[2 * row + 1]);
    }
    this.left = n > 0 ? left : 0;
    this.bottom = n > 0 ? bottom : 0;
    const size = n > 0 ? Math.max(right - left, top - bottom, 1e-9) : 1;
    this.cell = size / Math.max(1, Math.ceil(Math.sqrt(n / 2)));
    this.columns = n > 0 ? Math.floor((right - left) / this.cell) + 1 : 1;
    this.lines = n > 0 ? Math.floor((top - bottom) / this.cell) + 1 : 1;
    this.starts = new Int32Array(this.columns * this.lines + 1);
    this.rows = new Int32Array(n);
    for (let row = 0; row < n; row++) this.starts[this.cellOf(row) + 1]++;
    for (let c = 1; c < this.starts.length; c++) this.starts[c] += this.starts[c - 1];
    const next = this.starts.slice();
    for (let row = 0; row < n; row++) this.rows[next[this.cellOf(row)]++] = row;
  }

  /** The row nearest to a point and within the radius, or -1. */
  nearest(x: number, y: number, radius: number): number {
    let best = -1;
    let least = radius * radius;
    this.visit(x - radius, y - radius, x + radius, y + radius, (row) => {
      const dx = this.positions[2 * row] - x;
      const dy = this.positions[2 * row + 1] - y;
      const distance = dx * dx + dy * dy;
      // Of points in one place the first row, which is the more frequent word.
      if (distance < least || (distance === least && (best < 0 || row < best))) {
        least = distance;
        best = row;
      }
    });
    return best;
  }

  /** The rows inside a polygon, in the order of the rows. */
  inside(polygon: Point[]): Int32Array {
    if (polygon.length < 3) return new Int32Array(0);
    const xs = polygon.map((point) => point[0]);
    const ys = polygon.map((point) => point[1]);
    const found: number[] = [];
    this.visit(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys), (row) => {
      if (holds(polygon, this.positions[2 * row], this.positions[2 * row + 1])) found.push(row);
    });
    return Int32Array.from(found).sort();
  }

  private cellOf(row: number): number {
    const column = Math.floor((this.positions[2 * row] - this.left) / this.cell);
    const line = Math.floor((this.positions[2 * row + 1] - this.bottom) / this.cell);
    return Math.min(line, this.lines - 1) * this.columns + Math.min(column, this.columns - 1);
  }

  private visit(left: number, bottom: number, right: number, top: number, take: (row: number) => void): void {
    const first = clamp(Math.floor((left - this.left) / this.cell), this.columns);
    const last = clamp(Math.floor((right - this.left) / this.cell), this.columns);
    const end = clamp(Math.floor((top - this.bottom) / this.cell), this.lines);
    for (let line = clamp(Math.floor((bottom - this.bottom) / this.cell), this.lines); line <= end; line++) {
      const from = this.starts[line * this.columns + first];
      const to = this.starts[line * this.columns + last + 1];
      for (let i = from; i < to; i++) take(this.rows[i]);
    }
  }
}

function clamp(index: number, n: number): number {
  return Math.min(n - 1, Math.max(0, index));
}

/** Whether a polygon holds a point: an odd number of its edges lie to the right. */
export function holds(polygon: Point[], x: number, y: number): boolean {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

/** At most `most` points of a polygon, evenly. */
export function thinned(polygon: Point[], most: number): Point[] {
  if (polygon.length <= most) return polygon;
  return Array.from({ length: most }, (_, i) => polygon[Math.floor((i * polygon.length) / most)]);
}
