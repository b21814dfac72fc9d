// One vector file as the page holds it: words, places, columns as they arrive.
import { WordIndex } from "./search";
import type { Source } from "./source";
import type { Column, Item, ModelInfo, Positions } from "./types";

export class Model {
  index = new WordIndex([]);
  positions: Positions = new Float32Array(0);
  private wordsLoaded: Promise<void> | null = null;
  private mapLoaded: Promise<void> | null = null;
  private readonly columns = new Map<string, Promise<Column>>();

  constructor(
    private readonly source: Source,
    readonly number: number,
    public info: ModelInfo,
  ) {}

  get words(): string[] {
    return this.index.words;
  }

  get holdsTexts(): boolean {
    return this.info.kind === "texts";
  }

  /** Have the words, once they have come. */
  loadWords(): Promise<void> {
    this.wordsLoaded ??= this.source.words(this.number).then((words) => {
      this.index = new WordIndex(words);
    });
    return this.wordsLoaded;
  }

  loadMap(): Promise<void> {
    this.mapLoaded ??= this.reloadMap();
    return this.mapLoaded;
  }

  async reloadMap(): Promise<void> {
    this.positions = await this.source.map(this.number);
  }

  column(name: string): Promise<Column> {
    const known = this.columns.get(name) ?? this.source.column(this.number, name);
    this.columns.set(name, known);
    return known;
  }

  /** What the address calls a row: words by their string; texts, which may be the same, by their number. */
  keyOf(row: number): string {
    return this.holdsTexts ? `${row}` : this.words[row];
  }

  rowOf(key: string): number | undefined {
    if (!this.holdsTexts) return this.index.rowOf(key);
    const row = Number(key);
    return Number.isInteger(row) && row >= 0 && row < this.words.length ? row : undefined;
  }

  labelOf(key: string): string {
    return this.holdsTexts ? (this.words[Number(key)] ?? key) : key;
  }

  itemOf(key: string): Item | null {
    const row = this.rowOf(key);
    return row === undefined ? null : { row, word: this.words[row] };
  }
}
