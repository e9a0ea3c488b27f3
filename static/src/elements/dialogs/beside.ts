/** Where a dialog opens: below an element, or above where there is more room, and never beyond the window's edge. */

const GAP = 6;

export function beside(dialog: HTMLElement, anchor: Element): void {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width } = dialog;
  const below = innerHeight - at.bottom - 2 * GAP;
  const isBelow = below >= at.top - 2 * GAP || below >= dialog.offsetHeight;
  const room = isBelow ? below : at.top - 2 * GAP;
  Object.assign(dialog.style, {
    margin: "0",
    left: `${Math.max(GAP, Math.min(at.left, innerWidth - width - GAP))}px`,
    right: "auto",
    top: isBelow ? `${at.bottom + GAP}px` : "auto",
    bottom: isBelow ? "auto" : `${innerHeight - at.top + GAP}px`,
    maxHeight: `${room}px`,
  });
}
