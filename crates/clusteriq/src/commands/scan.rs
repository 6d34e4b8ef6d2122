//! `clusteriq scan`: the settings of live workspaces into the store, by the same way as an export.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clusteriq_collect::{Scan, Since, Source, block_on, scan_rest, who};

use crate::args;
use crate::commands::{WITH_GAPS, import};
use crate::console::tell;
use crate::progress::Counter;
use crate::workspace::{configuration, connect};

/// What a scan of this kind cannot know.
const SETTINGS_ONLY: &str = "note: this was settings only. Runs, telemetry and the bill are in the system tables: without an \
    export of those (`clusteriq import`) nothing can be measured or priced";

pub(crate) fn run(dir: &Path, args: &args::Scan, quiet: bool) -> Result<ExitCode> {
    // Lives until the import is over.
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = args.keep.as_deref().unwrap_or(temporary.path());
    let which: &[Source] = if args.keep.is_some() { &Source::ALL } else { &Source::IMPORTED };
    let profiles: Vec<Option<&str>> = match args.profile.as_slice() {
        [] => vec![None],
        all => all.iter().map(|it| Some(it.as_str())).collect(),
    };
    let (mut paths, mut names, mut gaps) = (vec![], vec![], 0);
    for profile in profiles {
        let (host, scan) = scanned(profile, args, which, folder, quiet)?;
        gaps += tell_of(&host, &scan, quiet);
        names.push(host);
        let imported = scan.lists.into_iter().filter(|it| Source::IMPORTED.contains(&it.source));
        paths.extend(imported.map(|it| it.path));
    }
    if paths.is_empty() {
        bail!("nothing could be read\n\nhint: `clusteriq doctor` says what each list needs");
    }
    paths.sort_unstable();
    paths.dedup();
    import::run_as(dir, &paths, &names.join(" "), quiet)?;
    if !quiet {
        tell(SETTINGS_ONLY);
    }
    if args.strict && gaps > 0 {
        tell(&format!("the scan has {gaps} gaps"));
        return Ok(ExitCode::from(WITH_GAPS));
    }
    Ok(ExitCode::SUCCESS)
}

fn scanned(
    profile: Option<&str>,
    args: &args::Scan,
    which: &[Source],
    folder: &Path,
    quiet: bool,
) -> Result<(String, Scan)> {
    let config = configuration(profile)?;
    config.notes(profile).iter().for_each(|it| tell(&format!("note: {it}")));
    let host = config.host.clone();
    let until = jiff::Timestamp::now();
    let since = Since { from: until - args.window, until };
    let counter = Counter::new(quiet);
    let scan = block_on(async {
        let client = connect(config, args.ca_file.as_deref()).await?;
        // Tells which workspace it is, and whether there is a point in going on.
        match who(&client).await {
            Err(it) if !it.is_refusal() => return Err(it.into()),
            Ok(_) | Err(_) => {}
        }
        Ok::<_, anyhow::Error>(scan_rest(&client, which, since, folder, &counter).await?)
    })?;
    counter.done();
    Ok((host, scan?))
}

/// Says what was read and what was not; how many gaps there are.
fn tell_of(host: &str, scan: &Scan, quiet: bool) -> usize {
    if !quiet {
        tell(&format!("workspace {} at {host}", scan.workspace));
        for it in &scan.lists {
            let again = if it.repeated > 0 { format!(", {} twice", it.repeated) } else { String::new() };
            tell(&format!("  {:<20} {:>8} objects{again}", it.source.name(), it.items));
        }
    }
    for it in &scan.gaps {
        tell(&format!("gap: {}\n     {}", it.what, it.remedy));
    }
    scan.gaps.len()
}
