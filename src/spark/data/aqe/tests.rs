//! The examples of Spark's own `ShufflePartitionsUtilSuite` and of the documentation in its sources.

#![expect(
    clippy::single_range_in_vec_init,
    reason = "ranges of partitions, of which there may be one"
)]

use super::*;

fn parent(partitions: &[u64]) -> ParentSizes {
    ParentSizes {
        partitions: partitions.to_vec(),
        maps: Vec::new(),
    }
}

/// The target size that Spark's tests arrive at.
fn target(parents: &[ParentSizes], advisory: u64, least: u32, min_size: u64) -> u64 {
    let rule = Coalescing {
        min_partitions: Some(least),
        parallelism_first: true,
        min_size,
    };
    target_size(rule, advisory, 1, parents)
}

/// Ends of what is merged where nothing is split; `None`: it stays as it is.
fn merged(sizes: &[&[u64]], advisory: u64, least: u32, min_size: u64) -> Option<Vec<Range<u32>>> {
    let parents: Vec<ParentSizes> = sizes.iter().map(|it| parent(it)).collect();
    let target = target(&parents, advisory, least, min_size);
    let count = sizes[0].len() as u32;
    let pieces = coalesce(&whole(0..count), target, &parents, false)?;
    assert!(pieces.iter().all(|piece| piece.maps.is_empty()));
    Some(pieces.into_iter().map(|piece| piece.partitions).collect())
}

#[test]
fn neighbours_of_one_shuffle_are_merged_up_to_the_target() {
    let check = |sizes: &[u64], expected: Option<Vec<Range<u32>>>| {
        assert_eq!(merged(&[sizes], 100, 1, 0), expected, "{sizes:?}");
    };
    check(&[10, 0, 20, 0, 0], Some(vec![0..5]));
    check(&[10, 0, 90, 20, 0], Some(vec![0..3, 3..5]));
    check(&[110, 10, 100, 110, 0], Some(vec![0..1, 1..2, 2..3, 3..4]));
    check(&[100, 110, 100, 110, 110], None);
    check(&[30, 30, 0, 40, 110], Some(vec![0..4, 4..5]));
}

#[test]
fn those_of_two_shuffles_are_merged_by_their_sums() {
    let check = |left: &[u64], right: &[u64], expected: Option<Vec<Range<u32>>>| {
        assert_eq!(
            merged(&[left, right], 100, 1, 0),
            expected,
            "{left:?} {right:?}"
        );
    };
    check(&[0, 10, 0, 20, 0], &[30, 0, 20, 0, 20], Some(vec![0..5]));
    let three = Some(vec![0..2, 2..4, 4..5]);
    check(&[0, 10, 0, 20, 0], &[30, 0, 70, 0, 30], three);
    let four = || Some(vec![0..1, 1..2, 2..4, 4..5]);
    check(&[0, 99, 0, 20, 0], &[30, 0, 70, 0, 30], four());
    check(&[0, 100, 0, 30, 0], &[30, 0, 70, 0, 30], four());
    check(&[0, 100, 40, 30, 0], &[30, 0, 60, 0, 110], None);
    check(&[100, 100, 40, 30, 0], &[30, 0, 60, 70, 110], None);
}

/// The example in the documentation of `coalescePartitions`, in MiB.
#[test]
fn the_example_of_the_documentation() {
    let pieces = merged(&[&[100, 20, 100, 10, 30], &[10, 10, 70, 5, 5]], 128, 1, 0);
    assert_eq!(pieces, Some(vec![0..1, 1..2, 2..3, 3..5]));
}

#[test]
fn a_least_number_of_partitions_makes_the_target_smaller() {
    let check = |left: &[u64], right: &[u64], expected: Option<Vec<Range<u32>>>| {
        assert_eq!(
            merged(&[left, right], 100, 2, 0),
            expected,
            "{left:?} {right:?}"
        );
    };
    check(&[0; 5], &[0; 5], Some(vec![0..5]));
    check(&[200, 0, 0], &[100, 0, 0], Some(vec![0..1]));
    check(
        &[10, 5, 5, 0, 20],
        &[5, 10, 0, 10, 5],
        Some(vec![0..3, 3..5]),
    );
    let four = Some(vec![0..1, 1..3, 3..4, 4..5]);
    check(&[10, 50, 20, 80, 20], &[40, 10, 0, 10, 30], four);
    // No task for what holds nothing.
    assert_eq!(merged(&[&[0; 5]], 100, 2, 0), Some(vec![0..5]));
    check(
        &[200, 0, 0, 0, 0],
        &[100, 0, 300, 0, 0],
        Some(vec![0..1, 2..3]),
    );
}

#[test]
fn a_least_size_of_partitions_makes_the_target_larger() {
    let pieces = merged(&[&[1000, 500, 2000, 200, 1000]], 5000, 20, 2000);
    assert_eq!(pieces, Some(vec![0..2, 2..3, 3..5]));
}

/// Pieces as `(partition, how many)`: more than one is a skewed partition, cut on the left.
fn pieces(cuts: &[(u32, u32)]) -> Vec<Piece> {
    let cut = |&(partition, count): &(u32, u32)| {
        (0..count).map(move |part| Piece {
            partitions: partition..partition + 1,
            maps: if count == 1 {
                Vec::new()
            } else {
                vec![Some(part..part + 1), None]
            },
        })
    };
    cuts.iter().flat_map(cut).collect()
}

