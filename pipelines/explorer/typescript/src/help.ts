// The dialog that lists keys and gestures.
import { element, ICONS, iconButton } from "./dom";
import { type StringKey, t } from "./strings";

const KEYS: [string, StringKey][] = [
  ["← ↑ → ↓", "helpPan"],
  ["+  −", "helpZoom"],
  ["0", "helpHome"],
  ["Enter", "helpEnter"],
  ["/", "helpSearch"],
  ["L", "helpLasso"],
  ["Esc", "helpEscape"],
];

export function helpDialog(hasMeans: boolean): HTMLDialogElement {
  const rows = KEYS.flatMap(([key, meaning]) => [
    element("dt", {}, element("kbd", {}, key)),
    element("dd", {}, t(meaning)),
  ]);
  const dialog = element(
    "dialog",
    { "aria-label": t("help") },
    element("h2", {}, t("help")),
    iconButton(ICONS.close, t("close"), () => dialog.close()),
    element("dl", {}, ...rows),
    element("p", { class: "hint" }, t(hasMeans ? "helpMouse" : "helpMouseNoMean")),
  );
  return dialog;
}
