import { expect, it } from "vitest";
import { graphics } from "./graphics";

const RENDERER = 0x9246;

/** A canvas whose WebGL 2 has a renderer of this name; null: a browser without. */
function canvasOf(renderer: string | null): HTMLCanvasElement {
  const context = {
    getExtension: (name: string) => (name === "WEBGL_debug_renderer_info" ? { UNMASKED_RENDERER_WEBGL: RENDERER } : null),
    getParameter: (parameter: number) => (parameter === RENDERER ? renderer : null),
  };
  return { getContext: (kind: string) => (kind === "webgl2" && renderer !== null ? context : null) } as unknown as HTMLCanvasElement;
}

it("a program that draws in place of a graphics card is known by its name", () => {
  const software = [
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
    "llvmpipe (LLVM 15.0.7, 256 bits)",
    "ANGLE (Microsoft, Microsoft Basic Render Driver (0x0000008C) Direct3D11)",
  ];
  expect(software.map((name) => graphics(canvasOf(name)))).toEqual(["software", "software", "software"]);
});

it("a graphics card draws by itself", () => {
  const cards = ["ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)", "Apple GPU", "NVIDIA GeForce RTX 3060/PCIe/SSE2"];
  expect(cards.map((name) => graphics(canvasOf(name)))).toEqual(["hardware", "hardware", "hardware"]);
});

it("a browser without WebGL 2 draws nothing", () => {
  expect(graphics(canvasOf(null))).toBe("none");
});
