/** The keys while one image is shown, the same in the dialog and on the image page. */

export type ImageCommand = "prev" | "next" | "bigger" | "smaller";

const COMMANDS: Readonly<Record<string, ImageCommand>> = {
  ArrowLeft: "prev",
  ArrowRight: "next",
  "+": "bigger",
  "=": "bigger",
  "-": "smaller",
};

type KeyLike = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">;

export function imageCommandOf(event: KeyLike): ImageCommand | null {
  return event.ctrlKey || event.metaKey || event.altKey ? null : (COMMANDS[event.key] ?? null);
}

/** Whether a key press is meant for a field. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input:not([type=range]), textarea, select, [contenteditable]") !== null;
}

/** What a key press takes back, or brings again: Z and Shift Z, or with Ctrl where letters alone write into a cell. */
export function travelOf(event: KeyLike): "undo" | "redo" | null {
  const key = event.key.toLowerCase();
  if (event.altKey || (key !== "z" && !(key === "y" && (event.ctrlKey || event.metaKey)))) return null;
  return event.shiftKey || key === "y" ? "redo" : "undo";
}
