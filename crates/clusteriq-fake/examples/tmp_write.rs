//! Temporary.
#![allow(clippy::print_stdout, clippy::unwrap_used)]
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let o = clusteriq_fake::DemoOptions {
        seed: a[2].parse().unwrap(),
        days: a[3].parse().unwrap(),
        clusters: a[4].parse().unwrap(),
        ..Default::default()
    };
    let t = std::time::Instant::now();
    let s = clusteriq_fake::write_export(a[1].as_ref(), &o, &|_, _| ()).unwrap();
    println!("{:?}", t.elapsed());
    println!("{} {} {} {} {} {} {}", s.workspaces, s.jobs, s.clusters, s.warehouses, s.runs, s.node_minutes, s.files);
    for p in &s.planted {
        println!("{}\t{}\t{}\t{}\t{}", p.kind, p.workspace_id, p.target_id, p.name, p.problem);
    }
}
