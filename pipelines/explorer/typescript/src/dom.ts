// Elements in one call. Words and columns are the user's: they become text nodes, never markup.

type Child = Node | string | null;
type Attributes = Record<string, string | number | boolean | null>;

/** A new element; an attribute that is false or null is left out, and true stands without a value. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : `${value}`);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function button(
  attributes: Attributes,
  onclick: (event: MouseEvent) => void,
  ...children: Child[]
): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", onclick);
  return made;
}

/** A button that shows a symbol and says a name. */
export function iconButton(path: string, name: string, onclick: () => void, attributes: Attributes = {}) {
  return button({ class: "icon", "aria-label": name, title: name, ...attributes }, onclick, icon(path));
}

/** A symbol of lines on a square of 24 units. */
function icon(path: string): SVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(namespace, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  home: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  lasso: "M7 15c-2-1-3-3-3-5 0-3 4-6 8-6s8 3 8 6-4 6-8 6c-2 0-4-.5-5-1zm0 0a2 2 0 1 1-1 3c0 1 .5 2 1.5 3",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5",
  moon: "M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  help: "M9 9.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.1-1.5 2.4M12 18v.01",
  close: "M6 6l12 12M18 6L6 18",
  chevron: "M6 15l6-6 6 6",
  swap: "M7 4v14M7 18l-3-3M7 18l3-3M17 20V6M17 6l-3 3M17 6l3 3",
};

let lastId = 0;

/** An id for an element that a label or an `aria-` attribute names. */
export function newId(): string {
  lastId += 1;
  return `e${lastId}`;
}
