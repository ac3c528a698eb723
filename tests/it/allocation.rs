//! Allocation policies against worked examples.

use crate::allocation_laws::{largest, price, reference};
use microlp::{ComparisonOp, OptimizationDirection, Problem};
use sparksim::model::AllocationKind;
use sparksim::policy::allocation::{Amounts, Claim, KINDS, WHOLE, Why, allocate};

/// So much of the first two kinds, processor and memory.
pub(crate) const fn two(cpu: f64, memory: f64) -> Amounts {
    [cpu, memory, 0.0, 0.0]
}

/// A claim of so much, with nothing special about it.
fn claim(demand: Amounts) -> Claim {
    Claim {
        demand,
        guaranteed: [0.0; KINDS],
        weight: 1.0,
        cost: [0.0; KINDS],
        penalty: two(1.0, 0.0),
        priority: 0,
    }
}

fn weighted(demand: Amounts, weight: f64) -> Claim {
    Claim {
        weight,
        ..claim(demand)
    }
}

pub(crate) fn amounts(kind: AllocationKind, claims: &[Claim], capacity: Amounts) -> Vec<Amounts> {
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
const CAPACITY: Amounts = two(9.0, 18.0);
const TASK_A: Amounts = two(1.0, 4.0);
const TASK_B: Amounts = two(3.0, 1.0);

pub(crate) fn tasks(task: Amounts, number: f64) -> Amounts {
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
            .map(|(&demand, &weight)| weighted(two(demand, 0.0), weight))
            .collect();
        let shares = amounts(AllocationKind::MaxMin, &claims, two(capacity, 1.0));
        for (share, expected) in shares.iter().zip(expected) {
            near(share[0], *expected);
        }
        // With one kind of resource dominant shares are shares.
        let same = amounts(AllocationKind::Drf, &claims, two(capacity, 1.0));
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
        penalty: two(12.0 / 12.0, 0.0),
        ..claim(two(12.0, 0.0))
    };
    let y = Claim {
        penalty: two(30.0 / 12.0, 0.0),
        ..claim(two(12.0, 0.0))
    };
    let shares = allocate(AllocationKind::Lp, &[x, y], &two(18.0, 1.0));
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
            penalty: two(1.0, 0.0),
            ..claim(two(3.0 * first, 0.0))
        };
        let y = Claim {
            penalty: two(2.5, 0.0),
            ..claim(two(second, 0.0))
        };
        let given = amounts(AllocationKind::Lp, &[x, y], two(18.0, 1.0));
        given[0][0] + 2.5 * given[1][0]
    };
    near(most(4.0, 12.0), 36.0);
    near(most(4.0, 13.0) - most(4.0, 12.0), 1.5);
    near(most(5.0, 12.0) - most(4.0, 12.0), 0.0);
}

/// The solver on a programme with as many constraints as a placement has: 20 and 30 units to where 10, 25
/// and 15 are wanted, at costs (2, 3, 1) and (5, 4, 8), come to 150 at least (by hand, MODI: 5, 0 and 15
/// of the first, 5, 25 and 0 of the second).
#[test]
fn the_solver_finds_the_cheapest_transport() {
    let costs = [[2.0, 3.0, 1.0], [5.0, 4.0, 8.0]];
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let ways = costs.map(|row| row.map(|cost| problem.add_var(cost, (0.0, f64::INFINITY))));
    for (row, supply) in ways.iter().zip([20.0, 30.0]) {
        problem.add_constraint(row.map(|way| (way, 1.0)), ComparisonOp::Eq, supply);
    }
    for (column, demand) in [10.0, 25.0, 15.0].into_iter().enumerate() {
        let terms = [0, 1].map(|row: usize| (ways[row][column], 1.0));
        problem.add_constraint(terms, ComparisonOp::Eq, demand);
    }
    let outcome = problem.solve().unwrap();
    near(outcome.solution().unwrap().objective(), 150.0);
}

/// As many tasks as possible of the two users of the paper: 63/11, and no fairness.
#[test]
fn the_linear_programme_finds_the_most_tasks() {
    let claims = [
        claim(tasks(TASK_A, 100.0)),
        Claim {
            penalty: two(1.0 / 3.0, 0.0),
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
        cost: two(1.0, 0.0),
        penalty: two(2.0, 0.0),
        ..claim(two(8.0, 0.0))
    };
    let dear = Claim {
        cost: two(3.0, 0.0),
        penalty: two(10.0, 0.0),
        ..claim(two(8.0, 0.0))
    };
    let useless = Claim {
        cost: two(5.0, 0.0),
        penalty: two(4.0, 0.0),
        ..claim(two(8.0, 0.0))
    };
    let capacity = two(10.0, 1.0);
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
        claim(two(30.0, 0.0)),
        claim(two(10.0, 0.0)),
        weighted(two(10.0, 0.0), 2.0),
    ];
    let capacity = two(12.0, 8.0);
    let proportional = amounts(AllocationKind::Proportional, &claims, capacity);
    near(proportional[0][0], 12.0 * 30.0 / 60.0);
    near(proportional[1][0], 12.0 * 10.0 / 60.0);
    near(proportional[2][0], 12.0 * 20.0 / 60.0);
    let fixed = allocate(AllocationKind::Static, &claims, &capacity);
    assert_eq!(fixed[0].amounts, two(3.0, 2.0));
    assert_eq!(
        (fixed[2].amounts, fixed[2].why),
        (two(6.0, 4.0), Why::Fixed)
    );
}

