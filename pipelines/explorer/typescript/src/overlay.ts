// What lies over the points: lines to neighbours, rings, labels, the lasso.
import type { Camera } from "./camera";
import { BACKGROUND, css, type Theme } from "./colours";
import type { Point } from "./grid";
import { type Label, LabelPlacer, shortened } from "./labels";

export interface Highlight {
  anchors: number[]; // what was asked for
  neighbors: { row: number; similarity: number }[];
  arrows: [number, number][]; // instead of lines to neighbours: an analogy's two pairs
}

export const NO_HIGHLIGHT: Highlight = { anchors: [], neighbors: [], arrows: [] };

export interface Scene {
  camera: Camera;
  theme: Theme;
  diameter: number;
  highlight: Highlight;
  hovered: number; // a row, or -1
  selected: Int32Array; // the lasso's rows
  lasso: Point[] | null; // a polygon on the map
  crosshair: boolean;
}

const INK = { light: "#1c2330", dark: "#e8ebf0" };
const QUIET_INK = { light: "#7b828e", dark: "#8c95a3" };
const ACCENT = { light: "#b3261e", dark: "#ffb4a2" };
const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", sans-serif';
const PLAIN_FONT = `12px ${FONT}`;
const STRONG_FONT = `600 13px ${FONT}`;
const LABEL_LENGTH = 32;
const MOST_RINGS = 3000;

export class Overlay {
  readonly canvas = document.createElement("canvas");
  labels: Label[] = [];
  private readonly context = this.canvas.getContext("2d")!;
  private readonly widths: Float32Array;
  private placer: LabelPlacer;

  constructor(
    private positions: Float32Array,
    private readonly words: string[],
  ) {
    this.widths = new Float32Array(words.length);
    this.placer = this.newPlacer();
  }

  setPositions(positions: Float32Array): void {
    this.positions = positions;
    this.placer = this.newPlacer();
  }

