// The panel of analogies: a is to b as c is to what?
import { answerList, errorLine, hint } from "./answers";
import { CompletionField } from "./completion";
import { type Context, Latest, type Panel } from "./context";
import { element } from "./dom";
import { NO_HIGHLIGHT } from "./overlay";
import { SourceError } from "./source";
import { t } from "./strings";
import type { Item } from "./types";

const TOPN = 10;

export class AnalogyPanel implements Panel {
  readonly root: HTMLElement;
  private readonly fields: CompletionField[];
  private readonly results = element("div", { class: "results" });
  private readonly latest = new Latest();

  constructor(private readonly context: Context) {
    this.fields = (["analogyA", "analogyB", "analogyC"] as const).map(
      (key, i) =>
        new CompletionField({
          name: t(key),
          visibleName: true,
          value: context.state.analogy[i],
          complete: (text) => context.complete(text),
          labelOf: (word) => word,
          choose: (word) => this.set(i, word),
        }),
    );
    const [a, b, c] = this.fields.map((field) => field.root);
    const form = element(
      "div",
      { class: "analogy" },
      a,
      element("span", { class: "between" }, t("analogyIs")),
      b,
      element("span", { class: "between" }, t("analogyAs")),
      c,
      element("span", { class: "between" }, `${t("analogyIs")} …`),
    );
    this.root = element("div", {}, hint(t("analogyHint")), form, this.results);
  }

  focus(): void {
    const empty = this.context.state.analogy.indexOf("");
    this.fields[Math.max(0, empty)].input.focus();
  }

  update(): void {
    const { analogy } = this.context.state;
    this.fields.forEach((field, i) => {
      if (field.input.value !== analogy[i] && document.activeElement !== field.input)
        field.value = analogy[i];
    });
    for (const model of this.context.models) this.context.highlight(model.number, NO_HIGHLIGHT);
    if (analogy.some((word) => word === "")) {
      this.latest.drop();
      this.results.replaceChildren();
      return;
    }
    const questions = this.context.models.map((model) => this.ask(model.number));
    this.latest.of(
      Promise.all(questions),
      (sections) => this.results.replaceChildren(element("h2", {}, t("answers")), ...sections),
      (error) => this.results.replaceChildren(errorLine(error)),
    );
  }

  private set(place: number, word: string): void {
    const analogy: [string, string, string] = [...this.context.state.analogy];
    analogy[place] = word;
    this.context.change({ analogy });
    const empty = analogy.indexOf("");
    if (empty >= 0) this.fields[empty].input.focus();
  }

  private async ask(number: number): Promise<HTMLElement> {
    const model = this.context.models[number];
    const head = this.context.models.length > 1 ? element("h3", {}, model.info.name) : null;
    try {
      const [a, b, c] = this.context.state.analogy.map((word): Item => {
        const item = model.itemOf(word);
        if (!item) throw new SourceError(t("notInModel", { word, name: model.info.name }));
        return item;
      });
      const answers = await this.context.source.neighbors(number, [b, c], [a], TOPN);
      const arrows: [number, number][] = [[a.row, b.row]];
      if (answers.length > 0) arrows.push([c.row, answers[0].row]);
      this.context.highlight(number, {
        anchors: [a.row, b.row, c.row],
        neighbors: answers.slice(0, 1),
        arrows,
      });
      if (answers.length > 0 && number === 0) {
        this.context.announce(`${a.word} : ${b.word} = ${c.word} : ${answers[0].word}`);
      }
      return element("section", {}, head, answerList(this.context, number, answers));
    } catch (error) {
      return element("section", {}, head, errorLine(error));
    }
  }
}
