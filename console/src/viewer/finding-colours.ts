const GOLDEN_SECTION = (Math.sqrt(5) - 1) / 2;
const SATURATION = 0.75;

/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [number, number, number];

/**
 * Return the colour of the finding with a number, from 1 on: the one that its segment has in the DICOM SEG (ADR 45).
 *
 * Hues walk around the colour circle by the golden section, so that any number of them differ.
 */
export function findingColour(number: number): Colour {
  const sixth = (((number - 1) * GOLDEN_SECTION) % 1) * 6;
  const part = (shift: number) => {
    const position = (shift + sixth) % 6;
    const share = Math.max(0, Math.min(position, 4 - position, 1));
    return Math.round(255 * (1 - SATURATION * share));
  };
  return [part(5), part(3), part(1)];
}

/** Return the same colour for a style. */
export function cssColour(number: number): string {
  return `rgb(${findingColour(number).join(" ")})`;
}

/** Return the colours of a label map with labels up to `count`, as NiiVue takes them: 0, what is no finding, is transparent. */
export function labelColours(count: number) {
  const numbers = Array.from({ length: count + 1 }, (_, label) => label);
  const colours = numbers.map((label): Colour => (label === 0 ? [0, 0, 0] : findingColour(label)));
  return {
    R: colours.map(([red]) => red),
    G: colours.map(([, green]) => green),
    B: colours.map(([, , blue]) => blue),
    A: numbers.map((label) => (label === 0 ? 0 : 255)),
    I: numbers,
  };
}
