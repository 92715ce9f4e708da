/** The colours of tokens.css that a chart uses. */
export type ColourName = "--accent" | "--gold" | "--quiet" | "--line";

/** Return a colour of tokens.css as a canvas takes it: it knows neither variables nor pairs for light and dark. */
export function colourOf(host: HTMLElement, name: ColourName): string {
  const sample = document.createElement("span");
  sample.style.color = `var(${name})`;
  host.append(sample);
  const { color } = getComputedStyle(sample);
  sample.remove();
  return color;
}
