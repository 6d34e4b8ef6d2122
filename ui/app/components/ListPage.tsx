/** A page that is a list: search, filters, sorting and columns in the address, CSV of exactly what is shown. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { type ListPath, list } from '../api/queries';
import type { FacetValue, Page } from '../api/types';
import { count, counted } from '../format';
import { ErrorMessage } from '../ui/Loaded';
import { Empty, Skeleton } from '../ui/parts';
import { type Column, Table } from '../ui/Table';
import { csvPath } from '../address/path';
import { useSearchState } from '../address/search';

interface Props<Row, Sum> {
  path: ListPath;
  id?: string;
  /** Sent with every question, beside the filters. */
  extra?: Record<string, string | string[] | undefined>;
  noun: string;
  columns: Column<Row>[];
  /** Filters to offer, by the API's names, with what they are called. */
  filters: [string, string][];
  usual: string;
  rowKey: (it: Row) => string;
  empty: ReactNode;
  head?: (page: Page<Row, Sum>) => ReactNode;
}

export function ListPage<Row, Sum = unknown>({ path, id, extra, noun, columns, filters, usual, rowKey, empty, head }: Props<Row, Sum>) {
  const search = useSearchState();
  const sort = search.one('sort') ?? usual;
  const asked = useMemo(() => {
    const of = Object.fromEntries(filters.map(([name]) => [name, search.all(name)]));
    return { ...of, ...extra, q: search.one('q'), sort };
  }, [filters, extra, search, sort]);
  const query = useInfiniteQuery(list<Row, Sum>(path, asked, id));
  // A question that fails leaves the last answer where it is.
  const kept = useRef(query.data?.pages);
  if (query.data) kept.current = query.data.pages;
  const pages = query.data?.pages ?? kept.current;
  const rows = useMemo(() => pages?.flatMap((it) => it.items) ?? [], [pages]);
  const hidden = search.all('hide');
  const shown = columns.filter((it) => it.main || !hidden.includes(it.key));
  const first = pages?.[0];
  const filtered = filters.some(([name]) => search.all(name).length > 0) || Boolean(search.one('q'));
  const api = path.replace('{id}', encodeURIComponent(id ?? ''));
  return (
    <>
      {first && head?.(first)}
      <div className="filters" role="search" aria-label={`Filter ${noun}s`}>
        <Words value={search.one('q') ?? ''} noun={noun} onChange={(q) => search.set({ q })} />
        {filters.map(([name, title]) => (
          <Facet key={name} title={title} values={first?.facets[name] ?? []} chosen={search.all(name)} onChange={(it) => search.set({ [name]: it })} />
        ))}
        <Columns columns={columns} hidden={hidden} onChange={(hide) => search.set({ hide })} />
        <a className="button" href={csvPath(api, asked)} download>CSV</a>
      </div>
      {filtered && (
        <div className="line">
          {filters.flatMap(([name, title]) =>
            search.all(name).map((value) => {
              const label = first?.facets[name]?.find((it) => it.value === value)?.label ?? value;
              const rest = search.all(name).filter((it) => it !== value);
              return (
                <span key={`${name}${value}`} className="chip">
                  {title}: {label}
                  <button type="button" aria-label={`Remove ${title} ${label}`} onClick={() => search.set({ [name]: rest })}>×</button>
                </span>
              );
            }),
          )}
          <button type="button" className="button plain" onClick={() => search.set({ q: undefined, ...Object.fromEntries(filters.map(([name]) => [name, undefined])) })}>Clear filters</button>
        </div>
      )}
      {query.error && <ErrorMessage error={query.error} retry={() => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch())} />}
      {!first ? (
        !query.error && <Skeleton height={420} />
      ) : first.total === 0 ? (
        <div className="card">
          {filtered ? <Empty title={`No ${noun} fits these filters.`}>Remove one of them.</Empty> : empty}
        </div>
      ) : (
        <section className="card flush" aria-label={`${noun}s`}>
          <Table
            caption={`${noun}s, ${count(first.total)} in all`}
            columns={shown}
            rows={rows}
            rowKey={rowKey}
            total={first.total}
            sort={sort}
            onSort={(it) => search.set({ sort: it === usual ? undefined : it })}
            more={query.hasNextPage && !query.isFetchingNextPage && !query.isFetchNextPageError ? () => void query.fetchNextPage() : undefined}
            foot={<span>{counted(first.total, noun)}{rows.length < first.total && `, ${count(rows.length)} loaded; more come as you scroll`}</span>}
          />
        </section>
      )}
    </>
  );
}