  draw(scene: Scene, ratio: number): void {
    const { camera, highlight } = scene;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, camera.width, camera.height);
    this.drawLasso(scene);
    this.drawLines(scene);
    for (const { row } of highlight.neighbors) this.dot(scene, row, 3.5);
    for (const row of highlight.anchors) this.dot(scene, row, 5);
    this.drawLabels(scene);
    if (scene.crosshair) this.drawCrosshair(scene);
  }

  private newPlacer(): LabelPlacer {
    return new LabelPlacer(this.positions, (row) => this.widthOf(row));
  }

  private widthOf(row: number): number {
    if (this.widths[row] === 0) {
      this.context.font = PLAIN_FONT;
      this.widths[row] = Math.max(4, this.context.measureText(this.textOf(row)).width);
    }
    return this.widths[row];
  }

  private textOf(row: number): string {
    return shortened(this.words[row] ?? "", LABEL_LENGTH);
  }

  private x(camera: Camera, row: number): number {
    return camera.toScreenX(this.positions[2 * row]);
  }

  private y(camera: Camera, row: number): number {
    return camera.toScreenY(this.positions[2 * row + 1]);
  }

  private drawLabels(scene: Scene): void {
    if (this.words.length === 0) return;
    const { camera, theme, highlight } = scene;
    const forced = scene.hovered >= 0 ? [...highlight.anchors, scene.hovered] : highlight.anchors;
    const neighbors = highlight.neighbors.map(({ row }) => row);
    const strong = new Set([...forced, ...neighbors]);
    const most = Math.max(20, (camera.width * camera.height) / 7000);
    this.labels = this.placer.place(camera, forced, neighbors, most, scene.diameter / 2 + 1);
    const { context } = this;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = css(BACKGROUND[theme]);
    const quiet = highlight.neighbors.length > 0;
    // The strong ones last, over the others.
    for (const wanted of [false, true]) {
      context.font = wanted ? STRONG_FONT : PLAIN_FONT;
      context.fillStyle = quiet && !wanted ? QUIET_INK[theme] : INK[theme];
      for (const label of this.labels) {
        if (strong.has(label.row) !== wanted) continue;
        if (highlight.anchors.includes(label.row)) {
          this.pill(label, theme);
        } else {
          context.strokeText(this.textOf(label.row), label.x, label.y);
          context.fillText(this.textOf(label.row), label.x, label.y);
        }
      }
    }
  }

  private pill(label: Label, theme: Theme): void {
    const { context } = this;
    const width = context.measureText(this.textOf(label.row)).width + 12;
    context.save();
    context.fillStyle = ACCENT[theme];
    context.beginPath();
    context.roundRect(label.x - width / 2, label.y - 12, width, 20, 10);
    context.fill();
    context.fillStyle = css(BACKGROUND[theme]);
    context.fillText(this.textOf(label.row), label.x, label.y - 2);
    context.restore();
  }

  private drawLines(scene: Scene): void {
    const { context } = this;
    const { camera, highlight, theme } = scene;
    context.strokeStyle = ACCENT[theme];
    context.lineWidth = 1;
    if (highlight.anchors.length === 1) {
      const [anchor] = highlight.anchors;
      for (const { row, similarity } of highlight.neighbors) {
        context.globalAlpha = 0.15 + 0.45 * Math.max(0, similarity);
        this.line(camera, anchor, row);
      }
    }
    context.lineWidth = 2;
    context.globalAlpha = 0.8;
    for (const [from, to] of highlight.arrows) {
      this.line(camera, from, to);
      this.arrowhead(camera, from, to);
    }
    context.globalAlpha = 1;
  }

  private line(camera: Camera, from: number, to: number): void {
    this.context.beginPath();
    this.context.moveTo(this.x(camera, from), this.y(camera, from));
    this.context.lineTo(this.x(camera, to), this.y(camera, to));
    this.context.stroke();
  }

  private arrowhead(camera: Camera, from: number, to: number): void {
    const [x, y] = [this.x(camera, to), this.y(camera, to)];
    const angle = Math.atan2(y - this.y(camera, from), x - this.x(camera, from));
    this.context.beginPath();
    for (const side of [-0.4, 0.4]) {
      this.context.moveTo(x, y);
      this.context.lineTo(x - 12 * Math.cos(angle + side), y - 12 * Math.sin(angle + side));
    }
    this.context.stroke();
  }

  private dot(scene: Scene, row: number, radius: number): void {
    const { context } = this;
    context.fillStyle = ACCENT[scene.theme];
    context.strokeStyle = css(BACKGROUND[scene.theme]);
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(this.x(scene.camera, row), this.y(scene.camera, row), radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }

  private drawLasso({ camera, theme, lasso, selected, diameter }: Scene): void {
    const { context } = this;
    context.strokeStyle = ACCENT[theme];
    context.lineWidth = 1.5;
    if (lasso && lasso.length > 1) {
      context.beginPath();
      for (const [x, y] of lasso) context.lineTo(camera.toScreenX(x), camera.toScreenY(y));
      context.closePath();
      context.globalAlpha = 0.07;
      context.fillStyle = ACCENT[theme];
      context.fill();
      context.globalAlpha = 0.9;
      context.setLineDash([5, 4]);
      context.stroke();
      context.setLineDash([]);
    }
    context.globalAlpha = 0.6;
    context.lineWidth = 1;
    context.beginPath();
    for (const row of selected.subarray(0, MOST_RINGS)) {
      const [x, y] = [this.x(camera, row), this.y(camera, row)];
      context.moveTo(x + diameter / 2 + 1, y);
      context.arc(x, y, diameter / 2 + 1, 0, 2 * Math.PI);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  private drawCrosshair({ camera, theme }: Scene): void {
    const { context } = this;
    const [x, y] = [camera.width / 2, camera.height / 2];
    context.strokeStyle = INK[theme];
    context.lineWidth = 1;
    context.beginPath();
    for (const sign of [-1, 1]) {
      context.moveTo(x + 4 * sign, y);
      context.lineTo(x + 12 * sign, y);
      context.moveTo(x, y + 4 * sign);
      context.lineTo(x, y + 12 * sign);
    }
    context.stroke();
  }
}
