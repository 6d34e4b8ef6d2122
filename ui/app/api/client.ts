/** The one place that talks to the server. */
import createClient from 'openapi-fetch';
import type { paths } from './types';

/** Why there is no answer, as the server says it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null,
  ) {
    super(message);
  }
}

/** Sends a list's value as `name=a&name=b`. */
export function queryText(query: Record<string, unknown>): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') all.append(name, String(one));
    }
  }
  return all.toString();
}

export const client = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? 'http://localhost',
  querySerializer: (query) => queryText(query as Record<string, unknown>),
});

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer, or the error as an exception. */
export async function answer<T>(asked: Promise<Answered<T>>): Promise<T> {
  let got: Answered<T>;
  try {
    got = await asked;
  } catch {
    throw new ApiError(0, 'unreachable', 'the server cannot be reached', 'see whether `clusteriq serve` still runs');
  }
  if (got.data !== undefined) return got.data;
  const it = (got.error ?? {}) as { code?: string; message?: string; hint?: string | null };
  throw new ApiError(
    got.response.status,
    it.code ?? 'unreadable',
    it.message ?? `the server answered with status ${got.response.status}`,
    it.hint ?? null,
  );
}

/** Signs in with a token: the server answers with a cookie that scripts cannot read. */
export async function signIn(token: string): Promise<void> {
  const response = await fetch('/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (!response.ok) throw new ApiError(response.status, 'unauthenticated', 'that token opens nothing', null);
}

/** Forgets who signed in. */
export async function signOut(): Promise<void> {
  await fetch('/api/session', { method: 'DELETE', headers: { 'content-type': 'application/json' } });
}
