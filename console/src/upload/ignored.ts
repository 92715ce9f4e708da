const IGNORED_NAMES = /^(dicomdir|thumbs\.db|ehthumbs\.db|\.ds_store|desktop\.ini|\._.*)$/i;
const IGNORED_FOLDERS = ["__macosx", "system volume information", "$recycle.bin"];

/** Whether a file is left by an operating system, or a mere index of the others. */
export function isIgnored(path: string): boolean {
  const segments = path.toLowerCase().split("/");
  return IGNORED_NAMES.test(segments.at(-1) ?? "") || segments.some((segment) => IGNORED_FOLDERS.includes(segment));
}
