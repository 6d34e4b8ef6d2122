//! What was billed, and at which price.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Origin::SystemTable;
use super::value::{Tags, table};

table! {
    /// One billing record: a SKU, a resource, at most one hour. Corrections come as further rows and must be summed.
    UsageRow = "usage" from SystemTable("system.billing.usage"), key ["record_id", "record_type"], day Some("usage_start_time");
    /// Unique id of the record.
    record_id: String,
    /// `ORIGINAL`, `RETRACTION` (the negative of an original) or `RESTATEMENT` (the corrected row).
    record_type: String,
    /// Empty for usage at account level.
    workspace_id: Option<String>,
    /// Joins to the price.
    sku_name: String,
    /// `AWS`, `AZURE` or `GCP`; joins to the price.
    cloud: String,
    /// Start of the record, an hour bucket.
    usage_start_time: Timestamp,
    /// End, exclusive.
    usage_end_time: Timestamp,
    /// `DBU` and others; joins to the price.
    usage_unit: String,
    /// Amount in `usage_unit`; negative in a retraction.
    usage_quantity: Decimal,
    /// Tags of the cluster, pool, warehouse or job.
    custom_tags: Option<Tags>,
    /// `JOBS`, `ALL_PURPOSE`, `SQL`, `DLT`, …: open.
    billing_origin_product: Option<String>,
    /// Whether Photon ran.
    is_photon: Option<bool> = "product_features.is_photon",
    /// Whether it was serverless.
    is_serverless: Option<bool> = "product_features.is_serverless",
    /// `PERFORMANCE_OPTIMIZED` or `STANDARD`, serverless jobs only.
    performance_target: Option<String> = "product_features.performance_target",
    /// Filled for compute that is not serverless.
    cluster_id: Option<String> = "usage_metadata.cluster_id",
    /// Filled for job compute and serverless jobs, never for jobs on all-purpose clusters.
    job_id: Option<String> = "usage_metadata.job_id",
    /// As `job_id`.
    job_run_id: Option<String> = "usage_metadata.job_run_id",
    /// Filled for SQL warehouses.
    warehouse_id: Option<String> = "usage_metadata.warehouse_id",
    /// Filled for classic compute from a pool.
    instance_pool_id: Option<String> = "usage_metadata.instance_pool_id",
    /// Filled for classic compute; driver and workers are separate rows when their types differ.
    node_type: Option<String> = "usage_metadata.node_type",
    /// Filled for pipelines.
    dlt_pipeline_id: Option<String> = "usage_metadata.dlt_pipeline_id",
    /// Filled for serverless notebooks.
    notebook_id: Option<String> = "usage_metadata.notebook_id",
    /// Filled for model serving.
    endpoint_name: Option<String> = "usage_metadata.endpoint_name",
    /// Identity that ran it.
    run_as: Option<String> = "identity_metadata.run_as",
    /// Owner of a warehouse.
    owned_by: Option<String> = "identity_metadata.owned_by",
}

table! {
    /// The list price of a SKU over a time.
    ListPriceRow = "list_prices" from SystemTable("system.billing.list_prices"),
        key ["sku_name", "cloud", "usage_unit", "currency_code", "price_start_time"], day None;
    /// Joins to the usage.
    sku_name: String,
    /// Joins to the usage.
    cloud: String,
    /// Joins to the usage.
    usage_unit: String,
    /// `USD`, or `CNY` in China.
    currency_code: String,
    /// First instant at which it holds.
    price_start_time: Timestamp,
    /// First instant at which it no longer holds; unknown while it is current.
    price_end_time: Option<Timestamp>,
    /// Price per unit after list promotions; older rows have only the default.
    price: Decimal = "pricing.effective_list.default" | "pricing.default" | "price",
}

table! {
    /// The negotiated price of a SKU over a time; few accounts have this table.
    AccountPriceRow = "account_prices" from SystemTable("system.billing.account_prices"),
        key ["sku_name", "cloud", "usage_unit", "currency_code", "price_start_time"], day None;
    /// Joins to the usage.
    sku_name: String,
    /// Joins to the usage.
    cloud: String,
    /// Joins to the usage.
    usage_unit: String,
    /// `USD`, or `CNY` in China.
    currency_code: String,
    /// First instant at which it holds.
    price_start_time: Timestamp,
    /// First instant at which it no longer holds; unknown while it is current.
    price_end_time: Option<Timestamp>,
    /// Price per unit.
    price: Decimal = "pricing.default" | "price",
}
