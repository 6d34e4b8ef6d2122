import { expect, it } from 'vitest';
import { minutesPath, targetPath } from './path';
import { parseSearch, stringifySearch } from './search';

it('builds the address of every kind of thing that has a page', () => {
  const target = (kind: string) => ({ kind, id: '1/2', workspace_id: '7', name: 'x' });
  expect(targetPath(target('job'))).toBe('/jobs/1%2F2?workspace_id=7');
  expect(targetPath(target('cluster'))).toBe('/clusters/1%2F2?workspace_id=7');
  expect(targetPath(target('warehouse'))).toBe('/warehouses/1%2F2?workspace_id=7');
  expect(targetPath(target('pool'))).toBeUndefined();
  expect(minutesPath({ cluster_id: 'c', workspace_id: '7', from: 'a', until: 'b' })).toBe('/clusters/c?workspace_id=7&from=a&until=b');
});

it('reads back what it wrote into an address', () => {
  const search = { workspace: ['1', '2'], q: 'a b&c' };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});
