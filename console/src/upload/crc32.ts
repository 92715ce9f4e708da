const POLYNOMIAL = 0xedb88320;
/** Bytes that one step takes; each has a table of its own, so that their lookups do not wait for each other. */
const SLICES = 16;
const TABLES = tables();

/** Return the CRC-32 of bytes, continued from that of the bytes before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const aligned = bytes.length - (bytes.length % SLICES);
  let crc = ~before;
  for (let at = 0; at < aligned; at += SLICES) {
    crc =
      word(crc ^ view.getInt32(at, true), 12) ^
      word(view.getInt32(at + 4, true), 8) ^
      word(view.getInt32(at + 8, true), 4) ^
      word(view.getInt32(at + 12, true), 0);
  }
  for (let at = aligned; at < bytes.length; at += 1) {
    crc = (crc >>> 8) ^ entry(0, (crc ^ view.getUint8(at)) & 0xff);
  }
  return ~crc >>> 0;
}

/** Return what four bytes contribute that `after` bytes of the step follow. */
function word(four: number, after: number): number {
  return (
    entry(after + 3, four & 0xff) ^
    entry(after + 2, (four >>> 8) & 0xff) ^
    entry(after + 1, (four >>> 16) & 0xff) ^
    entry(after, four >>> 24)
  );
}

function entry(table: number, byte: number): number {
  return TABLES[(table << 8) | byte] as number;
}

/** Return the tables, one after the other: table n has the CRC of each byte that n zero bytes follow. */
function tables(): Int32Array {
  const all = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    }
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at += 1) {
    const crc = all[at - 256] as number;
    all[at] = (crc >>> 8) ^ (all[crc & 0xff] as number);
  }
  return all;
}
