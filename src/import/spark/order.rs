//! Which jobs waited for which.
//!
//! A log does not say why a job was submitted when it was. A job that ended before another was
//! submitted may have been its cause; one that overlaps it cannot. So a job comes after all that
//! had ended by its submission, and the list is cut down to those that no other member of it
//! already comes after.

use super::application::Timestamp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// When a job ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) submitted: Timestamp,
    /// Not before `submitted`.
    pub(super) ended: Timestamp,
}

/// For each job the positions of those that it comes after; `spans` in any order.
///
/// O(n log n) and the size of the answer.
pub(super) fn predecessors(spans: &[Span]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&job| (spans[job].submitted, job));
    let mut running = BinaryHeap::new();
    // Jobs that ended, less those that a later one of them already comes after. `latest` is the
    // one of them that was submitted last: whatever had ended by then is implied by it.
    let mut frontier: Vec<usize> = Vec::new();
    let mut latest: Option<(Timestamp, usize)> = None;
    let mut answer = vec![Vec::new(); spans.len()];
    for (rank, &job) in order.iter().enumerate() {
        while let Some(&Reverse((ended, _, ended_job))) = running.peek() {
            if ended > spans[job].submitted {
                break;
            }
            running.pop();
            frontier.push(ended_job);
            latest = latest.max(Some((spans[ended_job].submitted, ended_job)));
        }
        if let Some((submitted, latest_job)) = latest {
            frontier.retain(|&other| other == latest_job || spans[other].ended > submitted);
        }
        answer[job].clone_from(&frontier);
        answer[job].sort_by_key(|&other| (spans[other].submitted, other));
        running.push(Reverse((spans[job].ended, rank, job)));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spans(times: &[(u64, u64)]) -> Vec<Span> {
        times
            .iter()
            .map(|&(submitted, ended)| Span {
                submitted: Timestamp(submitted),
                ended: Timestamp(ended),
            })
            .collect()
    }

    #[test]
    fn a_chain_of_jobs_is_a_chain() {
        let answer = predecessors(&spans(&[(0, 10), (10, 20), (25, 30)]));
        assert_eq!(answer, [vec![], vec![0], vec![1]]);
    }

    #[test]
    fn overlapping_jobs_are_parallel_and_what_follows_waits_for_all() {
        let answer = predecessors(&spans(&[(0, 10), (1, 30), (12, 20), (40, 50)]));
        assert_eq!(answer, [vec![], vec![], vec![0], vec![1, 2]]);
    }

    proptest! {
        #[test]
        fn the_reduction_keeps_every_order_and_adds_none(
            times in prop::collection::vec((0_u64..30, 0_u64..8), 0..20)
        ) {
            let times: Vec<_> = times.iter().map(|&(from, long)| (from, from + long)).collect();
            let spans = spans(&times);
            let answer = predecessors(&spans);
            let mut order: Vec<usize> = (0..spans.len()).collect();
            order.sort_by_key(|&job| (spans[job].submitted, job));
            // Closure of the answer, job by job in the order of submission.
            let mut reached: Vec<Vec<bool>> = vec![vec![false; spans.len()]; spans.len()];
            for (rank, &job) in order.iter().enumerate() {
                for &before in &answer[job] {
                    let earlier = reached[before].clone();
                    for (mark, more) in reached[job].iter_mut().zip(earlier) {
                        *mark |= more;
                    }
                }
                for &before in &answer[job] {
                    // None of those listed is implied by another one.
                    prop_assert!(!reached[job][before]);
                }
                for &before in &answer[job] {
                    reached[job][before] = true;
                }
                for (other_rank, &other) in order.iter().enumerate() {
                    let precedes = other_rank < rank && spans[other].ended <= spans[job].submitted;
                    prop_assert_eq!(reached[job][other], precedes);
                }
            }
        }
    }
}
