// The panel of two words: how alike they are, and what lies near both.
import { answerList, errorLine, formatSimilarity, hint } from "./answers";
import { CompletionField } from "./completion";
import { type Context, Latest, type Panel } from "./context";
import { element, ICONS, iconButton } from "./dom";
import { NO_HIGHLIGHT } from "./overlay";
import { SourceError } from "./source";
import { t } from "./strings";
import type { Item } from "./types";

const TOPN = 10;

export class ComparePanel implements Panel {
  readonly root: HTMLElement;
  private readonly fields: CompletionField[];
  private readonly results = element("div", { class: "results" });
  private readonly latest = new Latest();

  constructor(private readonly context: Context) {
    this.fields = (["compareA", "compareB"] as const).map(
      (key, i) =>
        new CompletionField({
          name: t(key),
          visibleName: true,
          value: context.state.pair[i],
          complete: (text) => context.complete(text),
          labelOf: (word) => word,
          choose: (word) => this.set(i, word),
        }),
    );
    const swap = iconButton(ICONS.swap, t("swap"), () => {
      const [a, b] = context.state.pair;
      context.change({ pair: [b, a] });
    });
    const form = element("div", { class: "compare" }, this.fields[0].root, swap, this.fields[1].root);
    this.root = element("div", {}, hint(t("compareHint")), form, this.results);
  }

  focus(): void {
    const empty = this.context.state.pair.indexOf("");
    this.fields[Math.max(0, empty)].input.focus();
  }

  update(): void {
    const { pair } = this.context.state;
    this.fields.forEach((field, i) => {
      if (field.input.value !== pair[i] && document.activeElement !== field.input) field.value = pair[i];
    });
    for (const model of this.context.models) this.context.highlight(model.number, NO_HIGHLIGHT);
    if (pair.includes("")) {
      this.latest.drop();
      this.results.replaceChildren();
      return;
    }
    this.latest.of(
      Promise.all(this.context.models.map((model) => this.ask(model.number))),
      (sections) => this.results.replaceChildren(...sections),
      (error) => this.results.replaceChildren(errorLine(error)),
    );
  }

  private set(place: number, word: string): void {
    const pair: [string, string] = [...this.context.state.pair];
    pair[place] = word;
    this.context.change({ pair });
    const empty = pair.indexOf("");
    if (empty >= 0) this.fields[empty].input.focus();
  }

  private async ask(number: number): Promise<HTMLElement> {
    const model = this.context.models[number];
    const head = this.context.models.length > 1 ? element("h3", {}, model.info.name) : null;
    try {
      const items = this.context.state.pair.map((word): Item => {
        const item = model.itemOf(word);
        if (!item) throw new SourceError(t("notInModel", { word, name: model.info.name }));
        return item;
      });
      const [a, b] = items;
      const { source } = this.context;
      const [similarity, near] = await Promise.all([
        source.similarity(number, a.word, b.word),
        source.neighbors(number, items, [], TOPN),
      ]);
      this.context.highlight(number, { anchors: [a.row, b.row], neighbors: near, arrows: [] });
      if (number === 0) this.context.announce(`${t("cosine")}: ${formatSimilarity(similarity)}`);
      const bar = element("span", { class: "bar", "aria-hidden": "true" });
      bar.style.setProperty("--share", `${Math.max(0, Math.min(1, similarity))}`);
      return element(
        "section",
        {},
        head,
        element(
          "p",
          { class: "big" },
          element("span", { class: "label" }, t("cosine")),
          formatSimilarity(similarity),
          bar,
        ),
        element("h2", {}, t("nearBoth")),
        answerList(this.context, number, near),
      );
    } catch (error) {
      return element("section", {}, head, errorLine(error));
    }
  }
}
