import { viewerWords } from "../words/viewer";
import type { ViewerState } from "./viewer-state";

/** Where the crosshair is, and what is there. */
export function PlaceLine({ state, unit }: { state: ViewerState; unit: string }) {
  const place = state.place.value;
  const [value, measured] = [state.value.value, state.measured.value];
  if (place === null) {
    return null;
  }
  const parts = [
    viewerWords.lps(place.lps),
    place.voxel ? viewerWords.voxel(place.voxel) : viewerWords.outside,
    value !== null && viewerWords.value(value, unit),
    place.finding !== null && viewerWords.finding(place.finding),
    measured !== null && viewerWords.measured(measured),
  ];
  return (
    <p class="viewer-place">
      <output>{parts.filter(Boolean).join(" · ")}</output>
      <span class="quiet">{viewerWords.axes}</span>
    </p>
  );
}
