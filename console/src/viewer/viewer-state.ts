import { effect, type Signal, signal } from "@preact/signals";
import type { FindingFocus } from "./finding-focus";
import type { ImageScene } from "./image-scene";
import { type LabelMap, type Place, placeOf } from "./label-map";
import type { Plane } from "./planes";
import type { Tool } from "./tools";
import { isSame, type Window } from "./windows";

/** What the reader chose, and what the image shows of it. */
export interface ViewerState {
  readonly plane: Signal<Plane>;
  readonly tool: Signal<Tool>;
  /** null: the one that the image comes with. */
  readonly window: Signal<Window | null>;
  readonly hasMask: Signal<boolean>;
  readonly opacity: Signal<number>;
  readonly place: Signal<Place | null>;
  /** The value of the image at the crosshair. */
  readonly value: Signal<number | null>;
  /** The length of the line that was measured last, in mm. */
  readonly measured: Signal<number | null>;
  readonly map: Signal<LabelMap | null>;
}

/** Return the state of a viewer that begins with a window. */
export function viewerState(window: Window | null): ViewerState {
  return {
    plane: signal<Plane>("all"),
    tool: signal<Tool>("crosshair"),
    window: signal(window),
    hasMask: signal(true),
    opacity: signal(0.5),
    place: signal<Place | null>(null),
    value: signal<number | null>(null),
    measured: signal<number | null>(null),
    map: signal<LabelMap | null>(null),
  };
}

/** Let the image follow the state and the list, until the returned function is called. */
export function follow(scene: ImageScene, state: ViewerState, focus: FindingFocus): () => void {
  const stops = [
    effect(() => scene.useTool(state.tool.value)),
    effect(() => void (scene.plane = state.plane.value)),
    effect(() => void (scene.opacity = state.hasMask.value ? state.opacity.value : 0)),
    effect(() => void (state.window.value && (scene.window = state.window.value))),
    effect(() => void (focus.asked.value && scene.moveTo(focus.asked.value.lps))),
    effect(() => void (focus.current.value = state.place.value?.finding ?? null)),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Note where the crosshair of the image is. */
export function notePlace(scene: ImageScene, state: ViewerState): void {
  state.place.value = placeOf(scene.crosshair, state.map.peek());
  state.value.value = scene.value;
}

/** Note the window that dragging has left. */
export function noteWindow(scene: ImageScene, state: ViewerState): void {
  if (scene.grid !== null && !isSame(state.window.peek(), scene.window)) {
    state.window.value = scene.window;
  }
}
