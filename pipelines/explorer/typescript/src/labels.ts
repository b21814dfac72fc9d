// Which labels are shown: in the order of the rows, wherever there is room.
import type { Camera } from "./camera";

export interface Label {
  row: number;
  x: number; // the middle of the text, in CSS pixels
  y: number;
  width: number;
}

const CELL_WIDTH = 12;
const CELL_HEIGHT = 9;
const LINE = 16; // the height of a label
const MARGIN = 120; // around the view: a label that comes in from outside does not push others away
const MOST_TRIED = 4000;
const STRONG = 1.2; // how much wider heavy letters are

/**
 * Labels that do not overlap, on a grid of cells that are taken or free.
 *
 * The grid is fixed to the map, not to the view, so that panning does not shuffle the labels.
 */
export class LabelPlacer {
  private taken = new Uint8Array(0);
  private columns = 0;
  private lines = 0;
  private left = 0; // of the grid, in cells of the map
  private top = 0;

  constructor(
    private readonly positions: Float32Array,
    private readonly widthOf: (row: number) => number,
  ) {}

  /**
   * `forced`: rows whose labels stand whatever lies there; `strong`: rows in heavier letters that come before all
   * others; `most`: how many labels of the others; `lift`: how far above its point a label stands.
   */
  place(camera: Camera, forced: number[], strong: number[], most: number, lift: number): Label[] {
    const { scale, width, height } = camera;
    const [originX, originY] = [camera.x * scale - width / 2, -camera.y * scale - height / 2];
    this.left = Math.floor((originX - MARGIN) / CELL_WIDTH);
    this.top = Math.floor((originY - MARGIN) / CELL_HEIGHT);
    this.columns = Math.ceil((width + 2 * MARGIN) / CELL_WIDTH) + 1;
    this.lines = Math.ceil((height + 2 * MARGIN) / CELL_HEIGHT) + 1;
    this.taken = new Uint8Array(this.columns * this.lines);
    const placed: Label[] = [];
    const tryRow = (row: number, weight: number, isForced: boolean): boolean => {
      const x = this.positions[2 * row] * scale;
      const y = -this.positions[2 * row + 1] * scale;
      const screenX = x - originX;
      const screenY = y - originY;
      if (screenX < -MARGIN || screenX > width + MARGIN || screenY < -MARGIN || screenY > height + MARGIN) {
        return false;
      }
      const half = (weight * this.widthOf(row)) / 2;
      const middle = y - lift - LINE / 2;
      const hasRoom = this.claim(x - half - 3, middle - LINE / 2, x + half + 3, middle + LINE / 2);
      if (hasRoom || isForced) {
        placed.push({ row, x: screenX, y: screenY - lift - LINE / 2, width: 2 * half });
      }
      return true;
    };
    const known = new Set([...forced, ...strong]);
    for (const row of forced) tryRow(row, STRONG, true);
    for (const row of strong) if (!forced.includes(row)) tryRow(row, STRONG, false);
    const end = placed.length + most;
    let tried = 0;
    const n = this.positions.length / 2;
    for (let row = 0; row < n && placed.length < end && tried < MOST_TRIED; row++) {
      if (!known.has(row) && tryRow(row, 1, false)) tried++;
    }
    return placed;
  }

  private claim(left: number, top: number, right: number, bottom: number): boolean {
    const firstColumn = Math.max(0, Math.floor(left / CELL_WIDTH) - this.left);
    const lastColumn = Math.min(this.columns - 1, Math.floor(right / CELL_WIDTH) - this.left);
    const firstLine = Math.max(0, Math.floor(top / CELL_HEIGHT) - this.top);
    const lastLine = Math.min(this.lines - 1, Math.floor(bottom / CELL_HEIGHT) - this.top);
    for (let line = firstLine; line <= lastLine; line++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        if (this.taken[line * this.columns + column]) return false;
      }
    }
    for (let line = firstLine; line <= lastLine; line++) {
      this.taken.fill(1, line * this.columns + firstColumn, line * this.columns + lastColumn + 1);
    }
    return true;
  }
}

/** The label under a pixel, or null. */
export function labelAt(labels: Label[], x: number, y: number): Label | null {
  return labels.find((l) => Math.abs(l.x - x) <= l.width / 2 + 2 && Math.abs(l.y - y) <= LINE / 2) ?? null;
}

export function shortened(text: string, most: number): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
