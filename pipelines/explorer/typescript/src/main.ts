// Starts the page: where the data come from, what the address says, and how it goes on.
import { App } from "./app";
import { element } from "./dom";
import { ExportedSource, exportedData } from "./exported_source";
import { Model } from "./model";
import { ServerSource } from "./server_source";
import { type Source, SourceError } from "./source";
import { currentLanguage, setLanguage, t } from "./strings";
import { onSystemTheme, resolveTheme } from "./theme";
import type { Info } from "./types";
import { type Language, parseState, type ViewState } from "./view_state";

const POLL_MS = 2000;
const PATIENCE = 30; // polls

class Page {
  private app!: App;
  private readonly models: Model[];

  constructor(
    private readonly source: Source,
    private readonly info: Info,
    private readonly query: URLSearchParams,
  ) {
    this.models = info.models.map((model, number) => new Model(source, number, model));
    document.title = `${info.title} – wordvec`;
  }

  async start(): Promise<void> {
    window.addEventListener("hashchange", () => this.mount(parseState(location.hash)));
    onSystemTheme(() => this.mount(this.app.state));
    await this.mount(parseState(location.hash));
    this.poll(this.info);
  }

  /** Build the page for a state: at the start, and for another language, other colours or another link. */
  private async mount(state: ViewState): Promise<void> {
    setLanguage(state.language ?? preferredLanguage(this.query));
    document.documentElement.lang = currentLanguage() === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.theme = resolveTheme(state.theme);
    const before = this.app;
    this.app = new App(this.source, this.info, this.models, state, this.query.get("renderer") === "canvas", {
      language: () => this.change({ language: currentLanguage() === "en" ? "zh" : "en" }),
      theme: () => this.change({ theme: resolveTheme(this.app.state.theme) === "dark" ? "light" : "dark" }),
    });
    before?.dispose();
    document.body.replaceChildren(this.app.root);
    try {
      await this.app.load();
    } catch (error) {
      fail(error);
    }
  }

  private change(part: Partial<ViewState>): void {
    this.app.change(part);
    this.mount(this.app.state);
  }

  /** Ask for a better layout as long as one is being made, and a while for what the present one is worth. */
  private poll(info: Info, patience = PATIENCE): void {
    const isPending = info.models.some(({ map }) => map.pending !== null);
    const isMeasured = info.models.every(({ map }) => map.kept !== null);
    if (!isPending && (isMeasured || patience === 0)) return;
    window.setTimeout(async () => {
      const now = await this.source.info().catch(() => info);
      await this.app.refreshLayout(now).catch(fail);
      this.poll(now, isPending ? PATIENCE : patience - 1);
    }, POLL_MS);
  }
}

function preferredLanguage(query: URLSearchParams): Language {
  return (query.get("lang") ?? navigator.language).startsWith("zh") ? "zh" : "en";
}

function fail(error: unknown): void {
  const text =
    error instanceof SourceError && error.key
      ? t(error.key)
      : `${error instanceof Error ? error.message : error}`;
  document.body.replaceChildren(element("p", { class: "failed", role: "alert" }, text));
}

async function main(): Promise<void> {
  const query = new URLSearchParams(location.search);
  setLanguage(preferredLanguage(query));
  const data = exportedData();
  const source = data ? new ExportedSource(data) : new ServerSource(query.get("token") ?? "");
  try {
    await new Page(source, await source.info(), query).start();
  } catch (error) {
    fail(error);
  }
}

main();
