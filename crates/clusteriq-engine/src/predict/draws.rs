//! Numbers that are spread as if they were drawn by chance, and are the same every time.

/// The draws of one thing.
pub(super) struct Draws(u64);

impl Draws {
    /// Of the `number`-th thing.
    pub(super) fn of(number: usize) -> Self {
        Self((number as u64).wrapping_mul(0xd134_2543_de82_ef95) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// Uniform in (0, 1): SplitMix64 (Steele, Lea and Flood, 2014).
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((it ^ (it >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Uniform between the two.
    pub(super) fn between(&mut self, bounds: [f64; 2]) -> f64 {
        bounds[0] + (bounds[1] - bounds[0]) * self.unit()
    }

    /// True with that probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Standard normal, by the transformation of Box and Muller (1958).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}
