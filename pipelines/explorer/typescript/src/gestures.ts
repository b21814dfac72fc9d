// Mouse, touch and keys on a map, as what they mean.
import { type Point, thinned } from "./grid";

export interface GestureHandlers {
  pan(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  home(): void;
  tap(x: number, y: number, adding: boolean): void;
  hover(x: number, y: number): void;
  leave(): void;
  chooseMiddle(): void;
  draw(path: Point[], done: boolean): void; // pixels of the lasso
}

const TAP_DISTANCE = 5; // how far a finger may slip
const PAN_STEP = 60; // pixels a key press
const ZOOM_STEP = 1.3;
const MOST_POINTS = 80; // of a lasso: it stands in the link

export class Gestures {
  drawing = false; // whether a drag draws the lasso
  private readonly pointers = new Map<number, Point>();
  private moved = 0;
  private path: Point[] = [];

  constructor(
    private readonly stage: HTMLElement,
    private readonly handlers: GestureHandlers,
  ) {
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    stage.addEventListener("pointerleave", () => handlers.leave());
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("keydown", (event) => this.key(event));
  }

  private place(event: MouseEvent): Point {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    if (this.pointers.size === 1) {
      this.moved = 0;
      this.path = this.drawing ? [this.place(event)] : [];
    }
  }

  private move(event: PointerEvent): void {
    const now = this.place(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.handlers.hover(...now);
      return;
    }
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    this.moved += Math.hypot(dx, dy);
    if (this.pointers.size === 2) {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)![1];
      this.pinch(before, now, other);
    } else if (this.path.length > 0) {
      this.path.push(now);
      this.handlers.draw(this.path, false);
    } else if (this.moved > TAP_DISTANCE) {
      this.handlers.pan(dx, dy);
    }
    this.pointers.set(event.pointerId, now);
  }

  private pinch(before: Point, now: Point, other: Point): void {
    const distance = (a: Point) => Math.max(1, Math.hypot(a[0] - other[0], a[1] - other[1]));
    this.handlers.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    const factor = distance(now) / distance(before);
    this.handlers.zoom(factor, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  }

  private up(event: PointerEvent): void {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size > 0) return;
    if (this.moved <= TAP_DISTANCE) {
      this.handlers.tap(...this.place(event), event.shiftKey);
    } else if (this.path.length > 2) {
      this.handlers.draw(thinned(this.path, MOST_POINTS), true);
    }
    this.path = [];
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    // Lines and pages of old mice to pixels; a pinch on a touchpad comes as a wheel with the control key.
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
    const speed = event.ctrlKey ? 0.01 : 0.0016;
    this.handlers.zoom(Math.exp(-speed * Math.max(-300, Math.min(300, pixels))), ...this.place(event));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 4 * PAN_STEP : PAN_STEP;
    const [x, y] = [this.stage.clientWidth / 2, this.stage.clientHeight / 2];
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.handlers.pan(step, 0),
      ArrowRight: () => this.handlers.pan(-step, 0),
      ArrowUp: () => this.handlers.pan(0, step),
      ArrowDown: () => this.handlers.pan(0, -step),
      "+": () => this.handlers.zoom(ZOOM_STEP, x, y),
      "=": () => this.handlers.zoom(ZOOM_STEP, x, y),
      "-": () => this.handlers.zoom(1 / ZOOM_STEP, x, y),
      "0": () => this.handlers.home(),
      Enter: () => this.handlers.chooseMiddle(),
    };
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  }
}
