import { record } from "./little-endian";

/** What the headers of a file in a ZIP say. */
export interface ZipEntry {
  /** Its path in the ZIP, with `/` between folders. */
  readonly path: string;
  readonly size: number;
  readonly crc: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** What 16 and 32 bits can't hold is in the ZIP64 records instead; these values say so. */
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
const ZIP64_EXTRA = 1;
const VERSION = 20;
const VERSION_ZIP64 = 45;
/** Bit 11: the name is UTF-8. */
const FLAGS = 0x0800;
const STORED = 0;
const UTF_8 = new TextEncoder();

/** Return the header that stands before a file. */
export function localHeader(entry: ZipEntry): Bytes {
  const isLarge = entry.size >= MAX_32;
  const extra = isLarge ? zip64Extra([entry.size, entry.size]) : record();
  return joined(record([4, 0x04034b50], ...common(entry, isLarge, extra.length)), nameOf(entry), extra);
}

/** Return the entry of a file in the central directory; `offset` is that of its header. */
export function directoryEntry(entry: ZipEntry, offset: number): Bytes {
  const sizes = entry.size >= MAX_32 ? [entry.size, entry.size] : [];
  const large = [...sizes, ...(offset >= MAX_32 ? [offset] : [])];
  const extra = large.length > 0 ? zip64Extra(large) : record();
  const fixed = record(
    [4, 0x02014b50],
    [2, VERSION_ZIP64],
    ...common(entry, large.length > 0, extra.length),
    [2, 0], // comment
    [2, 0], // disk
    [2, 0], // internal attributes
    [4, 0], // external attributes
    [4, Math.min(offset, MAX_32)],
  );
  return joined(fixed, nameOf(entry), extra);
}

/** Return what stands behind the central directory of `count` entries, which has a size and begins at an offset. */
export function directoryEnd(count: number, size: number, offset: number): Bytes {
  const needsZip64 = count >= MAX_16 || size >= MAX_32 || offset >= MAX_32;
  const counts = Math.min(count, MAX_16);
  const end = record(
    [4, 0x06054b50],
    [2, 0], // disk
    [2, 0], // disk of the directory
    [2, counts],
    [2, counts],
    [4, Math.min(size, MAX_32)],
    [4, Math.min(offset, MAX_32)],
    [2, 0], // comment
  );
  return needsZip64 ? joined(zip64End(count, size, offset), end) : end;
}

function zip64End(count: number, size: number, offset: number): Bytes {
  return record(
    [4, 0x06064b50],
    [8, 44], // bytes of this record from here on
    [2, VERSION_ZIP64],
    [2, VERSION_ZIP64],
    [4, 0], // disk
    [4, 0], // disk of the directory
    [8, count],
    [8, count],
    [8, size],
    [8, offset],
    // The locator of this record.
    [4, 0x07064b50],
    [4, 0], // its disk
    [8, offset + size],
    [4, 1], // disks
  );
}

/** The fields that the two headers of a file share, from the version to the length of the extra field. */
function common(entry: ZipEntry, isZip64: boolean, extra: number): [2 | 4, number][] {
  const size = Math.min(entry.size, MAX_32);
  return [
    [2, isZip64 ? VERSION_ZIP64 : VERSION],
    [2, FLAGS],
    [2, STORED],
    ...timeOf(entry.modified),
    [4, entry.crc],
    [4, size],
    [4, size],
    [2, nameOf(entry).length],
    [2, extra],
  ];
}

/** MS-DOS knows two seconds, no time zone, and the years from 1980 to 2107. */
function timeOf(milliseconds: number): [2, number][] {
  const at = new Date(milliseconds);
  const year = Math.min(Math.max(at.getFullYear() - 1980, 0), 127);
  const time = (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1);
  return [
    [2, time],
    [2, (year << 9) | ((at.getMonth() + 1) << 5) | at.getDate()],
  ];
}

function zip64Extra(values: readonly number[]): Bytes {
  return record([2, ZIP64_EXTRA], [2, 8 * values.length], ...values.map((value): [8, number] => [8, value]));
}

function nameOf({ path }: ZipEntry): Bytes {
  return UTF_8.encode(path);
}

function joined(...parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
