//! Opening text files, packed or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::error::{CollectError, Place};
use crate::find::Packing;

/// What a text file says, unpacked, and how much of the file that took.
pub(crate) struct TextFile {
    pub(crate) reader: Box<dyn BufRead + Send>,
    pub(crate) consumed: Consumed,
}

/// Bytes read of the file as it is on disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Consumed(Arc<AtomicU64>);

impl Consumed {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counting<R>(R, Consumed);

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.0.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl TextFile {
    pub(crate) fn open(place: &Place, packing: Packing) -> Result<Self, CollectError> {
        const BUFFER: usize = 1 << 18;
        let failed = |source| CollectError::Read { path: place.path.to_path_buf(), source };
        let consumed = Consumed::default();
        let file = File::open(&place.path).map_err(failed)?;
        let file = BufReader::with_capacity(BUFFER, Counting(file, consumed.clone()));
        let reader: Box<dyn BufRead + Send> = match packing {
            Packing::Plain => Box::new(file),
            Packing::Gzip => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))),
            Packing::Zstd => {
                let decoder = zstd::Decoder::with_buffer(file).map_err(failed)?;
                Box::new(BufReader::with_capacity(BUFFER, decoder))
            }
        };
        let mut reader = reader;
        skip_mark(&mut reader).map_err(|it| damaged(place, &it))?;
        Ok(Self { reader, consumed })
    }
}

/// Windows programs put a byte order mark before UTF-8.
fn skip_mark(reader: &mut impl BufRead) -> io::Result<()> {
    if reader.fill_buf()?.starts_with(&[0xef, 0xbb, 0xbf]) {
        reader.consume(3);
    }
    Ok(())
}

/// A file that ends too early or whose packing is broken.
pub(crate) fn damaged(place: &Place, error: &io::Error) -> CollectError {
    CollectError::Damaged { file: place.clone(), place: None, reason: error.to_string() }
}
