/** What a page shows while it waits, when nothing comes, and when something came. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Skeleton } from './parts';

interface Fault {
  message: string;
  hint?: string | null;
  code?: string;
}

export function ErrorMessage({ error, retry }: { error: Fault; retry?: () => void }) {
  return (
    <div className="notice bad" role="alert">
      <strong>{error.message}</strong>
      {error.hint && <span>{error.hint}</span>}
      <div className="line">
        {retry && <button type="button" className="button" onClick={retry}>Try again</button>}
        {error.code && <span className="quiet small">code: {error.code}</span>}
      </div>
    </div>
  );
}

/** The old answer stays while a new one fails to come. */
export function Loaded<T>({ query, height = 320, children }: { query: UseQueryResult<T>; height?: number; children: (it: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorMessage error={query.error as Fault} retry={() => void query.refetch()} />;
  return <Skeleton height={height} />;
}
