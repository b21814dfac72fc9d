// What is seen, as the address's fragment: a link restores it.
import type { CameraState } from "./camera";
import type { Theme } from "./colours";
import type { Point } from "./grid";

export const TABS = ["search", "analogy", "compare", "selection", "changes"] as const;
export type Tab = (typeof TABS)[number];
export type Language = "en" | "zh";

export interface Lasso {
  model: number;
  polygon: Point[];
}

/** Words stand by their string; texts, which may be the same, by their row's number. */
export interface ViewState {
  tab: Tab;
  words: string[]; // one: its neighbours; several: those of their mean
  analogy: [string, string, string];
  pair: [string, string];
  colour: string | null; // a column's name; "": one colour; null: what the page chooses
  only: string | null; // the one value of a category that is not faded
  cameras: (CameraState | null)[]; // one a model; null: the whole map
  lasso: Lasso | null;
  theme: Theme | null; // null: as the system
  language: Language | null;
}

export function emptyState(): ViewState {
  return {
    tab: "search",
    words: [],
    analogy: ["", "", ""],
    pair: ["", ""],
    colour: null,
    only: null,
    cameras: [],
    lasso: null,
    theme: null,
    language: null,
  };
}

export function formatState(state: ViewState): string {
  const out = new URLSearchParams();
  if (state.tab !== "search") out.set("tab", state.tab);
  for (const word of state.words) out.append("word", word);
  if (state.analogy.some((word) => word !== ""))
    for (const word of state.analogy) out.append("analogy", word);
  if (state.pair.some((word) => word !== "")) for (const word of state.pair) out.append("pair", word);
  if (state.colour !== null) out.set("colour", state.colour);
  if (state.only !== null) out.set("only", state.only);
  state.cameras.forEach((camera, model) => {
    if (camera) out.set(`view${model}`, [camera.x, camera.y, camera.zoom].map(short).join(","));
  });
  if (state.lasso) {
    const { model, polygon } = state.lasso;
    out.set("lasso", [`${model}`, ...polygon.map((point) => point.map(short).join(","))].join(";"));
  }
  if (state.theme) out.set("theme", state.theme);
  if (state.language) out.set("lang", state.language);
  return out.toString();
}

/** The state of a fragment; what is not understood is left out. */
export function parseState(fragment: string): ViewState {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const state = emptyState();
  const tab = TABS.find((name) => name === parameters.get("tab"));
  if (tab) state.tab = tab;
  state.words = parameters.getAll("word");
  const [a = "", b = "", c = ""] = parameters.getAll("analogy");
  state.analogy = [a, b, c];
  const [first = "", second = ""] = parameters.getAll("pair");
  state.pair = [first, second];
  state.colour = parameters.get("colour");
  state.only = parameters.get("only");
  for (const model of [0, 1]) {
    const numbers = parseNumbers(parameters.get(`view${model}`) ?? "", 3);
    state.cameras.push(numbers && numbers[2] > 0 ? { x: numbers[0], y: numbers[1], zoom: numbers[2] } : null);
  }
  state.lasso = parseLasso(parameters.get("lasso") ?? "");
  const theme = parameters.get("theme");
  if (theme === "light" || theme === "dark") state.theme = theme;
  const language = parameters.get("lang");
  if (language === "en" || language === "zh") state.language = language;
  return state;
}

function parseLasso(text: string): Lasso | null {
  const [model, ...rest] = text.split(";");
  const polygon = rest.map((part) => parseNumbers(part, 2));
  if ((model !== "0" && model !== "1") || polygon.length < 3 || polygon.includes(null)) return null;
  return { model: Number(model), polygon: polygon as Point[] };
}

function parseNumbers(text: string, n: number): number[] | null {
  const numbers = text.split(",").map(Number);
  return text !== "" && numbers.length === n && numbers.every(Number.isFinite) ? numbers : null;
}

function short(value: number): string {
  return `${Number(value.toPrecision(5))}`;
}
