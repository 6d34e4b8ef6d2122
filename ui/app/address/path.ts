/** Addresses of pages, built in one place. */
import type { Target } from '../api/types';
import { stringifySearch } from './search';

/** The page about something; nothing for what has none. */
export function targetPath(it: Target): string | undefined {
  const which = stringifySearch({ workspace_id: it.workspace_id });
  switch (it.kind) {
    case 'job':
      return `/jobs/${encodeURIComponent(it.id)}${which}`;
    case 'cluster':
      return `/clusters/${encodeURIComponent(it.id)}${which}`;
    case 'warehouse':
      return `/warehouses/${encodeURIComponent(it.id)}${which}`;
    case 'workspace':
      return `/costs${stringifySearch({ workspace: it.id })}`;
    default:
      return undefined;
  }
}

export const recommendationPath = (id: string) => `/recommendations/${encodeURIComponent(id)}`;

/** A cluster's minutes, zoomed to a span. */
export const minutesPath = (it: { cluster_id: string; workspace_id: string; from: string; until: string }) =>
  `/clusters/${encodeURIComponent(it.cluster_id)}${stringifySearch({ workspace_id: it.workspace_id, from: it.from, until: it.until })}`;

/** Where a list can be had as CSV, with its filters. */
export const csvPath = (api: string, query: Record<string, unknown>) => `${api}${stringifySearch({ ...query, format: 'csv' })}`;
