// The panel of what a lasso holds: listed, copied, or kept as a table.
import { hint, rowButton } from "./answers";
import { copyText } from "./clipboard";
import type { Context, Panel } from "./context";
import { toCsv } from "./csv";
import { button, element } from "./dom";
import { shortened } from "./labels";
import type { Model } from "./model";
import { NO_HIGHLIGHT } from "./overlay";
import { formatCount, t } from "./strings";

const MOST_LISTED = 500;
const LONGEST = 120;

export class SelectionPanel implements Panel {
  readonly root: HTMLElement;
  private readonly draw: HTMLButtonElement;
  private readonly results = element("div", { class: "results" });

  constructor(private readonly context: Context) {
    this.draw = button({ class: "main" }, () => context.drawLasso(!context.isDrawing()), t("startLasso"));
    const view = button({}, () => context.selectView(), t("selectView"));
    this.root = element(
      "div",
      {},
      hint(t("selectionHint")),
      element("div", { class: "buttons" }, this.draw, view),
      this.results,
    );
  }

  focus(): void {
    this.draw.focus();
  }

  update(): void {
    const { context } = this;
    this.draw.textContent = t(context.isDrawing() ? "stopLasso" : "startLasso");
    this.draw.setAttribute("aria-pressed", `${context.isDrawing()}`);
    for (const model of context.models) context.highlight(model.number, NO_HIGHLIGHT);
    const { lasso } = context.state;
    if (!lasso) {
      this.results.replaceChildren();
      return;
    }
    const model = context.models[lasso.model];
    const rows = context.rowsInside(lasso.model);
    const items = Array.from(rows.subarray(0, MOST_LISTED), (row) => {
      const word = element("span", { class: "word" }, shortened(model.words[row], LONGEST));
      return element("li", {}, rowButton(context, lasso.model, row, word));
    });
    const count = t("selected", { n: formatCount(rows.length) });
    const isCut = rows.length > MOST_LISTED;
    this.results.replaceChildren(
      element("h2", {}, context.models.length > 1 ? `${model.info.name}: ${count}` : count),
      element("div", { class: "buttons" }, ...this.exports(model, rows), this.clear()),
      ...(isCut ? [hint(t("firstOf", { k: MOST_LISTED, n: formatCount(rows.length) }))] : []),
      element("ol", { class: model.holdsTexts ? "answers" : "answers words" }, ...items),
    );
    context.announce(count);
  }

  private clear(): HTMLElement {
    return button({ class: "quiet" }, () => this.context.change({ lasso: null }), t("clear"));
  }

  private exports(model: Model, rows: Int32Array): HTMLElement[] {
    const copy = button(
      { class: "quiet" },
      async () => {
        await copyText(Array.from(rows, (row) => model.words[row]).join("\n"));
        this.context.announce(t("copied"));
        copy.textContent = t("copied");
      },
      t("copy"),
    );
    const download = button({ class: "quiet" }, () => this.download(model, rows), t("download"));
    return [copy, download];
  }

  private async download(model: Model, rows: Int32Array): Promise<void> {
    const names = model.info.columns.map(({ name }) => name);
    const columns = await Promise.all(names.map((name) => model.column(name)));
    const lines = Array.from(rows, (row) => [
      `${row}`,
      model.words[row],
      ...columns.map((column) => {
        if (column.type === "category") return column.values[column.codes[row]] ?? "";
        return Number.isNaN(column.values[row]) ? "" : `${column.values[row]}`;
      }),
    ]);
    const header = ["row", model.holdsTexts ? "text" : "word", ...names];
    const address = URL.createObjectURL(new Blob([toCsv([header, ...lines])], { type: "text/csv" }));
    const link = element("a", { href: address, download: "selection.csv" });
    link.click();
    URL.revokeObjectURL(address);
  }
}
