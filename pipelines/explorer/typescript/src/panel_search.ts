// The panel of a word's true neighbours, or of those of the mean of several words.
import { answerList, errorLine, hint } from "./answers";
import { CompletionField } from "./completion";
import { type Context, Latest, type Panel } from "./context";
import { button, element, ICONS, iconButton } from "./dom";
import { NO_HIGHLIGHT } from "./overlay";
import { SourceError } from "./source";
import { formatCount, formatNumber, t } from "./strings";
import type { Item, Neighbor } from "./types";

const FIRST = 20;
const MORE = 30;
const MOST = 200;

interface Answer {
  neighbors: Neighbor[];
  error: unknown;
}

export class SearchPanel implements Panel {
  readonly root: HTMLElement;
  private readonly field: CompletionField;
  private readonly chips = element("ul", { class: "chips" });
  private readonly results = element("div", { class: "results" });
  private readonly latest = new Latest();
  private topn = FIRST;
  private shown = "";
  private adding = false;

  constructor(private readonly context: Context) {
    const name = t(this.holdsTexts ? "searchTexts" : "searchWords");
    this.field = new CompletionField({
      name,
      visibleName: false,
      value: "",
      complete: (text) => context.complete(text),
      labelOf: (key) => context.labelOf(key),
      choose: (key) => {
        const { adding } = this;
        this.adding = false;
        this.field.value = "";
        context.choose(key, adding);
      },
    });
    this.root = element("div", {}, this.field.root, this.chips, this.results);
  }

  focus(): void {
    this.field.input.focus();
  }

  update(): void {
    const { words } = this.context.state;
    const asked = words.join("\n");
    if (asked !== this.shown) this.topn = FIRST;
    this.shown = asked;
    this.showChips();
    if (words.length === 0) {
      this.latest.drop();
      this.results.replaceChildren(...this.welcome());
      for (const model of this.context.models) this.context.highlight(model.number, NO_HIGHLIGHT);
      return;
    }
    for (const model of this.context.models) {
      this.context.highlight(model.number, { ...NO_HIGHLIGHT, anchors: this.anchors(model.number) });
    }
    const questions = this.context.models.map((model) => this.ask(model.number));
    this.latest.of(
      Promise.all(questions),
      (answers) => this.show(answers),
      () => {},
    );
  }

  private get holdsTexts(): boolean {
    return this.context.models[0].holdsTexts;
  }

  private anchors(model: number): number[] {
    return this.context.state.words
      .map((key) => this.context.models[model].rowOf(key))
      .filter((row): row is number => row !== undefined);
  }

  private async ask(number: number): Promise<Answer> {
    const model = this.context.models[number];
    const items: Item[] = [];
    for (const key of this.context.state.words) {
      const item = model.itemOf(key);
      if (!item) {
        const error = new SourceError(t("notInModel", { word: model.labelOf(key), name: model.info.name }));
        return { neighbors: [], error };
      }
      items.push(item);
    }
    try {
      return { neighbors: await this.context.source.neighbors(number, items, [], this.topn), error: null };
    } catch (error) {
      return { neighbors: [], error };
    }
  }

  private show(answers: Answer[]): void {
    const { models, state } = this.context;
    const sections = answers.map(({ neighbors, error }, number) => {
      const anchors = this.anchors(number);
      this.context.highlight(number, { anchors, neighbors, arrows: [] });
      const head = models.length > 1 ? element("h3", {}, models[number].info.name) : null;
      const rows = [...anchors, ...neighbors.map(({ row }) => row)];
      const zoom = button({ class: "quiet" }, () => this.context.show(number, rows), t("zoomToThese"));
      const body = error ? [errorLine(error)] : [answerList(this.context, number, neighbors), zoom];
      return element(
        "section",
        {},
        head,
        ...(anchors.length === 1 ? [this.facts(number, anchors[0])] : []),
        ...body,
      );
    });
    const name =
      state.words.length === 1
        ? t("neighborsOf", { word: this.context.labelOf(state.words[0]) })
        : t("neighborsOfMean");
    const more = button({ class: "quiet" }, () => this.more(), t("more"));
    const isMore = this.topn < MOST && answers.some(({ neighbors }) => neighbors.length === this.topn);
    this.results.replaceChildren(
      element("h2", { class: "clamped" }, name),
      hint(t("trueNeighbors", { d: models[0].info.vector_size })),
      element("div", { class: sections.length > 1 ? "pair" : "" }, ...sections),
      ...(isMore ? [more] : []),
    );
    this.announce(answers);
  }

