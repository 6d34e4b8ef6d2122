//! What a set of paths holds, found before anything is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clusteriq_model::tables::{ALL, ClusterMinuteRow, NODE_TIMELINE, Origin, TableSpec};

use crate::error::{CollectError, Place};
use crate::names::{STAND_INS, Source, source_of, sources};

/// Folders below folders; more is a link that leads in a circle.
const DEEPEST: usize = 24;

/// The extension of a file that a scan has not finished. It may begin like a whole one, and is no part of its table.
pub(crate) const UNFINISHED: &str = "unfinished";

/// The files of one or several exports, by the table they belong to.
#[derive(Clone, Debug)]
pub struct Export {
    /// One per path given, in that order.
    pub(crate) parts: Vec<Part>,
    /// What people should know about files that are not read.
    pub(crate) notes: Vec<String>,
}

/// What one path holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    pub(crate) files: BTreeMap<Source, Vec<SourceFile>>,
}

/// One file of a table.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    pub(crate) place: Place,
    pub(crate) format: Format,
    pub(crate) bytes: u64,
    /// The folder it is in, if that is a number: the workspace of a REST answer.
    pub(crate) workspace: Option<String>,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Parquet,
    Csv(Packing),
    Json(Packing),
}

/// How a text file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// A table of which an [`Export`] has files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundTable {
    /// E.g. `system.billing.usage` or `jobs_list`.
    pub name: &'static str,
    /// How many files.
    pub files: u64,
    /// Their size as they are on disk.
    pub bytes: u64,
}

/// A table of which an [`Export`] has no file.
#[derive(Clone, Debug)]
pub struct MissingTable {
    /// E.g. `system.billing.usage` or `jobs_list`.
    pub name: &'static str,
    /// What would have been made of it.
    pub specs: Vec<&'static TableSpec>,
}

impl Export {
    /// Looks through folders and files. Nothing is read but names and the first bytes of files.
    ///
    /// # Errors
    ///
    /// A path does not exist or cannot be read, or none of them holds a table.
    pub fn find(paths: &[PathBuf]) -> Result<Self, CollectError> {
        let mut search = Search::default();
        let mut parts = Vec::new();
        for path in paths {
            let mut part = Part::default();
            search.look_at(path, &mut part)?;
            parts.push(part);
        }
        if parts.iter().all(|it| it.files.is_empty()) {
            let unknown = search.unknown.into_iter().take(3).collect();
            return Err(CollectError::NothingFound { paths: paths.to_vec(), unknown });
        }
        Ok(Self { parts, notes: search.into_notes() })
    }

    /// The tables, in the order in which they are read.
    #[must_use]
    pub fn tables(&self) -> Vec<FoundTable> {
        let of = |source: Source| {
            let files: Vec<_> = self.files(source).collect();
            let bytes = files.iter().map(|it| it.bytes).sum();
            FoundTable { name: source.name(), files: files.len() as u64, bytes }
        };
        sources().into_iter().map(of).filter(|it| it.files > 0).collect()
    }

    /// The size of all files, as they are on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tables().iter().map(|it| it.bytes).sum()
    }

    /// The tables that none of the paths holds. A REST answer that only stands in for a system table is not missed.
    #[must_use]
    pub fn gaps(&self) -> Vec<MissingTable> {
        let (raw, reduced) = (Source::Table(NODE_TIMELINE), Source::Table(ClusterMinuteRow::SPEC.dataset));
        let has = |it: Source| self.files(it).next().is_some();
        let stands_in = |it: Source| STAND_INS.iter().any(|(name, _)| it == Source::Rest(name));
        // Node-minutes and what was reduced elsewhere stand for each other.
        let is_missed = |it: &Source| !stands_in(*it) && *it != reduced && !(*it == raw && has(reduced));
        let missing = sources().into_iter().filter(|it| is_missed(it) && !has(*it));
        missing.map(|it| MissingTable { name: it.name(), specs: specs_of(it) }).collect()
    }

    /// What is made of a source here: of a REST answer no table of which there are files of the system table.
    pub(crate) fn specs(&self, source: Source) -> Vec<&'static TableSpec> {
        let mut specs = specs_of(source);
        if matches!(source, Source::Rest(_)) {
            specs.retain(|it| self.files(Source::Table(it.source_name())).next().is_none());
        }
        specs
    }

    pub(crate) fn files(&self, source: Source) -> impl Iterator<Item = &SourceFile> {
        self.parts.iter().flat_map(move |it| it.files.get(&source).into_iter().flatten())
    }
}

/// What is made of a source.
pub(crate) fn specs_of(source: Source) -> Vec<&'static TableSpec> {
    if let Some((_, specs)) = STAND_INS.iter().find(|(name, _)| source == Source::Rest(name)) {
        return specs.to_vec();
    }
    let name = source.name();
    let of = |it: &&TableSpec| {
        let reduced = matches!(it.origin, Origin::Reduced(_)) && it.dataset == name;
        reduced || it.source_name().strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    ALL.iter().copied().filter(of).collect()
}

#[derive(Default)]
struct Search {
    unknown: Vec<PathBuf>,
    homeless: Vec<PathBuf>,
    delta: BTreeSet<PathBuf>,
}

