/** Which files to send, and in which batches. */

/** What a browser tells of a file before it is read. */
export interface FileLike {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

const MOST_FILES = 50;
const MOST_BYTES = 32_000_000;

// Browsers know no type for some of these.
const IMAGE_NAME = /\.(avif|bmp|gif|heic|heif|jp2|jpe?g|jfif|png|tiff?|webp)$/i;

// Folders in which systems and programs keep thumbnails and what was deleted; the server has the same in domain/passing.py.
const SYSTEM_FOLDERS = new Set(
  (
    "@eadir|#recycle|#snapshot|@recycle|@recently-snapshot|@tmp|$recycle.bin|recycler|system volume information|" +
    "__macosx|lost+found"
  ).split("|"),
);
const SYSTEM_NAME = /\.(lrdata|lrcat-data|cocatalog)$/;

/** Whether an entry of a dropped folder is passed over: what is hidden, and what systems keep for themselves. */
export function isPassedOver(name: string, isFolder: boolean): boolean {
  if (name.startsWith(".")) return true;
  const lower = name.toLowerCase();
  return isFolder && (SYSTEM_FOLDERS.has(lower) || SYSTEM_NAME.test(lower));
}

/** Whether a file found in a dropped folder is worth sending: folders hold much that nobody means. */
export function looksLikeImage(file: FileLike): boolean {
  if (file.name.startsWith(".")) return false;
  return file.type.startsWith("image/") || IMAGE_NAME.test(file.name);
}

/** Cut a list into requests of a bounded number of files and bytes; a larger file goes alone. Order is kept. */
export function batches<T extends FileLike>(files: readonly T[]): T[][] {
  const cut: T[][] = [];
  let bytes = 0;
  for (const file of files) {
    const current = cut[cut.length - 1];
    if (current && current.length < MOST_FILES && bytes + file.size <= MOST_BYTES) {
      current.push(file);
      bytes += file.size;
    } else {
      cut.push([file]);
      bytes = file.size;
    }
  }
  return cut;
}
