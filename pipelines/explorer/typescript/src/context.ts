// What the panels see of the page.
import type { Model } from "./model";
import type { Highlight } from "./overlay";
import type { Source } from "./source";
import type { ViewState } from "./view_state";

export interface Context {
  readonly source: Source;
  readonly models: Model[];
  readonly state: ViewState;
  /** Change what is seen: the address, the open panel and the maps follow. */
  change(part: Partial<ViewState>): void;
  /** Ask for a word's neighbours, or add the word to the mean. */
  choose(key: string, adding: boolean): void;
  highlight(model: number, highlight: Highlight): void;
  hover(model: number, row: number): void;
  show(model: number, rows: number[]): void;
  drawLasso(on: boolean): void;
  isDrawing(): boolean;
  selectView(): void;
  rowsInside(model: number): Int32Array;
  announce(text: string): void;
  complete(text: string): string[];
  labelOf(key: string): string;
}

export interface Panel {
  readonly root: HTMLElement;
  /** Show the state, and give the maps what is to be seen on them. */
  update(): void;
  /** Where the keyboard goes when the panel opens. */
  focus(): void;
}

/** The answer to the last question only: an earlier one that arrives late is dropped. */
export class Latest {
  private asked = 0;

  async of<T>(question: Promise<T>, use: (answer: T) => void, fail: (error: unknown) => void): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    try {
      const answer = await question;
      if (mine === this.asked) use(answer);
    } catch (error) {
      if (mine === this.asked) fail(error);
    }
  }

  drop(): void {
    this.asked += 1;
  }
}
