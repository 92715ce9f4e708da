import type { Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { Button } from "../parts/button";
import { Select } from "../parts/select";
import { viewerWords } from "../words/viewer";
import type { ImageScene } from "./image-scene";
import { PLANES } from "./planes";
import { savePicture } from "./picture";
import { TOOLS } from "./tools";
import type { ViewerState } from "./viewer-state";
import { WindowChoice } from "./window-choice";

interface ToolbarProps {
  state: ViewerState;
  scene: Signal<ImageScene | null>;
  isCt: boolean;
  canvas: RefObject<HTMLCanvasElement | null>;
}

/** The controls of the viewer. */
export function Toolbar({ state, scene, isCt, canvas }: ToolbarProps) {
  const tools = TOOLS.map((value) => ({ value, label: viewerWords.tools[value] }));
  const clear = () => {
    scene.value?.clearMeasurements();
    state.measured.value = null;
  };
  return (
    <div class="viewer-tools">
      <div class="choices" role="group" aria-label={viewerWords.plane}>
        {PLANES.map((plane) => (
          <Button key={plane} pressed={state.plane.value === plane} onClick={() => (state.plane.value = plane)}>
            {viewerWords.planes[plane]}
          </Button>
        ))}
      </div>
      <Select label={viewerWords.tool} value={state.tool.value} options={tools} onChange={(tool) => (state.tool.value = tool)} />
      <WindowChoice state={state} isCt={isCt} />
      <MaskControls state={state} />
      <div class="choices">
        <Button onClick={() => scene.value?.fit()}>{viewerWords.fit}</Button>
        {state.measured.value !== null && <Button onClick={clear}>{viewerWords.clear}</Button>}
        <Button onClick={() => scene.value && canvas.current && savePicture(canvas.current, scene.value)}>
          {viewerWords.picture}
        </Button>
      </div>
    </div>
  );
}

function MaskControls({ state }: { state: ViewerState }) {
  return (
    <div class="choices">
      <Button pressed={state.hasMask.value} onClick={() => (state.hasMask.value = !state.hasMask.value)}>
        {viewerWords.mask}
      </Button>
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={state.opacity.value}
        disabled={!state.hasMask.value}
        aria-label={viewerWords.opacity}
        onInput={(event) => (state.opacity.value = event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
