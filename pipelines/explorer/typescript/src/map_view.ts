// A map on the page: points, labels, gestures, and the camera that they share.
import { boundsOf, bulkBounds, Camera, type CameraState } from "./camera";
import { BACKGROUND, type Theme } from "./colours";
import { element } from "./dom";
import { Gestures } from "./gestures";
import { type Point, SpatialGrid } from "./grid";
import { labelAt } from "./labels";
import { type Highlight, NO_HIGHLIGHT, Overlay } from "./overlay";
import { type PointRenderer, pointLook } from "./points";
import { createRenderer } from "./renderer";

export interface MapHandlers {
  choose(row: number, adding: boolean): void;
  lasso(polygon: Point[]): void;
  moved(): void;
}

const HIT_RADIUS = 10; // pixels
const SETTLE_MS = 140; // without motion, until all points are drawn again
const FLIGHT_MS = 350;
const SLOW_MS = 45; // a frame: fewer points while moving
const FAST_MS = 24;

export class MapView {
  readonly stage: HTMLElement;
  readonly camera = new Camera();
  readonly gestures: Gestures;
  private renderer: PointRenderer;
  private overlay: Overlay;
  private grid: SpatialGrid;
  private theme: Theme = "light";
  private highlight: Highlight = NO_HIGHLIGHT;
  private hovered = -1;
  private selected: Int32Array = new Int32Array(0);
  private lassoPolygon: Point[] | null = null;
  private rgba: Uint8Array | null = null;
  private share = 1;
  private lastFrame = 0;
  private movedAt = Number.NEGATIVE_INFINITY;
  private frame = 0;
  private flight = 0;
  private settle = 0;
  private readonly observer: ResizeObserver;