impl Search {
    fn look_at(&mut self, path: &Path, part: &mut Part) -> Result<(), CollectError> {
        let kind = fs::metadata(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => CollectError::NoSuchPath(path.to_owned()),
            _ => CollectError::Read { path: path.to_owned(), source },
        })?;
        // The folders above count too: a path may be one part file of a table.
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut folders: Vec<String> =
            whole.parent().into_iter().flat_map(Path::components).map(|it| lossy(it.as_os_str())).collect();
        if kind.is_dir() {
            folders.extend(whole.file_name().map(lossy));
            self.folder(path, &mut folders, 0, part)
        } else {
            self.file(path, &folders, kind.len(), part)
        }
    }

    fn folder(
        &mut self,
        path: &Path,
        above: &mut Vec<String>,
        depth: usize,
        part: &mut Part,
    ) -> Result<(), CollectError> {
        let failed = |source| CollectError::Read { path: path.to_owned(), source };
        let mut entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
        // The order of the file system is not the same everywhere.
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = lossy(entry.file_name());
            if name == "_delta_log" {
                self.delta.insert(path.to_owned());
            }
            let path = entry.path();
            let is_left_behind = path.extension().is_some_and(|it| it == "crc" || it == UNFINISHED);
            if name.starts_with(['.', '_']) || is_left_behind || name == "README.md" {
                continue;
            }
            let kind = match fs::metadata(&path) {
                Ok(it) => it,
                // A link to nowhere, or a file that has just been removed.
                Err(it) if it.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => return Err(CollectError::Read { path, source }),
            };
            if !kind.is_dir() {
                self.file(&path, above, kind.len(), part)?;
            } else if depth < DEEPEST {
                above.push(name);
                self.folder(&path, above, depth + 1, part)?;
                above.pop();
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, folders: &[String], bytes: u64, part: &mut Part) -> Result<(), CollectError> {
        let name = path.file_name().map(lossy).unwrap_or_default();
        let (stem, extension) = stem_and_extension(&name);
        let Some(source) = source_of(folders, stem) else {
            self.unknown.push(path.to_owned());
            return Ok(());
        };
        let Some(format) = format(path, &extension, source)? else {
            self.unknown.push(path.to_owned());
            return Ok(());
        };
        let workspace = folders.last().filter(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit())).cloned();
        if matches!(source, Source::Rest(_)) && workspace.is_none() {
            self.homeless.push(path.to_owned());
            return Ok(());
        }
        let place = Place { path: Arc::from(path), table: source.name() };
        part.files.entry(source).or_default().push(SourceFile { place, format, bytes, workspace });
        Ok(())
    }

    fn into_notes(self) -> Vec<String> {
        const NAMED: usize = 5;
        let mut notes = Vec::new();
        if !self.unknown.is_empty() {
            let names: Vec<_> = self.unknown.iter().take(NAMED).map(|it| it.display().to_string()).collect();
            let others = match self.unknown.len().saturating_sub(NAMED) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            notes.push(format!("not read, because they belong to no known table: {}{others}", names.join(", ")));
        }
        for path in self.homeless {
            notes.push(format!("not read, because its folder is not named after a workspace id: {}", path.display()));
        }
        for path in self.delta {
            notes.push(format!(
                "a Delta table's folder was read without its log, so rows that were deleted or replaced may count: {}",
                path.display()
            ));
        }
        notes
    }
}

/// The name without its known extensions, and those, in lower case.
fn stem_and_extension(name: &str) -> (&str, Vec<String>) {
    const KNOWN: [&str; 12] =
        ["parquet", "csv", "jsonl", "ndjson", "json", "gz", "gzip", "zst", "zstd", "snappy", "pq", "txt"];
    let mut stem = name;
    let mut extensions = Vec::new();
    while let Some((rest, last)) = stem.rsplit_once('.') {
        let last = last.to_lowercase();
        if rest.is_empty() || !KNOWN.contains(&last.as_str()) {
            break;
        }
        extensions.push(last);
        stem = rest;
    }
    (stem, extensions)
}

/// By the first bytes where they tell, else by the name; `None` for what is neither.
fn format(path: &Path, extensions: &[String], source: Source) -> Result<Option<Format>, CollectError> {
    let mut first = Vec::new();
    let read = File::open(path).and_then(|it| it.take(4).read_to_end(&mut first));
    read.map_err(|source| CollectError::Read { path: path.to_owned(), source })?;
    let has = |names: &[&str]| extensions.iter().any(|it| names.contains(&it.as_str()));
    let packing = match first.as_slice() {
        b"PAR1" => return Ok(Some(Format::Parquet)),
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Packing::Zstd,
        _ => Packing::Plain,
    };
    Ok(match source {
        _ if has(&["json", "jsonl", "ndjson"]) => Some(Format::Json(packing)),
        Source::Table(_) if has(&["csv"]) => Some(Format::Csv(packing)),
        Source::Table(_) if has(&["parquet", "pq"]) => Some(Format::Parquet),
        Source::Table(_) | Source::Rest(_) => None,
    })
}

fn lossy(name: impl AsRef<std::ffi::OsStr>) -> String {
    name.as_ref().to_string_lossy().into_owned()
}
