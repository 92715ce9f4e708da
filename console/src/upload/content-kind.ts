import { Gunzip } from "fflate";

/** What a file is, by its first bytes; `other` is nothing that an analysis reads. */
export type ContentKind = "dicom" | "nifti" | "zip" | "other";

const PREAMBLE = 128;
const GZIP = [0x1f, 0x8b];
const ZIPS = ["PK\x03\x04", "PK\x05\x06"];
/** Where the magic of a NIfTI header stands, of version 1 and 2. */
const NIFTI_MAGICS = [[344, "n+1\0"], [4, "n+2\0"]] as const;
/** As many bytes of a file are enough to know it by, packed or not. */
export const HEAD_BYTES = 65_536;
const UPPER_CASE = /^[A-Z]{2}$/;

/** Return what a file is, by the same marks as the analysis. `head`: its first 64 KiB, or all. */
export function kindOf(head: Uint8Array): ContentKind {
  if (isNifti(startsWith(head, GZIP) ? unpacked(head.subarray(0, HEAD_BYTES)) : head)) {
    return "nifti";
  }
  if (isDicom(head)) {
    return "dicom";
  }
  return ZIPS.includes(textAt(head, 0, 4)) ? "zip" : "other";
}

function isNifti(head: Uint8Array): boolean {
  return NIFTI_MAGICS.some(([at, magic]) => textAt(head, at, magic.length) === magic);
}

/** DICOM has a preamble; without one it begins with an element of group 2 or 8, of which the latter may be big endian. */
function isDicom(head: Uint8Array): boolean {
  if (textAt(head, PREAMBLE, 4) === "DICM") {
    return true;
  }
  const [first = -1, second = -1] = head;
  const isKnownGroup = second === 0 ? first === 2 || first === 8 : first === 0 && second === 8;
  return head.length > 8 && isKnownGroup && isPlausibleElement(head);
}

/** An element tells its type in two letters, or else has a length that is no nonsense. */
function isPlausibleElement(head: Uint8Array): boolean {
  const length = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
  return UPPER_CASE.test(textAt(head, 4, 2)) || (head[0] !== 0 && length < 4096);
}

/** Return the first bytes of what is packed; none if it is damaged. */
function unpacked(head: Uint8Array): Uint8Array {
  let first = new Uint8Array();
  try {
    new Gunzip((bytes) => (first = first.length === 0 ? new Uint8Array(bytes) : first)).push(head);
  } catch {
    return first;
  }
  return first;
}

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => head[at] === byte);
}

function textAt(head: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...head.subarray(at, at + length));
}
