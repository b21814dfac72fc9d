// The page put together: head, panel and maps around one state.
import type { CameraState } from "./camera";
import type { Context, Panel } from "./context";
import { element } from "./dom";
import { type HeadHandlers, head } from "./head";
import { helpDialog } from "./help";
import { MapCard, methodName } from "./map_card";
import type { Model } from "./model";
import type { Highlight } from "./overlay";
import { AnalogyPanel } from "./panel_analogy";
import { ChangesPanel } from "./panel_changes";
import { ComparePanel } from "./panel_compare";
import { SearchPanel } from "./panel_search";
import { SelectionPanel } from "./panel_selection";
import type { Source } from "./source";
import { formatCount, t } from "./strings";
import { Tabs } from "./tabs";
import { resolveTheme } from "./theme";
import type { Info } from "./types";
import { formatState, type Tab, type ViewState } from "./view_state";

const COMPLETIONS = 10;

export class App implements Context {
  readonly root = element("div", { class: "app" });
  private readonly live = element("div", { class: "hidden", "aria-live": "polite" });
  private readonly cards: MapCard[];
  private readonly panels: Map<Tab, Panel>;
  private readonly tabs: Tabs;
  private readonly help: HTMLDialogElement;
  private readonly colourSelect: HTMLSelectElement;
  private drawing = false;
  private readonly onKey = (event: KeyboardEvent) => this.key(event);
  private isReady = false; // the words have come

  constructor(
    readonly source: Source,
    info: Info,
    readonly models: Model[],
    public state: ViewState,
    preferCanvas: boolean,
    handlers: HeadHandlers,
  ) {
    this.help = helpDialog(source.hasVectors && !models[0].holdsTexts);
    this.colourSelect = this.makeColourSelect();
    this.cards = models.map((model) => this.makeCard(model, preferCanvas));
    this.panels = this.makePanels(info);
    this.tabs = new Tabs(this.panels, (tab) => this.openTab(tab));
    const isShown = () => this.root.classList.toggle("folded");
    this.root.append(
      head(this.summary(info), info.title, { ...handlers, help: () => this.help.showModal(), fold: isShown }),
      element("aside", { class: "panel", "aria-label": t("panel") }, this.tabs.root),
      element(
        "main",
        { class: models.length > 1 ? "maps two" : "maps" },
        ...this.cards.map((card) => card.root),
      ),
      this.live,
      this.help,
    );
    document.addEventListener("keydown", this.onKey);
    this.tabs.show(this.state.tab);
  }

  /** Show points as soon as their places are here, then labels and answers as soon as the words are. */
  async load(): Promise<void> {
    const words = Promise.all(this.models.map((model) => model.loadWords()));
    await Promise.all(this.models.map((model) => model.loadMap()));
    this.cards.forEach(({ view, model }, i) => {
      view.setPositions(model.positions);
      view.setCamera(this.state.cameras[i] ?? null);
    });
    this.recolour();
    requestAnimationFrame(() => performance.mark("wordvec-points"));
    await words;
    for (const { view, model } of this.cards) view.setWords(model.words);
    this.isReady = true;
    this.update();
    document.documentElement.dataset.ready = "words";
    requestAnimationFrame(() => performance.mark("wordvec-words"));
  }

  dispose(): void {
    document.removeEventListener("keydown", this.onKey);
    for (const card of this.cards) card.view.dispose();
    this.root.remove();
  }

  // What the panels use.

  change(part: Partial<ViewState>): void {
    this.state = { ...this.state, ...part };
    this.save();
    this.update();
  }

  choose(key: string, adding: boolean): void {
    const { words } = this.state;
    const canAdd = adding && this.source.hasVectors && !this.models[0].holdsTexts && !words.includes(key);
    this.state = { ...this.state, tab: "search", words: canAdd ? [...words, key] : [key] };
    this.tabs.show("search");
    this.change({});
    this.models.forEach((model, i) => {
      const row = model.rowOf(key);
      if (row !== undefined) this.cards[i].view.show([row], false);
    });
  }

  highlight(model: number, highlight: Highlight): void {
    this.cards[model].view.setHighlight(highlight);
  }

  hover(model: number, row: number): void {
    this.cards[model].view.hover(row);
  }

  show(model: number, rows: number[]): void {
    this.cards[model].view.show(rows, true);
  }

  drawLasso(on: boolean): void {
    this.drawing = on;
    for (const card of this.cards) card.setDrawing(on);
    this.update();
  }

  isDrawing(): boolean {
    return this.drawing;
  }

  selectView(): void {
    this.change({ lasso: { model: 0, polygon: this.cards[0].view.viewPolygon() } });
  }

  rowsInside(model: number): Int32Array {
    return this.cards[model].view.rowsInside(this.state.lasso?.polygon ?? []);
  }

  announce(text: string): void {
    this.live.textContent = text;
  }

  complete(text: string): string[] {
    const keys = this.models.flatMap((model) =>
      model.index.complete(text, COMPLETIONS).map((row) => model.keyOf(row)),
    );
    return [...new Set(keys)].slice(0, COMPLETIONS);
  }

  labelOf(key: string): string {
    return this.models[0].labelOf(key);
  }

  // What the page does with its maps.

