// Where the page's data come from: the running command, or the page itself when it was exported.
import type { Column, DriftWord, Info, Item, Neighbor, Positions, TextRow } from "./types";

export interface Source {
  /** Whether the vectors are at hand: without them there are no analogies, means and pairs. */
  readonly hasVectors: boolean;
  info(): Promise<Info>;
  words(model: number): Promise<string[]>;
  map(model: number): Promise<Positions>;
  column(model: number, name: string): Promise<Column>;
  /** The true neighbours of an item, of the mean of several, or of `positive - negative`. */
  neighbors(model: number, positive: Item[], negative: Item[], topn: number): Promise<Neighbor[]>;
  similarity(model: number, a: string, b: string): Promise<number>;
  drift(topn: number): Promise<DriftWord[]>;
  text(model: number, row: number): Promise<TextRow>;
}

/** An answer that cannot be had, with a line for the reader; `key` names a line of the page's own. */
export class SourceError extends Error {
  constructor(
    message: string,
    readonly key: "noServer" | "needsVectors" | null = null,
  ) {
    super(message);
  }
}
