import { Select } from "../parts/select";
import { choose, language, LANGUAGES } from "../words/language";
import { shellWords } from "../words/shell";
import { THEMES, theme } from "./theme";

/** A language is named in itself: who needs the switch can't read the other one. */
const NAMES = { ru: "Русский", en: "English" };

/** The reader's language and colours. */
export function Preferences() {
  const languages = LANGUAGES.map((value) => ({ value, label: NAMES[value] }));
  const themes = THEMES.map((value) => ({ value, label: shellWords.themes[value] }));
  return (
    <div class="preferences">
      <Select quiet label={shellWords.language} value={language.value} options={languages} onChange={choose} />
      <Select
        quiet
        label={shellWords.theme}
        value={theme.value}
        options={themes}
        onChange={(value) => (theme.value = value)}
      />
    </div>
  );
}
