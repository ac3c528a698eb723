//! Max-min fair sharing: by hand, and against an obvious reference that shares everything from
//! scratch whenever anything changes.

use proptest::prelude::*;
use sparksim::cluster::{Counted, Path, Transfer, Transfers};
use sparksim::id::{Id, LinkId};
use sparksim::units::{Bandwidth, Bytes, Time};

const MEGABYTE: u64 = 1_000_000;

fn megabytes(amount: u64, path: &[LinkId]) -> Transfer {
    Transfer::plain(Bytes(amount * MEGABYTE), path.iter().copied().collect())
}

fn links<const N: usize>(
    transfers: &mut Transfers<char>,
    megabytes_per_second: [u64; N],
) -> [LinkId; N] {
    megabytes_per_second.map(|amount| transfers.add_link(Bandwidth(amount * MEGABYTE)))
}

/// Every transfer with the second at which it ends, in that order.
fn ends(transfers: &mut Transfers<char>) -> Vec<(char, f64)> {
    let mut ends = Vec::new();
    while let Some(now) = transfers.next_end() {
        while let Some(what) = transfers.pop_ended(now) {
            ends.push((what, now.seconds()));
        }
        transfers.settle(now);
    }
    ends
}

/// The expected ends where all begin at once.
fn check(transfers: &mut Transfers<char>, expected: &[(char, f64)]) {
    transfers.settle(Time::ZERO);
    assert_eq!(ends(transfers), expected);
}

#[test]
fn two_transfers_share_a_link_and_the_second_speeds_up_when_the_first_has_ended() {
    let mut transfers = Transfers::new();
    let [registry] = links(&mut transfers, [100]);
    transfers.start(Time::ZERO, 'a', megabytes(100, &[registry]));
    transfers.start(Time::ZERO, 'b', megabytes(300, &[registry]));
    // 200 MB are left at 2 s, alone on 100 MB/s.
    check(&mut transfers, &[('a', 2.0), ('b', 4.0)]);
}

#[test]
fn what_a_slow_node_cannot_use_goes_to_the_others() {
    let mut transfers = Transfers::new();
    let [registry, slow, fast] = links(&mut transfers, [90, 10, 1000]);
    transfers.start(Time::ZERO, 'a', megabytes(100, &[registry, slow]));
    transfers.start(Time::ZERO, 'b', megabytes(160, &[registry, fast]));
    // 80 MB/s are left for b.
    check(&mut transfers, &[('b', 2.0), ('a', 10.0)]);
}

#[test]
fn a_share_is_in_proportion_to_the_weight_and_a_limit_leaves_the_rest_to_others() {
    let mut transfers = Transfers::new();
    let [link] = links(&mut transfers, [90]);
    let heavy = Transfer {
        weight: 2,
        ..megabytes(60, &[link])
    };
    let limited = Transfer {
        limit: Some(Bandwidth(15 * MEGABYTE)),
        weight: 5,
        ..megabytes(150, &[link])
    };
    transfers.start(Time::ZERO, 'l', limited);
    transfers.start(Time::ZERO, 'h', heavy);
    transfers.start(Time::ZERO, 'n', megabytes(25, &[link]));
    // 15 for l, 50 for h and 25 for n until 1 s; then 75 for h, whose last 10 MB take 2/15 s.
    transfers.settle(Time::ZERO);
    let ends = ends(&mut transfers);
    assert_eq!(ends[0], ('n', 1.0));
    assert_eq!(ends[1], ('h', 1.133_333_334));
    assert_eq!(ends[2], ('l', 10.0));
}

/// A transfer that only its own limit holds back.
#[test]
fn a_limit_alone_is_enough() {
    let mut transfers = Transfers::new();
    let alone = Transfer {
        limit: Some(Bandwidth(10 * MEGABYTE)),
        ..megabytes(30, &[])
    };
    transfers.start(Time::ZERO, 'a', alone);
    check(&mut transfers, &[('a', 3.0)]);
}

/// Thirds of a link are no finite binary fractions, and yet nothing is late by a nanosecond.
#[test]
fn rounding_costs_no_nanosecond() {
    let mut transfers = Transfers::new();
    let [link] = links(&mut transfers, [100]);
    for what in ['a', 'b', 'c'] {
        transfers.start(Time::ZERO, what, megabytes(100, &[link]));
    }
    check(&mut transfers, &[('a', 3.0), ('b', 3.0), ('c', 3.0)]);
}

