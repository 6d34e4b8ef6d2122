//! The columns of a table as expressions of SQL, each under the name that it has here.

use clusteriq_model::tables::{ColumnSpec, Kind, TableSpec};

use super::Available;

/// The list behind `SELECT`. Times come as microseconds and what is nested as JSON, so that answers in Arrow and in JSON say
/// the same; columns that the table does not have are left out.
///
/// # Errors
///
/// The name of a column without which the table is of no use.
pub(crate) fn list(spec: &TableSpec, there: &Available) -> Result<String, &'static str> {
    let mut columns = Vec::new();
    for column in spec.columns {
        match expression(column, there) {
            Some(it) => columns.push(format!("{it} AS {}", column.name)),
            None if column.optional => {}
            None => return Err(column.name),
        }
    }
    Ok(columns.join(", "))
}

/// The same for cluster-minutes that a warehouse makes: numbers that have room in 32 bits take half of what they would take
/// else, and there are many. 2^31 millicores are two million cores, 2^31 MiB two pebibytes; only bytes can be more.
pub(crate) fn reduced(spec: &TableSpec) -> String {
    let column = |it: &ColumnSpec| {
        let name = quoted(it.name);
        let value = match it.kind {
            Kind::Int if it.name != "network_bytes" => format!("CAST({name} AS INT)"),
            Kind::Time => format!("unix_micros({name})"),
            _ => name,
        };
        format!("{value} AS {}", it.name)
    };
    spec.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

fn expression(column: &ColumnSpec, there: &Available) -> Option<String> {
    let paths: Vec<String> = column.source.iter().filter(|it| there.has(it)).map(|it| quoted(it)).collect();
    let value = match paths.as_slice() {
        [] => return None,
        [only] => only.clone(),
        // An empty text is unknown, as in exports.
        [first @ .., last] if column.kind == Kind::Text => {
            let first: Vec<_> = first.iter().map(|it| format!("CASE WHEN {it} <> '' THEN {it} END")).collect();
            format!("coalesce({}, {last})", first.join(", "))
        }
        all => format!("coalesce({})", all.join(", ")),
    };
    Some(match column.kind {
        Kind::Time => format!("unix_micros({value})"),
        Kind::Tags | Kind::Texts => format!("to_json({value})"),
        Kind::Text | Kind::Int | Kind::Float | Kind::Bool | Kind::Decimal => value,
    })
}

/// Each name of a path in backquotes: some are words of SQL.
pub(crate) fn quoted(path: &str) -> String {
    path.split('.').map(|it| format!("`{it}`")).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_model::tables::{ListPriceRow, WorkspaceRow};

    #[test]
    fn a_column_is_the_first_of_its_paths_that_is_known_under_its_own_name() {
        let price = "STRUCT<default: DECIMAL(38,18), effective_list: STRUCT<default: DECIMAL(38,18)>>";
        let there = Available::of([("price_start_time", "TIMESTAMP"), ("pricing", price)]);
        let of = |name: &str| expression(ListPriceRow::SPEC.column(name).unwrap(), &there);
        assert_eq!(of("price").unwrap(), "coalesce(`pricing`.`effective_list`.`default`, `pricing`.`default`)");
        assert_eq!(of("price_start_time").unwrap(), "unix_micros(`price_start_time`)");
        assert_eq!(of("sku_name"), None);
        assert_eq!(list(ListPriceRow::SPEC, &there), Err("sku_name"));
    }

    #[test]
    fn what_the_table_does_not_have_is_left_out() {
        let there = Available::of([("workspace_id", "STRING"), ("workspace_url", "STRING")]);
        let list = list(WorkspaceRow::SPEC, &there).unwrap();
        assert_eq!(list, "`workspace_id` AS workspace_id, `workspace_url` AS workspace_url");
    }
}
