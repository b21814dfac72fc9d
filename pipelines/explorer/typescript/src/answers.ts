// Lists of answers: words with their similarities, and lines that say what went wrong.
import type { Context } from "./context";
import { button, element } from "./dom";
import { shortened } from "./labels";
import { SourceError } from "./source";
import { t } from "./strings";
import type { Neighbor } from "./types";

const LONGEST = 280; // characters of a text in a list

export function answerList(context: Context, model: number, answers: Neighbor[]): HTMLElement {
  return element("ol", { class: "answers" }, ...answers.map((answer) => answerItem(context, model, answer)));
}

function answerItem(context: Context, model: number, answer: Neighbor): HTMLElement {
  const bar = element("span", { class: "bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", `${Math.max(0, Math.min(1, answer.similarity))}`);
  const number = element("span", { class: "number" }, formatSimilarity(answer.similarity));
  const word = element("span", { class: "word" }, shortened(answer.word, LONGEST));
  return element("li", {}, rowButton(context, model, answer.row, word, number, bar));
}

/** A button for a row: it asks for its neighbours, and shows on the map where it is. */
export function rowButton(context: Context, model: number, row: number, ...children: Node[]): HTMLElement {
  const key = context.models[model].keyOf(row);
  const made = button({ class: "row" }, (event) => context.choose(key, event.shiftKey), ...children);
  for (const type of ["pointerenter", "focus"]) made.addEventListener(type, () => context.hover(model, row));
  for (const type of ["pointerleave", "blur"]) made.addEventListener(type, () => context.hover(model, -1));
  return made;
}

export function formatSimilarity(similarity: number): string {
  return similarity.toFixed(3).replace("-", "−");
}

/** What to tell the reader of an error. */
export function errorLine(error: unknown): HTMLElement {
  const text =
    error instanceof SourceError && error.key
      ? t(error.key)
      : error instanceof Error
        ? error.message
        : `${error}`;
  return element("p", { class: "error", role: "alert" }, text);
}

export function hint(text: string): HTMLElement {
  return element("p", { class: "hint" }, text);
}
