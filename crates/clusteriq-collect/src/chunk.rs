//! The pieces in which the files of a table are read: row groups of Parquet, whole files of text.

use std::sync::Arc;

use clusteriq_model::tables::{ColumnSpec, TableSpec};

use crate::batch::Decoded;
use crate::error::CollectError;
use crate::find::{Format, SourceFile};
use crate::names::Source;
use crate::parquet_file::{ParquetFile, Texts};
use crate::rows::Rows;
use crate::text_file::TextFile;
use crate::{csv_file, json_file, rest};

/// Takes a batch and the bytes of its file read so far; `false` if no more is wanted.
pub(crate) type Emit<'a> = &'a mut dyn FnMut(Decoded, u64) -> bool;

/// One piece.
#[derive(Clone)]
pub(crate) enum Chunk {
    RowGroup(Arc<ParquetFile>, usize),
    Text(SourceFile, &'static TableSpec),
    Rest(SourceFile),
}

/// What is known of a file only when it has been read.
#[derive(Default)]
pub(crate) struct Ended {
    pub(crate) absent: Vec<&'static ColumnSpec>,
    pub(crate) notes: Vec<String>,
    /// A REST answer that says that there is a next page.
    pub(crate) goes_on: bool,
}

/// All pieces of some files, and per file the columns that it is known to lack.
pub(crate) struct Chunks {
    pub(crate) all: Vec<Chunk>,
    pub(crate) absent: Vec<&'static ColumnSpec>,
    /// Of files without a piece.
    pub(crate) empty_bytes: u64,
}

impl Chunks {
    /// Opens the files as far as needed to know their pieces.
    pub(crate) fn of(
        source: Source,
        spec: &'static TableSpec,
        files: &[SourceFile],
        texts: Texts,
    ) -> Result<Self, CollectError> {
        let mut it = Self { all: Vec::new(), absent: Vec::new(), empty_bytes: 0 };
        for file in files {
            match (source, file.format) {
                (Source::Rest(_), _) => it.all.push(Chunk::Rest(file.clone())),
                (Source::Table(_), Format::Csv(_) | Format::Json(_)) => it.all.push(Chunk::Text(file.clone(), spec)),
                (Source::Table(_), Format::Parquet) => {
                    let bytes = file.bytes;
                    let file = Arc::new(ParquetFile::open(file, spec, texts)?);
                    it.empty_bytes += bytes - file.groups.iter().map(|it| it.bytes).sum::<u64>();
                    it.absent.extend(&file.absent);
                    it.all.extend((0..file.groups.len()).map(|at| Chunk::RowGroup(file.clone(), at)));
                }
            }
        }
        Ok(it)
    }
}

impl Chunk {
    /// Its size on disk.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::RowGroup(file, at) => file.groups[*at].bytes,
            Self::Text(file, _) | Self::Rest(file) => file.bytes,
        }
    }

    /// First and last time of its rows, if that is known without reading it.
    pub(crate) fn times(&self) -> Option<(i64, i64)> {
        match self {
            Self::RowGroup(file, at) => file.groups[*at].times,
            Self::Text(..) | Self::Rest(_) => None,
        }
    }

    /// Reads it, until `emit` says that it has enough.
    pub(crate) fn read(&self, emit: Emit<'_>) -> Result<Ended, CollectError> {
        match self {
            Self::RowGroup(file, at) => {
                file.read(*at, emit)?;
                Ok(Ended::default())
            }
            Self::Text(file, spec) => {
                let mut rows = Rows::new(spec, &file.place);
                match file.format {
                    Format::Csv(packing) => csv_file::read(&mut rows, TextFile::open(&file.place, packing)?, emit)?,
                    Format::Json(packing) => json_file::read(&mut rows, TextFile::open(&file.place, packing)?, emit)?,
                    Format::Parquet => unreachable!("Parquet is read by row groups"),
                }
                let absent = if rows.next_row() > 1 { rows.absent() } else { Vec::new() };
                Ok(Ended { absent, ..Ended::default() })
            }
            Self::Rest(file) => match file.format {
                Format::Csv(packing) | Format::Json(packing) => {
                    rest::read(file, TextFile::open(&file.place, packing)?, emit)
                }
                Format::Parquet => Err(CollectError::Damaged {
                    file: file.place.clone(),
                    place: None,
                    reason: "it is Parquet, not JSON".to_owned(),
                }),
            },
        }
    }
}