  /** The map's layout has become a better one, or goes on being made. */
  async refreshLayout(info: Info): Promise<void> {
    // The second map is turned onto the first: where one is new, both are.
    const isNew = this.models.some(
      ({ info: { map }, number }) => map.method !== info.models[number].map.method,
    );
    for (const { model, view } of this.cards) {
      model.info = info.models[model.number];
      const { method } = model.info.map;
      if (isNew) {
        await model.reloadMap();
        view.setPositions(model.positions);
        view.setCamera(null);
        this.update();
        this.announce(t("newLayout", { method: methodName(method) }));
      }
    }
    for (const card of this.cards) card.showLayout();
  }

  /** Colours by the chosen column; one colour until it has come. */
  recolour(): void {
    const theme = resolveTheme(this.state.theme);
    document.documentElement.dataset.theme = theme;
    const name = this.colourName();
    this.colourSelect.value = name;
    for (const card of this.cards) {
      const hasColumn = card.model.info.columns.some((column) => column.name === name);
      const { only } = this.state;
      if (!hasColumn) {
        card.show(null, theme, null);
        continue;
      }
      if (!card.isColoured) card.show(null, theme, null);
      card.showLoading();
      const stillWanted = () => this.colourName() === name && this.state.only === only;
      card.model.column(name).then(
        (column) => {
          if (stillWanted()) card.show(column, resolveTheme(this.state.theme), only);
        },
        () => card.show(null, theme, null),
      );
    }
  }

  private update(): void {
    if (!this.isReady) return;
    this.tabs.show(this.state.tab);
    const { lasso } = this.state;
    this.cards.forEach(({ view }, model) => {
      const polygon = lasso?.model === model ? lasso.polygon : null;
      view.setSelected(polygon ? view.rowsInside(polygon) : new Int32Array(0), polygon);
    });
    this.panels.get(this.state.tab)?.update();
  }

  private openTab(tab: Tab): void {
    this.change({ tab });
  }

  private save(): void {
    const { pathname, search } = location;
    const fragment = formatState(this.state);
    history.replaceState(null, "", `${pathname}${search}${fragment ? `#${fragment}` : ""}`);
  }

  private moved(): void {
    const cameras = this.cards.map(({ view }): CameraState | null =>
      view.isHome() ? null : view.camera.state,
    );
    this.state = { ...this.state, cameras };
    this.save();
  }

  private colourName(): string {
    const { columns } = this.models[0].info;
    const known = (name: string) => columns.some((column) => column.name === name);
    const { colour } = this.state;
    if (colour !== null && (colour === "" || known(colour))) return colour;
    return ["frequency", "cluster"].find(known) ?? "";
  }

  private makeColourSelect(): HTMLSelectElement {
    const names: Record<string, string> = { frequency: t("frequency"), cluster: t("cluster") };
    const options = this.models[0].info.columns.map(({ name }) =>
      element("option", { value: name }, names[name] ?? name),
    );
    const select = element(
      "select",
      { "aria-label": t("colour") },
      element("option", { value: "" }, t("oneColour")),
      ...options,
    );
    select.addEventListener("change", () => {
      this.state = { ...this.state, colour: select.value, only: null };
      this.save();
      this.recolour();
    });
    return select;
  }

  private makeCard(model: Model, preferCanvas: boolean): MapCard {
    const isFirst = model.number === 0;
    const control = isFirst ? this.colourSelect : null;
    return new MapCard(model, preferCanvas, this.models.length > 1, control, {
      choose: (row, adding) => this.choose(model.keyOf(row), adding),
      lasso: (polygon) => {
        this.drawing = false;
        for (const card of this.cards) card.setDrawing(false);
        this.change({ tab: "selection", lasso: { model: model.number, polygon } });
      },
      moved: () => this.moved(),
      toggleLasso: () => this.drawLasso(!this.drawing),
      only: (value) => {
        this.state = { ...this.state, only: value };
        this.save();
        this.recolour();
      },
    });
  }

  private makePanels(info: Info): Map<Tab, Panel> {
    const panels = new Map<Tab, Panel>([["search", new SearchPanel(this)]]);
    if (!this.models[0].holdsTexts) {
      panels.set("analogy", new AnalogyPanel(this));
      panels.set("compare", new ComparePanel(this));
    }
    panels.set("selection", new SelectionPanel(this));
    if (info.drift) panels.set("changes", new ChangesPanel(this));
    if (!panels.has(this.state.tab)) this.state = { ...this.state, tab: "search" };
    return panels;
  }

  private summary(info: Info): string {
    return info.models
      .map(({ kind, n_rows, vector_size }) =>
        t(kind === "texts" ? "summaryTexts" : "summaryWords", {
          n: formatCount(n_rows),
          d: formatCount(vector_size),
        }),
      )
      .join(" · ");
  }

  private key(event: KeyboardEvent): void {
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      this.root.classList.remove("folded");
      this.openTab("search");
      this.panels.get("search")?.focus();
    } else if ((event.key === "l" || event.key === "L") && !isTyping) {
      this.drawLasso(!this.drawing);
    } else if (event.key === "?" && !isTyping) {
      this.help.showModal();
    } else if (event.key === "Escape") {
      if (this.drawing) this.drawLasso(false);
      else this.clear();
    }
  }

  private clear(): void {
    const empty = {
      search: { words: [] },
      analogy: { analogy: ["", "", ""] },
      compare: { pair: ["", ""] },
      selection: { lasso: null },
      changes: {},
    };
    this.change({ ...(empty[this.state.tab] as Partial<ViewState>), lasso: null });
  }
}
