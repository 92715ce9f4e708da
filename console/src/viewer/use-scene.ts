import { Niivue } from "@niivue/niivue";
import { type Signal, signal } from "@preact/signals";
import { type RefObject } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { graphics } from "./graphics";
import { ImageScene, LOOK } from "./image-scene";
import { attempt, type ImageLoading, imageLoading, showPreview, showWhole, type Target } from "./loading";
import type { ViewerProps } from "./viewer";
import { follow, notePlace, noteWindow, type ViewerState, viewerState } from "./viewer-state";
import { PRESETS } from "./windows";

/** A viewer's state, and the scene that follows it as soon as it is there. */
export interface SceneUse {
  readonly state: ViewerState;
  readonly loading: ImageLoading;
  readonly scene: Signal<ImageScene | null>;
  readonly showWhole: () => void;
}

/** Draw an image on a canvas as long as the component is there. */
export function useScene(canvas: RefObject<HTMLCanvasElement | null>, props: ViewerProps): SceneUse {
  const use = useMemo(() => new SceneOfCanvas(props), []);
  useEffect(() => {
    if (canvas.current) {
      void use.begin(canvas.current);
    }
    return () => use.end();
  }, []);
  return use;
}

class SceneOfCanvas implements SceneUse {
  readonly state: ViewerState;
  readonly loading = imageLoading();
  readonly scene = signal<ImageScene | null>(null);
  readonly #left = new AbortController();
  #stop: () => void = () => undefined;

  constructor(private readonly props: ViewerProps) {
    this.state = viewerState(props.isCt ? PRESETS.lung : null);
  }

  async begin(canvas: HTMLCanvasElement): Promise<void> {
    const isFast = graphics() === "hardware";
    const niivue = new Niivue(LOOK);
    await niivue.attachToCanvas(canvas);
    const scene = new ImageScene(niivue);
    if (this.#left.signal.aborted) {
      scene.close();
      return;
    }
    this.scene.value = scene;
    niivue.onLocationChange = () => notePlace(scene, this.state);
    niivue.onMeasurementCompleted = ({ distance }) => void (this.state.measured.value = distance);
    const dragged = () => noteWindow(scene, this.state);
    canvas.addEventListener("pointermove", dragged, { signal: this.#left.signal });
    canvas.addEventListener("pointerup", dragged, { signal: this.#left.signal });
    this.#stop = follow(scene, this.state, this.props.focus);
    await this.#load(isFast);
  }

  end(): void {
    this.#left.abort();
    this.#stop();
    this.scene.value?.close();
    this.scene.value = null;
  }

  showWhole = (): void => void this.#attempt(showWhole);

  async #load(isFast: boolean): Promise<void> {
    await this.#attempt(showPreview);
    if (this.loading.detail.value === "preview" && isFast) {
      await this.#attempt(showWhole);
    }
  }

  async #attempt(show: (target: Target) => Promise<void>): Promise<void> {
    const scene = this.scene.value;
    if (scene === null) {
      return;
    }
    const target = { ...this.props, ...this, scene, state: this.state, loading: this.loading, signal: this.#left.signal };
    await attempt(this.loading, this.#left.signal, () => show(target));
  }
}
