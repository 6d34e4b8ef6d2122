//! Judges a report by the truth: what each recommendation, and all of them together, would really have done.
//!
//! `judge --seed N --clusters N --days N --physics 1|2 [--fleet demo|known] --report report.json [--no-oracle] [--threads N]`
//! makes up the same company again, runs the resources that the report names with and without the changes, and prints one
//! JSON document. Amounts are USD per month of 30.4 days.

use std::error::Error;
use std::io::Write as _;

use clusteriq_fake::{Change, Company, DemoOptions, Fleet, Outcome, Physics, changes_json, outcome_json};
use rayon::prelude::*;
use serde_json::{Value, json};

mod actions;
mod groups;

use groups::{Group, groups};

/// What was asked for.
struct Asked {
    options: DemoOptions,
    report: String,
    oracle: Oracle,
    threads: usize,
}

/// Whether the best that could be done is looked for, which takes most of the time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Oracle {
    Wanted,
    Left,
}

fn asked() -> Result<Asked, Box<dyn Error>> {
    let mut it = Asked { options: DemoOptions::default(), report: String::new(), oracle: Oracle::Wanted, threads: 2 };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        if name == "--no-oracle" {
            it.oracle = Oracle::Left;
            continue;
        }
        let value = args.next().ok_or_else(|| format!("no value for {name}"))?;
        match name.as_str() {
            "--seed" => it.options.seed = value.parse()?,
            "--clusters" => it.options.clusters = value.parse()?,
            "--days" => it.options.days = value.parse()?,
            "--threads" => it.threads = value.parse()?,
            "--report" => it.report = value,
            "--physics" => {
                it.options.physics = match value.as_str() {
                    "1" => Physics::Tasks,
                    "2" => Physics::Fluid,
                    _ => return Err(format!("no such physics: {value}").into()),
                };
            }
            "--fleet" => {
                it.options.fleet = match value.as_str() {
                    "demo" => Fleet::Demo,
                    "known" => Fleet::Known,
                    _ => return Err(format!("no such fleet: {value}").into()),
                };
            }
            _ => return Err(format!("no such option: {name}").into()),
        }
    }
    Ok(it)
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = asked()?;
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&asked.report)?)?;
    let company = Company::new(&asked.options)?;
    let (groups, unjudged) = groups(&company, &report);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(asked.threads).build()?;
    let (groups, planted) = pool.install(|| {
        let judged: Vec<Judged> = groups.par_iter().map(|it| judge(&company, it, asked.oracle)).collect();
        let planted: Vec<Value> = company.planted().par_iter().map(|it| remedy(&company, it, &judged)).collect();
        (judged, planted)
    });
    let mut unjudged = unjudged;
    unjudged.extend(groups.iter().flat_map(|it| it.unjudged.clone()));
    let document = json!({
        "seed": asked.options.seed,
        "clusters": asked.options.clusters,
        "days": asked.options.days,
        "fleet": match asked.options.fleet { Fleet::Demo => "demo", Fleet::Known => "known" },
        "physics": match asked.options.physics { Physics::Tasks => 1, Physics::Fluid => 2 },
        "groups": groups.into_iter().map(|it| it.document).collect::<Vec<_>>(),
        "planted": planted,
        "unjudged": unjudged,
    });
    writeln!(std::io::stdout(), "{document}")?;
    Ok(())
}

struct Judged {
    targets: Vec<String>,
    document: Value,
    unjudged: Vec<Value>,
    /// What the whole plan changes.
    plan: Vec<(String, Change)>,
}

