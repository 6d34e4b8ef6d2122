/** The shapes of the API's answers, by their names in the OpenAPI document. */
import type { components, paths } from './__generated__/schema';

export type Schemas = components['schemas'];
export type { paths };
export type Interval = Schemas['Interval'];
export type Target = Schemas['Target'];
export type Chart = Schemas['Chart'];
export type Evidence = Schemas['Evidence'];
export type RecommendationRow = Schemas['RecommendationRow'];
export type JobRow = Schemas['JobRow'];
export type RunRow = Schemas['RunRow'];
export type ClusterRow = Schemas['ClusterRow'];
export type WarehouseRow = Schemas['WarehouseRow'];
export type GapRow = Schemas['GapRow'];
export type Spend = Schemas['Spend'];
export type Status = Schemas['Status'];
export type FacetValue = Schemas['FacetValue'];

/** A page of a list. */
export interface Page<Row, Sum = unknown> {
  items: Row[];
  total: number;
  next: string | null;
  facets: Record<string, FacetValue[]>;
  sum: Sum;
}
