// The panel of two models: the words whose neighbours changed most.
import { errorLine, hint } from "./answers";
import { type Context, Latest, type Panel } from "./context";
import { button, element } from "./dom";
import { NO_HIGHLIGHT } from "./overlay";
import { formatShare, t } from "./strings";
import type { DriftWord } from "./types";

const TOPN = 200;

export class ChangesPanel implements Panel {
  readonly root: HTMLElement;
  private readonly results = element("div", { class: "results" });
  private readonly latest = new Latest();
  private isLoaded = false;

  constructor(private readonly context: Context) {
    this.root = element("div", {}, hint(t("changesHint")), this.results);
  }

  focus(): void {
    this.results.querySelector("button")?.focus();
  }

  update(): void {
    for (const model of this.context.models) this.context.highlight(model.number, NO_HIGHLIGHT);
    if (this.isLoaded) return;
    this.isLoaded = true;
    this.results.replaceChildren(hint(t("loading")));
    this.latest.of(
      this.context.source.drift(TOPN),
      (words) => this.show(words),
      (error) => {
        this.isLoaded = false;
        this.results.replaceChildren(errorLine(error));
      },
    );
  }

  private show(words: DriftWord[]): void {
    if (words.length === 0) {
      this.results.replaceChildren(hint(t("noChanges")));
      return;
    }
    const most = Math.max(...words.map(({ score }) => score), 1e-9);
    const items = words.map((entry) => element("li", {}, this.item(entry, most)));
    this.results.replaceChildren(element("ol", { class: "answers" }, ...items));
  }

  private item({ word, rows, score, shared }: DriftWord, most: number): HTMLElement {
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", `${Math.max(0, score / most)}`);
    const number = element("span", { class: "number", title: t("score") }, score.toFixed(3));
    const note = element("span", { class: "note" }, t("shared", { share: formatShare(shared) }));
    const made = button(
      { class: "row" },
      () => this.context.choose(word, false),
      element("span", { class: "word" }, word),
      number,
      bar,
      note,
    );
    const hover = (on: boolean) => {
      for (const model of [0, 1]) this.context.hover(model, on ? rows[model] : -1);
    };
    for (const type of ["pointerenter", "focus"]) made.addEventListener(type, () => hover(true));
    for (const type of ["pointerleave", "blur"]) made.addEventListener(type, () => hover(false));
    return made;
  }
}
