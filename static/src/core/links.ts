/** The addresses that the grid page links to: other views of it, and the pages of its images. */

import { type Address, addressText, withQuery } from "./address.js";

export class Links {
  private view: { readonly address: Address; readonly text: string } | null = null;

  /** `base`: path of the project's pages. `current`: the address that the page shows. */
  constructor(
    readonly base: string,
    private readonly current: () => Address,
  ) {}

  grid(address: Address): string {
    return withQuery(this.base, addressText(address));
  }

  /** The page of an image within the current view. */
  image(imageId: number, id: number): string {
    const instance = this.current().mode === "instances" ? `_instance=${id}` : "";
    return withQuery(withQuery(`${this.base}/image/${imageId}`, this.viewText), instance);
  }

  /** The current view from a position on. */
  position(position: number): string {
    return withQuery(withQuery(this.base, this.viewText), `_at=${position}`);
  }

  /** What every link into the current view carries; asked for with every card, so it is kept. */
  private get viewText(): string {
    const address = this.current();
    if (this.view?.address !== address) this.view = { address, text: addressText({ ...address, thumb: null, at: 0 }) };
    return this.view.text;
  }
}
