//! Streams of random words: one for each (seed, replication, entity, purpose).
//!
//! A stream is found by name. SipHash-2-4 with 128 bits (Aumasson and Bernstein, INDOCRYPT
//! 2012), keyed by seed and replication, turns the entity's path and
//! the purpose into the state of xoshiro256++ (Blackman and Vigna, ACM TOMS 47, 2021) for words in
//! order, or into the key for words by number: the first number leads from it to a `SplitMix64` of
//! its own (Steele, Lea and Flood split theirs so), of which the second number names the word.
//! Nothing is counted and nothing is handed round, so no stream depends on what other streams there are, on the order in which they are
//! made, or on how far they have been read.

use super::word::{SplitMix64, Word};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use siphasher::sip128::SipHasher24;

/// The version of all random numbers: raised whenever the word of any stream, or the variate that
/// any law makes of a word, changes. Results of different versions differ by chance, and a baseline
/// of another version cannot be compared by replication.
pub const STREAM_VERSION: u32 = 2;

/// What a stream's words are for.
///
/// One entity has one stream for each purpose, so that using more words for one leaves the others
/// in step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Time between arrivals.
    Gap,
    /// Which endpoint an arrival asks for.
    Endpoint,
    /// How much work a request brings.
    Work,
    /// Which replica a request is sent to.
    Routing,
    /// How long a container takes from unpacked to running.
    StartTime,
    /// How long a task computes.
    TaskTime,
    /// Ties between nodes.
    Placement,
    /// How much work an attempt brings that is not the first of a workload's request.
    AttemptWork,
    /// How much processor time an attempt needs.
    CpuTime,
    /// How long an attempt waits before it gives up.
    Patience,
    /// How long a client waits before it tries again.
    Backoff,
    /// Whether a call is made.
    Call,
    /// Whether an attempt is refused to shed load.
    Shedding,
    /// Who is next, where that is a matter of chance.
    Discipline,
    /// How long a replica takes to switch on.
    Setup,
    /// How long an idle replica stays on.
    KeepAlive,
    /// When a replica breaks down.
    Breakdown,
    /// How long its repair takes.
    Repair,
    /// How long a modulated process stays in a state.
    Sojourn,
    /// How many arrive at once.
    BatchSize,
    /// How long a user thinks.
    ThinkTime,
    /// How much later than due something comes.
    Jitter,
    /// Who is there when a run begins.
    Initial,
    /// What a request is about.
    Key,
    /// When something goes wrong.
    Fault,
    /// Who it happens to.
    Victim,
    /// How long a node takes from being asked for to taking containers.
    Boot,
    /// Where the points of a hash ring are.
    Ring,
    /// Which tasks fail, and when.
    TaskFailure,
    /// How long a copy of a recorded task takes.
    CopyTime,
    /// Which nodes have the blocks of a file.
    Blocks,
    /// How partitions differ in size.
    Skew,
    /// Who gets which part of a broadcast from whom.
    Broadcast,
    /// In which order hosts are asked for what a task reads.
    Fetch,
}

/// All streams of one replication.
#[derive(Clone, Debug)]
pub struct Streams {
    hasher: SipHasher24,
}

/// A stream whose words are taken in order.
#[derive(Clone, Debug)]
pub struct Sequence {
    generator: Xoshiro256PlusPlus,
}

