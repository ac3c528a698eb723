//! Allocation policies against worked examples, slow references and brute force.

use proptest::prelude::*;
use sparksim::model::AllocationKind;
use sparksim::policy::allocation::{Amounts, Claim, KINDS, Share, Why, allocate};

/// A claim of so much, with nothing special about it.
fn claim(demand: Amounts) -> Claim {
    Claim {
        demand,
        guaranteed: [0.0; KINDS],
        weight: 1.0,
        cost: [0.0; KINDS],
        penalty: [1.0, 0.0],
        priority: 0,
    }
}

fn weighted(demand: Amounts, weight: f64) -> Claim {
    Claim {
        weight,
        ..claim(demand)
    }
}

fn amounts(kind: AllocationKind, claims: &[Claim], capacity: Amounts) -> Vec<Amounts> {
    let shares = allocate(kind, claims, &capacity);
    shares.iter().map(|share| share.amounts).collect()
}

fn near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-9 * expected.abs().max(1.0),
        "{found} is not {expected}"
    );
}

/// The example of the paper on dominant resource fairness (NSDI 2011, section 4.1): 9 cores and
/// 18 GB, tasks of user A need 1 core and 4 GB, tasks of user B 3 cores and 1 GB.
const CAPACITY: Amounts = [9.0, 18.0];
const TASK_A: Amounts = [1.0, 4.0];
const TASK_B: Amounts = [3.0, 1.0];

fn tasks(task: Amounts, number: f64) -> Amounts {
    task.map(|amount| number * amount)
}

#[test]
fn drf_gives_the_users_of_its_paper_three_and_two_tasks() {
    let claims = [claim(tasks(TASK_A, 100.0)), claim(tasks(TASK_B, 100.0))];
    let shares = amounts(AllocationKind::Drf, &claims, CAPACITY);
    near(shares[0][0], 3.0);
    near(shares[0][1], 12.0);
    near(shares[1][0], 6.0);
    near(shares[1][1], 2.0);
    let dominant = [shares[0][1] / 18.0, shares[1][0] / 9.0];
    near(dominant[0], 2.0 / 3.0);
    near(dominant[1], 2.0 / 3.0);
}

#[test]
fn weights_make_dominant_shares_two_to_one() {
    let claims = [
        weighted(tasks(TASK_A, 100.0), 2.0),
        claim(tasks(TASK_B, 100.0)),
    ];
    let shares = amounts(AllocationKind::Drf, &claims, CAPACITY);
    near(shares[0][0], 54.0 / 13.0);
    near(shares[1][0] / 3.0, 18.0 / 13.0);
}

/// Asset fairness makes the sums of shares equal instead: 63/25 and 54/25 tasks (the same paper,
/// section 4.2). The slow reference below can do both, which shows that it tells them apart.
#[test]
fn asset_fairness_is_something_else() {
    let claims = [claim(tasks(TASK_A, 100.0)), claim(tasks(TASK_B, 100.0))];
    let asset = reference(&claims, CAPACITY, |shares| shares.iter().sum());
    assert!((asset[0] * 100.0 - 63.0 / 25.0).abs() < 1e-6, "{asset:?}");
    assert!((asset[1] * 100.0 - 54.0 / 25.0).abs() < 1e-6, "{asset:?}");
    let dominant = reference(&claims, CAPACITY, largest);
    assert!((dominant[0] * 100.0 - 3.0).abs() < 1e-6, "{dominant:?}");
}

/// S. Keshav, An Engineering Approach to Computer Networking (1997): what the modest leave is shared
/// by the others.
#[test]
fn water_fills_the_examples_of_the_textbooks() {
    let run = |demands: &[f64], weights: &[f64], capacity: f64, expected: &[f64]| {
        let claims: Vec<Claim> = demands
            .iter()
            .zip(weights)
            .map(|(&demand, &weight)| weighted([demand, 0.0], weight))
            .collect();
        let shares = amounts(AllocationKind::MaxMin, &claims, [capacity, 1.0]);
        for (share, expected) in shares.iter().zip(expected) {
            near(share[0], *expected);
        }
        // With one kind of resource dominant shares are shares.
        let same = amounts(AllocationKind::Drf, &claims, [capacity, 1.0]);
        for (one, other) in shares.iter().zip(&same) {
            near(one[0], other[0]);
        }
    };
    let equal = [1.0; 4];
    run(&[2.0, 2.6, 4.0, 5.0], &equal, 10.0, &[2.0, 2.6, 2.7, 2.7]);
    run(
        &[4.0, 2.0, 10.0, 4.0],
        &[2.5, 4.0, 0.5, 1.0],
        16.0,
        &[4.0, 2.0, 6.0, 4.0],
    );
    run(&[4.0, 6.0, 8.0], &[1.0, 2.0, 2.0], 10.0, &[2.0, 4.0, 4.0]);
}

