import { saveFile } from "../parts/save-file";
import { shellWords } from "../words/shell";
import { viewerWords } from "../words/viewer";
import type { ImageScene, Tile } from "./image-scene";
import { barLength } from "./scale-bar";

const MARGIN = 12;
const TEXT = 14;

/** Save what a canvas shows as PNG, with a scale bar on each plane. */
export function savePicture(canvas: HTMLCanvasElement, scene: ImageScene): void {
  const picture = document.createElement("canvas");
  picture.width = canvas.width;
  picture.height = canvas.height;
  const context = picture.getContext("2d");
  if (context === null) {
    return;
  }
  // What WebGL has drawn can be read in the same turn only.
  scene.draw();
  context.drawImage(canvas, 0, 0);
  const pixels = canvas.width / canvas.clientWidth;
  context.font = `${TEXT * pixels}px sans-serif`;
  context.fillStyle = "white";
  context.strokeStyle = "black";
  context.lineWidth = 3 * pixels;
  scene.tiles.forEach((tile) => drawBar(context, tile, pixels));
  write(context, shellWords.researchOnly, MARGIN * pixels, (MARGIN + TEXT) * pixels);
  picture.toBlob((content) => content && saveFile(content, "california-gold.png"), "image/png");
}

/** White with a dark edge is read on every ground. */
function write(context: CanvasRenderingContext2D, text: string, left: number, bottom: number): void {
  context.strokeText(text, left, bottom);
  context.fillText(text, left, bottom);
}

function drawBar(context: CanvasRenderingContext2D, tile: Tile, pixels: number): void {
  const length = barLength(tile.width / tile.pixelsPerMillimetre);
  const [left, bottom] = [tile.left + MARGIN * pixels, tile.top + tile.height - MARGIN * pixels];
  const bar = [left, bottom, length * tile.pixelsPerMillimetre, 3 * pixels] as const;
  context.strokeRect(...bar);
  context.fillRect(...bar);
  write(context, viewerWords.scale(length), left, bottom - 6 * pixels);
}
