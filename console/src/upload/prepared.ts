import type { ChosenFile } from "./chosen-files";
import type { ContentKind } from "./content-kind";
import { isIgnored } from "./ignored";
import type { Refusal } from "./obstacles";

/** What is sent: one file, or the ZIP of several. */
export interface Payload {
  readonly name: string;
  readonly content: Blob;
}

/** Return a function that says under which path a file is sent, or null for what an operating system left; no path twice. */
export function sentPaths(): (path: string) => string | null {
  const seen = new Map<string, number>();
  return (path) => {
    if (isIgnored(path)) {
      return null;
    }
    const before = seen.get(path) ?? 0;
    seen.set(path, before + 1);
    return before === 0 ? path : `${before + 1}/${path}`;
  };
}

/** Return why files can't become a job, or null. A single ZIP is looked into by the analysis; one within a ZIP is not. */
export function refusalOf(kinds: readonly ContentKind[]): Refusal | null {
  if (kinds.length === 0) {
    return "empty";
  }
  if (kinds.some((kind) => kind === "dicom" || kind === "nifti") || (kinds.length === 1 && kinds[0] === "zip")) {
    return null;
  }
  return kinds.includes("zip") ? "onlyArchives" : "noImages";
}

/** Return the name of what is sent for files. */
export function payloadName(files: readonly ChosenFile[]): string {
  const [first] = files;
  return first !== undefined && files.length === 1 ? first.file.name : `${commonFolder(files) ?? "files"}.zip`;
}

/** Return the folder that all files are in, which names the ZIP. */
export function commonFolder(files: readonly ChosenFile[]): string | null {
  const tops = new Set(files.map(({ path }) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : null)));
  const [top = null] = tops;
  return tops.size === 1 ? top : null;
}