#[test]
fn what_is_given_up_frees_its_share_and_says_what_was_missing() {
    let mut transfers = Transfers::new();
    let [link] = links(&mut transfers, [100]);
    let given_up = transfers.start(Time::ZERO, 'a', megabytes(100, &[link]));
    transfers.start(Time::ZERO, 'b', megabytes(100, &[link]));
    transfers.settle(Time::ZERO);
    let now = Time::from_nanos(1_000_000_000);
    assert_eq!(transfers.cancel(now, given_up), Bytes(50 * MEGABYTE));
    transfers.settle(now);
    assert_eq!(ends(&mut transfers), [('b', 1.5)]);
}

/// The example of Bertsekas and Gallager (Data Networks, 6.5): links of 1 and 2, one transfer over
/// both and one over each. Max-min gives 1/2, 1/2, 3/2. Proportional fairness (Kelly, Maulloo and Tan,
/// 1998) would give the long one 0.4226, the root of 3x² − 6x + 2: that is what it gets where its
/// weight is the price of its links, and not otherwise.
#[test]
fn the_long_way_gets_as_much_as_the_short_one() {
    let rates = |weights: [u32; 3]| {
        let mut transfers = Transfers::new();
        let [a, b] = links(&mut transfers, [1, 2]);
        let paths = [vec![a, b], vec![a], vec![b]];
        let ids = paths.iter().zip(weights).map(|(path, weight)| {
            let transfer = Transfer {
                weight,
                ..megabytes(100, path)
            };
            transfers.start(Time::ZERO, 'x', transfer)
        });
        let ids: Vec<_> = ids.collect();
        transfers.settle(Time::ZERO);
        let rates = ids.iter().map(|id| transfers.rate(*id) / 1e6);
        rates.collect::<Vec<f64>>()
    };
    assert_eq!(rates([1, 1, 1]), [0.5, 0.5, 1.5]);
    let proportional = 1.0 - 3_f64.sqrt().recip();
    assert!((3.0 * proportional * proportional - 6.0 * proportional + 2.0).abs() < 1e-12);
    let scaled = (proportional / (1.0 - proportional) * 1e6) as u32;
    let found = rates([scaled, 1_000_000, 1_000_000]);
    let expected = [proportional, 1.0 - proportional, 2.0 - proportional];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
}

/// A transfer of the reference.
#[derive(Clone, Debug)]
struct Plain {
    number: usize,
    links: Vec<usize>,
    /// Of its first link: what a byte counts there.
    per_byte: f64,
    weight: f64,
    limit: f64,
    remaining: f64,
    rate: f64,
}

impl Plain {
    fn per_byte(&self, link: usize) -> f64 {
        if self.links.first() == Some(&link) {
            self.per_byte
        } else {
            1.0
        }
    }
}

/// Water rises evenly, by weight, until a link is full or a limit is reached; what is held back
/// there stays as it is, and the water goes on rising for the others.
fn share(capacities: &[f64], transfers: &mut [Plain]) {
    let mut free: Vec<f64> = capacities.to_vec();
    let mut rising = vec![true; transfers.len()];
    for it in transfers.iter_mut() {
        it.rate = 0.0;
    }
    while rising.contains(&true) {
        let weight = |link: usize| -> f64 {
            let on_it = transfers.iter().zip(&rising);
            let on_it = on_it.filter(|(it, rises)| **rises && it.links.contains(&link));
            on_it.map(|(it, _)| it.weight * it.per_byte(link)).sum()
        };
        let weights: Vec<f64> = (0..free.len()).map(weight).collect();
        let by_link = (0..free.len()).filter(|&link| weights[link] > 0.0);
        let by_link = by_link.map(|link| free[link] / weights[link]);
        let by_limit = transfers.iter().zip(&rising).filter(|(_, rises)| **rises);
        let by_limit = by_limit.map(|(it, _)| (it.limit - it.rate) / it.weight);
        let step = by_link.chain(by_limit).fold(f64::INFINITY, f64::min);
        for (it, _) in transfers
            .iter_mut()
            .zip(&rising)
            .filter(|(_, rises)| **rises)
        {
            it.rate += step * it.weight;
            it.links
                .iter()
                .for_each(|&link| free[link] -= step * it.weight * it.per_byte(link));
        }
        for (it, rises) in transfers.iter().zip(&mut rising) {
            let is_full = |link: &usize| free[*link] <= 1e-9 * capacities[*link];
            if it.links.iter().any(is_full) || it.limit <= it.rate * (1.0 + 1e-9) {
                *rises = false;
            }
        }
    }
}

/// What is done to a network: a transfer begins, or the one of that number is given up, so many
/// milliseconds after the last.
#[derive(Clone, Debug)]
enum Change {
    Begin {
        links: Vec<usize>,
        megabytes: u64,
        weight: u32,
        limit: Option<u64>,
        /// Quarters of what its first link counts that a byte brings.
        per_byte: Option<u32>,
    },
    GiveUp(usize),
}

const LINKS: usize = 7;

