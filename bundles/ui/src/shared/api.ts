/** Calls of the HTTP API. */

export interface FieldError {
  field: string;
  message: string;
}

/** A call that failed, in the words of the answer. Status 0: no answer came. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly status: number,
    /** Stable, lower-case-dashed. `offline` and `timeout` are made here, all others come from Nexus. */
    readonly code: string,
    /** A sentence for the owner. */
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
    /** Seconds to wait before the next try, if Nexus said so. */
    readonly retryAfter?: number,
  ) {
    super(detail);
  }

  /** What is wrong with one field of the request. */
  of(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.message;
  }

  /** No answer came: offline, cut off or too slow. Whether the call took effect is not known. */
  get unanswered(): boolean {
    return this.status === 0;
  }
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Milliseconds until the call is given up; 30 000 unless said otherwise. */
  timeout?: number;
  /** True on the pages before the login, where 401 is an answer and not the end of a login. */
  gate?: boolean;
  /** Is given the headers of a good answer. */
  headers?: (headers: Headers) => void;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * Calls the API and gives its JSON answer, nothing for 204. Fails with a {@link Problem}, or with the reason of
 * `signal` when that was aborted. When the login has ended the page goes to /login and comes back afterwards.
 */
export async function api<T = void>(
  method: Method,
  path: string,
  body?: unknown,
  options: CallOptions = {},
): Promise<T> {
  const timeout = AbortSignal.timeout(options.timeout ?? 30_000);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const headers: Record<string, string> = { accept: "application/json" };
  if (method !== "GET") {
    headers["content-type"] = "application/json";
  }
  try {
    const response = await fetch(path, {
      method,
      headers,
      signal,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      body: method === "GET" ? undefined : JSON.stringify(body ?? {}),
    });
    if (!response.ok) {
      throw await problemOf(response);
    }
    options.headers?.(response.headers);
    const text = response.status === 204 ? "" : await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch (failure) {
    options.signal?.throwIfAborted();
    const problem = asProblem(failure);
    if (problem.status === 401 && !options.gate) {
      toLogin();
    }
    throw problem;
  }
}

/** Any failure as a {@link Problem}. */
export function asProblem(failure: unknown): Problem {
  if (failure instanceof Problem) {
    return failure;
  }
  if (failure instanceof DOMException && failure.name === "TimeoutError") {
    return new Problem(0, "timeout", "Nexus did not answer in time. Try again.");
  }
  if (failure instanceof SyntaxError) {
    return new Problem(0, "bad-answer", "The answer could not be read. Reload the page.");
  }
  return new Problem(0, "offline", "Nexus cannot be reached. Check the connection and try again.");
}

async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = seconds(response.headers.get("retry-after"));
  const body = await response.json().catch(() => ({}));
  const fields: unknown = body?.errors;
  return new Problem(
    response.status,
    typeof body?.code === "string" ? body.code : `http-${response.status}`,
    typeof body?.detail === "string" ? body.detail : `Nexus answered with error ${response.status}.`,
    Array.isArray(fields) ? (fields as FieldError[]) : [],
    retryAfter,
  );
}

/** Seconds of a Retry-After header, which is a number or a date. */
export function seconds(header: string | null, now = Date.now()): number | undefined {
  if (!header) {
    return undefined;
  }
  const value = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(value) ? Math.max(0, Math.ceil(value)) : undefined;
}

/** Leaves for the login page, which comes back here. */
export function toLogin(): void {
  const here = location.pathname + location.search + location.hash;
  location.assign(here === "/" ? "/login" : `/login?to=${encodeURIComponent(here)}`);
}

/**
 * Where to go after the login: a page of this origin that was asked for, else the sessions. A redirect keeps the
 * fragment of the address it came from, so that `hash` belongs to the page wanted.
 */
export function wayBack(search: string, origin: string, hash = ""): string {
  const wanted = new URLSearchParams(search).get("to");
  if (!wanted?.startsWith("/")) {
    return "/";
  }
  if (!URL.canParse(wanted, origin)) {
    return "/";
  }
  const url = new URL(wanted, origin);
  if (url.origin !== origin || /^\/(api|assets|login|setup)(\/|$)/.test(url.pathname)) {
    return "/";
  }
  return url.pathname + url.search + (url.hash || hash);
}
