import { effect, signal } from "@preact/signals";

/** The choices of colours: those of the device unless the reader says otherwise. */
export const THEMES = ["system", "light", "dark"] as const;
/** One of them. */
export type Theme = (typeof THEMES)[number];

const KEY = "california-gold.theme";

/** The chosen colours, on this device. */
export const theme = signal<Theme>(THEMES.find((known) => known === localStorage.getItem(KEY)) ?? "system");

effect(() => {
  localStorage.setItem(KEY, theme.value);
  document.documentElement.dataset.theme = theme.value;
});