/// A stream whose words are found by number, in any order and as often as needed.
#[derive(Clone, Debug)]
pub struct Keyed {
    key: [u64; 2],
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 34] = [
        Self::Gap,
        Self::Endpoint,
        Self::Work,
        Self::Routing,
        Self::StartTime,
        Self::TaskTime,
        Self::Placement,
        Self::AttemptWork,
        Self::CpuTime,
        Self::Patience,
        Self::Backoff,
        Self::Call,
        Self::Shedding,
        Self::Discipline,
        Self::Setup,
        Self::KeepAlive,
        Self::Breakdown,
        Self::Repair,
        Self::Sojourn,
        Self::BatchSize,
        Self::ThinkTime,
        Self::Jitter,
        Self::Initial,
        Self::Key,
        Self::Fault,
        Self::Victim,
        Self::Boot,
        Self::Ring,
        Self::TaskFailure,
        Self::CopyTime,
        Self::Blocks,
        Self::Skew,
        Self::Broadcast,
        Self::Fetch,
    ];

    /// The text that streams are named by; changing one changes random numbers.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Endpoint => "endpoint",
            Self::Work => "work",
            Self::Routing => "routing",
            Self::StartTime => "start-time",
            Self::TaskTime => "task-time",
            Self::Placement => "placement",
            Self::AttemptWork => "attempt-work",
            Self::CpuTime => "cpu-time",
            Self::Patience => "patience",
            Self::Backoff => "backoff",
            Self::Call => "call",
            Self::Shedding => "shedding",
            Self::Discipline => "discipline",
            Self::Setup => "setup",
            Self::KeepAlive => "keep-alive",
            Self::Breakdown => "breakdown",
            Self::Repair => "repair",
            Self::Sojourn => "sojourn",
            Self::BatchSize => "batch-size",
            Self::ThinkTime => "think-time",
            Self::Jitter => "jitter",
            Self::Initial => "initial",
            Self::Key => "key",
            Self::Fault => "fault",
            Self::Victim => "victim",
            Self::Boot => "boot",
            Self::Ring => "ring",
            Self::TaskFailure => "task-failure",
            Self::CopyTime => "copy-time",
            Self::Blocks => "blocks",
            Self::Skew => "skew",
            Self::Broadcast => "broadcast",
            Self::Fetch => "fetch",
        }
    }
}

impl Streams {
    /// The streams of `replication` under `seed`.
    pub fn new(seed: u64, replication: u32) -> Self {
        Self {
            hasher: SipHasher24::new_with_keys(seed, u64::from(replication)),
        }
    }

    /// The stream of the entity at `path` (its dotted name), to be read in order.
    pub fn sequence(&self, path: &str, purpose: Purpose) -> Sequence {
        let halves = self.halves(path, purpose);
        let mut seed = [0; 32];
        // All 128 bits of the name's hash take part: two words from each half.
        let words = halves.into_iter().flat_map(|half| {
            let mut mix = SplitMix64(half);
            [mix.next(), mix.next()]
        });
        for (place, word) in seed.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        Sequence {
            generator: Xoshiro256PlusPlus::from_seed(seed),
        }
    }

    /// The stream of the entity at `path` (its dotted name), to be read by number.
    pub fn keyed(&self, path: &str, purpose: Purpose) -> Keyed {
        let [first, second] = self.halves(path, purpose);
        Keyed {
            key: [SplitMix64(first).next(), SplitMix64(second).next()],
        }
    }

    fn halves(&self, path: &str, purpose: Purpose) -> [u64; 2] {
        // 0xFF occurs in no text, so no two names run together to the same bytes.
        let name = [path.as_bytes(), &[0xff], purpose.text().as_bytes()].concat();
        // As bytes, whose order is the same on every machine.
        let hash = u128::from_le_bytes(self.hasher.hash(&name).as_bytes());
        [hash as u64, (hash >> 64) as u64]
    }
}

impl Sequence {
    /// The next word.
    #[inline]
    pub fn word(&mut self) -> Word {
        Word(self.generator.next_u64())
    }
}

impl Keyed {
    /// The word of the thing numbered (`a`, `b`), e.g. (submission, partition and attempt).
    #[inline]
    pub fn word(&self, a: u64, b: u64) -> Word {
        let [first, second] = self.key;
        let split = SplitMix64(first).at(a).wrapping_add(second);
        Word(SplitMix64(split).at(b))
    }

