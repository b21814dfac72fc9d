// Colours of points: one for all, by a number, or by a category; for light and dark, and for colour-blind eyes.
import type { Column } from "./types";

export type Theme = "light" | "dark";
export type Rgb = [number, number, number];

export interface NumberLegend {
  type: "number";
  log: boolean;
  low: number;
  high: number;
  ramp: Rgb[];
  missing: Rgb | null;
}

export interface CategoryLegend {
  type: "category";
  entries: { value: string; code: number; count: number; colour: Rgb }[];
  repeats: boolean; // more values than colours
  missing: Rgb | null;
}

export interface Colouring {
  rgba: Uint8Array; // 4 a row
  legend: NumberLegend | CategoryLegend | null;
}

// Lightness alone orders the ramps, and the frequent end stands out from the page.
const RAMPS: Record<Theme, Rgb[]> = {
  light: ["#b3c0cd", "#74adbb", "#3f86a8", "#245089", "#1c1f4f"].map(parseHex),
  dark: ["#3d4d6b", "#37719a", "#4fa3a8", "#a5d3a0", "#fbf3b4"].map(parseHex),
};
// Paul Tol's "muted" scheme on light, his "light" scheme on dark: told apart with every kind of colour vision.
// biome-ignore format: a palette reads better on one line
const CATEGORIES: Record<Theme, Rgb[]> = {
  light: ["#332288", "#cc6677", "#117733", "#ddaa33", "#44aa99", "#882255", "#88ccee", "#999933", "#aa4499"].map(parseHex),
  dark: ["#77aadd", "#ee8866", "#44bb99", "#eedd88", "#ffaabb", "#99ddff", "#bbcc33", "#aaaa00", "#dddddd"].map(parseHex),
};
const PLAIN: Record<Theme, Rgb> = { light: parseHex("#4a6f95"), dark: parseHex("#86a9cf") };
const MISSING: Record<Theme, Rgb> = { light: parseHex("#c9c9c6"), dark: parseHex("#474c56") };
const FADED_ALPHA = 26; // of points that the legend's chosen value leaves out

export const BACKGROUND: Record<Theme, Rgb> = { light: parseHex("#fbfaf7"), dark: parseHex("#10141b") };

export function parseHex(text: string): Rgb {
  const value = Number.parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** The colours of n rows; `only` names the one value of a category that is not faded. */
export function colouring(column: Column | null, n: number, theme: Theme, only: string | null): Colouring {
  if (column === null) {
    const rgba = new Uint8Array(4 * n);
    for (let row = 0; row < n; row++) paint(rgba, row, PLAIN[theme], 255);
    return { rgba, legend: null };
  }
  return column.type === "number"
    ? byNumber(column.values, theme)
    : byCategory(column.values, column.codes, theme, only);
}

function byNumber(values: Float32Array, theme: Theme): Colouring {
  let [low, high] = [Infinity, -Infinity];
  let anyMissing = false;
  for (const value of values) {
    if (Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    } else {
      anyMissing = true;
    }
  }
  if (low > high) [low, high] = [0, 0];
  // Counts of words span orders of magnitude.
  const log = low > 0 && high / low > 100;
  const start = log ? Math.log(low) : low;
  const range = (log ? Math.log(high) : high) - start;
  const ramp = RAMPS[theme];
  const table = Array.from({ length: 256 }, (_, i) => mix(ramp, i / 255));
  const rgba = new Uint8Array(4 * values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (Number.isFinite(value)) {
      const share = range > 0 ? ((log ? Math.log(value) : value) - start) / range : 0.5;
      paint(rgba, row, table[Math.round(255 * share)], 255);
    } else {
      paint(rgba, row, MISSING[theme], 255);
    }
  }
  const legend: NumberLegend = {
    type: "number",
    log,
    low,
    high,
    ramp,
    missing: anyMissing ? MISSING[theme] : null,
  };
  return { rgba, legend };
}

function byCategory(values: string[], codes: Int32Array, theme: Theme, only: string | null): Colouring {
  const counts = new Int32Array(values.length);
  let anyMissing = false;
  for (const code of codes) {
    if (code >= 0) counts[code]++;
    else anyMissing = true;
  }
  const palette = CATEGORIES[theme];
  const chosen = only === null ? -1 : values.indexOf(only);
  const rgba = new Uint8Array(4 * codes.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row];
    const colour = code >= 0 ? palette[code % palette.length] : MISSING[theme];
    paint(rgba, row, colour, chosen >= 0 && code !== chosen ? FADED_ALPHA : 255);
  }
  const entries = values
    .map((value, code) => ({ value, code, count: counts[code], colour: palette[code % palette.length] }))
    .filter((entry) => entry.count > 0);
  const repeats = entries.length > palette.length;
  return {
    rgba,
    legend: { type: "category", entries, repeats, missing: anyMissing ? MISSING[theme] : null },
  };
}

function mix(ramp: Rgb[], share: number): Rgb {
  const place = share * (ramp.length - 1);
  const index = Math.min(Math.floor(place), ramp.length - 2);
  const rest = place - index;
  const [low, high] = [ramp[index], ramp[index + 1]];
  return [0, 1, 2].map((c) => Math.round(low[c] + rest * (high[c] - low[c]))) as Rgb;
}

function paint(rgba: Uint8Array, row: number, [red, green, blue]: Rgb, alpha: number): void {
  rgba[4 * row] = red;
  rgba[4 * row + 1] = green;
  rgba[4 * row + 2] = blue;
  rgba[4 * row + 3] = alpha;
}