fn changes() -> impl Strategy<Value = Vec<(u64, Change)>> {
    let links = prop::sample::subsequence((0..LINKS).collect::<Vec<_>>(), 1..4);
    let begin = (
        links,
        1u64..200,
        1u32..5,
        prop::option::of(1u64..50),
        prop::option::of(1u32..40),
    );
    let begin = begin.prop_map(
        |(links, megabytes, weight, limit, per_byte)| Change::Begin {
            links,
            megabytes,
            weight,
            limit,
            per_byte,
        },
    );
    let change = prop_oneof![4 => begin, 1 => (0usize..30).prop_map(Change::GiveUp)];
    prop::collection::vec((0u64..1500, change), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The shares, and when each transfer ends, are those of the reference.
    #[test]
    fn sharing_a_part_anew_is_sharing_everything_anew(
        capacities in prop::collection::vec(1u64..100, LINKS),
        changes in changes(),
    ) {
        let per_second: Vec<f64> = capacities.iter().map(|c| (c * MEGABYTE) as f64).collect();
        let mut transfers = Transfers::new();
        for capacity in capacities {
            transfers.add_link(Bandwidth(capacity * MEGABYTE));
        }
        let mut ids = Vec::new();
        let mut plain: Vec<Plain> = Vec::new();
        let mut now = Time::ZERO;
        // The reference goes from change to change and from end to end.
        let mut expected: Vec<(usize, f64)> = Vec::new();
        let mut found: Vec<(usize, f64)> = Vec::new();
        let last = changes.len();
        // After the last change nothing is given up until everything has ended.
        let end = (1_000_000_000, Change::GiveUp(usize::MAX));
        for (index, (wait, change)) in changes.into_iter().chain([end]).enumerate() {
            let until = Time::from_nanos(now.nanos() + wait * 1_000_000);
            while let Some(time) = transfers.next_end().filter(|&time| time <= until) {
                while let Some(number) = transfers.pop_ended(time) {
                    found.push((number, time.seconds()));
                    ids[number] = None;
                }
                transfers.settle(time);
            }
            let mut clock = now.seconds();
            loop {
                share(&per_second, &mut plain);
                let first = plain.iter().map(|it| it.remaining / it.rate).fold(f64::INFINITY, f64::min);
                let step = first.min(until.seconds() - clock);
                if plain.is_empty() {
                    break;
                }
                for it in &mut plain {
                    it.remaining -= it.rate * step;
                }
                clock += step;
                let ended = |it: &Plain| it.remaining <= 1e-3;
                expected.extend(plain.iter().filter(|it| ended(it)).map(|it| (it.number, clock)));
                plain.retain(|it| !ended(it));
                if until.seconds() <= clock {
                    break;
                }
            }
            now = until;
            match change {
                Change::Begin { links, megabytes, weight, limit, per_byte } => {
                    let path: Path = links.iter().map(|&link| LinkId::new(link)).collect();
                    let bytes = Bytes(megabytes * MEGABYTE);
                    let number = ids.len();
                    let limit = limit.map(|it| it * MEGABYTE);
                    let per_byte = per_byte.map(|quarters| f64::from(quarters) / 4.0);
                    let counted = per_byte.map(|per_byte| Counted {
                        link: LinkId::new(links[0]),
                        per_byte,
                    });
                    let limits = limit.map(Bandwidth);
                    let transfer = Transfer { bytes, path, weight, limit: limits, counted };
                    ids.push(Some(transfers.start(now, number, transfer)));
                    plain.push(Plain {
                        number,
                        links,
                        per_byte: per_byte.unwrap_or(1.0),
                        weight: f64::from(weight),
                        limit: limit.map_or(f64::INFINITY, |it| it as f64),
                        remaining: bytes.0 as f64,
                        rate: 0.0,
                    });
                }
                Change::GiveUp(number) => {
                    if let Some(id) = ids.get_mut(number).and_then(Option::take) {
                        transfers.cancel(now, id);
                        plain.retain(|it| it.number != number);
                    }
                }
            }
            transfers.settle(now);
            share(&per_second, &mut plain);
            for it in &plain {
                if let Some(id) = ids[it.number] {
                    let rate = transfers.rate(id);
                    prop_assert!((rate / it.rate - 1.0).abs() < 1e-6, "{rate} is not {}", it.rate);
                }
            }
            if index == last {
                prop_assert!(transfers.is_empty() && plain.is_empty());
            }
        }
        expected.sort_by_key(|end| end.0);
        found.sort_by_key(|end| end.0);
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert_eq!(found.0, expected.0);
            prop_assert!((found.1 - expected.1).abs() < 1e-6, "{:?} is not {:?}", found, expected);
        }
    }
}
