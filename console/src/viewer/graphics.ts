/** What draws: the machine's graphics, a program in their place, or nothing that can. */
export type Graphics = "hardware" | "software" | "none";

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Return what draws WebGL 2 here. A program draws a large image in a minute, so that the page asks before. */
export function graphics(canvas: HTMLCanvasElement = document.createElement("canvas")): Graphics {
  const context = canvas.getContext("webgl2");
  if (context === null) {
    return "none";
  }
  const name = rendererOf(context);
  // A page may have a few contexts only, and this one is of no more use.
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return SOFTWARE.test(name) ? "software" : "hardware";
}

function rendererOf(context: WebGL2RenderingContext): string {
  const info = context.getExtension("WEBGL_debug_renderer_info");
  return String(context.getParameter(info === null ? context.RENDERER : info.UNMASKED_RENDERER_WEBGL));
}
