/** The parts of the screen; the first segment of its path names one. */
export const SECTIONS = ["users", "statistics", "audit", "parked", "health"] as const;
/** One of them. */
export type Section = (typeof SECTIONS)[number];

/** Return the part that a path names, the first by default; null for one that does not exist. */
export function sectionOf([name]: readonly string[]): Section | null {
  return name === undefined ? SECTIONS[0] : (SECTIONS.find((section) => section === name) ?? null);
}

/** Return a number of entries to pass over that an address names; what makes no sense there is as if it were missing. */
export function skipOf(query: Readonly<Record<string, string>>): number {
  return Math.max(0, Math.trunc(Number(query.skip)) || 0);
}