/// What is merged beside skewed partitions: partitions of all pieces in order.
fn around(left: &[u64], right: &[u64], cuts: &[(u32, u32)]) -> Option<Vec<Range<u32>>> {
    let parents = [parent(left), parent(right)];
    let pieces = coalesce(&pieces(cuts), target(&parents, 100, 1, 0), &parents, true)?;
    Some(pieces.into_iter().map(|piece| piece.partitions).collect())
}

#[test]
fn what_was_split_stays_and_its_neighbours_are_merged() {
    let left = [10, 5, 300, 10, 8, 10, 10, 20];
    let right = [10, 10, 10, 8, 10, 200, 7, 20];
    let cuts = [
        (0, 1),
        (1, 1),
        (2, 3),
        (3, 1),
        (4, 1),
        (5, 2),
        (6, 1),
        (7, 1),
    ];
    let expected = vec![0..2, 2..3, 2..3, 2..3, 3..5, 5..6, 5..6, 6..8];
    assert_eq!(around(&left, &right, &cuts), Some(expected));

    let left = [300, 5, 10, 10, 8, 10, 10, 20];
    let right = [10, 10, 10, 8, 10, 20, 7, 200];
    let cuts = [
        (0, 3),
        (1, 1),
        (2, 1),
        (3, 1),
        (4, 1),
        (5, 1),
        (6, 1),
        (7, 2),
    ];
    let expected = vec![0..1, 0..1, 0..1, 1..5, 5..7, 7..8, 7..8];
    assert_eq!(around(&left, &right, &cuts), Some(expected));
}

#[test]
fn nothing_comes_of_neighbours_that_are_too_large() {
    let left = [5, 300, 40, 8, 20, 10, 3];
    let right = [4, 10, 58, 10, 67, 200, 5];
    let cuts = [(0, 1), (1, 3), (2, 1), (3, 1), (4, 1), (5, 2), (6, 1)];
    assert_eq!(around(&left, &right, &cuts), None);
}

/// SPARK-35923.
#[test]
fn empty_partitions_beside_skewed_ones_get_no_task() {
    let left = [0, 200, 0, 10, 0, 0, 400, 0, 0];
    let right = [0, 30, 10, 300, 0, 0, 5, 0, 0];
    let cuts = [
        (0, 1),
        (1, 2),
        (2, 1),
        (3, 3),
        (4, 1),
        (5, 1),
        (6, 4),
        (7, 1),
        (8, 1),
    ];
    let expected = vec![1..2, 1..2, 2..3, 3..4, 3..4, 3..4, 6..7, 6..7, 6..7, 6..7];
    assert_eq!(around(&left, &right, &cuts), Some(expected));
}

#[test]
fn a_list_is_cut_at_the_target_and_small_parts_join_others() {
    let check = |sizes: &[u64], starts: &[u32]| {
        let found: Vec<u32> = split_list(sizes, 100).iter().map(|it| it.start).collect();
        assert_eq!(found, starts, "{sizes:?}");
    };
    check(&[15, 90, 15, 15, 15, 90, 15], &[0, 2, 5]);
    check(&[30, 15, 90, 10, 90, 15, 30], &[0, 2, 4, 5]);
    check(&[15, 1000, 15, 1000], &[0, 3]);
    check(&[35, 75, 90, 20, 35, 25, 35], &[0, 2, 3]);
}

/// The example in the documentation of `OptimizeSkewedJoin`: of four partitions the second of the
/// left, the third of the right and the last of both are skewed, each made of two halves.
#[test]
fn each_piece_of_one_side_meets_each_of_the_other() {
    let rule = SkewJoin {
        factor: 5.0,
        threshold: 50,
    };
    // Two maps, half of each partition each.
    let side = |partitions: [u64; 8]| ParentSizes {
        partitions: partitions.to_vec(),
        maps: vec![0, 0],
    };
    let left = side([10, 200, 10, 200, 10, 10, 10, 10]);
    let right = side([10, 10, 200, 200, 10, 10, 10, 10]);
    let parents = [left, right];
    let of_map = |side: usize, _, partition| parents[side].partitions[partition as usize] / 2;
    let pieces = split_skewed(rule, 100, &parents, of_map).unwrap();
    let (first, second) = (|| Some(0..1), || Some(1..2));
    let expected = [
        (0, vec![]),
        (1, vec![first(), None]),
        (1, vec![second(), None]),
        (2, vec![None, first()]),
        (2, vec![None, second()]),
        (3, vec![first(), first()]),
        (3, vec![first(), second()]),
        (3, vec![second(), first()]),
        (3, vec![second(), second()]),
    ];
    assert_eq!(pieces.len(), expected.len() + 4);
    for (piece, (partition, maps)) in pieces.iter().zip(expected) {
        assert_eq!(piece.partitions, partition..partition + 1);
        assert_eq!(piece.maps, maps);
    }
}

#[test]
fn skewed_is_what_passes_both_the_threshold_and_the_multiple_of_the_median() {
    let rule = SkewJoin {
        factor: 5.0,
        threshold: 256,
    };
    // The median is 100, five times that is more than the threshold; the mean of the others, 110,
    // is more than the advisory size.
    assert_eq!(limits(rule, 64, &[100, 100, 130, 900]), (575, 110));
    assert_eq!(limits(rule, 64, &[100, 100, 100, 130, 900]), (500, 107));
    assert_eq!(limits(rule, 64, &[10, 10, 10, 300]), (256, 64));
    assert_eq!(median(&[]), 1);
}

#[test]
fn without_rules_everything_stays() {
    let rules = AdaptiveRules {
        advisory_size: 100,
        coalescing: None,
        skew_join: None,
    };
    assert_eq!(plan(&rules, true, 2, &[parent(&[1, 1])], |_, _, _| 0), None);
}
