import { language, type Language } from "./language";

/**
 * Return sentences that read in the chosen language; a component that shows one is drawn again when it changes.
 *
 * English says which sentences there are: one that Russian lacks, or takes other values, does not compile.
 */
export function words<T extends object>(both: { en: T; ru: NoInfer<T> }): Readonly<T> {
  const chosen = {};
  for (const name of Object.keys(both.en)) {
    Object.defineProperty(chosen, name, {
      enumerable: true,
      get: () => (both[language.value] as Record<string, unknown>)[name],
    });
  }
  return chosen as Readonly<T>;
}

/** Return the form of a noun that a count takes; `other` stands for every form that is not given. */
export function plural(
  of: Language,
  count: number,
  forms: { one?: string; few?: string; many?: string; other: string },
): string {
  const rule = new Intl.PluralRules(of).select(count);
  return (rule === "zero" || rule === "two" ? undefined : forms[rule]) ?? forms.other;
}
