// The legend of a colouring; a click on a value shows it alone.
import { type CategoryLegend, type Colouring, css, type NumberLegend, type Rgb } from "./colours";
import { button, element } from "./dom";
import { formatCount, formatNumber, t } from "./strings";

export function legendOf(
  legend: Colouring["legend"],
  only: string | null,
  choose: (value: string | null) => void,
): HTMLElement[] {
  if (legend === null) return [];
  return legend.type === "number" ? numberLegend(legend) : categoryLegend(legend, only, choose);
}

function numberLegend({ low, high, log, ramp, missing }: NumberLegend): HTMLElement[] {
  const strip = element("div", { class: "ramp", "aria-hidden": "true" });
  strip.style.background = `linear-gradient(to right, ${ramp.map(css).join(", ")})`;
  const ends = element(
    "div",
    { class: "ends" },
    element("span", {}, formatNumber(low)),
    element("span", {}, log ? t("logScale") : ""),
    element("span", {}, formatNumber(high)),
  );
  return [strip, ends, ...missingLine(missing)];
}

function categoryLegend(
  { entries, repeats, missing }: CategoryLegend,
  only: string | null,
  choose: (value: string | null) => void,
): HTMLElement[] {
  const items = entries.map(({ value, count, colour }) => {
    const isOnly = only === value;
    const made = button(
      { class: "entry", "aria-pressed": `${isOnly}`, title: t("showOnly", { value }) },
      () => choose(isOnly ? null : value),
      swatch(colour),
      element("span", { class: "word" }, value),
      element("span", { class: "count" }, formatCount(count)),
    );
    return element("li", {}, made);
  });
  const note = repeats ? [element("p", { class: "hint" }, t("coloursRepeat"))] : [];
  return [element("ul", { class: "entries" }, ...items), ...missingLine(missing), ...note];
}

function missingLine(missing: Rgb | null): HTMLElement[] {
  return missing ? [element("p", { class: "entry" }, swatch(missing), t("missing"))] : [];
}

function swatch(colour: Rgb): HTMLElement {
  const made = element("span", { class: "swatch", "aria-hidden": "true" });
  made.style.background = css(colour);
  return made;
}
