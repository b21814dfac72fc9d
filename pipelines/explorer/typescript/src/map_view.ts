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
const MOST_SETTLE_MS = 3000;
const FLIGHT_MS = 350;
const FRAME_MS = 33; // what a frame may take while moving: else fewer points are drawn
const LEAST_SHARE = 0.03;

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
  private pointsChanged = true; // else only what lies over them is drawn anew
  private interval = 0; // milliseconds from the last frame to when the browser asked for another
  private isMoving = false;
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
    this.request(true);
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
    this.request(true);
  }

  setHighlight(highlight: Highlight): void {
    const before = this.isQuiet();
    this.highlight = highlight;
    this.request(this.isQuiet() !== before);
  }

  setSelected(rows: Int32Array, polygon: Point[] | null): void {
    const before = this.isQuiet();
    this.selected = rows;
    this.lassoPolygon = polygon;
    this.request(this.isQuiet() !== before);
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
    this.request(true);
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
    this.pointsChanged = true;
    this.draw(performance.now());
  }

  private move(change: () => void): void {
    cancelAnimationFrame(this.flight);
    change();
    this.motion();
  }

  private motion(): void {
    this.isMoving = true;
    clearTimeout(this.settle);
    // Where frames take long, the next step of a motion comes late, too.
    const patience = Math.min(MOST_SETTLE_MS, Math.max(SETTLE_MS, 2 * this.interval));
    this.settle = window.setTimeout(() => {
      this.isMoving = false;
      this.request(true);
      this.handlers.moved();
    }, patience);
    this.request(true);
  }

  private request(pointsChanged = false): void {
    this.pointsChanged ||= pointsChanged;
    if (this.frame === 0) {
      this.frame = requestAnimationFrame((now) => {
        this.frame = 0;
        this.draw(now);
      });
    }
  }

  private draw(now: number): void {
    if (this.rgba === null || this.camera.width <= 1) return;
    const { camera, theme } = this;
    const ratio = pixelRatio();
    const { diameter, alpha } = pointLook(this.positions.length / 2, camera.zoom);
    if (this.pointsChanged) {
      const share = this.isMoving ? this.share : 1;
      const background = BACKGROUND[theme];
      this.renderer.draw({
        camera,
        ratio,
        diameter,
        alpha: this.isQuiet() ? 0.55 * alpha : alpha,
        background,
        share,
      });
      this.pointsChanged = false;
      requestAnimationFrame((next) => this.adapt(share, next - now));
    }
    const { highlight, hovered, selected, lassoPolygon: lasso } = this;
    const crosshair = this.stage.matches(":focus-visible");
    this.overlay.draw({ camera, theme, diameter, highlight, hovered, selected, lasso, crosshair }, ratio);
  }

  /** Fit the share of the points that are drawn while moving to what the last frame took. */
  private adapt(drawn: number, interval: number): void {
    this.interval = interval;
    const factor = FRAME_MS / interval;
    if (factor > 1) this.share = Math.min(1, 1.05 * this.share);
    // A little too slow is no reason: screens differ, too.
    else if (factor < 0.8)
      this.share = Math.max(LEAST_SHARE, Math.min(this.share, drawn * Math.max(0.05, factor)));
  }

  /** Whether something stands out, and all else steps back. */
  private isQuiet(): boolean {
    return this.highlight.anchors.length > 0 || this.selected.length > 0;
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
