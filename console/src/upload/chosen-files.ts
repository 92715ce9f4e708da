import { contentOf, type Dropped, fileOf, isFolder } from "./dropped";
import { inLanes } from "./lanes";

/** A file that the user chose, and its path from the folder that was chosen with it. */
export interface ChosenFile {
  readonly path: string;
  readonly file: File;
}

/** How many files of folders are asked for at once. */
const AT_ONCE = 64;

/** Only Chromium has it, and only in a secure context: https or the machine itself. */
type Item = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };

/** Return the files of a file input; those of a folder have their paths. */
export function filesOfInput(files: Iterable<File>): ChosenFile[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * Tell each file that was dropped as soon as it is found, those in folders included; they come in no order.
 *
 * A browser forgets the dropped items when the event is over: they are read before this first waits.
 * Rejects with `UnreadableFile` or `UnreadableFolder`.
 */
export async function walkDrop(items: Iterable<DataTransferItem>, onFile: (file: ChosenFile) => void): Promise<void> {
  const taken = await Promise.all([...items].map(take));
  await inLanes(AT_ONCE, filesIn(taken.filter((item) => item !== null)), async (item) => onFile(await fileOf(item)));
}

/** Return an item; one that no file system has is only a file: a picture from another page, for example. */
async function take(item: Item): Promise<Dropped | null> {
  const entry = item.webkitGetAsEntry();
  const asking = item.getAsFileSystemHandle?.();
  const file = entry === null ? item.getAsFile() : null;
  // Chromium refuses handles of some folders that it gives entries of, such as that of all downloads.
  const handle = (await asking?.catch(() => null)) ?? null;
  const path = file?.name ?? entry?.name ?? handle?.name;
  return path === undefined ? null : { path, file, entry, handle };
}

async function* filesIn(items: AsyncIterable<Dropped> | Iterable<Dropped>): AsyncGenerator<Dropped> {
  const folders: Dropped[] = [];
  for await (const item of items) {
    if (isFolder(item)) {
      folders.push(item);
    } else {
      yield item;
    }
  }
  for (const folder of folders) {
    yield* filesIn(contentOf(folder));
  }
}