function Words({ value, noun, onChange }: { value: string; noun: string; onChange: (it: string | undefined) => void }) {
  const [text, setText] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  const sent = useRef(value);
  useEffect(() => {
    // The address changed by other means, such as the back button.
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === '/' && !/INPUT|SELECT|TEXTAREA/.test((event.target as HTMLElement).tagName)) {
        event.preventDefault();
        field.current?.focus();
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
  return (
    <input
      ref={field}
      className="input"
      type="search"
      placeholder={`Filter ${noun}s…`}
      aria-label={`Words that a ${noun} must contain`}
      value={text}
      onChange={(it) => {
        setText(it.target.value);
        sent.current = it.target.value;
        onChange(it.target.value || undefined);
      }}
    />
  );
}

/** Closes an open list when somebody clicks elsewhere or presses Escape. */
function usePop() {
  const place = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const away = (event: Event) => {
      const it = place.current;
      if (!it?.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        it.querySelector('summary')?.focus();
      } else if (it.contains(event.target as Node)) return;
      it.open = false;
    };
    document.addEventListener('pointerdown', away);
    document.addEventListener('keydown', away);
    return () => {
      document.removeEventListener('pointerdown', away);
      document.removeEventListener('keydown', away);
    };
  }, []);
  return place;
}

export function Facet({ title, values, chosen, onChange }: { title: string; values: (Omit<FacetValue, 'count'> & { count?: number })[]; chosen: string[]; onChange: (it: string[]) => void }) {
  const place = usePop();
  if (values.length === 0 && chosen.length === 0) return null;
  const toggle = (value: string) => onChange(chosen.includes(value) ? chosen.filter((it) => it !== value) : [...chosen, value]);
  return (
    <details ref={place}>
      <summary className="button">
        {title}
        {chosen.length > 0 && <Count it={chosen.length} />}
        <span aria-hidden="true">▾</span>
      </summary>
      <fieldset className="pop" style={{ margin: 0 }}>
        <legend className="sr">{title}</legend>
        {values.map((it) => (
          <label key={it.value}>
            <input type="checkbox" checked={chosen.includes(it.value)} onChange={() => toggle(it.value)} />
            <span>{it.label}</span>
            {it.count !== undefined && <span className="count">{count(it.count)}</span>}
          </label>
        ))}
      </fieldset>
    </details>
  );
}

function Count({ it }: { it: number }) {
  return <span className="badge">{it}</span>;
}

function Columns<Row>({ columns, hidden, onChange }: { columns: Column<Row>[]; hidden: string[]; onChange: (it: string[]) => void }) {
  const place = usePop();
  return (
    <details ref={place} className="wide">
      <summary className="button">Columns <span aria-hidden="true">▾</span></summary>
      <fieldset className="pop" style={{ margin: 0 }}>
        <legend className="sr">Columns</legend>
        {columns.filter((it) => !it.main).map((it) => (
          <label key={it.key}>
            <input type="checkbox" checked={!hidden.includes(it.key)} onChange={() => onChange(hidden.includes(it.key) ? hidden.filter((key) => key !== it.key) : [...hidden, it.key])} />
            <span>{it.title}</span>
          </label>
        ))}
      </fieldset>
    </details>
  );
}