/// The programme of F. Hillier and G. Lieberman's Wyndor Glass Co.: max 3x + 5y with x ≤ 4, 2y ≤ 12,
/// 3x + 2y ≤ 18 has its optimum 36 at (2, 6). Here the claims are x = 4 and y = 6, the kind that both
/// need has a capacity of 18, and what they bring is what their lack would cost.
#[test]
fn the_linear_programme_solves_the_example_of_its_textbook() {
    let x = Claim {
        penalty: [12.0 / 12.0, 0.0],
        ..claim([12.0, 0.0])
    };
    let y = Claim {
        penalty: [30.0 / 12.0, 0.0],
        ..claim([12.0, 0.0])
    };
    let shares = allocate(AllocationKind::Lp, &[x, y], &[18.0, 1.0]);
    near(4.0 * shares[0].amounts[0] / 12.0, 2.0);
    near(6.0 * shares[1].amounts[0] / 12.0, 6.0);
    assert_eq!([shares[0].why, shares[1].why], [Why::Scarce(0), Why::Whole]);
}

/// The same programme: a unit more of its second constraint, 2y ≤ 13, is worth its shadow price, 3/2,
/// and a unit more of the first, x ≤ 5, nothing (Hillier and Lieberman).
#[test]
fn what_a_constraint_costs_is_its_shadow_price() {
    let most = |first: f64, second: f64| {
        let x = Claim {
            penalty: [1.0, 0.0],
            ..claim([3.0 * first, 0.0])
        };
        let y = Claim {
            penalty: [2.5, 0.0],
            ..claim([second, 0.0])
        };
        let given = amounts(AllocationKind::Lp, &[x, y], [18.0, 1.0]);
        given[0][0] + 2.5 * given[1][0]
    };
    near(most(4.0, 12.0), 36.0);
    near(most(4.0, 13.0) - most(4.0, 12.0), 1.5);
    near(most(5.0, 12.0) - most(4.0, 12.0), 0.0);
}

/// As many tasks as possible of the two users of the paper: 63/11, and no fairness.
#[test]
fn the_linear_programme_finds_the_most_tasks() {
    let claims = [
        claim(tasks(TASK_A, 100.0)),
        Claim {
            penalty: [1.0 / 3.0, 0.0],
            ..claim(tasks(TASK_B, 100.0))
        },
    ];
    let shares = amounts(AllocationKind::Lp, &claims, CAPACITY);
    near(shares[0][0] + shares[1][0] / 3.0, 63.0 / 11.0);
}

/// Greedy takes the cheapest whole; the programme sees that its lack costs little and the dearer
/// one's lack a lot. Two tenants claim 8 of 10 cores each.
#[test]
fn greedy_looks_at_costs_and_the_programme_at_penalties_too() {
    let cheap = Claim {
        cost: [1.0, 0.0],
        penalty: [2.0, 0.0],
        ..claim([8.0, 0.0])
    };
    let dear = Claim {
        cost: [3.0, 0.0],
        penalty: [10.0, 0.0],
        ..claim([8.0, 0.0])
    };
    let useless = Claim {
        cost: [5.0, 0.0],
        penalty: [4.0, 0.0],
        ..claim([8.0, 0.0])
    };
    let capacity = [10.0, 1.0];
    let greedy = amounts(AllocationKind::Greedy, &[cheap, dear], capacity);
    assert_eq!([greedy[0][0], greedy[1][0]], [8.0, 2.0]);
    let shares = allocate(AllocationKind::Lp, &[cheap, dear, useless], &capacity);
    near(shares[0].amounts[0], 2.0);
    near(shares[1].amounts[0], 8.0);
    assert_eq!((shares[2].amounts[0], shares[2].why), (0.0, Why::Dear));
    // 2·1 + 6·2 + 8·3 + 8·4 = 70 against 8·1 + 2·3 + 6·10 + 8·4 = 106.
    let claims = [cheap, dear, useless];
    near(
        price(&claims, &amounts(AllocationKind::Lp, &claims, capacity)),
        70.0,
    );
    near(
        price(&claims, &amounts(AllocationKind::Greedy, &claims, capacity)),
        106.0,
    );
}

