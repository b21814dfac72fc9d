import assert from "node:assert/strict";
import { test } from "node:test";
import { BACKGROUND, colouring, type NumberLegend, type Rgb, type Theme } from "../src/colours";

const THEMES: Theme[] = ["light", "dark"];

/** Relative luminance (WCAG 2). */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

test("counts over orders of magnitude are coloured by their logarithm", () => {
  const { legend, rgba } = colouring(
    { type: "number", values: Float32Array.of(1, 100, 10000) },
    3,
    "light",
    null,
  );
  assert.equal((legend as NumberLegend).log, true);
  const { ramp } = legend as NumberLegend;
  assert.deepEqual([...rgba.subarray(0, 3)], ramp[0]);
  assert.deepEqual([...rgba.subarray(4, 7)], ramp[2]);
  assert.deepEqual([...rgba.subarray(8, 11)], ramp[4]);
});

test("a missing number has a colour of its own, and infinity counts as missing", () => {
  const values = Float32Array.of(0, Number.NaN, 1, Number.POSITIVE_INFINITY);
  const { legend, rgba } = colouring({ type: "number", values }, 4, "dark", null);
  assert.notEqual(legend?.missing, null);
  assert.deepEqual([...rgba.subarray(4, 7)], legend?.missing);
  assert.deepEqual([...rgba.subarray(12, 15)], legend?.missing);
});

test("one value, or none, is no error", () => {
  colouring({ type: "number", values: Float32Array.of(3, 3) }, 2, "light", null);
  colouring({ type: "number", values: Float32Array.of(Number.NaN) }, 1, "light", null);
  colouring({ type: "category", values: [], codes: Int32Array.of(-1) }, 1, "light", null);
});

test("the chosen value alone is not faded", () => {
  const column = { type: "category" as const, values: ["a", "b"], codes: Int32Array.of(0, 1, -1) };
  const { rgba } = colouring(column, 3, "light", "b");
  assert.ok(rgba[3] < 100 && rgba[11] < 100);
  assert.equal(rgba[7], 255);
  assert.equal(colouring(column, 3, "light", "no such value").rgba[3], 255);
});

test("a legend says when colours repeat", () => {
  const many = Array.from({ length: 12 }, (_, i) => `${i}`);
  const column = { type: "category" as const, values: many, codes: Int32Array.from(many.keys()) };
  const { legend } = colouring(column, 12, "light", null);
  assert.equal(legend?.type === "category" && legend.repeats, true);
});

test("ramps grow darker on light and lighter on dark, all the way", () => {
  for (const theme of THEMES) {
    const column = { type: "number" as const, values: Float32Array.of(0, 1) };
    const { ramp } = colouring(column, 2, theme, null).legend as NumberLegend;
    const steps = ramp.map(luminance);
    for (let i = 1; i < steps.length; i++) {
      assert.ok(theme === "light" ? steps[i] < steps[i - 1] : steps[i] > steps[i - 1]);
    }
  }
});

test("every colour stands out from the page", () => {
  for (const theme of THEMES) {
    const values = Array.from({ length: 9 }, (_, i) => `${i}`);
    const column = { type: "category" as const, values, codes: Int32Array.from(values.keys()) };
    const { legend } = colouring(column, 9, theme, null);
    assert.ok(legend?.type === "category");
    for (const { colour } of legend.entries) assert.ok(contrast(colour, BACKGROUND[theme]) > 1.6);
  }
});
