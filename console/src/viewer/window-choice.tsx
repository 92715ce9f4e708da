import { Select } from "../parts/select";
import { viewerWords } from "../words/viewer";
import type { ViewerState } from "./viewer-state";
import { levelAndWidth, type Preset, presetOf, PRESETS } from "./windows";

const OWN = "own";

/** The choice of a window, and the level and width of the present one. Only CT has values that mean the same everywhere. */
export function WindowChoice({ state, isCt }: { state: ViewerState; isCt: boolean }) {
  const window = state.window.value;
  const { level, width } = levelAndWidth(window ?? { low: 0, high: 0 });
  const names = Object.keys(PRESETS) as Preset[];
  const preset = presetOf(window);
  const options = names.map((value): { value: Preset | typeof OWN; label: string } => ({ value, label: viewerWords.presets[value] }));
  const own = preset === null ? [{ value: OWN, label: viewerWords.ownWindow } as const] : [];
  const choose = (chosen: Preset | typeof OWN) => {
    if (chosen !== OWN) {
      state.window.value = PRESETS[chosen];
    }
  };
  return (
    <div class="viewer-window">
      {isCt && <Select label={viewerWords.window} value={preset ?? OWN} options={[...own, ...options]} onChange={choose} />}
      {window && <span class="quiet">{viewerWords.levelAndWidth(level, width)}</span>}
    </div>
  );
}
