//! A workspace's lists, collected into a folder that looks like an export.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use crate::client::{Client, ClientError};
use crate::progress::Progress;
use crate::sources::{self, Read, Since, Source};

/// What was collected, and what was not.
#[derive(Debug, Default)]
pub struct Scan {
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

/// Something that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanGap {
    /// Of which list.
    pub source: Source,
    /// What is missing and why.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Reads lists of a workspace into `folder`, in the layout of an export, so that it can be imported like one. Ask
/// [`sources::who`] first: that tells a workspace that cannot be read from one that has gaps.
///
/// A list that cannot be read becomes a gap; one that breaks off keeps what came before, and says so in its file.
///
/// # Errors
///
/// The folder cannot be written, or the workspace does not say its id. What the service refuses is no error.
pub async fn scan_rest(
    client: &Client,
    which: &[Source],
    since: Since,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Scan, ClientError> {
    let workspace = client.workspace_id();
    let workspace = workspace.ok_or_else(|| ClientError::NoWorkspaceId { host: client.host().to_owned() })?;
    let below = folder.join("rest").join(&workspace);
    fs::create_dir_all(&below).map_err(|source| ClientError::Write { path: below.clone(), source })?;
    let mut scan = Scan { workspace, ..Scan::default() };
    for source in which.iter().copied() {
        let path = below.join(format!("{}.json", source.name()));
        let mut file = ListFile::create(path, source)?;
        let mut give = |items: Vec<Box<RawValue>>| {
            progress.advanced(source.name(), 0, items.len() as u64);
            file.append(&items)
        };
        let (repeated, broken) = match sources::read(source, client, since, &mut give).await {
            Ok(read) => {
                scan.gaps.extend(lacking(source, &read));
                (read.repeated, None)
            }
            Err(write @ ClientError::Write { .. }) => return Err(write),
            Err(it) => (0, Some(it)),
        };
        let (path, items) = file.end(broken.as_ref())?;
        if let Some(it) = &broken {
            scan.gaps.push(gap(source, items, it));
        }
        if broken.is_some() && items == 0 {
            fs::remove_file(&path).map_err(|source| ClientError::Write { path, source })?;
        } else {
            scan.lists.push(Listed { source, path, items, repeated });
        }
    }
    Ok(scan)
}

fn gap(source: Source, items: u64, error: &ClientError) -> ScanGap {
    let (what, remedy) = error.message_and_hint();
    let name = source.name();
    let what = match items {
        0 => format!("{name} could not be read: {what}"),
        _ => format!("{name} broke off after {items}: {what}"),
    };
    ScanGap { source, what, remedy }
}

/// Objects of which a part is missing, as one gap: they mostly have the same reason.
fn lacking(source: Source, read: &Read) -> Option<ScanGap> {
    let first = read.lacking.first()?;
    let (why, remedy) = first.why.message_and_hint();
    let what =
        format!("of {} not everything could be read: {}, e.g. {}: {why}", source.name(), read.lacking.len(), first.id);
    Some(ScanGap { source, what, remedy })
}

/// A list being written as one page.
struct ListFile {
    path: PathBuf,
    out: BufWriter<File>,
    items: u64,
}

impl ListFile {
    fn create(path: PathBuf, source: Source) -> Result<Self, ClientError> {
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

    /// The file, and how many objects it has. One that broke off says that there is more, as a page does.
    fn end(mut self, broken: Option<&ClientError>) -> Result<(PathBuf, u64), ClientError> {
        let more = if broken.is_some() { ",\"has_more\":true" } else { "" };
        match writeln!(self.out, "\n]{more}}}").and_then(|()| self.out.flush()) {
            Ok(()) => Ok((self.path, self.items)),
            Err(source) => Err(ClientError::Write { path: self.path, source }),
        }
    }
}

#[cfg(test)]
mod tests;
