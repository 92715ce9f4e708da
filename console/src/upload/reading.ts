import type { ChosenFile } from "./chosen-files";
import { inLanes } from "./lanes";
import { UnreadableFile } from "./obstacles";

/** Files that are asked at once whether they are still there, and how often that is asked at the same time. */
const FILES_TOGETHER = 256;
const LANES = 4;

/** Return the bytes of files, or of a part of each, one after the other. Of several that can't be read, the first is named. */
export async function bytesOf(files: readonly ChosenFile[], part = (file: File): Blob => file): Promise<Uint8Array> {
  try {
    return await read(new Blob(files.map(({ file }) => part(file))), files[0]?.path ?? "");
  } catch (reason) {
    for (const { path, file } of files) {
      await read(part(file), path);
    }
    throw reason;
  }
}

/** Return the bytes of a file, or of a part of it. Rejects with `UnreadableFile`, of a file that has become shorter too. */
export async function read(content: Blob, path: string): Promise<Uint8Array> {
  const bytes = await content.arrayBuffer().catch(() => null);
  if (bytes?.byteLength !== content.size) {
    throw new UnreadableFile(path);
  }
  return new Uint8Array(bytes);
}

/** Return which of the files can't be read any more as it was chosen, or null; the last byte of each tells. */
export async function unreadable(files: readonly ChosenFile[]): Promise<UnreadableFile | null> {
  const starts = Array.from({ length: Math.ceil(files.length / FILES_TOGETHER) }, (_, group) => group * FILES_TOGETHER);
  const groups = starts.map((at) => files.slice(at, at + FILES_TOGETHER));
  try {
    await inLanes(LANES, groups, (group) => bytesOf(group, (file) => file.slice(Math.max(0, file.size - 1))));
  } catch (reason) {
    return reason as UnreadableFile;
  }
  return null;
}
