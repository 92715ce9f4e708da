import type { ChosenFile } from "./chosen-files";
import { UnreadableFile, UnreadableFolder } from "./obstacles";

/**
 * A dropped file or folder, by the two interfaces that browsers have.
 *
 * Every browser has entries. Chromium has handles too: they give ten thousand files in half the time, but hide some
 * of them, such as `IMG:1`. So both are asked for what a folder contains, and a handle is preferred for what it has.
 */
export interface Dropped {
  readonly path: string;
  /** What is only a file. */
  readonly file: File | null;
  readonly entry: FileSystemEntry | null;
  readonly handle: FileSystemHandle | null;
}

/** Whether it is a folder. */
export function isFolder({ file, entry, handle }: Dropped): boolean {
  return file === null && (entry?.isDirectory ?? handle?.kind === "directory");
}

/** Return the file of an item. Rejects with `UnreadableFile`. */
export async function fileOf({ path, file: own, entry, handle }: Dropped): Promise<ChosenFile> {
  const byHandle = own ?? (handle && (await (handle as FileSystemFileHandle).getFile().catch(() => null)));
  const file = byHandle ?? (entry && (await fileOfEntry(entry as FileSystemFileEntry).catch(() => null)));
  if (file === null) {
    throw new UnreadableFile(path);
  }
  return { path, file };
}

/** Give what a folder contains, each as soon as it is known. Throws `UnreadableFolder`. */
export async function* contentOf({ path, entry, handle }: Dropped): AsyncGenerator<Dropped> {
  const entries = entry && (await entriesIn(entry as FileSystemDirectoryEntry).catch(() => null));
  const withoutHandle = new Map(entries?.map((each) => [each.name, each]));
  let isListed = entries !== null;
  try {
    for await (const each of (handle as FileSystemDirectoryHandle | null)?.values() ?? []) {
      yield { path: `${path}/${each.name}`, file: null, entry: withoutHandle.get(each.name) ?? null, handle: each };
      withoutHandle.delete(each.name);
    }
    isListed ||= handle !== null;
  } catch {
    // The entries that are left are given below.
  }
  if (!isListed) {
    throw new UnreadableFolder(path);
  }
  for (const [name, each] of withoutHandle) {
    yield { path: `${path}/${name}`, file: null, entry: each, handle: null };
  }
}

function fileOfEntry(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives a hundred entries at a time, and none at the end. */
async function entriesIn(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) {
      return all;
    }
    all.push(...some);
  }
}