  private announce(answers: Answer[]): void {
    const first = answers.find(({ neighbors }) => neighbors.length > 0);
    if (!first) return;
    this.context.announce(
      t("announceNeighbors", {
        n: first.neighbors.length,
        words: this.context.state.words.map((key) => this.context.labelOf(key)).join(", "),
        first: first.neighbors[0].word,
        similarity: first.neighbors[0].similarity.toFixed(2),
      }),
    );
  }

  /** A row's place by frequency; of a text, its whole text and its columns. */
  private facts(number: number, row: number): HTMLElement {
    const model = this.context.models[number];
    const values = { row: formatCount(row + 1), n: formatCount(model.info.n_rows) };
    const facts = element("div", { class: "facts" }, hint(t(model.holdsTexts ? "textOf" : "rowOf", values)));
    if (model.holdsTexts) {
      this.context.source.text(number, row).then(
        ({ text, columns }) => {
          const pairs = Object.entries(columns).flatMap(([name, value]) => [
            element("dt", {}, name),
            element("dd", {}, typeof value === "number" ? formatNumber(value) : `${value ?? t("missing")}`),
          ]);
          facts.append(element("p", { class: "text" }, text), element("dl", {}, ...pairs));
        },
        () => {},
      );
    }
    return facts;
  }

  private more(): void {
    this.topn = Math.min(MOST, this.topn + MORE);
    this.update();
  }

  private showChips(): void {
    const { words } = this.context.state;
    const chips = words.map((key, i) => {
      const word = this.context.labelOf(key);
      const remove = () => this.context.change({ words: words.filter((_, j) => j !== i) });
      return element(
        "li",
        { class: "chip" },
        element("span", { class: "clamped" }, word),
        iconButton(ICONS.close, t("remove", { word }), remove),
      );
    });
    this.chips.replaceChildren(...chips);
    if (words.length > 0 && !this.holdsTexts && this.context.source.hasVectors) {
      const add = button(
        { class: "quiet", title: t("addHint"), "aria-pressed": `${this.adding}` },
        () => this.startAdding(),
        `+ ${t("add")}`,
      );
      this.chips.append(element("li", {}, add));
    }
  }

  private startAdding(): void {
    this.adding = !this.adding;
    this.showChips();
    this.focus();
  }

  private welcome(): HTMLElement[] {
    const { words, holdsTexts } = this.context.models[0];
    if (holdsTexts) return [hint(t("searchHintTexts"))];
    // Words that carry a meaning: the most frequent ones rarely do.
    const examples = words.slice(150, 3000).filter((word) => /^\p{L}{2,}$/u.test(word) && word.length < 12);
    const step = Math.max(1, Math.floor(examples.length / 6));
    const items = examples
      .filter((_, i) => i % step === 0)
      .slice(0, 6)
      .map((word) =>
        element(
          "li",
          {},
          button({ class: "quiet" }, () => this.context.choose(word, false), word),
        ),
      );
    const list = element("ul", { class: "chips" }, ...items);
    const searchHint = hint(t(this.context.source.hasVectors ? "searchHint" : "searchHintExported"));
    return [searchHint, ...(items.length > 0 ? [element("h2", {}, t("tryWords")), list] : [])];
  }
}
