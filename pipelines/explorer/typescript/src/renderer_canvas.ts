// Points without WebGL: pixels written into an image, a disc a point.
import type { Rgb } from "./colours";
import { type Frame, mixedOrder, type PointRenderer } from "./points";

export class CanvasRenderer implements PointRenderer {
  readonly name = "canvas";
  readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d", { alpha: false });
  private image = new ImageData(1, 1);
  private order: Int32Array = new Int32Array(0);
  private places = new Float32Array(0); // mixed, as are the colours
  private colours: Uint8Array = new Uint8Array(0);
  private pixels = new Uint32Array(0); // the colour of a point over the background
  private pixelsFor = "";
  private anyFaded = false;

  setPositions(positions: Float32Array): void {
    const n = positions.length / 2;
    if (n !== this.order.length) this.order = mixedOrder(n);
    this.places = new Float32Array(2 * n);
    for (let i = 0; i < n; i++) {
      this.places[2 * i] = positions[2 * this.order[i]];
      this.places[2 * i + 1] = positions[2 * this.order[i] + 1];
    }
  }

  setColours(rgba: Uint8Array): void {
    const n = rgba.length / 4;
    if (n !== this.order.length) this.order = mixedOrder(n);
    this.colours = new Uint8Array(4 * n);
    this.anyFaded = false;
    for (let i = 0; i < n; i++) {
      const from = 4 * this.order[i];
      for (let c = 0; c < 4; c++) this.colours[4 * i + c] = rgba[from + c];
      if (rgba[from + 3] < 255) this.anyFaded = true;
    }
    this.pixelsFor = "";
  }

  draw({ camera, ratio, diameter, alpha, background, share }: Frame): void {
    const { width, height } = this.canvas;
    if (this.image.width !== width || this.image.height !== height) {
      this.image = new ImageData(Math.max(width, 1), Math.max(height, 1));
    }
    this.blend(alpha, background);
    const out = new Uint32Array(this.image.data.buffer);
    out.fill(pack(background));
    const spans = disc(Math.max(1, Math.round(diameter * ratio)));
    const n = Math.min(Math.ceil(this.order.length * share), this.places.length / 2);
    // Without alpha a faded point hides what lies below: the faded ones come first.
    if (this.anyFaded) this.drawPoints(out, n, camera, ratio, spans, true);
    this.drawPoints(out, n, camera, ratio, spans, false);
    this.context?.putImageData(this.image, 0, 0);
  }

  dispose(): void {
    this.canvas.width = 0;
  }

  private drawPoints(
    out: Uint32Array,
    n: number,
    camera: Frame["camera"],
    ratio: number,
    spans: Int32Array,
    faded: boolean,
  ): void {
    const { width, height } = this.image;
    const { places, pixels, colours, anyFaded } = this;
    const size = spans.length / 2;
    const scale = camera.scale * ratio;
    const left = (camera.width * ratio) / 2 - camera.x * scale - size / 2;
    const top = (camera.height * ratio) / 2 + camera.y * scale - size / 2;
    for (let i = 0; i < n; i++) {
      const x = Math.round(places[2 * i] * scale + left);
      const y = Math.round(top - places[2 * i + 1] * scale);
      // A point that the edge cuts is left out: no clipping in the inner loops.
      if (x < 0 || y < 0 || x + size > width || y + size > height) continue;
      if (anyFaded && colours[4 * i + 3] < 255 !== faded) continue;
      const pixel = pixels[i];
      for (let line = 0; line < size; line++) {
        const start = (y + line) * width + x;
        const end = start + spans[2 * line + 1];
        for (let p = start + spans[2 * line]; p < end; p++) out[p] = pixel;
      }
    }
  }

  private blend(alpha: number, background: Rgb): void {
    // In steps, so that a zoom does not mix all colours anew at each frame.
    const rounded = Math.round(alpha * 20) / 20;
    const wanted = `${rounded} ${background}`;
    if (this.pixelsFor === wanted) return;
    this.pixelsFor = wanted;
    const n = this.colours.length / 4;
    this.pixels = new Uint32Array(n);
    const [red, green, blue] = background;
    for (let i = 0; i < n; i++) {
      const share = (this.colours[4 * i + 3] / 255) * rounded;
      this.pixels[i] = pack([
        red + share * (this.colours[4 * i] - red),
        green + share * (this.colours[4 * i + 1] - green),
        blue + share * (this.colours[4 * i + 2] - blue),
      ]);
    }
  }
}

function pack([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The lines of a disc: from and to which pixel each goes. */
function disc(size: number): Int32Array {
  const spans = new Int32Array(2 * size);
  for (let line = 0; line < size; line++) {
    const y = line + 0.5 - size / 2;
    const half = Math.sqrt(Math.max(0, (size * size) / 4 - y * y));
    spans[2 * line] = Math.round(size / 2 - half);
    spans[2 * line + 1] = Math.max(spans[2 * line] + 1, Math.round(size / 2 + half));
  }
  return spans;
}
