// The panel's tabs, by the ARIA practices: arrows move between them.
import type { Panel } from "./context";
import { button, element, newId } from "./dom";
import { t } from "./strings";
import type { Tab } from "./view_state";

export class Tabs {
  readonly root: HTMLElement;
  private readonly tabs = new Map<Tab, HTMLButtonElement>();

  constructor(
    private readonly panels: Map<Tab, Panel>,
    private readonly choose: (tab: Tab) => void,
  ) {
    const bar = element("div", { role: "tablist", class: "tabs", "aria-label": t("panel") });
    const bodies = [...panels].map(([name, panel]) => {
      const [tabId, bodyId] = [newId(), newId()];
      const tab = button(
        { role: "tab", id: tabId, "aria-controls": bodyId, "data-tab": name },
        () => choose(name),
        t(name),
      );
      this.tabs.set(name, tab);
      bar.append(tab);
      return element(
        "div",
        { role: "tabpanel", id: bodyId, "aria-labelledby": tabId, class: "body" },
        panel.root,
      );
    });
    bar.addEventListener("keydown", (event) => this.key(event));
    this.root = element("div", { class: "tabbed" }, bar, ...bodies);
  }

  show(chosen: Tab): void {
    for (const [name, tab] of this.tabs) {
      tab.setAttribute("aria-selected", `${name === chosen}`);
      tab.tabIndex = name === chosen ? 0 : -1;
    }
    for (const [name, panel] of this.panels) panel.root.parentElement!.hidden = name !== chosen;
  }

  private key(event: KeyboardEvent): void {
    const names = [...this.tabs.keys()];
    const now = names.findIndex((name) => this.tabs.get(name) === event.target);
    const steps: Record<string, number> = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: -1 };
    const next = steps[event.key];
    if (next === undefined || now < 0) return;
    event.preventDefault();
    const name = names[(next + names.length) % names.length];
    this.choose(name);
    this.tabs.get(name)?.focus();
  }
}
