//! Indented JSON that keeps numbers of one array on one line: a chart has hundreds.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

/// The value as indented JSON without a line feed at its end.
pub(super) fn write(value: &impl Serialize) -> String {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Compact::default());
    value.serialize(&mut serializer).expect("documents have string keys and are written to memory");
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// What is due before the next value of an array.
#[derive(Clone, Copy, Default, PartialEq)]
enum Due {
    #[default]
    Nothing,
    First,
    Next,
}

#[derive(Default)]
struct Compact {
    depth: usize,
    due: Due,
    /// Whether the array or object that ends next has something on lines of its own.
    tall: bool,
}

impl Compact {
    fn line(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        out.write_all(b"\n")?;
        for _ in 0..self.depth {
            out.write_all(b"  ")?;
        }
        Ok(())
    }

    /// A number or null: stays on the line of its array.
    fn scalar(&mut self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        if self.due == Due::Next {
            out.write_all(b", ")?;
        }
        self.due = Due::Nothing;
        Ok(())
    }

    /// Anything else: gets a line of its own.
    fn tall(&mut self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        match self.due {
            Due::Nothing => return Ok(()),
            Due::First => {}
            Due::Next => out.write_all(b",")?,
        }
        self.due = Due::Nothing;
        self.line(out)
    }
}

macro_rules! scalars {
    ($($write:ident($kind:ty))*) => { $(
        fn $write<W: ?Sized + Write>(&mut self, out: &mut W, it: $kind) -> io::Result<()> {
            self.scalar(out)?;
            self.tall = false;
            write!(out, "{it}")
        }
    )* };
}

impl Formatter for Compact {
    scalars! { write_bool(bool) write_i64(i64) write_u64(u64) write_u32(u32) write_i32(i32) write_u8(u8) }

    fn write_null<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.scalar(out)?;
        self.tall = false;
        out.write_all(b"null")
    }

    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, it: f64) -> io::Result<()> {
        self.scalar(out)?;
        self.tall = false;
        serde_json::ser::CompactFormatter.write_f64(out, it)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.tall(out)?;
        self.tall = true;
        out.write_all(b"\"")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.tall(out)?;
        self.depth += 1;
        self.tall = false;
        out.write_all(b"[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        self.due = if first { Due::First } else { Due::Next };
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.tall {
            self.line(out)?;
        }
        self.tall = true;
        out.write_all(b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.tall(out)?;
        self.depth += 1;
        self.tall = false;
        out.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.line(out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.tall = true;
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.tall {
            self.line(out)?;
        }
        self.tall = true;
        out.write_all(b"}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_stay_on_one_line_and_the_rest_is_indented() {
        let value = json!({
            "empty": [], "nothing": {}, "numbers": [1, null, -2.5], "words": ["a", "b"],
            "deep": [{"spans": [[1, 2], [3, 4]]}, 5, {}]
        });
        let text = write(&value);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        insta::assert_snapshot!(text, @r#"
        {
          "deep": [
            {
              "spans": [
                [1, 2],
                [3, 4]
              ]
            }, 5,
            {}
          ],
          "empty": [],
          "nothing": {},
          "numbers": [1, null, -2.5],
          "words": [
            "a",
            "b"
          ]
        }
        "#);
    }
}
