// The head of the page: its title, and the buttons for language, colours, link and help.

import { copyText } from "./clipboard";
import { button, element, ICONS, iconButton } from "./dom";
import { currentLanguage, t } from "./strings";

export interface HeadHandlers {
  language(): void;
  theme(): void;
}

export function head(
  summary: string,
  title: string,
  handlers: HeadHandlers & { help(): void; fold(): boolean },
): HTMLElement {
  const link = iconButton(ICONS.link, t("copyLink"), async () => {
    await copyText(location.href);
    link.title = t("copied");
    link.setAttribute("aria-label", t("copied"));
  });
  const fold = iconButton(
    ICONS.chevron,
    t("panelToggle"),
    () => fold.setAttribute("aria-expanded", `${!handlers.fold()}`),
    { "aria-expanded": "true" },
  );
  fold.classList.add("fold");
  const language = button(
    {
      class: "text",
      title: t("languageLong"),
      "aria-label": t("languageLong"),
      lang: currentLanguage() === "en" ? "zh" : "en",
    },
    handlers.language,
    t("language"),
  );
  return element(
    "header",
    {},
    element("h1", {}, title),
    element("p", {}, summary),
    language,
    themeButton(handlers.theme),
    link,
    iconButton(ICONS.help, t("help"), handlers.help),
    fold,
  );
}

function themeButton(toggle: () => void): HTMLElement {
  const isDark = document.documentElement.dataset.theme === "dark";
  return iconButton(isDark ? ICONS.sun : ICONS.moon, t(isDark ? "toLight" : "toDark"), toggle);
}
