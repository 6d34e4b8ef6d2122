//! `clusteriq whatif`: a change of one's own, priced on the measured demand.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use clusteriq_engine::profile::Profiles;
use clusteriq_engine::{Change, Context, ask};
use clusteriq_model::{Fleet, Minutes, Purchase, Size, Target};

use crate::args::{self, Switch};
use crate::console::{self, print};
use crate::pipeline;

pub(crate) fn run(dir: &Path, args: &args::WhatIf) -> Result<()> {
    let change = change(args);
    if change == Change::default() {
        bail!(
            "no change was asked about\n\nhint: add one, such as `--workers 2` or `--single-node`; see `clusteriq whatif --help`"
        );
    }
    let analysis = pipeline::analyse(dir, &args.scope)?;
    let target = find(&analysis.fleet, &args.target)?;
    let profiles = Profiles::of(&analysis.fleet, &analysis.kept);
    let cx = Context::new(&analysis.fleet, &profiles, &analysis.settings);
    let answer = ask(&cx, &target, &change).map_err(|why| {
        let word = &args.target;
        anyhow!(
            "cannot answer for {target}: {why}\n\nhint: `clusteriq show {word}` tells what is known about it, `clusteriq whatif --help` which changes there are"
        )
    })?;
    let text = if args.json {
        clusteriq_output::json_what_if(&answer)
    } else {
        clusteriq_output::what_if(&answer, &console::style())
    };
    print(&text)?;
    Ok(())
}

fn change(args: &args::WhatIf) -> Change {
    let range = args.autoscale.map(|(min, max)| Size::Autoscale { min, max });
    let single = args.single_node.then_some(Size::Fixed(0));
    let spot = args.spot.then_some(Purchase::Spot { first_on_demand: 1 });
    Change {
        size: args.workers.map(Size::Fixed).or(range).or(single),
        node_type: args.node_type.clone(),
        driver_type: args.driver_type.clone(),
        purchase: spot.or(args.on_demand.then_some(Purchase::OnDemand)),
        photon: args.photon.map(|it| it == Switch::On),
        job_cluster: args.job_cluster,
        stop_after: args.stop_after.map(|it| Minutes(f64::from(it))),
    }
}

fn find(fleet: &Fleet, word: &str) -> Result<Target> {
    let jobs = fleet.jobs.values().filter(|it| it.key.id == word || it.name == word);
    let mut found: BTreeSet<Target> = jobs.map(|it| Target::Job(it.key.clone())).collect();
    let shared = fleet.clusters.values().filter(|it| it.run.is_none());
    let clusters = shared.filter(|it| it.key.id == word || it.name == word);
    found.extend(clusters.map(|it| Target::Cluster(it.key.clone())));
    let warehouses = fleet.warehouses.values().filter(|it| it.key.id == word || it.name == word);
    found.extend(warehouses.map(|it| Target::Warehouse(it.key.clone())));
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => {
            bail!("no job, cluster or warehouse has that id or name: {word}\n\nhint: `clusteriq costs` lists them")
        }
        (Some(a), Some(b)) => bail!("several have that name: {word}\n\nhint: use an id: {a}, {b}"),
    }
}
