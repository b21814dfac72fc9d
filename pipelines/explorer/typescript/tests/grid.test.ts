import assert from "node:assert/strict";
import { test } from "node:test";
import { holds, type Point, SpatialGrid, thinned } from "../src/grid";
import { mixedOrder } from "../src/points";

function randoms(n: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state / 4294967296) * 2 - 1;
  });
}

test("the nearest row is that of trying them all", () => {
  const positions = randoms(2000, 7);
  const grid = new SpatialGrid(positions);
  const asked = randoms(200, 8);
  for (let i = 0; i < asked.length; i += 2) {
    const distances = Array.from({ length: 1000 }, (_, row) =>
      Math.hypot(positions[2 * row] - asked[i], positions[2 * row + 1] - asked[i + 1]),
    );
    const least = Math.min(...distances);
    const expected = least < 0.05 ? distances.indexOf(least) : -1;
    assert.equal(grid.nearest(asked[i], asked[i + 1], 0.05), expected);
  }
});

test("of points in one place the first row is nearest", () => {
  assert.equal(new SpatialGrid(Float32Array.of(1, 1, 0, 0, 0, 0)).nearest(0, 0, 0.1), 1);
});

test("rows inside a polygon are those of trying them all, in order", () => {
  const positions = randoms(2000, 9);
  const star: Point[] = [
    [-0.8, -0.8],
    [0, -0.2],
    [0.8, -0.8],
    [0.3, 0.1],
    [0.6, 0.9],
    [0, 0.4],
    [-0.7, 0.8],
  ];
  const expected = Array.from({ length: 1000 }, (_, row) => row).filter((row) =>
    holds(star, positions[2 * row], positions[2 * row + 1]),
  );
  assert.deepEqual([...new SpatialGrid(positions).inside(star)], expected);
  assert.ok(expected.length > 100);
});

test("a polygon with a dent does not hold the dent", () => {
  const dented: Point[] = [
    [0, 0],
    [4, 0],
    [4, 4],
    [2, 1],
    [0, 4],
  ];
  assert.ok(holds(dented, 0.5, 2));
  assert.ok(!holds(dented, 2, 3));
});

test("an empty map and one point", () => {
  assert.equal(new SpatialGrid(new Float32Array(0)).nearest(0, 0, 1), -1);
  assert.equal(new SpatialGrid(Float32Array.of(0.5, 0.5)).nearest(0.5, 0.4, 1), 0);
});

test("a long lasso is thinned evenly", () => {
  const path = Array.from({ length: 1000 }, (_, i): Point => [i, i]);
  assert.equal(thinned(path, 80).length, 80);
  assert.deepEqual(thinned(path.slice(0, 5), 80), path.slice(0, 5));
});

test("the mixed order holds each row once, and is the same each time", () => {
  const order = mixedOrder(1000);
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    [...Array(1000).keys()],
  );
  assert.deepEqual(order, mixedOrder(1000));
  assert.ok(order.subarray(0, 100).some((row) => row > 800));
});
