// A field that completes what is typed: the combobox of the ARIA practices.
import { element, newId } from "./dom";
import { formatCount, t } from "./strings";

export interface CompletionOptions {
  name: string; // what a screen reader says, and the placeholder
  visibleName: boolean;
  value: string;
  complete(text: string): string[]; // keys
  labelOf(key: string): string;
  choose(key: string): void;
}

export class CompletionField {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly status: HTMLElement;
  private keys: string[] = [];
  private active = -1;

  constructor(private readonly options: CompletionOptions) {
    const [inputId, listId] = [newId(), newId()];
    this.input = element("input", {
      id: inputId,
      type: "text",
      role: "combobox",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": listId,
      placeholder: options.name,
    });
    this.input.value = options.value;
    this.list = element("ul", {
      id: listId,
      role: "listbox",
      class: "completions",
      "aria-label": options.name,
    });
    this.list.hidden = true;
    this.status = element("span", { class: "hidden", role: "status" });
    const label = element(
      "label",
      { for: inputId, class: options.visibleName ? "" : "hidden" },
      options.name,
    );
    this.root = element("div", { class: "field" }, label, this.input, this.list, this.status);
    this.input.addEventListener("input", () => this.open());
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  set value(text: string) {
    this.input.value = text;
    this.close();
  }

  private open(): void {
    this.keys = this.options.complete(this.input.value);
    this.list.replaceChildren(...this.keys.map((key, i) => this.option(key, i)));
    const typed = this.input.value.trim() !== "";
    if (typed && this.keys.length === 0) {
      this.list.append(element("li", { class: "none" }, t("noCompletion")));
    }
    this.list.hidden = !typed;
    this.input.setAttribute("aria-expanded", `${this.keys.length > 0}`);
    this.status.textContent = typed ? t("completions", { n: formatCount(this.keys.length) }) : "";
    this.activate(-1);
  }

  private option(key: string, i: number): HTMLElement {
    const option = element(
      "li",
      { role: "option", id: `${this.list.id}-${i}`, "aria-selected": "false" },
      this.options.labelOf(key),
    );
    // Before the field loses the focus, which closes the list.
    option.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.choose(key);
    });
    return option;
  }

  private activate(index: number): void {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = index;
    const option = this.list.children[index];
    if (index >= 0 && option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  private close(): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.activate(-1);
  }

  private choose(key: string): void {
    this.value = this.options.labelOf(key);
    this.options.choose(key);
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing) return; // an input method's own keys, as for Chinese
    const n = this.keys.length;
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) this.open();
      else if (n > 0)
        this.activate(event.key === "ArrowDown" ? (this.active + 1) % n : Math.max(this.active, 0) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!isOpen) this.open();
      if (this.keys.length > 0) this.choose(this.keys[Math.max(0, this.active)]);
    } else if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      this.close();
    }
  }
}
