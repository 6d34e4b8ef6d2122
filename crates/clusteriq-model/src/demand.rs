//! Demand: the minutes of a cluster, packed.

use crate::Minute;
use crate::minute::NUMBERS;

/// Minutes in a block: reading one means unpacking its block.
const BLOCK: usize = 64;

/// The minutes of one cluster in time order, without gaps filled.
///
/// A month of a large fleet has a hundred million of them, so a minute is kept as what differs from the one before: some
/// 20 bytes instead of 64. A block begins anew, so that a span is found and unpacked without what is before it.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    blocks: Vec<Block>,
    bytes: Vec<u8>,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    /// The first minute, since 1970.
    at: i64,
    /// Where its bytes begin.
    from: u32,
    count: u32,
}

impl Demand {
    /// Adds minutes, which must come after all that are there.
    pub fn append(&mut self, minutes: &[Minute]) {
        let mut packed = vec![];
        for part in minutes.chunks(BLOCK) {
            packed.clear();
            let mut last = [0; NUMBERS];
            for minute in part {
                let numbers = minute.numbers();
                pack(&mut packed, &last, &numbers);
                last = following(numbers);
            }
            // A quarter of room to grow, not as much again.
            if self.bytes.capacity() < self.bytes.len() + packed.len() {
                self.bytes.reserve_exact(packed.len().max(self.bytes.len() / 4));
            }
            self.blocks.push(Block {
                at: part[0].at,
                from: u32::try_from(self.bytes.len()).expect("a month of minutes is a few MB"),
                count: part.len() as u32,
            });
            self.bytes.extend(&packed);
        }
        self.len += minutes.len();
    }

    /// Gives back the room to grow.
    pub fn shrink_to_fit(&mut self) {
        self.blocks.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }

    /// How many minutes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no telemetry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The earliest minute.
    #[must_use]
    pub fn first(&self) -> Option<Minute> {
        self.iter().next()
    }

    /// The latest minute.
    #[must_use]
    pub fn last(&self) -> Option<Minute> {
        self.unpack(self.blocks.last()?).last()
    }

    /// All minutes.
    pub fn iter(&self) -> impl Iterator<Item = Minute> {
        self.blocks.iter().flat_map(|it| self.unpack(it))
    }

    /// Those from one minute since 1970 to before another.
    #[must_use]
    pub fn between(&self, from: i64, until: i64) -> Vec<Minute> {
        let first = self.blocks.partition_point(|it| it.at <= from).saturating_sub(1);
        let blocks = self.blocks[first..].iter().take_while(|it| it.at < until);
        blocks.flat_map(|it| self.unpack(it)).filter(|it| from <= it.at && it.at < until).collect()
    }

    fn unpack(&self, block: &Block) -> Unpacking<'_> {
        Unpacking { bytes: &self.bytes[block.from as usize..], left: block.count, last: [0; NUMBERS] }
    }
}

/// What a minute is compared with: the one before, a minute later.
fn following(mut numbers: [u64; NUMBERS]) -> [u64; NUMBERS] {
    numbers[0] = numbers[0].wrapping_add(1);
    numbers
}

/// A bit for each number that differs, then the differences: the sign in the lowest bit, seven bits a byte.
fn pack(out: &mut Vec<u8>, last: &[u64; NUMBERS], numbers: &[u64; NUMBERS]) {
    let start = out.len();
    out.extend([0, 0]);
    let mut differs = 0_u16;
    for (index, (last, number)) in last.iter().zip(numbers).enumerate() {
        let difference = number.wrapping_sub(*last).cast_signed();
        if difference == 0 {
            continue;
        }
        differs |= 1 << index;
        let mut left = ((difference << 1) ^ (difference >> 63)).cast_unsigned();
        while left >= 0x80 {
            out.push(left as u8 | 0x80);
            left >>= 7;
        }
        out.push(left as u8);
    }
    out[start..start + 2].copy_from_slice(&differs.to_le_bytes());
}

/// The minutes of a block.
struct Unpacking<'a> {
    bytes: &'a [u8],
    left: u32,
    last: [u64; NUMBERS],
}

impl Unpacking<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.bytes.split_first().expect("a block has all the bytes of its minutes");
        self.bytes = rest;
        *first
    }
}

impl Iterator for Unpacking<'_> {
    type Item = Minute;

    fn next(&mut self) -> Option<Minute> {
        self.left = self.left.checked_sub(1)?;
        let mut differs = u16::from_le_bytes([self.byte(), self.byte()]);
        while differs != 0 {
            let (mut packed, mut shift) = (0_u64, 0);
            loop {
                let byte = self.byte();
                packed |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
                shift += 7;
            }
            let difference = (packed >> 1) ^ (packed & 1).wrapping_neg();
            let number = &mut self.last[differs.trailing_zeros() as usize];
            *number = number.wrapping_add(difference);
            differs &= differs - 1;
        }
        let minute = Minute::from_numbers(&self.last);
        self.last = following(self.last);
        Some(minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minute() -> impl Strategy<Value = (i64, [u64; NUMBERS])> {
        let number = |at| match at {
            0 => Just(0).boxed(),
            1..5 => prop_oneof![0..4_u64, 0..=u64::from(u16::MAX)].boxed(),
            5..15 => prop_oneof![0..100_000_u64, Just(u64::from(u32::MAX))].boxed(),
            _ => prop_oneof![0..1_000_000_u64, any::<u64>()].boxed(),
        };
        let numbers = (0..NUMBERS).map(number).collect::<Vec<_>>();
        let numbers = numbers.prop_map(|it| it.try_into().expect("as many as were asked for"));
        (prop_oneof![8 => Just(1), 1 => 2..5000_i64], numbers)
    }

    proptest! {
        #[test]
        fn packed_minutes_come_back_whole_and_by_span(
            steps in prop::collection::vec(minute(), 0..300), cut in 0..300_usize, span in (0..9000_i64, 0..500_i64),
        ) {
            let mut at = 0;
            let minutes: Vec<Minute> = steps.iter().map(|(step, numbers)| {
                at += step;
                let mut minute = Minute::from_numbers(numbers);
                minute.at = at;
                minute
            }).collect();
            let mut demand = Demand::default();
            let (early, late) = minutes.split_at(cut.min(minutes.len()));
            demand.append(early);
            demand.append(late);
            prop_assert_eq!(demand.iter().collect::<Vec<_>>(), minutes.clone());
            prop_assert_eq!((demand.len(), demand.is_empty()), (minutes.len(), minutes.is_empty()));
            prop_assert_eq!((demand.first(), demand.last()), (minutes.first().copied(), minutes.last().copied()));
            let (from, until) = (span.0, span.0 + span.1);
            let inside: Vec<Minute> = minutes.into_iter().filter(|it| from <= it.at && it.at < until).collect();
            prop_assert_eq!(demand.between(from, until), inside);
        }
    }
}
