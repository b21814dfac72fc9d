// Light or dark: as the system, until the reader chooses.
import type { Theme } from "./colours";

const QUERY = "(prefers-color-scheme: dark)";

export function resolveTheme(chosen: Theme | null): Theme {
  return chosen ?? (matchMedia(QUERY).matches ? "dark" : "light");
}

export function onSystemTheme(changed: () => void): void {
  matchMedia(QUERY).addEventListener("change", changed);
}
