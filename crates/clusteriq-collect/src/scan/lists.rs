//! A workspace's lists, each as one file with the objects as they came.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use crate::client::{Client, ClientError};
use crate::find::UNFINISHED;
use crate::progress::Progress;
use crate::sources::{self, Read, Since, Source};

use super::ScanGap;

/// What was collected, and what was not.
#[derive(Debug, Default)]
pub struct ListScan {
    /// The workspace.
    pub workspace: String,
    /// The lists, in the order in which they were asked for.
    pub lists: Vec<Listed>,
    /// What could not be read.
    pub gaps: Vec<ScanGap>,
}

/// A list that was collected, at least in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub source: Source,
    /// Its file: `rest/<workspace_id>/<name>.json` below the folder.
    pub path: PathBuf,
    /// Objects in it.
    pub items: u64,
    /// Objects that came twice because the list changed while it was read, and were kept once.
    pub repeated: u64,
}

/// Reads lists of a workspace into `folder`, in the layout of an export, so that it can be imported like one. Ask
/// [`sources::who`] first: that tells a workspace that cannot be read from one that has gaps.
///
/// A list that cannot be read becomes a gap; one that breaks off keeps what came before, in a file of another name, and says
/// so in it. A list that is there already is not read again: a scan that was interrupted goes on where it was.
///
/// # Errors
///
/// The folder cannot be written, or the workspace does not say its id. What the service refuses is no error.
pub async fn scan_lists(
    client: &Client,
    which: &[Source],
    since: Since,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<ListScan, ClientError> {
    let workspace = client.workspace_id();
    let workspace = workspace.ok_or_else(|| ClientError::NoWorkspaceId { host: client.host().to_owned() })?;
    let below = folder.join("rest").join(&workspace);
    fs::create_dir_all(&below).map_err(|source| ClientError::Write { path: below.clone(), source })?;
    let mut scan = ListScan { workspace, ..ListScan::default() };
    for (at, source) in which.iter().copied().enumerate() {
        let path = below.join(format!("{}.json", source.name()));
        if let Some(items) = written(&path)? {
            scan.lists.push(Listed { source, path, items, repeated: 0 });
            continue;
        }
        let mut file = ListFile::create(&path, source)?;
        let mut give = |items: Vec<Box<RawValue>>| {
            progress.advanced(source.name(), 0, items.len() as u64);
            file.append(&items)
        };
        let (read, broken) = match sources::read(source, client, since, &mut give).await {
            Ok(read) => (read, None),
            Err(write @ ClientError::Write { .. }) => return Err(write),
            Err(it) => (Read::default(), Some(it)),
        };
        scan.gaps.extend(lacking(source, &read));
        let nobody = matches!(broken, Some(ClientError::Unreachable { .. }));
        if let Some(it) = &broken {
            let after = if nobody { &which[at + 1..] } else { &[] };
            scan.gaps.push(gap(source, file.items, it, after));
        }
        let whole = broken.is_none() && read.lacking.is_empty();
        let path = if whole { path } else { below.join(format!("{}_1.json", source.name())) };
        let items = file.end(broken.is_some(), &path)?;
        if broken.is_none() || items > 0 {
            scan.lists.push(Listed { source, path, items, repeated: read.repeated });
        }
        // Nobody is there, whatever is asked.
        if nobody {
            break;
        }
    }
    Ok(scan)
}

/// How many objects a list has that was written before: one line each, between the first and the last.
fn written(path: &Path) -> Result<Option<u64>, ClientError> {
    match File::open(path) {
        Ok(file) => {
            let lines = BufReader::new(file).split(b'\n').try_fold(0_u64, |sum, it| it.map(|_| sum + 1));
            let lines = lines.map_err(|source| ClientError::Write { path: path.to_owned(), source })?;
            Ok(Some(lines.saturating_sub(2)))
        }
        Err(it) if it.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ClientError::Write { path: path.to_owned(), source }),
    }
}

/// `after` were not asked for because of it.
fn gap(source: Source, items: u64, error: &ClientError, after: &[Source]) -> ScanGap {
    let (mut what, remedy) = error.message_and_hint();
    let name = source.name();
    if !after.is_empty() {
        let after: Vec<_> = after.iter().map(|it| it.name()).collect();
        what = format!("{what}; nor were {}", after.join(", "));
    }
    let what = match items {
        0 => format!("{name} could not be read: {what}"),
        _ => format!("{name} broke off after {items}: {what}"),
    };
    ScanGap { source: name, what, remedy }
}

/// Objects of which a part is missing, as one gap: they mostly have the same reason.
fn lacking(source: Source, read: &Read) -> Option<ScanGap> {
    let first = read.lacking.first()?;
    let (why, remedy) = first.why.message_and_hint();
    let what =
        format!("of {} not everything could be read: {}, e.g. {}: {why}", source.name(), read.lacking.len(), first.id);
    Some(ScanGap { source: source.name(), what, remedy })
}

/// A list being written as one page.
struct ListFile {
    path: PathBuf,
    out: BufWriter<File>,
    items: u64,
}

impl ListFile {
    fn create(path: &Path, source: Source) -> Result<Self, ClientError> {
        let path = path.with_extension(UNFINISHED);
        let created = File::create(&path).and_then(|it| {
            let mut out = BufWriter::new(it);
            write!(out, "{{\"{}\":[", source.endpoint().spec().member)?;
            Ok(out)
        });
        match created {
            Ok(out) => Ok(Self { path, out, items: 0 }),
            Err(source) => Err(ClientError::Write { path, source }),
        }
    }

    fn append(&mut self, items: &[Box<RawValue>]) -> Result<(), ClientError> {
        for it in items {
            let comma = if self.items == 0 { "" } else { "," };
            let written = write!(self.out, "{comma}\n{}", it.get());
            written.map_err(|source| ClientError::Write { path: self.path.clone(), source })?;
            self.items += 1;
        }
        Ok(())
    }

    /// Gives the file its name; how many objects it has. One that broke off says that there is more, as a page does, and is
    /// no file if there is nothing in it.
    fn end(mut self, broken: bool, path: &Path) -> Result<u64, ClientError> {
        let more = if broken { ",\"has_more\":true" } else { "" };
        let ended = writeln!(self.out, "\n]{more}}}").and_then(|()| self.out.flush());
        let named = ended.and_then(|()| {
            if broken && self.items == 0 {
                return fs::remove_file(&self.path);
            }
            self.out.get_ref().sync_all()?;
            fs::rename(&self.path, path)
        });
        named.map_err(|source| ClientError::Write { path: path.to_owned(), source })?;
        Ok(self.items)
    }
}

#[cfg(test)]
mod tests;
