/** The one door to the network. */

export class ApiError extends Error {
  constructor(
    message: string,
    /** HTTP status; 0: no answer at all. */
    readonly status: number,
  ) {
    super(message);
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The HTTP status of a failure, null where it was none: bundles have each their own class of errors. */
export function statusOf(error: unknown): number | null {
  return (error as Partial<ApiError> | null)?.status ?? null;
}

/** What went wrong, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function send(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...init });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(String(error), 0);
  }
  if (!response.ok) throw new ApiError(await reason(response), response.status);
  return response;
}

/** Datasette's errors are JSON; anything else is named by its status. */
async function reason(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { error?: string; errors?: string[] };
    const text = body.errors?.join("; ") ?? body.error;
    if (text) return text;
  } catch {
    // Not JSON: a proxy's page, say.
  }
  return `${response.status} ${response.statusText}`;
}

const JSON_ONLY = { accept: "application/json" };

export async function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  return (await (await send(url, { signal: signal ?? null, headers: JSON_ONLY })).json()) as T;
}

export async function getBuffer(url: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  return (await send(url, { signal: signal ?? null })).arrayBuffer();
}

export async function postJson<T>(url: string, body: unknown): Promise<T> {
  const headers = { ...JSON_ONLY, "content-type": "application/json" };
  return (await (await send(url, { method: "POST", headers, body: JSON.stringify(body) })).json()) as T;
}

export async function postForm<T>(url: string, body: FormData, signal?: AbortSignal): Promise<T> {
  return (await (await send(url, { method: "POST", headers: JSON_ONLY, body, signal: signal ?? null })).json()) as T;
}

export async function postBytes<T>(url: string, body: Blob): Promise<T> {
  const headers = { ...JSON_ONLY, "content-type": "application/octet-stream" };
  return (await (await send(url, { method: "POST", headers, body })).json()) as T;
}
