import { DRAG_MODE, MULTIPLANAR_TYPE, type Niivue, NVImage, SHOW_RENDER, SLICE_TYPE } from "@niivue/niivue";
import { flipped, type Grid, type Point } from "./coordinates";
import { labelColours } from "./finding-colours";
import { type LabelMap, reduced } from "./label-map";
import type { Plane } from "./planes";
import type { Tool } from "./tools";
import type { Window } from "./windows";

const INT16 = 4;

const SLICES: Readonly<Record<Plane, SLICE_TYPE>> = {
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  all: SLICE_TYPE.MULTIPLANAR,
};

const DRAGS: Readonly<Record<Tool, DRAG_MODE>> = {
  crosshair: DRAG_MODE.crosshair,
  window: DRAG_MODE.windowing,
  measure: DRAG_MODE.measurement,
  pan: DRAG_MODE.pan,
};

/** What a drawn image looks like: black, the planes as radiologists lay them, and nothing of NiiVue's own keys. */
export const LOOK = {
  backColor: [0, 0, 0, 1],
  crosshairColor: [1, 0.84, 0.2, 1],
  crosshairGap: 6,
  isRadiologicalConvention: true,
  sagittalNoseLeft: true,
  multiplanarLayout: MULTIPLANAR_TYPE.AUTO,
  multiplanarShowRender: SHOW_RENDER.NEVER,
  dragAndDropEnabled: false,
  scrollRequiresFocus: true,
  isNearestInterpolation: false,
  loadingText: "",
  logLevel: "error" as const,
};

/** A plane on the canvas, in pixels of the canvas. */
export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly pixelsPerMillimetre: number;
}

/** The image and the mask that a canvas shows. It hides NiiVue, whose millimetres are RAS: here they are LPS. */
export class ImageScene {
  #image: NVImage | null = null;
  #mask: NVImage | null = null;
  #opacity = 0;

  constructor(private readonly niivue: Niivue) {
    this.useTool("crosshair");
  }

  /**
   * Show an image, unpacked NIfTI, with the labels of `count` findings, in place of the one before.
   *
   * Crosshair and window stay. All is handed to NiiVue at once: each time it draws anew, a program in place of a graphics card is busy
   * for seconds.
   */
  async show(content: ArrayBuffer, map: LabelMap, count: number, window: Window | null): Promise<void> {
    const place = this.#image && this.crosshair;
    this.#image = await NVImage.loadFromUrl({ url: content, name: "image.nii" });
    this.#image.cal_min = window?.low ?? this.#image.cal_min;
    this.#image.cal_max = window?.high ?? this.#image.cal_max;
    this.#mask = await maskOf(map, this.#image, count);
    this.#mask.opacity = this.#opacity;
    this.niivue.volumes = [this.#image, this.#mask];
    this.niivue.setVolume(this.#image, 0);
    if (place) {
      this.moveTo(place);
    }
  }

  /** The grid of the image, null as long as there is none. */
  get grid(): Grid | null {
    return this.#image && gridOf(this.#image);
  }

  /** Where the crosshair is, in LPS mm. */
  get crosshair(): Point {
    const [x = 0, y = 0, z = 0] = this.niivue.frac2mm(this.niivue.scene.crosshairPos, 0, true);
    return flipped([x, y, z]);
  }

  /** The value of the image at the crosshair. */
  get value(): number | null {
    if (this.#image === null) {
      return null;
    }
    const [x = 0, y = 0, z = 0] = this.#image.mm2vox([...flipped(this.crosshair)]);
    return this.#image.getValue(x, y, z);
  }

  /** Move the crosshair to a point in LPS mm; without an image there is nowhere to go. */
  moveTo(lps: Point): void {
    if (this.#image === null) {
      return;
    }
    const [x, y, z] = flipped(lps);
    this.niivue.scene.crosshairPos = this.niivue.mm2frac([x, y, z], 0, true);
    this.niivue.createOnLocationChange();
    this.niivue.drawScene();
  }

  /** Move the crosshair by whole voxels along right, front and head. */
  moveBy([x, y, z]: Point): void {
    this.niivue.moveCrosshairInVox(x, y, z);
  }

  /** The window that the image is drawn with. */
  get window(): Window {
    return { low: this.#image?.cal_min ?? 0, high: this.#image?.cal_max ?? 1 };
  }

  set window({ low, high }: Window) {
    if (this.#image && (this.window.low !== low || this.window.high !== high)) {
      this.#image.cal_min = low;
      this.#image.cal_max = high;
      this.niivue.refreshLayers(this.#image, 0);
      this.niivue.drawScene();
    }
  }

  /** Show the mask with an opacity from 0 to 1. */
  set opacity(share: number) {
    this.#opacity = share;
    if (this.#mask && this.#mask.opacity !== share) {
      this.#mask.opacity = share;
      this.niivue.refreshLayers(this.#mask, 1);
      this.niivue.drawScene();
    }
  }

  /** Show a plane, or all. */
  set plane(plane: Plane) {
    this.niivue.setSliceType(SLICES[plane]);
  }

  /** Let dragging with the main button do what a tool does; the right one always drags the window, the middle one the image. */
  useTool(tool: Tool): void {
    this.niivue.opts.mouseEventConfig = {
      leftButton: { primary: DRAGS[tool], withShift: DRAG_MODE.pan },
      rightButton: DRAG_MODE.windowing,
      centerButton: DRAG_MODE.pan,
    };
    this.niivue.opts.touchEventConfig = { singleTouch: DRAGS[tool], doubleTouch: DRAG_MODE.pan };
  }

  /** Take all measured lines away. */
  clearMeasurements(): void {
    this.niivue.clearMeasurements();
  }

  /** Show the image as large as it fits. */
  fit(): void {
    this.niivue.setPan2Dxyzmm([0, 0, 0, 1]);
  }

  /** Give the canvas up: a browser has a few drawing contexts only, and takes the oldest away from whoever has it. */
  close(): void {
    this.niivue.cleanup();
    this.niivue.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** Draw what is shown, now. */
  draw(): void {
    this.niivue.drawScene();
  }

  /** The planes that are on the canvas. */
  get tiles(): readonly Tile[] {
    return this.niivue.screenSlices.map(({ leftTopWidthHeight, fovMM }) => {
      const [left = 0, top = 0, width = 0, height = 0] = leftTopWidthHeight;
      return { left, top, width, height, pixelsPerMillimetre: width / Math.abs(fovMM[0] ?? width) };
    });
  }
}

/** Return the labels as an image that NiiVue lays over another one, on the grid of that. */
async function maskOf(map: LabelMap, image: NVImage, count: number): Promise<NVImage> {
  const { size, affine } = gridOf(image);
  const labels = String(size) === String(map.grid.size) ? map.labels : reduced(map, size);
  const steps = (image.hdr?.pixDims ?? []).slice(1, 4);
  const content = NVImage.createNiftiArray([...size], steps, affine.flat(), INT16, labels);
  const mask = await NVImage.loadFromUrl({ url: content, name: "mask.nii" });
  mask.setColormapLabel(labelColours(count));
  return mask;
}

function gridOf({ hdr }: NVImage): Grid {
  const [, columns = 0, rows = 0, slices = 0] = hdr?.dims ?? [];
  return { size: [columns, rows, slices], affine: hdr?.affine ?? [] };
}