#[test]
fn proportional_rewards_large_claims_and_static_ignores_them() {
    let claims = [
        claim([30.0, 0.0]),
        claim([10.0, 0.0]),
        weighted([10.0, 0.0], 2.0),
    ];
    let capacity = [12.0, 8.0];
    let proportional = amounts(AllocationKind::Proportional, &claims, capacity);
    near(proportional[0][0], 12.0 * 30.0 / 60.0);
    near(proportional[1][0], 12.0 * 10.0 / 60.0);
    near(proportional[2][0], 12.0 * 20.0 / 60.0);
    let fixed = allocate(AllocationKind::Static, &claims, &capacity);
    assert_eq!(fixed[0].amounts, [3.0, 2.0]);
    assert_eq!((fixed[2].amounts, fixed[2].why), ([6.0, 4.0], Why::Fixed));
}

#[test]
fn priorities_go_first_and_equals_share() {
    let high = Claim {
        priority: 5,
        ..claim([4.0, 0.0])
    };
    let claims = [claim([10.0, 0.0]), high, claim([10.0, 0.0])];
    let shares = amounts(AllocationKind::Priority, &claims, [10.0, 1.0]);
    assert_eq!([shares[0][0], shares[1][0], shares[2][0]], [3.0, 4.0, 3.0]);
    let guaranteed = Claim {
        guaranteed: [8.0, 0.0],
        ..claim([10.0, 0.0])
    };
    let shares = allocate(AllocationKind::Priority, &[guaranteed, high], &[10.0, 1.0]);
    assert_eq!([shares[0].amounts[0], shares[1].amounts[0]], [8.0, 2.0]);
    assert_eq!(
        [shares[0].why, shares[1].why],
        [Why::Guaranteed, Why::Scarce(0)]
    );
}

fn largest(shares: &Amounts) -> f64 {
    shares.iter().copied().fold(0.0, f64::max)
}

/// What an allocation costs: what is given and what is lacking.
fn price(claims: &[Claim], given: &[Amounts]) -> f64 {
    let each = claims.iter().zip(given).map(|(claim, given)| {
        (0..KINDS)
            .map(|kind| {
                let lack = claim.demand[kind] - given[kind];
                claim.cost[kind] * given[kind] + claim.penalty[kind] * lack
            })
            .sum::<f64>()
    });
    each.sum()
}

/// Progressive filling as the textbook writes it: raise everybody's measure of its shares, divided
/// by its weight, as far as possible by bisection; freeze who cannot go on; again.
fn reference(claims: &[Claim], capacity: Amounts, measure: impl Fn(&Amounts) -> f64) -> Vec<f64> {
    let speed = |claim: &Claim| {
        let shares = std::array::from_fn(|kind| claim.demand[kind] / capacity[kind]);
        claim.weight / measure(&shares)
    };
    let least: Vec<f64> = claims.iter().map(least_part).collect();
    let mut frozen: Vec<Option<f64>> = claims
        .iter()
        .map(|claim| (largest(&claim.demand) == 0.0).then_some(1.0))
        .collect();
    let parts = |frozen: &[Option<f64>], level: f64| -> Vec<f64> {
        let lanes = claims.iter().zip(&least).zip(frozen);
        lanes
            .map(|((claim, &least), frozen)| {
                frozen.unwrap_or_else(|| (level * speed(claim)).clamp(least, 1.0))
            })
            .collect()
    };
    let used = |parts: &[f64], kind: usize| -> f64 {
        claims
            .iter()
            .zip(parts)
            .map(|(claim, part)| claim.demand[kind] * part)
            .sum()
    };
    while frozen.iter().any(Option::is_none) {
        let fits = |level: f64| {
            let parts = parts(&frozen, level);
            (0..KINDS).all(|kind| used(&parts, kind) <= capacity[kind] * (1.0 + 1e-12))
        };
        let (mut low, mut high) = (0.0, 1e6);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        let now = parts(&frozen, low);
        let full: Vec<bool> = (0..KINDS)
            .map(|kind| capacity[kind] * (1.0 - 1e-9) <= used(&now, kind))
            .collect();
        let before = frozen.clone();
        for (index, claim) in claims.iter().enumerate() {
            let blocked = (0..KINDS).any(|kind| full[kind] && 0.0 < claim.demand[kind]);
            if before[index].is_none() && (blocked || now[index] == 1.0) {
                frozen[index] = Some(now[index]);
            }
        }
        assert_ne!(before, frozen, "somebody goes on for ever");
    }
    parts(&frozen, 0.0)
}

