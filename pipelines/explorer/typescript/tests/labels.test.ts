import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera } from "../src/camera";
import { type Label, LabelPlacer, labelAt, shortened } from "../src/labels";

const LINE = 16;

function scattered(n: number): Float32Array {
  return Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i * i + i));
}

function camera(): Camera {
  const made = new Camera();
  made.width = 800;
  made.height = 600;
  return made;
}

function overlap(a: Label, b: Label): boolean {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < LINE;
}

test("labels do not overlap, and the first row has one", () => {
  const placed = new LabelPlacer(scattered(3000), () => 60).place(camera(), [], [], 200, 4);
  assert.ok(placed.length > 30);
  assert.equal(placed[0].row, 0);
  placed.forEach((a, i) => {
    for (const b of placed.slice(i + 1)) assert.ok(!overlap(a, b));
  });
});

test("panning does not shuffle the labels", () => {
  const placer = new LabelPlacer(scattered(300), () => 60);
  const seen = camera();
  const rows = (labels: Label[]) => labels.map(({ row }) => row);
  const before = rows(placer.place(seen, [], [], 500, 4));
  for (let i = 0; i < 10; i++) {
    seen.pan(3.3, 1.7);
    assert.deepEqual(rows(placer.place(seen, [], [], 500, 4)), before);
  }
});

test("what was asked for has its label whatever lies there", () => {
  const positions = new Float32Array(20); // all in one place
  const placed = new LabelPlacer(positions, () => 60).place(camera(), [7, 8], [3], 100, 4);
  assert.deepEqual(
    placed.map(({ row }) => row),
    [7, 8],
  );
});

test("zooming in brings rarer words", () => {
  const placer = new LabelPlacer(scattered(5000), () => 60);
  const seen = camera();
  const far = placer.place(seen, [], [], 1000, 4);
  seen.zoomAt(8, 400, 300);
  const near = placer.place(seen, [], [], 1000, 4);
  assert.ok(Math.max(...near.map(({ row }) => row)) > Math.max(...far.map(({ row }) => row)));
});

test("a click on a label is one on its word", () => {
  const label = { row: 5, x: 100, y: 50, width: 40 };
  assert.equal(labelAt([label], 115, 55)?.row, 5);
  assert.equal(labelAt([label], 130, 50), null);
});

test("long texts and line breaks become one short line", () => {
  assert.equal(shortened("a\n b", 10), "a b");
  assert.equal(shortened("abcdef", 4), "abc…");
});
