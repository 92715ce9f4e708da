import { directoryEntry, directoryEnd, localHeader, type ZipEntry } from "./zip-records";

/** A file to pack, and what its headers say of it. */
export interface Packed extends ZipEntry {
  readonly content: Blob;
}

/** Files that stand one after the other in a ZIP, and where each has its header, from the start of the part. */
export interface ZipPart {
  readonly content: Blob;
  readonly entries: readonly (readonly [offset: number, entry: ZipEntry])[];
}

/** What the directory must know of a part. */
type Placed = Pick<ZipPart, "entries"> & { readonly content: { readonly size: number } };

/** Return files with their headers: a Blob that refers to them, so that their bytes are read while they are sent. */
export function zipPart(files: readonly Packed[]): ZipPart {
  let offset = 0;
  const pieces: BlobPart[] = [];
  const entries = files.map((file) => {
    const header = localHeader(file);
    pieces.push(header, file.content);
    const at = offset;
    offset += header.length + file.size;
    return [at, file] as const;
  });
  return { content: new Blob(pieces), entries };
}

/** Return the ZIP of parts, in which files are listed by their paths, in whatever order they stand. */
export function zip(parts: readonly ZipPart[]): Blob {
  return new Blob([...parts.map(({ content }) => content), ...directoryOf(parts)], { type: "application/zip" });
}

/** Return the central directory of the files of parts that stand one after the other from the start of the ZIP. */
export function directoryOf(parts: readonly Placed[]): Uint8Array<ArrayBuffer>[] {
  let start = 0;
  const placed = parts.flatMap(({ content, entries }) => {
    const from = start;
    start += content.size;
    return entries.map(([offset, entry]) => [from + offset, entry] as const);
  });
  const sorted = placed.sort(([, one], [, other]) => (one.path < other.path ? -1 : 1));
  const records = sorted.map(([offset, entry]) => directoryEntry(entry, offset));
  const size = records.reduce((sum, { length }) => sum + length, 0);
  return [...records, directoryEnd(records.length, size, start)];
}