fn judge(company: &Company, group: &Group, oracle: Oracle) -> Judged {
    let mut unjudged = Vec::new();
    let nothing = |why: String| json!({"targets": group.targets, "error": why});
    let now = match company.outcome(&group.targets, &[]) {
        Ok(it) => it,
        Err(it) => {
            return Judged {
                targets: group.targets.clone(),
                document: nothing(it.to_string()),
                unjudged,
                plan: vec![],
            };
        }
    };
    let mut kept = Vec::new();
    let mut alone = Vec::new();
    for it in &group.advice {
        match company.outcome(&group.targets, &it.changes) {
            Ok(outcome) => {
                kept.push(it);
                alone.push(outcome);
            }
            Err(why) => unjudged.push(json!({"id": it.id, "action": it.kind, "why": why.to_string()})),
        }
    }
    let together = |left_out: Option<usize>| {
        let chosen = kept.iter().enumerate().filter(|it| Some(it.0) != left_out);
        let changes: Vec<_> = chosen.flat_map(|it| it.1.changes.clone()).collect();
        company.outcome(&group.targets, &changes).ok()
    };
    let all = together(None);
    let singles: Vec<Value> = kept
        .iter()
        .enumerate()
        .map(|(index, it)| {
            let first: Vec<_> = kept[..=index].iter().flat_map(|it| it.changes.clone()).collect();
            let upto = company.outcome(&group.targets, &first).ok();
            let without = if kept.len() == 1 { Some(now) } else { together(Some(index)) };
            json!({
                "id": it.id,
                "action": it.kind,
                "changes": changes_json(&it.changes),
                "alone": outcome(&alone[index], company.failure_probability(&group.targets, &it.changes).ok()),
                "without": without.as_ref().map(outcome_json),
                "upto": upto.as_ref().map(outcome_json),
            })
        })
        .collect();
    let best = (oracle == Oracle::Wanted).then(|| best(company, group, all)).flatten();
    let document = json!({
        "targets": group.targets,
        "now": outcome(&now, company.failure_probability(&group.targets, &[]).ok()),
        "all": all.as_ref().map(outcome_json),
        "best": best,
        "singles": singles,
    });
    let plan = kept.iter().flat_map(|it| it.changes.clone()).collect();
    Judged { targets: group.targets.clone(), document, unjudged, plan }
}

/// An outcome with the probability of failure of several histories instead of the one.
fn outcome(it: &Outcome, failing: Option<f64>) -> Value {
    let mut document = outcome_json(it);
    if let Some(failing) = failing {
        document["failure_probability"] = json!(failing);
    }
    document
}

/// The best of each unit, and of all together. A plan that is better than what the search found is the best known.
fn best(company: &Company, group: &Group, plan: Option<Outcome>) -> Option<Value> {
    let mut changes = Vec::new();
    for unit in group.units(company) {
        changes.extend(company.best(&unit[0]).ok()?.0);
    }
    let outcome = company.outcome(&group.targets, &changes).ok()?;
    let now = company.outcome(&group.targets, &[]).ok()?;
    let value = company.value(&group.targets, &outcome).ok()?;
    let cheaper = |it: &Outcome| company.value(&group.targets, it).is_ok_and(|it| it < value);
    let better = plan.filter(|it| cheaper(it) && !it.harms(&now));
    Some(match better {
        Some(it) => json!({"changes": "all", "outcome": outcome_json(&it)}),
        None => json!({"changes": changes_json(&changes), "outcome": outcome_json(&outcome)}),
    })
}

/// What a planted problem's remedy is worth, by itself and on top of the plan.
fn remedy(company: &Company, planted: &clusteriq_fake::Planted, judged: &[Judged]) -> Value {
    let mut it = json!({
        "id": planted.target_id,
        "kind": planted.kind,
        "workspace_id": planted.workspace_id,
        "name": planted.name,
        "problem": planted.problem,
        "targets": company.group(&planted.target_id),
    });
    match company.remedy(planted) {
        Ok(Some(found)) => {
            it["remedy"] = changes_json(&found.changes);
            it["now"] = outcome_json(&found.now);
            it["outcome"] = outcome_json(&found.then);
            it["worth_usd"] = json!(found.worth_usd);
            it["verified"] = json!(found.verified);
            it["left_usd"] = json!(left(company, planted, judged, found.changes));
        }
        // Nothing to mend by a change that is modelled: a decoy, or a matter of tags and the like.
        Ok(None) => it["remedy"] = Value::Null,
        Err(why) => it["error"] = json!(why.to_string()),
    }
    it
}

/// What a remedy would still save a month once the plan is carried out.
fn left(
    company: &Company,
    planted: &clusteriq_fake::Planted,
    judged: &[Judged],
    remedy: Vec<(String, Change)>,
) -> Option<f64> {
    let shared = remedy.iter().flat_map(|it| match &it.1 {
        Change::ShareCluster { jobs, .. } => jobs.as_slice(),
        _ => &[],
    });
    let touched: Vec<&String> = std::iter::once(&planted.target_id).chain(shared).collect();
    let groups: Vec<&Judged> = judged.iter().filter(|it| touched.iter().any(|id| it.targets.contains(id))).collect();
    let targets: Vec<String> = groups.iter().flat_map(|it| it.targets.iter().cloned()).collect();
    let plan: Vec<(String, Change)> = groups.iter().flat_map(|it| it.plan.iter().cloned()).collect();
    let planned = company.outcome(&targets, &plan).ok()?;
    let mended: Vec<_> = plan.into_iter().chain(remedy).collect();
    Some(planned.usd() - company.outcome(&targets, &mended).ok()?.usd())
}