fn least_part(claim: &Claim) -> f64 {
    (0..KINDS)
        .filter(|&kind| 0.0 < claim.demand[kind])
        .map(|kind| claim.guaranteed[kind] / claim.demand[kind])
        .fold(0.0, f64::max)
        .min(1.0)
}

/// The least cost over all corners of the polytope: each claim is at its least, whole, or one of at
/// most as many as there are kinds that lie between, which the exhausted kinds decide.
fn cheapest(claims: &[Claim], capacity: Amounts) -> f64 {
    let mut best = f64::INFINITY;
    let count = claims.len();
    for code in 0..3_usize.pow(count as u32) {
        let digit = |index: usize| code / 3_usize.pow(index as u32) % 3;
        let free: Vec<usize> = (0..count).filter(|&index| digit(index) == 2).collect();
        let mut parts: Vec<f64> = (0..count)
            .map(|index| match digit(index) {
                0 => least_part(&claims[index]),
                1 => 1.0,
                _ => 0.0,
            })
            .collect();
        let left: Vec<f64> = (0..KINDS)
            .map(|kind| {
                let used = claims
                    .iter()
                    .zip(&parts)
                    .map(|(c, part)| c.demand[kind] * part);
                capacity[kind] - used.sum::<f64>()
            })
            .collect();
        let candidates: Vec<Vec<f64>> = match free[..] {
            [] => vec![Vec::new()],
            [one] => (0..KINDS)
                .map(|k| vec![left[k] / claims[one].demand[k]])
                .collect(),
            [one, two] => {
                let (a, b) = (claims[one].demand, claims[two].demand);
                let determinant = a[0] * b[1] - a[1] * b[0];
                vec![vec![
                    (left[0] * b[1] - left[1] * b[0]) / determinant,
                    (a[0] * left[1] - a[1] * left[0]) / determinant,
                ]]
            }
            _ => continue,
        };
        for candidate in candidates {
            for (&index, part) in free.iter().zip(&candidate) {
                parts[index] = *part;
            }
            let inside = parts
                .iter()
                .zip(claims)
                .all(|(part, claim)| least_part(claim) - 1e-9 <= *part && *part <= 1.0 + 1e-9);
            let fits = (0..KINDS).all(|kind| {
                let used = claims
                    .iter()
                    .zip(&parts)
                    .map(|(c, part)| c.demand[kind] * part);
                used.sum::<f64>() <= capacity[kind] * (1.0 + 1e-9)
            });
            if inside && fits {
                let given = claims
                    .iter()
                    .zip(&parts)
                    .map(|(claim, part)| tasks(claim.demand, *part));
                best = best.min(price(claims, &given.collect::<Vec<_>>()));
            }
        }
    }
    best
}

fn any_claim() -> impl Strategy<Value = Claim> {
    let amount = 0.0..8.0_f64;
    (
        [amount.clone(), amount],
        [0.0..0.4_f64, 0.0..0.4_f64],
        [0.0..3.0_f64, 0.0..3.0_f64],
        [0.0..6.0_f64, 0.0..6.0_f64],
        (1..4_u32, 0..3_i32),
    )
        .prop_map(
            |(demand, guaranteed, cost, penalty, (weight, priority))| Claim {
                // Some claim nothing of a kind, as they do.
                demand: demand.map(|amount| if amount < 1.0 { 0.0 } else { amount }),
                guaranteed,
                weight: f64::from(weight),
                cost,
                penalty,
                priority,
            },
        )
}