    /// Puts items into an order of which each is as likely as any other (R. Fisher and F. Yates
    /// 1938), by the words numbered (`a`, 2³²·`b` + 1) and on.
    pub fn shuffle<T>(&self, a: u64, b: u32, items: &mut [T]) {
        for last in (1..items.len() as u32).rev() {
            let word = self.word(a, u64::from(b) << 32 | u64::from(last));
            items.swap(last as usize, word.below(last + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ChiSquared, ContinuousCDF};
    use std::collections::BTreeSet;

    const DRAWS: usize = 200_000;

    fn words(seed: u64, replication: u32, path: &str, purpose: Purpose, count: usize) -> Vec<u64> {
        let mut sequence = Streams::new(seed, replication).sequence(path, purpose);
        (0..count).map(|_| sequence.word().0).collect()
    }

    /// Words by number as the model asks for them: few submissions, many partitions, few attempts.
    fn keyed_words(path: &str, count: usize) -> Vec<u64> {
        let keyed = Streams::new(1, 0).keyed(path, Purpose::TaskTime);
        let number = |i: u64| (i / 1000, ((i % 1000) << 32) | (i % 2));
        (0..count as u64)
            .map(number)
            .map(|(a, b)| keyed.word(a, b).0)
            .collect()
    }

    /// The largest |r|·√n over lags 0 to 8: each is close to |N(0, 1)| for independent streams.
    fn largest_correlation(left: &[u64], right: &[u64]) -> f64 {
        let centred = |words: &[u64]| -> Vec<f64> {
            words
                .iter()
                .map(|word| (Word(*word).uniform() - 0.5) * 12.0_f64.sqrt())
                .collect()
        };
        let (left, right) = (centred(left), centred(right));
        let at_lag = |lag: usize| {
            let pairs = left.iter().zip(&right[lag..]);
            let count = (left.len() - lag) as f64;
            (pairs.map(|(a, b)| a * b).sum::<f64>() / count.sqrt()).abs()
        };
        (0..=8).map(at_lag).fold(0.0, f64::max)
    }

    /// The p-value of a chi-square test that pairs fill 16 by 16 cells evenly.
    fn pair_p_value(left: &[u64], right: &[u64]) -> f64 {
        let mut counts = [0_u32; 256];
        for (a, b) in left.iter().zip(right) {
            counts[(((a >> 60) << 4) | (b >> 60)) as usize] += 1;
        }
        let expected = left.len() as f64 / 256.0;
        let deviation = |count: &u32| {
            let difference = f64::from(*count) - expected;
            difference * difference / expected
        };
        ChiSquared::new(255.0)
            .unwrap()
            .sf(counts.iter().map(deviation).sum())
    }

    #[test]
    fn the_words_of_version_2_stay_what_they_are() {
        assert_eq!(STREAM_VERSION, 2);
        let streams = Streams::new(1, 0);
        let mut work = streams.sequence("services.gateway", Purpose::Work);
        let mut routing = streams.sequence("services.gateway", Purpose::Routing);
        let task_time = streams.keyed("apps.pi", Purpose::TaskTime);
        let golden = [
            [work.word(), work.word(), work.word()],
            [routing.word(), routing.word(), routing.word()],
            [
                task_time.word(0, 0),
                task_time.word(1, 0),
                task_time.word(0, 1),
            ],
        ];
        let lines = golden.map(|words| words.map(|word| format!("{:016x}", word.0)).join(" "));
        insta::assert_snapshot!(lines.join("\n"), @r"
        4b9f1ecae10673f7 f9c4cb4a3e1673e3 d720e3c62ee2edec
        f281305ce33b3ace f4844f744014cad2 9ba9ef825fb0ec88
        d5205954227fa216 2f4759536f43795a 80a1969362f2ec6e
        ");
    }

    #[test]
    fn the_hash_of_names_is_the_published_one() {
        // The first vector of the reference implementation: key 00 to 0f, no input.
        let hasher = SipHasher24::new_with_keys(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
        let expected = 0xa381_7f04_ba25_a8e6_6df6_7214_c755_0293_u128;
        assert_eq!(hasher.hash(&[]).as_bytes(), expected.to_be_bytes());
    }

    #[test]
    fn two_streams_are_uncorrelated() {
        let work = words(1, 0, "services.a", Purpose::Work, DRAWS);
        let keyed = keyed_words("apps.a", DRAWS);
        let others = [
            words(1, 0, "services.a", Purpose::Routing, DRAWS),
            words(1, 0, "services.b", Purpose::Work, DRAWS),
            words(1, 1, "services.a", Purpose::Work, DRAWS),
            words(2, 0, "services.a", Purpose::Work, DRAWS),
            work[1..].to_vec(),
            keyed_words("apps.a", DRAWS),
            keyed_words("apps.b", DRAWS),
            keyed_words("apps.a", DRAWS + 1)[1..].to_vec(),
        ];
        for (index, other) in others.iter().enumerate() {
            for (name, stream) in [("sequence", &work), ("keyed", &keyed)] {
                if stream == other {
                    continue;
                }
                let stream = &stream[..other.len()];
                // 15 pairs of 9 lags: a sound generator passes 4.8 in one run of 4,700, and a pair
                // fails the chi-square test in one of 10,000.
                let correlation = largest_correlation(stream, other);
                assert!(correlation < 4.8, "{name} and other {index}: {correlation}");
                let p_value = pair_p_value(stream, other);
                assert!(p_value > 1e-4, "{name} and other {index}: p = {p_value}");
            }
        }
    }

    #[test]
    fn the_tests_of_correlation_notice_a_repeated_stream() {
        let work = words(1, 0, "services.a", Purpose::Work, DRAWS);
        assert!(largest_correlation(&work[9..], &work[..DRAWS - 9]) < 4.8);
        assert!(largest_correlation(&work[..DRAWS - 17], &work[9..]) < 4.8);
        assert!(largest_correlation(&work, &work) > 100.0);
        assert!(largest_correlation(&work[5..], &work[1..DRAWS - 4]) > 100.0);
        assert!(pair_p_value(&work, &work) < 1e-12);
    }

    #[test]
    fn an_added_entity_leaves_the_words_of_others_as_they_were() {
        let alone = words(1, 0, "services.gateway", Purpose::Work, 100);
        let streams = Streams::new(1, 0);
        let mut added = streams.sequence("services.auth", Purpose::Work);
        let mut routing = streams.sequence("services.gateway", Purpose::Routing);
        let mut gateway = streams.sequence("services.gateway", Purpose::Work);
        let beside_others: Vec<u64> = (0..100)
            .map(|turn| {
                for _ in 0..turn % 3 {
                    added.word();
                    routing.word();
                }
                gateway.word().0
            })
            .collect();
        assert_eq!(alone, beside_others);
    }

    #[test]
    fn seeds_replications_paths_and_purposes_all_make_a_difference() {
        let mut seen = BTreeSet::new();
        let mut count = 0;
        for seed in [0, 1, 2, u64::MAX] {
            for replication in [0, 1, 2, u32::MAX] {
                let streams = Streams::new(seed, replication);
                for path in ["", "a", "a.b", "ab", "services.a"] {
                    for purpose in Purpose::ALL {
                        seen.insert(streams.sequence(path, purpose).word().0);
                        seen.insert(streams.keyed(path, purpose).word(0, 0).0);
                        count += 2;
                    }
                }
            }
        }
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn a_keyed_word_depends_on_both_numbers_and_on_nothing_else() {
        let keyed = Streams::new(1, 0).keyed("apps.pi", Purpose::TaskTime);
        let numbers = [0, 1, 2, 1 << 32, u64::MAX];
        let all = || {
            numbers
                .iter()
                .flat_map(|a| numbers.iter().map(|b| keyed.word(*a, *b).0))
        };
        assert_eq!(all().collect::<BTreeSet<_>>().len(), 25);
        assert!(all().eq(all()));
    }
}
