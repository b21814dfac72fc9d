// The data that `wordvec explore --export` wrote into the page.
import { type Source, SourceError } from "./source";
import type { Column, DriftWord, Info, Item, Neighbor, Positions, TextRow } from "./types";

type ExportedColumn =
  | { type: "number"; data: string }
  | { type: "category"; data: { values: string[]; codes: number[] } };

export interface ExportedData {
  info: Info;
  words: string[][];
  maps: string[];
  columns: Record<string, ExportedColumn>[];
  neighbors: { topn: number; rows: string; similarities: string }[];
  drift: { words: DriftWord[] } | null;
  texts: (string[] | null)[];
}

export class ExportedSource implements Source {
  readonly hasVectors = false;
  private readonly tables: { topn: number; rows: Int32Array; similarities: Float32Array }[];

  constructor(private readonly data: ExportedData) {
    this.tables = data.neighbors.map(({ topn, rows, similarities }) => ({
      topn,
      rows: new Int32Array(decode(rows)),
      similarities: new Float32Array(decode(similarities)),
    }));
  }

  async info(): Promise<Info> {
    return this.data.info;
  }

  async words(model: number): Promise<string[]> {
    return this.data.words[model];
  }

  async map(model: number): Promise<Positions> {
    return new Float32Array(decode(this.data.maps[model]));
  }

  async column(model: number, name: string): Promise<Column> {
    const column = this.data.columns[model][name];
    if (column.type === "category") {
      return { type: "category", values: column.data.values, codes: Int32Array.from(column.data.codes) };
    }
    return { type: "number", values: new Float32Array(decode(column.data)) };
  }

  async neighbors(model: number, positive: Item[], negative: Item[], topn: number): Promise<Neighbor[]> {
    if (positive.length !== 1 || negative.length > 0) throw needsVectors();
    const table = this.tables[model];
    const start = positive[0].row * table.topn;
    const found: Neighbor[] = [];
    for (let k = start; k < start + Math.min(topn, table.topn); k++) {
      const row = table.rows[k];
      if (row >= 0) found.push({ row, word: this.data.words[model][row], similarity: table.similarities[k] });
    }
    return found;
  }

  async similarity(): Promise<number> {
    throw needsVectors();
  }

  async drift(topn: number): Promise<DriftWord[]> {
    return (this.data.drift?.words ?? []).slice(0, topn);
  }

  async text(model: number, row: number): Promise<TextRow> {
    const columns: Record<string, unknown> = {};
    for (const [name, column] of Object.entries(this.data.columns[model])) {
      if (column.type === "category") {
        columns[name] = column.data.values[column.data.codes[row]] ?? null;
      } else {
        columns[name] = new Float32Array(decode(column.data))[row];
      }
    }
    return { text: this.data.texts[model]?.[row] ?? this.data.words[model][row], columns };
  }
}

function needsVectors(): SourceError {
  return new SourceError("needs the vectors", "needsVectors");
}

/** The bytes of a base64 string. */
export function decode(text: string): ArrayBuffer {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}

/** The data of an exported page, or null in a served one. */
export function exportedData(): ExportedData | null {
  const element = document.getElementById("wordvec-data");
  return element ? JSON.parse(element.textContent ?? "") : null;
}
