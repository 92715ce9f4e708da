import type { ChosenFile } from "./chosen-files";
import { type ContentKind, HEAD_BYTES, kindOf } from "./content-kind";
import { crc32 } from "./crc32";
import type { Examined } from "./examination";
import { inLanes } from "./lanes";
import { bytesOf, read } from "./reading";
import { zip, type ZipPart, zipPart } from "./zip";

type Batches = AsyncIterable<readonly ChosenFile[]>;
type OnRead = (bytes: number) => void;

/** Bytes that are read at once, and how many files may share them: small files are read together, which costs least. */
const SLICE = 4 * 1024 * 1024;
const FILES_TOGETHER = 256;
/** Reads under way at once: while one is reckoned, the others are on their way. */
const LANES = 4;

/** What a file is, and the CRC-32 that a ZIP needs. */
interface Found {
  readonly kind: ContentKind;
  readonly crc: number;
}

/**
 * Read files as they come, and pack them if there are several. Rejects with `UnreadableFile`.
 *
 * A single file is sent as it is: its first bytes say enough.
 */
export async function examine(batches: Batches, onRead: OnRead): Promise<Examined> {
  const kinds: ContentKind[] = [];
  let only: File | null = null;
  const parts = await inLanes(LANES, grouped(batches), async ({ files, isAll }): Promise<ZipPart> => {
    const [first] = files;
    if (isAll && first !== undefined && files.length === 1) {
      only = first.file;
      kinds.push(kindOf(await read(first.file.slice(0, HEAD_BYTES), first.path)));
      return zipPart([]);
    }
    const found = await examineGroup(files, onRead);
    kinds.push(...found.map(({ kind }) => kind));
    return packed(files, found);
  });
  return { kinds, content: only ?? zip(parts) };
}

/** Give consecutive files that are read together; one that is larger than a slice is alone. `isAll`: there are no others. */
async function* grouped(batches: Batches): AsyncGenerator<{ files: readonly ChosenFile[]; isAll: boolean }> {
  let [files, bytes, isAll]: [ChosenFile[], number, boolean] = [[], 0, true];
  for await (const batch of batches) {
    for (const chosen of batch) {
      if (files.length >= FILES_TOGETHER || (files.length > 0 && bytes + chosen.file.size > SLICE)) {
        isAll = false;
        yield { files, isAll };
        [files, bytes] = [[], 0];
      }
      files.push(chosen);
      bytes += chosen.file.size;
    }
  }
  if (files.length > 0) {
    yield { files, isAll };
  }
}

function packed(files: readonly ChosenFile[], found: readonly Found[]): ZipPart {
  return zipPart(
    files.map(({ path, file }, number) => {
      const { crc } = found[number] as Found;
      return { path, size: file.size, crc, modified: file.lastModified, content: file };
    }),
  );
}

async function examineGroup(files: readonly ChosenFile[], onRead: OnRead): Promise<readonly Found[]> {
  const [first] = files;
  if (first !== undefined && first.file.size > SLICE) {
    return [await examineLarge(first, onRead)];
  }
  const bytes = await bytesOf(files);
  onRead(bytes.length);
  let at = 0;
  return files.map(({ file: { size } }) => {
    const content = bytes.subarray(at, at + size);
    at += size;
    return { kind: kindOf(content), crc: crc32(content) };
  });
}

async function examineLarge({ path, file }: ChosenFile, onRead: OnRead): Promise<Found> {
  let [crc, kind] = [0, kindOf(new Uint8Array())];
  for (let at = 0; at < file.size; at += SLICE) {
    const bytes = await read(file.slice(at, at + SLICE), path);
    kind = at === 0 ? kindOf(bytes) : kind;
    crc = crc32(bytes, crc);
    onRead(bytes.length);
  }
  return { kind, crc };
}
