//! `clusteriq rightsize`: what to run on next, of measurements in files.

use anyhow::{Result, anyhow, bail};
use clusteriq_collect::{RightsizeQuestion, read_candidates, read_history, read_questions};
use clusteriq_engine::predict::{Population, Prior, Tolerance, Why};
use clusteriq_model::{Nodes, Observation};
use clusteriq_output::Predicted;

use crate::args;
use crate::console::print;

/// Runs to come if a question does not say.
const USUAL_RUNS: u32 = 30;

pub(crate) fn run(args: &args::Rightsize) -> Result<()> {
    let known = args.history.as_deref().map(read_history).transpose()?.unwrap_or_default();
    let known: Vec<Vec<Observation>> = known.into_values().collect();
    let candidates = read_candidates(&args.candidates)?;
    let questions = read_questions(&args.queries)?;
    let prior = match &args.prior {
        None => Prior::default(),
        Some(path) => {
            let file = path.display();
            let text = std::fs::read_to_string(path).map_err(|it| {
                anyhow!("cannot read {file}: {it}\n\nhint: check that the file exists and that you may read it")
            })?;
            let hint = "it is a JSON object with `prior`, in which every belief is named once";
            Prior::parse(&text).map_err(|it| anyhow!("{file} holds no beliefs: {it}\n\nhint: {hint}"))?
        }
    };
    // Runs may have been on other nodes than those that can be recommended.
    let observed = questions.iter().flat_map(|it| &it.observed).map(|it| it.nodes.clone());
    let places: Vec<Nodes> = candidates.iter().map(|it| it.1.clone()).chain(observed).collect();
    let population = Population::new(prior, &places, &known);
    let mut numbers = vec![];
    for (name, nodes) in &candidates {
        match population.place(nodes) {
            Some(it) if !numbers.contains(&it) => numbers.push(it),
            _ => bail!(
                "two configurations have the same node type and number of workers: {name} is one of them\n\nhint: keep one of the two in {}",
                args.candidates.display()
            ),
        }
    }
    for it in &questions {
        print(&answer(it, &population, &candidates, &numbers, args))?;
    }
    Ok(())
}

fn answer(
    it: &RightsizeQuestion,
    population: &Population,
    candidates: &[(String, Nodes)],
    numbers: &[usize],
    args: &args::Rightsize,
) -> String {
    let usual = Tolerance::default();
    let may = Tolerance {
        slowdown: it.max_slowdown.unwrap_or(usual.slowdown),
        harm: args.most_harm / 100.0,
        slow: args.most_slow / 100.0,
        bad_run: args.bad_run,
        ..usual
    };
    let advice = population.advise(numbers, &it.observed, it.remaining_runs.unwrap_or(USUAL_RUNS), &may);
    let name = |number: usize| candidates[number].0.as_str();
    let predicted: Vec<Predicted<'_>> = advice
        .forecasts
        .iter()
        .enumerate()
        .map(|(number, it)| Predicted { config: name(number), runtime: it.runtime, failure: it.failure })
        .collect();
    let recommended = match advice.recommended {
        Ok(it) => Ok((name(it.candidate), it.risk)),
        Err(Why::NothingSeen) => Err("no run completed yet"),
        Err(Why::NoPrice) => Err("the price of today's configuration is not known"),
        Err(Why::NothingBetter) => Err("no other configuration is worth its risk"),
    };
    clusteriq_output::json_line(&it.name, recommended, &predicted)
}
