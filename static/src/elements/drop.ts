/** Files dragged onto the page, folders included. */

import { isPassedOver, looksLikeImage } from "../core/upload.js";

/** What somebody dropped, and how many hidden files and folders of systems were passed over in it. */
export interface Dropped {
  readonly files: File[];
  readonly passedOver: number;
}

/** Listen on the whole window; `veil` is shown while files hover over it. */
export function listenForDrops(veil: HTMLElement, dropped: (what: Dropped) => void): void {
  let depth = 0; // dragenter and dragleave come for every element on the way
  const show = (): void => {
    veil.hidden = depth === 0;
  };
  window.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth++;
    show();
  });
  window.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    show();
  });
  window.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show();
    void filesOf(event.dataTransfer!).then(dropped);
  });
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

async function filesOf(transfer: DataTransfer): Promise<Dropped> {
  // Entries must be taken before the first await: the list is emptied when the event is over.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.some((entry) => entry.isDirectory)) return { files: [...transfer.files], passedOver: 0 };
  const files: File[] = [];
  let passedOver = 0;
  for (const entry of entries) passedOver += await collect(entry, files); // what was dropped itself is meant
  return { files, passedOver };
}

/** Collect the images of an entry, and return how many entries below it were passed over. */
async function collect(entry: FileSystemEntry, into: File[]): Promise<number> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    if (looksLikeImage(file)) into.push(file);
    return 0;
  }
  let passedOver = 0;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return passedOver; // browsers hand out a hundred at a time
    for (const child of some) {
      if (!isPassedOver(child.name, child.isDirectory)) passedOver += await collect(child, into);
      else if (child.isDirectory || looksLikeImage({ name: child.name.replace(/^\.+/, ""), type: "", size: 0 })) passedOver++;
    }
  }
}
