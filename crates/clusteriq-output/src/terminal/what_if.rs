//! The answer to "what if" for a terminal.

use clusteriq_model::{Interval, Usd, WhatIf};

use super::Style;
use super::advice::{alternatives, risk_parts};
use super::page::{Ink, Page};
use super::summary::risk_ink;
use crate::words;

/// Everything about one answer.
#[must_use]
pub fn what_if(it: &WhatIf, style: &Style) -> String {
    let mut page = Page::new(style);
    page.inked(&format!("{} {}: {}", it.target.kind().word(), it.name, it.then), Ink::Strong, 0);
    page.inked(&verdict(it), risk_ink(it.risk.level), 0);
    page.blank();
    page.labelled("Now", &it.now);
    page.labelled("Then", &it.then);
    let cost = |it: Option<&Interval<Usd>>| {
        it.map_or(words::NOT_KNOWN.to_owned(), |it| format!("{} a month", words::savings_with_likely(it)))
    };
    page.labelled("Cost now", &cost(it.cost_now.as_ref()));
    page.labelled("Cost then", &cost(it.cost_then.as_ref()));
    if let Some(runtime) = &it.runtime {
        page.labelled("Run time", &format!("{} (medians)", words::runtime(runtime)));
    }
    if let Some(savings) = &it.savings {
        page.labelled("Because", &savings.because);
    }
    page.labelled("Rests on", &format!("{}; {}", it.confidence, words::span(&it.window)));
    if let Some(error) = it.replay_error {
        let text = format!("±{error} in run time on the present configuration (median)");
        page.labelled("Replay", &text);
    }
    risk_parts(&mut page, &it.risk);
    alternatives(&mut page, "Around it", &it.curve);
    page.finish()
}

/// `Saves $340–$410 a month · risk low`, or what it costs more.
fn verdict(it: &WhatIf) -> String {
    let risk = words::risk(it.risk.level);
    match &it.savings {
        None => format!("What it saves is not known · risk {risk}"),
        Some(savings) if savings.total.likely.0 < 0.0 => {
            let more = Interval::spanning(-savings.total.high, -savings.total.likely, -savings.total.low);
            format!("Costs {} more a month · risk {risk}", words::savings_with_likely(&more))
        }
        Some(savings) => format!("Saves {} a month · risk {risk}", words::savings_with_likely(&savings.total)),
    }
}
