/** What happens on the server, as it happens. */
import type { QueryClient } from '@tanstack/react-query';
import type { Status } from './types';

type Running = NonNullable<Status['scan']['running']>;

/** Listens for as long as the page lives; a new analysis makes every answer stale. Gives a function that ends it. */
export function listen(queries: QueryClient): () => void {
  const source = new EventSource('/api/events');
  const on = (kind: string, hear: (data: never) => void) =>
    source.addEventListener(kind, (it) => hear(JSON.parse((it as MessageEvent<string>).data) as never));
  on('progress', (data: Omit<Running, 'since'>) =>
    queries.setQueryData<Status>(['status'], (before) => {
      if (!before) return before;
      const since = before.scan.running?.since ?? new Date().toISOString();
      return { ...before, scan: { ...before.scan, running: { ...data, since } } };
    }),
  );
  on('done', () => void queries.invalidateQueries({ queryKey: ['status'] }));
  on('snapshot', () => void queries.invalidateQueries());
  return () => source.close();
}