#[test]
fn priorities_go_first_and_equals_share() {
    let high = Claim {
        priority: 5,
        ..claim(two(4.0, 0.0))
    };
    let claims = [claim(two(10.0, 0.0)), high, claim(two(10.0, 0.0))];
    let shares = amounts(AllocationKind::Priority, &claims, two(10.0, 1.0));
    assert_eq!([shares[0][0], shares[1][0], shares[2][0]], [3.0, 4.0, 3.0]);
    let guaranteed = Claim {
        guaranteed: two(8.0, 0.0),
        ..claim(two(10.0, 0.0))
    };
    let shares = allocate(
        AllocationKind::Priority,
        &[guaranteed, high],
        &two(10.0, 1.0),
    );
    assert_eq!([shares[0].amounts[0], shares[1].amounts[0]], [8.0, 2.0]);
    assert_eq!(
        [shares[0].why, shares[1].why],
        [Why::Guaranteed, Why::Scarce(0)]
    );
}

/// Ten cores and four graphics processors. One trains on six of those with a core each, the other
/// serves on three with two cores each.
#[test]
fn graphics_processors_count_as_cores_and_memory_do() {
    let capacity = [10.0, 100.0, 0.0, 4.0];
    let claims = [claim([6.0, 1.0, 0.0, 6.0]), claim([6.0, 1.0, 0.0, 3.0])];
    // Two GPUs each: a third of what the first claims, and two thirds of what the second does.
    let drf = amounts(AllocationKind::Drf, &claims, capacity);
    near(drf[0][0], 2.0);
    near(drf[1][0], 4.0);
    assert_eq!([drf[0][WHOLE], drf[1][WHOLE]], [2.0, 2.0]);
    // Each kind for itself: cores are cut in two halves, since twelve are claimed.
    let max_min = amounts(AllocationKind::MaxMin, &claims, capacity);
    assert_eq!([max_min[0][0], max_min[1][0]], [5.0, 5.0]);
    assert_eq!([max_min[0][WHOLE], max_min[1][WHOLE]], [2.0, 2.0]);
    // 4 · 6/9 and 4 · 3/9: the whole ones are 2 and 1, and the larger fraction has the rest.
    let proportional = amounts(AllocationKind::Proportional, &claims, capacity);
    assert_eq!([proportional[0][WHOLE], proportional[1][WHOLE]], [3.0, 1.0]);
    let fixed = amounts(AllocationKind::Static, &claims, capacity);
    assert_eq!([fixed[0][WHOLE], fixed[1][WHOLE]], [2.0, 2.0]);
}

/// Whoever is cheaper, more urgent or dearer to refuse has all three GPUs that it claims, the other
/// the one that is left: a third of its claim, of cores too.
#[test]
fn whoever_comes_first_has_its_graphics_processors_first() {
    let capacity = [100.0, 100.0, 0.0, 4.0];
    let first = Claim {
        cost: [0.0, 0.0, 0.0, 1.0],
        penalty: [0.0, 0.0, 0.0, 9.0],
        priority: 1,
        ..claim([3.0, 1.0, 0.0, 3.0])
    };
    let second = Claim {
        cost: [0.0, 0.0, 0.0, 2.0],
        penalty: [0.0, 0.0, 0.0, 5.0],
        ..claim([3.0, 1.0, 0.0, 3.0])
    };
    for kind in [
        AllocationKind::Greedy,
        AllocationKind::Lp,
        AllocationKind::Priority,
    ] {
        let shares = allocate(kind, &[second, first], &capacity);
        assert_eq!(shares[1].why, Why::Whole, "{kind:?}");
        assert_eq!(shares[0].why, Why::Scarce(WHOLE), "{kind:?}");
        assert_eq!(shares[0].amounts[WHOLE], 1.0, "{kind:?}");
        near(shares[0].amounts[0], 1.0);
    }
    // Two GPUs that are guaranteed come first under every policy.
    let safe = Claim {
        guaranteed: [0.0, 0.0, 0.0, 2.0],
        ..second
    };
    for (_, kind) in AllocationKind::NAMES {
        let shares = amounts(*kind, &[safe, first], capacity);
        assert_eq!([shares[0][WHOLE], shares[1][WHOLE]], [2.0, 2.0], "{kind:?}");
    }
}

/// Ephemeral storage is an amount like memory: twelve of it for claims of 9 and 9, as 2 to 1.
#[test]
fn ephemeral_storage_is_shared_by_weight() {
    let capacity = [100.0, 100.0, 12.0, 0.0];
    let claims = [
        weighted([1.0, 1.0, 9.0, 0.0], 2.0),
        claim([1.0, 1.0, 9.0, 0.0]),
    ];
    for kind in [
        AllocationKind::Static,
        AllocationKind::Proportional,
        AllocationKind::MaxMin,
        AllocationKind::Drf,
    ] {
        let shares = amounts(kind, &claims, capacity);
        near(shares[0][2], 8.0);
        near(shares[1][2], 4.0);
    }
}
