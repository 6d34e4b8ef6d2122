/** What every page stands in: navigation, the workspaces that are looked at, how fresh the data is, search. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { listen } from './api/events';
import { startScan, status } from './api/queries';
import { ApiError, signIn, signOut } from './api/client';
import { Facet } from './components/ListPage';
import { Palette } from './components/Palette';
import * as format from './format';
import { ErrorMessage } from './ui/Loaded';
import { Skeleton } from './ui/parts';
import { Link } from './address/link';
import { stringifySearch, useSearchState } from './address/search';

export const PAGES: [string, string, string][] = [
  ['/', 'Overview', 'o'],
  ['/recommendations', 'Recommendations', 'r'],
  ['/jobs', 'Jobs', 'j'],
  ['/clusters', 'Clusters', 'c'],
  ['/costs', 'Costs', 'm'],
  ['/schedules', 'Schedules', 's'],
  ['/warehouses', 'Warehouses', 'w'],
  ['/data-quality', 'Data quality', 'd'],
  ['/settings', 'Settings', 't'],
];

const KEYS: [string, string][] = [
  ['Ctrl K or ⌘ K', 'search everything'],
  ['/', 'filter the list'],
  ['j, k', 'next and previous row'],
  ['Enter', 'open the row'],
  ...PAGES.map(([, title, key]): [string, string] => [`g ${key}`, `go to ${title}`]),
  ['?', 'this list'],
  ['Esc', 'close'],
];

const THEMES = ['system', 'light', 'dark'] as const;

function Theme() {
  const [theme, setTheme] = useState(() => document.documentElement.dataset.theme ?? 'system');
  const turn = () => {
    const next = THEMES[(THEMES.indexOf(theme as (typeof THEMES)[number]) + 1) % THEMES.length]!;
    if (next === 'system') {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem('clusteriq-theme');
    } else {
      document.documentElement.dataset.theme = next;
      localStorage.setItem('clusteriq-theme', next);
    }
    setTheme(next);
  };
  const icon = theme === 'dark' ? '☾' : theme === 'light' ? '☀' : '◐';
  return <button type="button" className="button square" onClick={turn} aria-label={`Colours: ${theme}. Press for the next`} title={`Colours: ${theme}`}>{icon}</button>;
}

export function Shell() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const path = useRouterState({ select: (it) => it.location.pathname });
  const search = useSearchState();
  const [menu, setMenu] = useState(false);
  const [palette, setPalette] = useState(false);
  const help = useRef<HTMLDialogElement>(null);
  const state = useQuery(status);
  const workspaces = search.all('workspace');
  useEffect(() => listen(queries), [queries]);
  useEffect(() => setMenu(false), [path]);
  const go = useRef(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = /INPUT|SELECT|TEXTAREA/.test((event.target as HTMLElement).tagName);
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setPalette(true);
      } else if (typing || event.ctrlKey || event.metaKey || event.altKey) {
        return;
      } else if (event.key === '?') {
        help.current?.showModal();
      } else if (event.key === 'Escape') {
        setMenu(false);
      } else if (go.current) {
        go.current = false;
        const page = PAGES.find((it) => it[2] === event.key);
        if (page) void navigate({ to: page[0], search: (workspaces.length ? { workspace: workspaces } : {}) as never });
      } else {
        go.current = event.key === 'g';
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [navigate, workspaces]);
  if (state.error instanceof ApiError && state.error.status === 401) return <SignIn onDone={() => void queries.invalidateQueries()} />;
  const kept = stringifySearch({ workspace: workspaces });
  const it = state.data;
  return (
    <>
      <a className="skip" href="#main">Skip to the content</a>
      <header className="top">
        <div className="bar">
          <Link className="brand" href={`/${kept}`}>
            <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="var(--accent)" /><g fill="var(--on-accent)"><rect x="7" y="17" width="4" height="8" rx="1" /><rect x="14" y="12" width="4" height="13" rx="1" /><rect x="21" y="7" width="4" height="18" rx="1" opacity=".5" /></g></svg>
            ClusterIQ
          </Link>
          <nav className="nav" aria-label="Pages" data-open={menu}>
            {PAGES.map(([href, title]) => {
              const here = href === '/' ? path === '/' : path.startsWith(href);
              return <Link key={href} href={`${href}${kept}`} aria-current={here ? 'page' : undefined}>{title}</Link>;
            })}
          </nav>
          <div className="tools">
            <button type="button" className="button" onClick={() => setPalette(true)}>
              <span aria-hidden="true">⌕</span><span className="search-word">Search <kbd>Ctrl K</kbd></span><span className="sr search-hidden">Search</span>
            </button>
            <Theme />
            <button type="button" className="button square wide" onClick={() => help.current?.showModal()} aria-label="Keys">?</button>
            <button type="button" className="button square menu-button" aria-expanded={menu} aria-label="Menu" onClick={() => setMenu(!menu)}>☰</button>
          </div>
        </div>
        <div className="facts">
          <div className="bar filters">
            {it?.analysis && (
              <Facet
                title={workspaces.length ? 'Workspaces' : `All ${it.analysis.workspaces.length} workspaces`}
                values={it.analysis.workspaces.map((one) => ({ value: one.id, label: one.name ?? one.id })).filter((one) => one.value !== '')}
                chosen={workspaces}
                onChange={(workspace) => search.set({ workspace })}
              />
            )}
            {it?.analysis && <span title={format.utc(it.analysis.data_until)}>{format.day(it.analysis.window.from.slice(0, 10))} to {format.instant(it.analysis.data_until)}</span>}
            <ScanState />
            {it?.analysis && <Link href={`/data-quality${kept}`}>{format.counted(it.analysis.gaps, 'gap')}</Link>}
            {it?.signed_in && <button type="button" className="button plain" style={{ marginLeft: 'auto' }} onClick={() => void signOut().then(() => location.reload())}>Sign out</button>}
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {state.error && <ErrorMessage error={state.error} retry={() => void state.refetch()} />}
        {it ? it.analysis ? <Outlet /> : <FirstRun /> : state.error ? null : <Skeleton height={420} />}
      </main>
      <footer className="foot">
        <span>ClusterIQ {it?.version}</span>
        <Link href="/api-reference">API</Link>
        <span>It reads and never writes to Databricks.</span>
      </footer>
      <Palette open={palette} onClose={() => setPalette(false)} />
      <dialog ref={help} aria-labelledby="keys">
        <div className="dialog-body">
          <h2 id="keys">Keys</h2>
          <dl className="facts-list">
            {KEYS.map(([key, what]) => <div key={key} style={{ display: 'contents' }}><dt>{what}</dt><dd><kbd>{key}</kbd></dd></div>)}
          </dl>
          <form method="dialog"><button className="button">Close</button></form>
        </div>
      </dialog>
    </>
  );
}

function ScanState() {
  const { data: it } = useQuery(status);
  const queries = useQueryClient();
  const start = useMutation({ mutationFn: startScan, onSettled: () => queries.invalidateQueries({ queryKey: ['status'] }) });
  if (!it) return null;
  const { running, last, cannot } = it.scan;
  if (running) {
    return (
      <span className="scan" role="status">
        <progress aria-label="Scan" value={running.total ? running.done : undefined} max={running.total ?? undefined} />
        {running.text}
      </span>
    );
  }
  return (
    <>
      {last && !last.ok && <span className="badge bad" title={last.hint ?? undefined}>last scan failed: {last.message}</span>}
      {it.analysis && <span title={format.utc(it.analysis.at)}>analysed {format.instant(it.analysis.at)}</span>}
      {!cannot && it.role === 'admin' && <button type="button" className="button plain" disabled={start.isPending} onClick={() => start.mutate()}>Scan now</button>}
    </>
  );
}

/** Before there is anything to show. */
function FirstRun() {
  const { data: it } = useQuery(status);
  const running = it?.scan.running;
  return (
    <div className="card stack" style={{ maxWidth: 720 }}>
      <h1>{running ? 'Reading your workspaces' : 'Nothing has been analysed yet'}</h1>
      {running ? (
        <>
          <p role="status">{running.text}{running.total ? `: ${format.count(running.done)} of ${format.count(running.total)}` : running.done ? `: ${format.count(running.done)}` : ''}</p>
          <progress aria-label="Scan" style={{ width: '100%' }} value={running.total ? running.done : undefined} max={running.total ?? undefined} />
          <p className="quiet">This page fills by itself as soon as there is something to show.</p>
        </>
      ) : (
        <>
          {it?.scan.last && !it.scan.last.ok && <ErrorMessage error={{ message: it.scan.last.message ?? 'the scan failed', hint: it.scan.last.hint }} />}
          <p>Three steps, all of them read-only towards Databricks:</p>
          <ol>
            <li>See what can be read of a workspace: <code>clusteriq doctor --profile NAME</code></li>
            <li>Read it: <code>clusteriq scan --profile NAME</code>, or files: <code>clusteriq import EXPORT</code></li>
            <li>Come back to this page; or start with <code>clusteriq serve --profile NAME --scan-now</code></li>
          </ol>
          <p className="quiet">To look around without an account: <code>clusteriq demo</code>.</p>
        </>
      )}
    </div>
  );
}

function SignIn({ onDone }: { onDone: () => void }) {
  const [token, setToken] = useState('');
  const sign = useMutation({ mutationFn: () => signIn(token), onSuccess: onDone });
  return (
    <main id="main">
      <form className="card stack" style={{ maxWidth: 420, margin: '10vh auto', width: '100%' }} onSubmit={(it) => { it.preventDefault(); sign.mutate(); }}>
        <h1>Sign in to ClusterIQ</h1>
        <label className="stack tight">
          Token
          <input className="input" type="password" autoComplete="current-password" value={token} onChange={(it) => setToken(it.target.value)} required />
        </label>
        {sign.error && <ErrorMessage error={sign.error} />}
        <button className="button primary" disabled={sign.isPending}>Sign in</button>
        <p className="quiet small">Whoever started the server set it, as CLUSTERIQ_VIEWER_TOKEN or CLUSTERIQ_ADMIN_TOKEN.</p>
      </form>
    </main>
  );
}
