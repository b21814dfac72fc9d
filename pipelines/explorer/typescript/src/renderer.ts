// What draws points: WebGL2 where the browser has it, else a canvas.
import type { PointRenderer } from "./points";
import { CanvasRenderer } from "./renderer_canvas";
import { createWebglRenderer } from "./renderer_webgl";

export function createRenderer(preferCanvas: boolean): PointRenderer {
  return (preferCanvas ? null : createWebglRenderer()) ?? new CanvasRenderer();
}
