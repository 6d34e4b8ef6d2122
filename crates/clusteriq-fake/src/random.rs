//! A small seeded generator (xoshiro256++), so that the same options always give the same company.
//!
//! Every resource draws from a stream of its own, named after it: adding one resource does not change the others.

/// A stream of pseudo-random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: [u64; 4],
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut it = *state;
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

impl Random {
    /// The stream of that name.
    pub(crate) fn named(seed: u64, name: &str) -> Self {
        // FNV-1a spreads the name over the seed.
        let mut mixed = name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { state: std::array::from_fn(|_| splitmix(&mut mixed)) }
    }

    /// A stream of its own: how much is drawn from one no longer changes the other.
    pub(crate) fn fork(&mut self) -> Self {
        let mut mixed = self.bits();
        Self { state: std::array::from_fn(|_| splitmix(&mut mixed)) }
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform between the two.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform integer, both ends possible.
    pub(crate) fn whole(&mut self, low: i64, high: i64) -> i64 {
        debug_assert!(low <= high);
        low + (self.bits() % (high - low + 1).unsigned_abs()) as i64
    }

    /// True with that probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Standard normal, near enough: the sum of twelve uniforms. Needs no logarithm, so it is the same everywhere.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// A factor around 1 whose relative spread is about `spread`.
    pub(crate) fn factor(&mut self, spread: f64) -> f64 {
        (spread * self.normal()).exp()
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.bits() as usize % items.len()]
    }

    /// Text of that length over the alphabet.
    pub(crate) fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..length).map(|_| char::from(*self.pick(letters))).collect()
    }

    /// A number with that many digits, the first not 0: job, run and workspace ids.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        self.text("123456789", 1) + &self.text("0123456789", count - 1)
    }

    /// Lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, count: usize) -> String {
        self.text("0123456789abcdef", count)
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        format!(
            "{}-{}-4{}-{}{}-{}",
            self.hex(8),
            self.hex(4),
            self.hex(3),
            self.text("89ab", 1),
            self.hex(3),
            self.hex(12)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_one_name_agree_and_of_two_names_differ() {
        let draw = |name: &str| Random::named(7, name).bits();
        assert_eq!(draw("job 1"), draw("job 1"));
        assert_ne!(draw("job 1"), draw("job 2"));
    }

    #[test]
    fn normal_has_mean_zero_and_spread_one() {
        let mut random = Random::named(1, "normal");
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let spread = (draws.iter().map(|it| it * it).sum::<f64>() / 20_000.0).sqrt();
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((spread - 1.0).abs() < 0.03, "{spread}");
    }
}
