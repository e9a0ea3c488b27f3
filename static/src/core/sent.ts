/** Pictures that are sent as examples: to the server in whole, and small in this browser, which shows them in the bar. */

import { postBytes } from "./api.js";
import { remember, remembered } from "./memory.js";
import { type Example, readExamples } from "./similar.js";

const KEY = "pictures";
const MOST = 30;
const SIDE = 64;

type Kept = readonly (readonly [sha1: string, url: string])[];

/** Send a picture; the answer is the example that it became, which is an image if the project has the same file. */
export async function sendPicture(base: string, picture: Blob, space: string | null): Promise<Example> {
  const query = space === null ? "" : `?space=${space}`;
  const { example } = await postBytes<{ example: string }>(`${base}/similar-file${query}`, picture);
  const [found] = readExamples(example);
  if (found!.kind === "file") await keep(base, found!.key, picture).catch(() => undefined); // it is shown without a picture
  return found!;
}

/** The small picture of an example; null: it came from elsewhere. */
export function pictureOf(base: string, sha1: string): string | null {
  return (remembered<Kept>(base, KEY) ?? []).find(([key]) => key === sha1)?.[1] ?? null;
}

async function keep(base: string, sha1: string, picture: Blob): Promise<void> {
  const image = await createImageBitmap(picture);
  const scale = SIDE / Math.max(image.width, image.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const others = (remembered<Kept>(base, KEY) ?? []).filter(([key]) => key !== sha1);
  remember(base, KEY, [[sha1, canvas.toDataURL("image/jpeg", 0.8)], ...others.slice(0, MOST - 1)]);
}
