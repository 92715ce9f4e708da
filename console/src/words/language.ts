import { computed, signal } from "@preact/signals";

/** The languages of the console. */
export const LANGUAGES = ["ru", "en"] as const;
/** One of them. */
export type Language = (typeof LANGUAGES)[number];

const KEY = "california-gold.language";

/** The language of all sentences, the API's included: chosen here, else the browser's first of ours, else English. */
export const language = signal<Language>(chosen() ?? preferred(navigator.languages));

/** The reader's own form of the language (en-GB, ru-KZ), for dates and numbers. */
export const locale = computed(() => ownForm(language.value, navigator.languages));

/** Choose the language, on this device. */
export function choose(next: Language): void {
  localStorage.setItem(KEY, next);
  language.value = next;
}

/** Return the first of our languages that a browser lists, else English. */
export function preferred(listed: readonly string[]): Language {
  return listed.map(base).find(isLanguage) ?? "en";
}

/** Return the first listed tag of a language, or its own. */
export function ownForm(of: Language, listed: readonly string[]): string {
  return listed.find((tag) => base(tag) === of) ?? of;
}

function chosen(): Language | null {
  const text = localStorage.getItem(KEY);
  return text !== null && isLanguage(text) ? text : null;
}

function base(tag: string): string {
  return tag.split("-")[0]?.toLowerCase() ?? "";
}

function isLanguage(text: string): text is Language {
  return (LANGUAGES as readonly string[]).includes(text);
}
