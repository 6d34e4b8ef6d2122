/** A long table: only rows in sight are in the page, further pages come while one scrolls, sorting is the server's. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';

export interface Column<Row> {
  key: string;
  title: string;
  /** Name by which the server sorts. */
  sort?: string;
  numeric?: boolean;
  /** Left out on narrow screens. */
  wide?: boolean;
  /** The column that names the row. */
  main?: boolean;
  cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  total: number;
  sort: string;
  onSort: (sort: string) => void;
  more?: () => void;
  foot?: ReactNode;
}

const ROW = 56;
/** Height of what stays at the top of the page. */
const HEADER = 104;

export function Table<Row>({ caption, columns, rows, rowKey, total, sort, onSort, more, foot }: Props<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [offset, setOffset] = useState(0);
  const [at, setAt] = useState(-1);
  useLayoutEffect(() => {
    if (body.current) setOffset(body.current.getBoundingClientRect().top + window.scrollY);
  }, []);
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => ROW, overscan: 12, scrollMargin: offset, scrollPaddingStart: HEADER });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && rows.length < total && last >= rows.length - 30) more();
  }, [last, rows.length, total, more]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.metaKey || event.ctrlKey || event.altKey || /INPUT|SELECT|TEXTAREA/.test(target.tagName)) return;
      const move = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      if (move === 0 || rows.length === 0) return;
      const next = Math.min(rows.length - 1, Math.max(0, at + move));
      setAt(next);
      virtual.scrollToIndex(next, { align: 'auto' });
      // The row's link gets the focus, so Enter opens it and a screen reader reads it.
      requestAnimationFrame(() => body.current?.querySelector<HTMLAnchorElement>(`tr[data-index="${next}"] a`)?.focus({ preventScroll: true }));
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [at, rows, virtual]);
  const before = items[0] ? items[0].start - offset : 0;
  const after = virtual.getTotalSize() - (items.at(-1) ? items.at(-1)!.end - offset : 0);
  const falling = sort.startsWith('-');
  const by = sort.replace(/^-/, '');
  return (
    <>
      <div className="table-wrap" tabIndex={0} role="region" aria-label={caption}>
        <table aria-rowcount={total + 1}>
          <caption className="sr">{caption}</caption>
          <thead>
            <tr>
              {columns.map((it) => {
                const sorted = it.sort !== undefined && it.sort === by;
                const classes = `${it.numeric ? 'num' : ''} ${it.wide ? 'wide' : ''}`;
                return (
                  <th key={it.key} scope="col" className={classes} aria-sort={sorted ? (falling ? 'descending' : 'ascending') : undefined}>
                    {it.sort === undefined ? it.title : (
                      <button type="button" onClick={() => onSort(sorted && falling ? it.sort! : sorted ? `-${it.sort}` : it.numeric ? `-${it.sort}` : it.sort!)}>
                        {it.title}
                        <span aria-hidden="true">{sorted ? (falling ? ' ↓' : ' ↑') : ''}</span>
                      </button>
                    )}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody ref={body}>
            {before > 0 && <tr aria-hidden="true"><td colSpan={columns.length} style={{ height: before, padding: 0, border: 0 }} /></tr>}
            {items.map((item) => {
              const row = rows[item.index]!;
              return (
                <tr key={rowKey(row)} data-index={item.index} ref={virtual.measureElement} aria-rowindex={item.index + 2} aria-current={item.index === at || undefined}>
                  {columns.map((it) => (
                    <td key={it.key} className={`${it.numeric ? 'num' : ''} ${it.wide ? 'wide' : ''} ${it.main ? 'main' : ''}`}>{it.cell(row)}</td>
                  ))}
                </tr>
              );
            })}
            {after > 0 && <tr aria-hidden="true"><td colSpan={columns.length} style={{ height: after, padding: 0, border: 0 }} /></tr>}
          </tbody>
        </table>
      </div>
      <div className="table-foot">{foot}</div>
    </>
  );
}
