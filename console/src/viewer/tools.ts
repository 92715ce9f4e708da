/** What dragging on the image does. */
export const TOOLS = ["crosshair", "window", "measure", "pan"] as const;
/** One of them. */
export type Tool = (typeof TOOLS)[number];
