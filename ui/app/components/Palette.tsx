/** Search across everything that has a page. */
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { search } from '../api/queries';
import type { Schemas } from '../api/types';
import { PAGES } from '../Shell';
import { recommendationPath, targetPath } from '../address/path';
import { stringifySearch } from '../address/search';

interface Item {
  title: string;
  detail: string;
  href: string;
}

function address(it: Schemas['FoundItem']): string {
  if (it.kind === 'recommendation') return recommendationPath(it.id);
  if (it.kind === 'owner') return `/recommendations${stringifySearch({ owner: it.id })}`;
  return targetPath({ kind: it.kind, id: it.id, workspace_id: it.workspace_id ?? '', name: it.title }) ?? '/';
}

export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const router = useRouter();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = useQuery(search(text));
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
  }, [open]);
  const pages: Item[] = PAGES.filter((it) => it[1].toLowerCase().includes(text.toLowerCase())).map(([href, title]) => ({ href, title, detail: 'page' }));
  const items: Item[] = text.trim() === '' ? pages : [...pages, ...(found.isPlaceholderData ? [] : (found.data?.items ?? [])).map((it) => ({ title: it.title, detail: `${it.kind} · ${it.detail}`, href: address(it) }))];
  const go = (it: Item | undefined) => {
    if (!it) return;
    dialog.current?.close();
    router.history.push(it.href);
  };
  return (
    <dialog ref={dialog} className="palette" aria-label="Search everything" onClose={() => { setText(''); setAt(0); onClose(); }} onClick={(it) => it.target === dialog.current && dialog.current?.close()}>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={items[at] ? `found-${at}` : undefined}
        aria-label="Search recommendations, jobs, clusters, warehouses, owners and pages"
        placeholder="Recommendation, job, cluster, warehouse, owner or page…"
        value={text}
        onChange={(it) => { setText(it.target.value); setAt(0); }}
        onKeyDown={(it) => {
          if (it.key === 'ArrowDown') setAt(Math.min(items.length - 1, at + 1));
          else if (it.key === 'ArrowUp') setAt(Math.max(0, at - 1));
          else if (it.key === 'Enter') go(items[at]);
          else return;
          it.preventDefault();
        }}
      />
      <ul id="found" role="listbox" aria-label="Found">
        {items.map((it, place) => (
          <li key={`${it.href}${place}`} id={`found-${place}`} role="option" aria-selected={place === at} onClick={() => go(it)} onPointerMove={() => setAt(place)}>
            <span>{it.title}</span>
            <span className="quiet small nowrap">{it.detail}</span>
          </li>
        ))}
        {items.length === 0 && <li role="option" aria-selected="false" aria-disabled="true" className="quiet">{found.isFetching ? 'Searching…' : 'Nothing is called that.'}</li>}
      </ul>
    </dialog>
  );
}
