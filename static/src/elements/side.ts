/** The side of the page, which lies over the grid on small screens and is opened by a button there. */

export class Side {
  isOpen = false;

  /** `told` learns whether it is open. */
  constructor(
    private readonly host: HTMLElement,
    private readonly told: (isOpen: boolean) => void,
  ) {
    const backdrop = document.createElement("div");
    backdrop.className = "backdrop";
    backdrop.addEventListener("click", () => this.open(false));
    host.append(backdrop);
  }

  open(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.told(isOpen);
    this.host.classList.toggle("side-open", isOpen);
  }
}
