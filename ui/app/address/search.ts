/** The address is the state: parameters are read and written as plain text, a list as the same name several times. */
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

export type Search = Record<string, string | string[]>;

/** `?a=1&b=2&b=3` → `{a: '1', b: ['2', '3']}`. */
export function parseSearch(text: string): Search {
  const all: Search = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = all[name];
    all[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return all;
}

/** The other way round. */
export function stringifySearch(search: Record<string, unknown>): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') all.append(name, String(one));
    }
  }
  const text = all.toString();
  return text ? `?${text}` : '';
}

export interface SearchState {
  one: (name: string) => string | undefined;
  all: (name: string) => string[];
  /** Puts values in; `undefined` takes one away. Without `push` the history does not grow. */
  set: (changes: Record<string, string | string[] | undefined>, push?: 'push') => void;
}

/** The parameters of the address. */
export function useSearchState(): SearchState {
  const search = useRouterState({ select: (it) => it.location.search as Search });
  const navigate = useNavigate();
  const set = useCallback<SearchState['set']>(
    (changes, push) =>
      void navigate({
        to: '.',
        search: ((before: Search) => {
          const after: Record<string, unknown> = { ...before, ...changes };
          for (const [name, value] of Object.entries(after)) {
            if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) delete after[name];
          }
          return after;
        }) as never,
        replace: push !== 'push',
        resetScroll: false,
      }),
    [navigate],
  );
  return useMemo(
    () => ({
      one: (name) => (Array.isArray(search[name]) ? search[name].at(-1) : search[name]),
      all: (name) => {
        const it = search[name];
        return it === undefined ? [] : Array.isArray(it) ? it : [it];
      },
      set,
    }),
    [search, set],
  );
}

/** The workspaces that are looked at; none: all. */
export const useWorkspaces = () => useSearchState().all('workspace');
