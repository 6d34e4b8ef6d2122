/** What pages ask for: a query per endpoint. Old answers stay while new ones come, so nothing jumps. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, client } from './client';
import type { Page } from './types';

const EVERY_MINUTE = { refetchInterval: 60_000, refetchIntervalInBackground: false } as const;

export const status = queryOptions({
  queryKey: ['status'],
  queryFn: () => answer(client.GET('/api/status')),
  refetchInterval: (query) => (query.state.data?.scan.running || !query.state.data?.analysis ? 2_000 : 60_000),
});

export const overview = (workspace: string[]) =>
  queryOptions({
    queryKey: ['overview', workspace],
    queryFn: () => answer(client.GET('/api/overview', { params: { query: { workspace } } })),
    placeholderData: keepPreviousData,
    ...EVERY_MINUTE,
  });

export const recommendation = (id: string) =>
  queryOptions({
    queryKey: ['recommendation', id],
    queryFn: () => answer(client.GET('/api/recommendations/{id}', { params: { path: { id } } })),
    ...EVERY_MINUTE,
  });

export const job = (id: string, workspace_id?: string) =>
  queryOptions({
    queryKey: ['job', id, workspace_id],
    queryFn: () => answer(client.GET('/api/jobs/{id}', { params: { path: { id }, query: { workspace_id } } })),
    ...EVERY_MINUTE,
  });

export const cluster = (id: string, workspace_id?: string) =>
  queryOptions({
    queryKey: ['cluster', id, workspace_id],
    queryFn: () => answer(client.GET('/api/clusters/{id}', { params: { path: { id }, query: { workspace_id } } })),
    ...EVERY_MINUTE,
  });

export const metrics = (id: string, query: { workspace_id?: string; from?: string; until?: string; points?: number }) =>
  queryOptions({
    queryKey: ['metrics', id, query],
    queryFn: () => answer(client.GET('/api/clusters/{id}/metrics', { params: { path: { id }, query } })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const warehouse = (id: string, workspace_id?: string) =>
  queryOptions({
    queryKey: ['warehouse', id, workspace_id],
    queryFn: () => answer(client.GET('/api/warehouses/{id}', { params: { path: { id }, query: { workspace_id } } })),
    ...EVERY_MINUTE,
  });

export interface CostsAsked {
  from?: string;
  until?: string;
  by?: string;
  tag?: string;
  workspace: string[];
}

export const costs = (query: CostsAsked) =>
  queryOptions({
    queryKey: ['costs', query],
    queryFn: () => answer(client.GET('/api/costs', { params: { query } })),
    placeholderData: keepPreviousData,
    ...EVERY_MINUTE,
  });

export const schedules = (day: string | undefined, workspace: string[]) =>
  queryOptions({
    queryKey: ['schedules', day, workspace],
    queryFn: () => answer(client.GET('/api/schedules', { params: { query: { day, workspace } } })),
    placeholderData: keepPreviousData,
    ...EVERY_MINUTE,
  });

export const dataQuality = queryOptions({
  queryKey: ['data-quality'],
  queryFn: () => answer(client.GET('/api/data-quality')),
  ...EVERY_MINUTE,
});

export const scans = queryOptions({
  queryKey: ['scans'],
  queryFn: () => answer(client.GET('/api/scans')),
  ...EVERY_MINUTE,
});

export const advisors = queryOptions({ queryKey: ['advisors'], queryFn: () => answer(client.GET('/api/advisors')) });

export const settings = queryOptions({ queryKey: ['settings'], queryFn: () => answer(client.GET('/api/settings')) });

export const search = (q: string) =>
  queryOptions({
    queryKey: ['search', q],
    queryFn: () => answer(client.GET('/api/search', { params: { query: { q } } })),
    placeholderData: keepPreviousData,
    enabled: q.trim().length > 0,
  });

export interface CurveAsked {
  kind: string;
  id: string;
  workspace_id: string;
  node_type?: string;
  purchase?: string;
  photon?: boolean;
}

export const curve = (query: CurveAsked) =>
  queryOptions({
    queryKey: ['curve', query],
    queryFn: () => answer(client.GET('/api/what-if/curve', { params: { query } })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** The lists that a table can show. */
export type ListPath = '/api/recommendations' | '/api/jobs' | '/api/jobs/{id}/runs' | '/api/clusters' | '/api/warehouses' | '/api/gaps';

export type ListAsked = Record<string, string | string[] | undefined>;

/** A list, a page after the other. */
export const list = <Row, Sum = unknown>(path: ListPath, query: ListAsked, id?: string) =>
  infiniteQueryOptions({
    queryKey: ['list', path, id, query],
    queryFn: ({ pageParam }) => {
      // Each list has parameters of its own; what a page passes is what the list's facets name.
      const ask = client.GET as (path: string, init: object) => Promise<{ data?: Page<Row, Sum>; error?: unknown; response: Response }>;
      return answer(ask(path, { params: { path: { id }, query: { ...query, limit: 200, cursor: pageParam } } }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<Row, Sum>) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    ...EVERY_MINUTE,
  });

export const startScan = () => answer(client.POST('/api/analyze', { body: {} }));

export const setSetting = (id: string, value: number | string[]) =>
  answer(client.PUT('/api/settings/{id}', { params: { path: { id } }, body: { value } }));
