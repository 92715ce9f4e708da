import { useRef } from "preact/hooks";
import { viewerWords } from "../words/viewer";
import "./viewer.css";
import type { FindingFocus } from "./finding-focus";
import type { ImageFiles } from "./loading";
import { PlaceLine } from "./place-line";
import { pressed } from "./shortcuts";
import { Toolbar } from "./toolbar";
import { useScene } from "./use-scene";
import { WholeImage } from "./whole-image";

/** What a viewer shows. */
export interface ViewerProps {
  readonly files: ImageFiles;
  /** The number of findings. */
  readonly findings: number;
  readonly isCt: boolean;
  readonly focus: FindingFocus;
}

/** The image of an analysis with its findings, in three planes. NiiVue is part of this chunk alone. */
export default function Viewer(props: ViewerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { state, loading, scene, showWhole } = useScene(canvas, props);
  return (
    <div
      class="viewer"
      onKeyDownCapture={(event) => pressed(event, state, scene.value)}
      onKeyUpCapture={withheld}
      onDblClickCapture={withheld}
    >
      <Toolbar state={state} scene={scene} isCt={props.isCt} canvas={canvas} />
      <div class="viewer-image">
        <canvas ref={canvas} role="application" aria-label={viewerWords.image} aria-describedby="viewer-keys" tabIndex={0} />
      </div>
      <PlaceLine state={state} unit={props.isCt ? "HU" : ""} />
      <WholeImage loading={loading} showWhole={showWhole} />
      <details class="quiet">
        <summary>{viewerWords.keysTitle}</summary>
        <p id="viewer-keys">{viewerWords.keys}</p>
      </details>
    </div>
  );
}

/** NiiVue's own keys, and its double click, would do what the page knows nothing of. */
function withheld(event: Event): void {
  event.stopPropagation();
}
