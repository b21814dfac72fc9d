// What the server's answers and an exported page's data look like.

export type Positions = Float32Array; // 2 * n_rows: x and y of row r at 2 * r and 2 * r + 1

export interface ColumnInfo {
  name: string;
  type: "number" | "category";
}

export interface MapInfo {
  method: string;
  kept: number | null; // the share of the true neighbours that the map keeps
  pending: string | null; // the name of a layout that is being made
  progress: number | null;
}

export interface ModelInfo {
  name: string;
  n_rows: number;
  vector_size: number;
  kind: "words" | "texts";
  columns: ColumnInfo[];
  map: MapInfo;
}

export interface Info {
  title: string;
  version: string;
  models: ModelInfo[];
  drift: boolean;
}

export interface Neighbor {
  row: number;
  word: string;
  similarity: number;
}

export interface DriftWord {
  word: string;
  rows: [number, number];
  score: number;
  shared: number;
}

export interface NumberColumn {
  type: "number";
  values: Float32Array; // NaN: missing
}

export interface CategoryColumn {
  type: "category";
  values: string[];
  codes: Int32Array; // -1: missing
}

export type Column = NumberColumn | CategoryColumn;

export interface TextRow {
  text: string;
  columns: Record<string, unknown>;
}

/** A row that is asked about: words are asked by their string, texts by their row. */
export interface Item {
  row: number;
  word: string;
}
