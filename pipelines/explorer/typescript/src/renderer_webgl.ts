// Points by plain WebGL2: one buffer of places, one of colours, one draw call.
import { type Frame, mixedOrder, type PointRenderer } from "./points";

const VERTEX = `#version 300 es
in vec2 place;
in vec4 colour;
uniform vec2 scale;
uniform vec2 middle;
uniform float diameter;
uniform float alpha;
out vec4 paint;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = diameter + 1.0;
  paint = vec4(colour.rgb, colour.a * alpha);
}`;

// The edge of the disc is one pixel soft.
const FRAGMENT = `#version 300 es
precision highp float; // as in the other shader: they share a uniform
in vec4 paint;
uniform float diameter;
out vec4 pixel;
void main() {
  float away = length(gl_PointCoord - 0.5) * (diameter + 1.0);
  float cover = clamp(0.5 * diameter + 0.5 - away, 0.0, 1.0);
  pixel = vec4(paint.rgb, paint.a * cover);
}`;

export function createWebglRenderer(): PointRenderer | null {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, stencil: false });
  const program = gl && link(gl);
  return gl && program ? new WebglRenderer(canvas, gl, program) : null;
}

class WebglRenderer implements PointRenderer {
  readonly name = "webgl2";
  private readonly places: WebGLBuffer | null;
  private readonly colours: WebGLBuffer | null;
  private order: Int32Array = new Int32Array(0);

  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
    private readonly program: WebGLProgram,
  ) {
    this.places = gl.createBuffer();
    this.colours = gl.createBuffer();
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    this.attribute("place", this.places, 2, gl.FLOAT, false);
    this.attribute("colour", this.colours, 4, gl.UNSIGNED_BYTE, true);
  }

  setPositions(positions: Float32Array): void {
    const n = positions.length / 2;
    if (n !== this.order.length) this.order = mixedOrder(n);
    const mixed = new Float32Array(2 * n);
    for (let i = 0; i < n; i++) {
      mixed[2 * i] = positions[2 * this.order[i]];
      mixed[2 * i + 1] = positions[2 * this.order[i] + 1];
    }
    this.upload(this.places, mixed);
  }

  setColours(rgba: Uint8Array): void {
    const words = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.length / 4);
    if (words.length !== this.order.length) this.order = mixedOrder(words.length);
    const mixed = new Uint32Array(words.length);
    for (let i = 0; i < words.length; i++) mixed[i] = words[this.order[i]];
    this.upload(this.colours, mixed);
  }

  draw({ camera, ratio, diameter, alpha, background, share }: Frame): void {
    const { gl } = this;
    const [red, green, blue] = background;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(red / 255, green / 255, blue / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const horizontal = (2 * camera.scale) / camera.width;
    const vertical = (2 * camera.scale) / camera.height;
    gl.uniform2f(this.uniform("scale"), horizontal, vertical);
    gl.uniform2f(this.uniform("middle"), camera.x, camera.y);
    gl.uniform1f(this.uniform("diameter"), diameter * ratio);
    gl.uniform1f(this.uniform("alpha"), alpha);
    gl.drawArrays(gl.POINTS, 0, Math.ceil(this.order.length * share));
  }

  dispose(): void {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private uniform(name: string): WebGLUniformLocation | null {
    return this.gl.getUniformLocation(this.program, name);
  }

  private upload(buffer: WebGLBuffer | null, data: ArrayBufferView<ArrayBuffer>): void {
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, data, this.gl.STATIC_DRAW);
  }

  private attribute(
    name: string,
    buffer: WebGLBuffer | null,
    size: number,
    type: number,
    normal: boolean,
  ): void {
    const { gl } = this;
    const location = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, type, normal, 0, 0);
  }
}

function link(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (!program || !shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}
