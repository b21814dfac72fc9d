// What a renderer of points is given and does, and how points look.
import type { Camera } from "./camera";
import type { Rgb } from "./colours";

export interface Frame {
  camera: Camera;
  ratio: number; // device pixels per CSS pixel
  diameter: number; // of a point, in CSS pixels
  alpha: number; // of a point, 0 to 1
  background: Rgb;
  share: number; // of the points that are drawn, 0 to 1: fewer while the map moves on a slow machine
}

export interface PointRenderer {
  readonly name: "webgl2" | "canvas";
  readonly canvas: HTMLCanvasElement;
  setPositions(positions: Float32Array): void;
  setColours(rgba: Uint8Array): void;
  draw(frame: Frame): void;
  dispose(): void;
}

/** The size of points and how far they let others through: small and light where there are many. */
export function pointLook(n: number, zoom: number): { diameter: number; alpha: number } {
  const crowd = Math.min(1, Math.max(0, (Math.log10(Math.max(n, 1)) - 3) / 2.5)); // 0: 1,000 points; 1: 300,000
  const diameter = Math.min(9, (5.5 - 3.3 * crowd) * zoom ** 0.3);
  const alpha = Math.min(0.92, 0.85 - 0.35 * crowd + 0.08 * Math.log2(Math.max(1, zoom)));
  return { diameter, alpha };
}

/**
 * The rows in an order that is mixed, and the same each time.
 *
 * Points are drawn in it, so that no category lies on top, and any first part is a fair sample.
 */
export function mixedOrder(n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, row) => row);
  let seed = 1;
  for (let i = n - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((seed / 4294967296) * (i + 1));
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}
