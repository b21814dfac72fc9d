// A map with what stands around it: tools, legend, and the line that says what the layout is worth.
import { type Colouring, colouring, type Theme } from "./colours";
import { element, ICONS, iconButton, newId } from "./dom";
import { legendOf } from "./legend";
import { type MapHandlers, MapView } from "./map_view";
import type { Model } from "./model";
import { currentLanguage, formatShare, t } from "./strings";
import type { Column } from "./types";

const METHODS: Record<string, string> = { pca: "PCA", umap: "UMAP", tsne: "t-SNE" };

export interface MapCardHandlers extends MapHandlers {
  toggleLasso(): void;
  only(value: string | null): void;
}

export class MapCard {
  readonly root: HTMLElement;
  readonly view: MapView;
  isColoured = false;
  private readonly lassoTool: HTMLButtonElement;
  private readonly legend = element("div", { class: "legend-body" });
  private readonly honest = element("p", { class: "honest" });

  constructor(
    readonly model: Model,
    preferCanvas: boolean,
    isTitled: boolean,
    colourControl: HTMLElement | null,
    private readonly handlers: MapCardHandlers,
  ) {
    const keysId = newId();
    const name = t("map", { name: model.info.name });
    this.view = new MapView(model.positions, [], preferCanvas, { name, describedBy: keysId }, handlers);
    this.lassoTool = iconButton(ICONS.lasso, t("lassoTool"), () => handlers.toggleLasso(), {
      "aria-pressed": "false",
    });
    const tools = element(
      "div",
      { class: "tools", role: "group", "aria-label": name },
      iconButton(ICONS.plus, t("zoomIn"), () => this.view.zoomBy(1.6)),
      iconButton(ICONS.minus, t("zoomOut"), () => this.view.zoomBy(1 / 1.6)),
      iconButton(ICONS.home, t("zoomHome"), () => this.view.flyTo(this.view.camera.home)),
      this.lassoTool,
    );
    const legendCard = element(
      "details",
      { class: "legend" },
      element("summary", {}, t("colour")),
      colourControl,
      this.legend,
    );
    legendCard.open = matchMedia("(min-width: 800px)").matches;
    this.root = element(
      "section",
      { class: "map", "aria-label": name },
      this.view.stage,
      element("p", { id: keysId, class: "hidden" }, t("mapKeys")),
      element("div", { class: "caption" }, isTitled ? element("h2", {}, model.info.name) : null, this.honest),
      legendCard,
      tools,
    );
    this.showLayout();
  }

  /** The layout's method and its worth, and how far a better one is. */
  showLayout(): void {
    const { method, kept, pending, progress } = this.model.info.map;
    const lines = [
      t("layout", { method: methodName(method) }),
      kept === null ? t("keptUnknown") : t("kept", { share: formatShare(kept) }),
    ];
    this.honest.replaceChildren(lines.join(currentLanguage() === "zh" ? "" : " "));
    if (pending !== null) {
      const bar = element("progress", { max: 1, value: progress, "aria-label": methodName(pending) });
      this.honest.append(
        element("span", { class: "pending" }, `${t("pending", { method: methodName(pending) })} `, bar),
      );
    }
  }

  show(column: Column | null, theme: Theme, only: string | null): void {
    this.isColoured = true;
    const made: Colouring = colouring(column, this.model.info.n_rows, theme, only);
    this.view.setColours(made.rgba, theme);
    this.legend.replaceChildren(...legendOf(made.legend, only, (value) => this.handlers.only(value)));
  }

  showLoading(): void {
    this.legend.replaceChildren(element("p", { class: "hint" }, t("loading")));
  }

  setDrawing(on: boolean): void {
    this.view.gestures.drawing = on;
    this.view.stage.classList.toggle("drawing", on);
    this.lassoTool.setAttribute("aria-pressed", `${on}`);
  }
}

export function methodName(method: string): string {
  return METHODS[method] ?? method;
}
