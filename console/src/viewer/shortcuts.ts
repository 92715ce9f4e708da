import type { ImageScene } from "./image-scene";
import { planeOf, stepOf } from "./planes";
import type { ViewerState } from "./viewer-state";

/**
 * Do what a key asks for.
 *
 * Arrows and page keys belong to the image while it has the focus; elsewhere they scroll the page and move sliders. Digits and M work
 * anywhere in the viewer where nothing is typed.
 */
export function pressed(event: KeyboardEvent, state: ViewerState, scene: ImageScene | null): void {
  event.stopPropagation();
  if (event.ctrlKey || event.altKey || event.metaKey || isTypedInto(event.target)) {
    return;
  }
  const plane = planeOf(event.key);
  const step = event.target instanceof HTMLCanvasElement ? stepOf(state.plane.value, event.key) : null;
  if (plane !== null) {
    state.plane.value = plane;
  } else if (event.code === "KeyM") {
    state.hasMask.value = !state.hasMask.value;
  } else if (step !== null) {
    scene?.moveBy(step);
  } else {
    return;
  }
  event.preventDefault();
}

function isTypedInto(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
}
