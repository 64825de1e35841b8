//! Named random streams of one seed: adding a consumer does not shift what the others draw.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Who draws. Each name is a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Suffixes of generated names and uids.
    Names,
    /// ClusterIPs and node ports.
    Allocation,
    /// The scheduler's choice among equals.
    Scheduler,
    /// `-m statistic --mode random`.
    Balancing,
    /// Ephemeral source ports and SNAT's fully random ports.
    Ports,
    /// Orders that a real cluster draws from a Go map.
    MapOrder,
    /// Small differences of delays.
    Jitter,
    /// The shell's own `$RANDOM`.
    Shell,
}

/// All streams of one seed.
#[derive(Clone, Debug)]
pub struct Random {
    seed: u64,
    streams: [Xoshiro256PlusPlus; 8],
}

impl Random {
    /// The streams of `seed`.
    pub fn new(seed: u64) -> Self {
        let stream = |n: u64| Xoshiro256PlusPlus::seed_from_u64(seed ^ (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self { seed, streams: std::array::from_fn(|n| stream(n as u64)) }
    }
    /// The seed it was made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }
    /// The generator of one stream.
    pub fn stream(&mut self, stream: Stream) -> &mut Xoshiro256PlusPlus {
        &mut self.streams[stream as usize]
    }
    /// 31 random bits of [`Stream::Balancing`]: what `-m statistic --mode random` compares with its probability.
    #[inline]
    pub fn bits31(&mut self) -> u32 {
        (self.stream(Stream::Balancing).next_u64() >> 33) as u32
    }
    /// A number in `0..n`, without bias worth mention; 0 if `n` is 0.
    pub fn below(&mut self, stream: Stream, n: u64) -> u64 {
        ((u128::from(self.stream(stream).next_u64()) * u128::from(n)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_do_not_disturb_one_another() {
        let (mut a, mut b) = (Random::new(7), Random::new(7));
        for _ in 0..100 {
            a.below(Stream::Names, 27);
        }
        let draw = |r: &mut Random| (0..20).map(|_| r.below(Stream::Balancing, 1000)).collect::<Vec<_>>();
        assert_eq!(draw(&mut a), draw(&mut b));
    }
}