  constructor(
    private positions: Float32Array,
    private words: string[],
    preferCanvas: boolean,
    labels: { name: string; describedBy: string },
    private readonly handlers: MapHandlers,
  ) {
    this.stage = element("div", {
      class: "stage",
      tabindex: 0,
      role: "application",
      "aria-label": labels.name,
      "aria-describedby": labels.describedBy,
    });
    this.renderer = createRenderer(preferCanvas);
    this.overlay = new Overlay(positions, words);
    this.grid = new SpatialGrid(positions);
    this.camera.setBounds(bulkBounds(positions));
    this.camera.state = this.camera.home;
    this.attach();
    this.gestures = new Gestures(this.stage, {
      pan: (dx, dy) => this.move(() => this.camera.pan(dx, dy)),
      zoom: (factor, x, y) => this.move(() => this.camera.zoomAt(factor, x, y)),
      home: () => this.flyTo(this.camera.home),
      tap: (x, y, adding) => this.tap(x, y, adding),
      hover: (x, y) => this.hover(this.rowAt(x, y)),
      leave: () => this.hover(-1),
      chooseMiddle: () => this.chooseMiddle(),
      draw: (path, done) => this.drawLasso(path, done),
    });
    for (const type of ["focus", "blur"]) this.stage.addEventListener(type, () => this.request());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.stage);
  }

  dispose(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.flight);
    clearTimeout(this.settle);
    this.renderer.dispose();
  }

  setPositions(positions: Float32Array): void {
    this.positions = positions;
    this.renderer.setPositions(positions);
    this.overlay.setPositions(positions);
    this.grid = new SpatialGrid(positions);
    this.camera.setBounds(bulkBounds(positions));
    this.request();
  }

  /** The words come after the points: their labels are drawn from here on. */
  setWords(words: string[]): void {
    this.words = words;
    const overlay = new Overlay(this.positions, words);
    this.overlay.canvas.replaceWith(overlay.canvas);
    this.overlay = overlay;
    this.resize();
  }

  setColours(rgba: Uint8Array, theme: Theme): void {
    this.rgba = rgba;
    this.theme = theme;
    this.renderer.setColours(rgba);
    this.request();
  }

  setHighlight(highlight: Highlight): void {
    this.highlight = highlight;
    this.request();
  }

  setSelected(rows: Int32Array, polygon: Point[] | null): void {
    this.selected = rows;
    this.lassoPolygon = polygon;
    this.request();
  }

  hover(row: number): void {
    if (row === this.hovered) return;
    this.hovered = row;
    this.stage.classList.toggle("pointing", row >= 0);
    this.request();
  }

  rowsInside(polygon: Point[]): Int32Array {
    return this.grid.inside(polygon);
  }

  /** The view's edge as a polygon of the map. */
  viewPolygon(): Point[] {
    const { camera } = this;
    const [left, right] = [camera.toMapX(0), camera.toMapX(camera.width)];
    const [top, bottom] = [camera.toMapY(0), camera.toMapY(camera.height)];
    return [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ];
  }

  setCamera(state: CameraState | null): void {
    this.camera.state = state ?? this.camera.home;
    this.request();
  }

  isHome(): boolean {
    const { x, y, zoom } = this.camera.home;
    return this.camera.x === x && this.camera.y === y && this.camera.zoom === zoom;
  }

  zoomBy(factor: number): void {
    this.move(() => this.camera.zoomAt(factor, this.camera.width / 2, this.camera.height / 2));
  }

  /** Bring rows into view: all of them, or just the middle of the view onto one that lies outside. */
  show(rows: number[], zooming: boolean): void {
    if (rows.length === 0) return;
    if (zooming) {
      this.flyTo(this.camera.fitting(boundsOf(this.positions, rows), 60));
      return;
    }
    const [x, y] = [this.positions[2 * rows[0]], this.positions[2 * rows[0] + 1]];
    const [screenX, screenY] = [this.camera.toScreenX(x), this.camera.toScreenY(y)];
    const { width, height } = this.camera;
    const inside = screenX > 40 && screenX < width - 40 && screenY > 40 && screenY < height - 40;
    if (!inside) this.flyTo({ x, y, zoom: this.camera.zoom });
  }

  flyTo(target: CameraState): void {
    cancelAnimationFrame(this.flight);
    const from = this.camera.state;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const start = performance.now();
    const step = (now: number) => {
      const share = still ? 1 : Math.min(1, Math.max(0, now - start) / FLIGHT_MS);
      const eased = share * share * (3 - 2 * share);
      const between = (a: number, b: number) => a + eased * (b - a);
      const state = {
        x: between(from.x, target.x),
        y: between(from.y, target.y),
        zoom: from.zoom * (target.zoom / from.zoom) ** eased,
      };
      this.camera.state = share === 1 ? target : state;
      this.motion();
      if (share < 1) this.flight = requestAnimationFrame(step);
    };
    step(start);
  }

  private attach(): void {
    const { canvas } = this.renderer;
    canvas.addEventListener("webglcontextlost", () => this.fallBack(canvas));
    this.stage.replaceChildren(canvas, this.overlay.canvas);
    this.stage.dataset.renderer = this.renderer.name;
    this.renderer.setPositions(this.positions);
    if (this.rgba) this.renderer.setColours(this.rgba);
  }

  /** A graphics driver may fail at any time; the map goes on without it. */
  private fallBack(lost: HTMLCanvasElement): void {
    if (!this.stage.isConnected || this.renderer.canvas !== lost) return;
    this.renderer = createRenderer(true);
    this.attach();
    this.resize();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (width === 0 || height === 0) return;
    this.camera.width = width;
    this.camera.height = height;
    for (const canvas of [this.renderer.canvas, this.overlay.canvas]) {
      canvas.width = Math.round(width * pixelRatio());
      canvas.height = Math.round(height * pixelRatio());
    }
    // At once: a canvas is empty after a change of its size.
    this.draw();
  }

  private move(change: () => void): void {
    cancelAnimationFrame(this.flight);
    change();
    this.motion();
  }

  private motion(): void {
    this.movedAt = performance.now();
    clearTimeout(this.settle);
    this.settle = window.setTimeout(() => {
      this.request();
      this.handlers.moved();
    }, SETTLE_MS);
    this.request();
  }

  private request(): void {
    if (this.frame === 0) {
      this.frame = requestAnimationFrame((now) => {
        this.frame = 0;
        this.adapt(now);
        this.draw();
      });
    }
  }

  /** Fewer points while moving where frames are late, all of them once the map rests. */
  private adapt(now: number): void {
    const interval = now - this.lastFrame;
    this.lastFrame = now;
    if (interval > 500) return;
    if (interval > SLOW_MS) this.share = Math.max(0.05, this.share * 0.75);
    else if (interval < FAST_MS) this.share = Math.min(1, this.share * 1.1);
  }

  private draw(): void {
    if (this.rgba === null || this.camera.width <= 1) return;
    const { camera, theme } = this;
    const ratio = pixelRatio();
    const look = pointLook(this.positions.length / 2, camera.zoom);
    const quiet = this.highlight.anchors.length > 0 || this.selected.length > 0;
    const alpha = look.alpha * (quiet ? 0.55 : 1);
    const resting = performance.now() - this.movedAt >= SETTLE_MS - 20;
    const share = resting ? 1 : this.share;
    const { diameter } = look;
    this.renderer.draw({ camera, ratio, diameter, alpha, background: BACKGROUND[theme], share });
    const { highlight, hovered, selected, lassoPolygon: lasso } = this;
    const crosshair = this.stage.matches(":focus-visible");
    this.overlay.draw({ camera, theme, diameter, highlight, hovered, selected, lasso, crosshair }, ratio);
  }

  private rowAt(x: number, y: number): number {
    const label = labelAt(this.overlay.labels, x, y);
    if (label) return label.row;
    const { camera } = this;
    return this.grid.nearest(camera.toMapX(x), camera.toMapY(y), HIT_RADIUS / camera.scale);
  }

  private tap(x: number, y: number, adding: boolean): void {
    const row = this.rowAt(x, y);
    if (row >= 0 && this.words.length > 0) this.handlers.choose(row, adding);
  }

  private chooseMiddle(): void {
    const { camera } = this;
    const radius = Math.min(camera.width, camera.height) / 2 / camera.scale;
    const row = this.grid.nearest(camera.x, camera.y, radius);
    if (row >= 0 && this.words.length > 0) this.handlers.choose(row, false);
  }

  private drawLasso(path: Point[], done: boolean): void {
    const { camera } = this;
    this.lassoPolygon = path.map(([x, y]): Point => [camera.toMapX(x), camera.toMapY(y)]);
    if (done) this.handlers.lasso(this.lassoPolygon);
    this.request();
  }
}

function pixelRatio(): number {
  return Math.min(2, window.devicePixelRatio || 1);
}
