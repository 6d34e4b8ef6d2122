//! temp
use std::collections::BTreeMap;
use arrow::array::*;
use arrow::datatypes::*;
fn main() {
    let paths: Vec<_> = std::env::args().skip(1).map(Into::into).collect();
    let export = clusteriq_collect::Export::find(&paths).unwrap_or_else(|e| { eprintln!("{e}"); std::process::exit(1) });
    for t in export.tables() { println!("{t:?}"); }
    for t in export.gaps() { println!("missing {}", t.name); }
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    let mut batches: BTreeMap<&str, usize> = BTreeMap::new();
    let start = std::time::Instant::now();
    let mem = std::env::var("MEM").ok().map(|m| m.parse().unwrap()).unwrap_or(256<<20);
    let r = clusteriq_collect::read_with(&export, &Default::default(), clusteriq_collect::Options{memory: mem, ..Default::default()}, &clusteriq_collect::Unseen, &mut |spec, batch| {
        assert_eq!(batch.schema(), clusteriq_tables::schema(spec));
        *batches.entry(spec.dataset).or_default() += 1;
        for (f, c) in batch.schema().fields().iter().zip(batch.columns()) {
            let k = format!("{}.{}", spec.dataset, f.name());
            *sums.entry(k.clone() + " nonnull").or_default() += (c.len() - c.null_count()) as i128;
            if let Some(a) = c.as_primitive_opt::<Int64Type>() { *sums.entry(k).or_default() += a.iter().flatten().map(i128::from).sum::<i128>(); }
            else if let Some(a) = c.as_primitive_opt::<TimestampMicrosecondType>() { *sums.entry(k).or_default() += a.iter().flatten().map(i128::from).sum::<i128>(); }
            else if let Some(a) = c.as_primitive_opt::<Decimal128Type>() { *sums.entry(k).or_default() += a.iter().flatten().sum::<i128>(); }
            else if let Some(a) = c.as_string_opt::<i32>() { *sums.entry(k + " chars").or_default() += a.iter().flatten().map(|i| i.len() as i128).sum::<i128>(); }
        }
        Ok(())
    });
    eprintln!("{:?}", start.elapsed());
    if let Ok(s) = std::fs::read_to_string("/proc/self/status") { for l in s.lines().filter(|l| l.starts_with("VmHWM")) { eprintln!("{l}"); } }
    match r { Ok(s) => println!("{s:#?}"), Err(e) => { println!("ERROR {e}"); std::process::exit(1) } }
    println!("{batches:?}");
    if std::env::var("SUMS").is_ok() { for (k, v) in sums { println!("{k} = {v}"); } }
}
