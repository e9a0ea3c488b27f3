/** What a browser remembers of a project from visit to visit; where it may not remember, nothing is. */

function name(base: string, key: string): string {
  return `panoptic:${base}:${key}`;
}

export function remembered<T>(base: string, key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(name(base, key)) ?? "null") as T | null;
  } catch {
    return null;
  }
}

export function remember(base: string, key: string, value: unknown): void {
  try {
    localStorage.setItem(name(base, key), JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: it holds until the page is left.
  }
}
