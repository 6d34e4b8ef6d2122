/** Which address is which page; each page comes when it is asked for. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { ApiError } from './api/client';
import { Shell } from './Shell';
import { OverviewPage } from './pages/OverviewPage';
import { ErrorMessage } from './ui/Loaded';
import { Empty } from './ui/parts';
import { Link } from './address/link';
import { parseSearch, type Search, stringifySearch } from './address/search';

/** A page that cannot be shown; what it stands in stays. */
function Failed({ error }: { error: unknown }) {
  return <ErrorMessage error={error as Error} retry={() => location.reload()} />;
}

const root = createRootRoute({
  component: Shell,
  validateSearch: (it: Record<string, unknown>) => it as Search,
  notFoundComponent: () => <Empty title="There is no such page."><Link href="/">To the overview</Link></Empty>,
  errorComponent: Failed,
});

/** Without the server there is no page; left to itself the router would load the whole address anew, and end on the browser's error page. */
function unreachable(): never {
  throw new ApiError(0, 'unreachable', 'this page cannot be loaded', 'see whether `clusteriq serve` still runs');
}

const page = <Path extends string>(path: Path, title: string, load: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(() => load().catch(unreachable) as never, name as never),
    staticData: { title },
  });

const routes = [
  createRoute({ getParentRoute: () => root, path: '/', component: OverviewPage, staticData: { title: 'Overview' } }),
  page('/recommendations', 'Recommendations', () => import('./pages/RecommendationsPage'), 'RecommendationsPage'),
  page('/recommendations/$id', 'Recommendation', () => import('./pages/RecommendationPage'), 'RecommendationPage'),
  page('/jobs', 'Jobs', () => import('./pages/JobsPage'), 'JobsPage'),
  page('/jobs/$id', 'Job', () => import('./pages/JobPage'), 'JobPage'),
  page('/clusters', 'Clusters', () => import('./pages/ClustersPage'), 'ClustersPage'),
  page('/clusters/$id', 'Cluster', () => import('./pages/ClusterPage'), 'ClusterPage'),
  page('/costs', 'Costs', () => import('./pages/CostsPage'), 'CostsPage'),
  page('/schedules', 'Schedules', () => import('./pages/SchedulesPage'), 'SchedulesPage'),
  page('/warehouses', 'Warehouses', () => import('./pages/WarehousesPage'), 'WarehousesPage'),
  page('/warehouses/$id', 'Warehouse', () => import('./pages/WarehousePage'), 'WarehousePage'),
  page('/data-quality', 'Data quality', () => import('./pages/DataQualityPage'), 'DataQualityPage'),
  page('/settings', 'Settings', () => import('./pages/SettingsPage'), 'SettingsPage'),
  page('/api-reference', 'API', () => import('./pages/ApiPage'), 'ApiPage'),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: Failed,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    title?: string;
  }
}

/** The tab is called what the page is. */
router.subscribe('onResolved', () => {
  const title = router.state.matches.at(-1)?.staticData.title;
  document.title = title ? `${title} · ClusterIQ` : 'ClusterIQ';
});
