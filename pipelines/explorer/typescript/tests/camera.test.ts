import assert from "node:assert/strict";
import { test } from "node:test";
import { boundsOf, bulkBounds, Camera } from "../src/camera";

function camera(): Camera {
  const made = new Camera();
  made.width = 800;
  made.height = 600;
  return made;
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}

test("screen and map coordinates are inverse to each other", () => {
  const seen = camera();
  seen.state = { x: 0.3, y: -0.7, zoom: 12 };
  for (const [x, y] of [
    [0, 0],
    [0.31, -0.69],
    [-5, 3],
  ]) {
    close(seen.toMapX(seen.toScreenX(x)), x);
    close(seen.toMapY(seen.toScreenY(y)), y);
  }
});

test("up on the map is up on the screen", () => {
  assert.ok(camera().toScreenY(1) < camera().toScreenY(0));
});

test("the point under the pointer stays there while zooming", () => {
  const seen = camera();
  const [x, y] = [seen.toMapX(123), seen.toMapY(456)];
  seen.zoomAt(3, 123, 456);
  close(seen.toScreenX(x), 123);
  close(seen.toScreenY(y), 456);
});

test("panning moves the map with the finger", () => {
  const seen = camera();
  const [x, y] = [seen.toScreenX(0.5), seen.toScreenY(0.5)];
  seen.pan(30, -20);
  close(seen.toScreenX(0.5), x + 30);
  close(seen.toScreenY(0.5), y - 20);
});

test("at home the whole map is in view", () => {
  const seen = camera();
  seen.setBounds({ x: 5, y: 5, width: 4, height: 2 });
  seen.state = seen.home;
  for (const x of [3, 7]) assert.ok(seen.toScreenX(x) > 0 && seen.toScreenX(x) < 800);
  for (const y of [4, 6]) assert.ok(seen.toScreenY(y) > 0 && seen.toScreenY(y) < 600);
});

test("fitting shows all the rows", () => {
  const seen = camera();
  const positions = Float32Array.of(0, 0, 0.1, 0.05, -1, -1);
  seen.state = seen.fitting(boundsOf(positions, [0, 1]), 1000);
  for (const [x, y] of [
    [0, 0],
    [0.1, 0.05],
  ]) {
    assert.ok(seen.toScreenX(x) >= 0 && seen.toScreenX(x) <= 800);
    assert.ok(seen.toScreenY(y) >= 0 && seen.toScreenY(y) <= 600);
  }
  assert.ok(seen.toScreenX(-1) < 0);
});

test("a far point does not shrink the map", () => {
  const positions = new Float32Array(2000).map((_, i) => Math.sin(i));
  positions[0] = 1000;
  assert.ok(bulkBounds(positions).width < 3);
});

test("bounds of nothing are those of an empty map", () => {
  assert.deepEqual(boundsOf(new Float32Array(0)), { x: 0, y: 0, width: 2, height: 2 });
  assert.deepEqual(bulkBounds(new Float32Array(0)), { x: 0, y: 0, width: 2, height: 2 });
});
