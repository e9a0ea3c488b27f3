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