fn any_claims() -> impl Strategy<Value = (Vec<Claim>, Amounts)> {
    (
        prop::collection::vec(any_claim(), 1..6),
        [4.0..20.0_f64, 4.0..20.0_f64],
    )
}

/// What holds of every policy.
fn holds(kind: AllocationKind, claims: &[Claim], capacity: Amounts, shares: &[Share]) {
    for (of, all) in capacity.into_iter().enumerate() {
        let sum: f64 = shares.iter().map(|share| share.amounts[of]).sum();
        assert!(sum <= all * (1.0 + 1e-9) + 1e-9, "{kind:?}: {sum} of {all}");
    }
    let used_up = |of: usize| {
        let sum: f64 = shares.iter().map(|share| share.amounts[of]).sum();
        capacity[of] * (1.0 - 1e-6) < sum
    };
    for (claim, share) in claims.iter().zip(shares) {
        for of in 0..KINDS {
            let given = share.amounts[of];
            let least = claim.guaranteed[of].min(claim.demand[of]);
            assert!(
                least <= given + 1e-9,
                "{kind:?}: {given} is less than {least}"
            );
            if kind != AllocationKind::Static {
                assert!(
                    given <= claim.demand[of] + 1e-9,
                    "{kind:?}: {given} is too much"
                );
            }
        }
        match share.why {
            Why::Whole => {
                for of in 0..KINDS {
                    assert!(
                        (share.amounts[of] - claim.demand[of]).abs() < 1e-6,
                        "{kind:?}"
                    );
                }
            }
            Why::Dear => assert_eq!(kind, AllocationKind::Lp),
            Why::Fixed => assert_eq!(kind, AllocationKind::Static),
            // Nothing is left lying about that it could have used.
            Why::Scarce(_) | Why::Guaranteed => {
                let short = (0..KINDS).any(|of| 0.0 < claim.demand[of] && used_up(of));
                assert!(
                    short || kind == AllocationKind::Lp,
                    "{kind:?}: {share:?} {claim:?}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn no_policy_breaks_a_guarantee_or_gives_what_is_not_there((claims, capacity) in any_claims()) {
        for (_, kind) in AllocationKind::NAMES {
            holds(*kind, &claims, capacity, &allocate(*kind, &claims, &capacity));
        }
    }

    #[test]
    fn filling_agrees_with_bisection((claims, capacity) in any_claims()) {
        let shares = amounts(AllocationKind::Drf, &claims, capacity);
        let parts = reference(&claims, capacity, largest);
        for ((share, part), claim) in shares.iter().zip(parts).zip(&claims) {
            for (amount, demand) in share.iter().zip(claim.demand) {
                prop_assert!((amount - part * demand).abs() < 1e-5);
            }
        }
        for kind in 0..KINDS {
            let only = |amounts: Amounts| std::array::from_fn(|of| if of == kind { amounts[of] } else { 0.0 });
            let single: Vec<Claim> = claims.iter().map(|claim| Claim {
                demand: only(claim.demand),
                ..*claim
            }).collect();
            let parts = reference(&single, capacity, largest);
            let shares = amounts(AllocationKind::MaxMin, &claims, capacity);
            for ((share, part), claim) in shares.iter().zip(parts).zip(&claims) {
                prop_assert!((share[kind] - part * claim.demand[kind]).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn the_programme_finds_the_cheapest_corner_and_no_policy_is_cheaper(
        (claims, capacity) in any_claims()
    ) {
        let lp = price(&claims, &amounts(AllocationKind::Lp, &claims, capacity));
        let best = cheapest(&claims, capacity);
        prop_assert!((lp - best).abs() < 1e-5 * best.max(1.0), "{lp} is not {best}");
        for kind in [AllocationKind::Greedy, AllocationKind::Drf, AllocationKind::Priority] {
            let other = price(&claims, &amounts(kind, &claims, capacity));
            prop_assert!(lp <= other + 1e-5 * other.max(1.0), "{kind:?}: {other} is below {lp}");
        }
    }
}
