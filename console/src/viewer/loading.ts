import { type Signal, signal } from "@preact/signals";
import { ApiError } from "../api/api-error";
import type { FindingFocus } from "./finding-focus";
import type { ImageScene } from "./image-scene";
import { labelMapOf } from "./nifti";
import { notePlace, noteWindow, type ViewerState } from "./viewer-state";
import { unpacked } from "./volume-file";

/** A file of the analysis, as the API lists it. */
export interface ImageFile {
  readonly url: string;
  readonly size: number;
}

/** The files that a viewer shows. */
export interface ImageFiles {
  readonly preview: ImageFile;
  readonly image: ImageFile;
  readonly mask: ImageFile;
}

/** What is on the screen of the image, or on its way there. */
export type Detail = "none" | "preview" | "asked" | "whole";

/** How far the image has come. */
export interface ImageLoading {
  readonly detail: Signal<Detail>;
  /** The share of the file on its way that has come. */
  readonly share: Signal<number>;
  readonly problem: Signal<ApiError | null>;
}

/** Return the state before anything has come. */
export function imageLoading(): ImageLoading {
  return { detail: signal<Detail>("none"), share: signal(0), problem: signal<ApiError | null>(null) };
}

/** What loading an image needs. */
export interface Target {
  readonly scene: ImageScene;
  readonly state: ViewerState;
  readonly focus: FindingFocus;
  readonly loading: ImageLoading;
  readonly files: ImageFiles;
  readonly findings: number;
  readonly signal: AbortSignal;
}

/** Show the preview and the mask. A preview as large as the image is the image. */
export async function showPreview({ scene, state, focus, loading, files, findings, signal: stop }: Target): Promise<void> {
  const came = (share: number) => void (loading.share.value = share);
  const [preview, mask] = await Promise.all([unpacked(files.preview, stop, came), unpacked(files.mask, stop)]);
  stop.throwIfAborted();
  state.map.value = labelMapOf(mask);
  await scene.show(preview, state.map.value, findings, state.window.value);
  noteWindow(scene, state);
  scene.moveTo(focus.asked.value?.lps ?? scene.crosshair);
  notePlace(scene, state);
  const isWhole = String(state.map.value.grid.size) === String(scene.grid?.size);
  loading.detail.value = isWhole ? "whole" : "preview";
}

/** Show the whole image in place of the preview: place, window and crosshair stay. */
export async function showWhole({ scene, state, loading, files, findings, signal: stop }: Target): Promise<void> {
  loading.share.value = 0;
  loading.detail.value = "asked";
  try {
    const image = await unpacked(files.image, stop, (share) => void (loading.share.value = share));
    stop.throwIfAborted();
    if (state.map.value) {
      await scene.show(image, state.map.value, findings, scene.window);
    }
    loading.detail.value = "whole";
  } finally {
    loading.detail.value = loading.detail.value === "asked" ? "preview" : loading.detail.value;
  }
  notePlace(scene, state);
}

/** Do it, and keep why it failed for the reader; what was left by then is of no concern. */
export async function attempt(loading: ImageLoading, stop: AbortSignal, act: () => Promise<void>): Promise<void> {
  loading.problem.value = null;
  try {
    await act();
  } catch (reason) {
    if (stop.aborted) {
      return;
    }
    if (!(reason instanceof ApiError)) {
      throw reason;
    }
    loading.problem.value = reason;
  }
}
