//! The values of a JSON text one after the other, without holding more than one: JSON Lines, values that follow each
//! other with or without line breaks inside, or the elements of one or several arrays.

use std::io::{self, BufRead};

/// A value longer than this is refused, because it would have to be held whole.
const LONGEST: usize = 1 << 30;

/// Cuts a text into values. It only finds where each ends; whether it is JSON, its reader says.
pub(crate) struct Values<R> {
    input: R,
    value: Vec<u8>,
    in_array: bool,
}

/// Where the scan is inside of a value.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

/// What a byte means for the scan.
enum Step {
    Inside,
    /// The value ends with this byte.
    Last,
    /// The value ended before this byte.
    Beyond,
}

impl Scan {
    fn step(&mut self, byte: u8) -> Step {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    return if self.depth == 0 { Step::Last } else { Step::Inside };
                }
                _ => {}
            }
            return Step::Inside;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth == 0 => return Step::Beyond,
            b'}' | b']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Step::Last;
                }
            }
            b',' | b' ' | b'\n' | b'\r' | b'\t' if self.depth == 0 => return Step::Beyond,
            _ => {}
        }
        Step::Inside
    }
}

impl<R: BufRead> Values<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, value: Vec::new(), in_array: false }
    }

    /// The next value; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if !self.skip_to_value()? {
            return Ok(None);
        }
        self.value.clear();
        let mut scan = Scan::default();
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(Some(&self.value));
            }
            let mut end = None;
            for (at, byte) in buffer.iter().enumerate() {
                match scan.step(*byte) {
                    Step::Inside => {}
                    Step::Last => {
                        end = Some(at + 1);
                        break;
                    }
                    Step::Beyond => {
                        // A closing bracket that nothing opened is a value of its own, for its reader to refuse.
                        end = Some(if self.value.is_empty() && at == 0 { 1 } else { at });
                        break;
                    }
                }
            }
            let taken = end.unwrap_or(buffer.len());
            self.value.extend_from_slice(&buffer[..taken]);
            self.input.consume(taken);
            if end.is_some() {
                return Ok(Some(&self.value));
            }
            if self.value.len() > LONGEST {
                return Err(io::Error::other(format!("a single JSON value is longer than {LONGEST} bytes")));
            }
        }
    }

    /// Skips what stands between values; whether there is another.
    fn skip_to_value(&mut self) -> io::Result<bool> {
        loop {
            let Some(byte) = self.input.fill_buf()?.first().copied() else { return Ok(false) };
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => {}
                b',' if self.in_array => {}
                b'[' if !self.in_array => self.in_array = true,
                b']' if self.in_array => self.in_array = false,
                _ => return Ok(true),
            }
            self.input.consume(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Vec<String> {
        // A buffer of a few bytes, so that values straddle it.
        let mut values = Values::new(io::BufReader::with_capacity(3, text.as_bytes()));
        let mut all = Vec::new();
        while let Some(it) = values.next().unwrap() {
            all.push(String::from_utf8_lossy(it).into_owned());
        }
        all
    }

    #[test]
    fn lines_arrays_and_values_over_several_lines_are_the_same() {
        let expected = [r#"{"a":1}"#, r#"{"b":"]}\" ,"}"#];
        for text in [
            "{\"a\":1}\n{\"b\":\"]}\\\" ,\"}\n",
            "[{\"a\":1},{\"b\":\"]}\\\" ,\"}]",
            " [\n{\"a\":1}\n,\n{\"b\":\"]}\\\" ,\"}\n]\n",
            "{\"a\":1}{\"b\":\"]}\\\" ,\"}",
            "[{\"a\":1}]\n[{\"b\":\"]}\\\" ,\"}]",
        ] {
            assert_eq!(values(text), expected, "{text}");
        }
    }

    #[test]
    fn plain_values_and_remnants_are_handed_out_too() {
        assert_eq!(values("1 \"x\" null"), ["1", "\"x\"", "null"]);
        assert_eq!(values("{\"a\": 1"), ["{\"a\": 1"]);
        assert_eq!(values("}{}"), ["}", "{}"]);
        assert_eq!(values(""), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn any_text_comes_to_an_end(text in "[\\[\\]{}\",:\\\\ a1\n]{0,60}") {
            values(&text);
        }
    }
}
