//! Files to tasks, as Spark SQL reads them: `FilePartition`.
//!
//! A file is cut into splits of at most [`Splitting::max_split`]; splits, the largest first, are put
//! into tasks one after the other, and a task is closed when the next split would make it larger
//! than that ("next fit decreasing"). Each split counts `openCostInBytes` more than it has.

use crate::units::Bytes;

/// `spark.sql.files.*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Splitting {
    /// `maxPartitionBytes`.
    pub(crate) max_bytes: u64,
    /// `openCostInBytes`.
    pub(crate) open_cost: u64,
    /// `minPartitionNum`, or what stands in for it.
    pub(crate) min_partitions: u32,
    /// `maxPartitionNum`.
    pub(crate) max_partitions: Option<u32>,
}

/// Files of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Files {
    /// How many.
    pub(crate) count: u32,
    /// The size of each.
    pub(crate) size: u64,
    /// Whether they can be split.
    pub(crate) splittable: bool,
}

impl Splitting {
    /// The largest split: `FilePartition.maxSplitBytes`.
    pub(crate) fn max_split(&self, files: Files) -> u64 {
        let each = files.size.saturating_add(self.open_cost);
        let total = each.saturating_mul(u64::from(files.count));
        let per_core = total / u64::from(self.min_partitions.max(1));
        self.max_bytes.min(self.open_cost.max(per_core))
    }

    /// What each task reads.
    pub(crate) fn tasks(&self, files: Files) -> Vec<Bytes> {
        let max_split = self.max_split(files).max(1);
        let splits = splits(files, max_split);
        let tasks = self.packed(&splits, max_split);
        let Some(most) = self
            .max_partitions
            .filter(|most| (*most as usize) < tasks.len())
        else {
            return tasks;
        };
        // The splits stay, only more of them go together.
        let with_cost = splits
            .iter()
            .map(|&(size, count)| u128::from(size + self.open_cost) * u128::from(count));
        let total: u128 = with_cost.sum();
        let desired = total.div_ceil(u128::from(most.max(1)));
        self.packed(&splits, desired.try_into().unwrap_or(u64::MAX))
    }

    fn packed(&self, splits: &[(u64, u64)], max_split: u64) -> Vec<Bytes> {
        let mut tasks = Vec::new();
        let (mut open, mut counted) = (None, 0_u64);
        for &(size, count) in splits {
            for _ in 0..count {
                if counted.saturating_add(size) > max_split {
                    tasks.extend(open.take());
                    counted = 0;
                }
                counted = counted.saturating_add(size).saturating_add(self.open_cost);
                open = Some(Bytes(open.unwrap_or(Bytes(0)).0 + size));
            }
        }
        tasks.extend(open);
        tasks
    }
}

/// Sizes of splits, largest first, with how many there are of each.
fn splits(files: Files, max_split: u64) -> Vec<(u64, u64)> {
    let count = u64::from(files.count);
    if !files.splittable {
        return vec![(files.size, count)];
    }
    let (whole, rest) = (files.size / max_split, files.size % max_split);
    let all = [
        (max_split, whole * count),
        (rest, if rest > 0 { count } else { 0 }),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn defaults(cores: u32) -> Splitting {
        Splitting {
            max_bytes: 128 * MB,
            open_cost: 4 * MB,
            min_partitions: cores,
            max_partitions: None,
        }
    }

    fn files(count: u32, size: u64) -> Files {
        Files {
            count,
            size,
            splittable: true,
        }
    }

    fn tasks(splitting: &Splitting, files: Files) -> Vec<u64> {
        splitting.tasks(files).iter().map(|it| it.0).collect()
    }

    /// 1 GiB and little parallelism: eight splits of the largest size.
    #[test]
    fn a_large_file_is_cut_at_the_largest_split() {
        assert_eq!(tasks(&defaults(2), files(1, 1024 * MB)), [128 * MB; 8]);
    }

    /// 1,000 MB in one file on 20 cores: (1000 + 4) / 20 = 50.2 MB a split, so 19 whole ones and
    /// what is left.
    #[test]
    fn many_cores_get_smaller_splits() {
        let splitting = defaults(20);
        let size = 1004 * MB / 20;
        assert_eq!(splitting.max_split(files(1, 1000 * MB)), size);
        let tasks = tasks(&splitting, files(1, 1000 * MB));
        assert_eq!(tasks.len(), 20);
        assert_eq!(tasks[..19], [size; 19]);
        assert_eq!(tasks[19], 1000 * MB - 19 * size);
    }

    /// 100 files of 1 MB on 4 cores: (1 + 4) · 100 / 4 = 125 MB a task at most. Each file counts
    /// 5 MB, and the 26th would bring 125 + 1 to it: 25 files a task.
    #[test]
    fn small_files_go_together_and_each_costs_its_opening() {
        assert_eq!(tasks(&defaults(4), files(100, MB)), [25 * MB; 4]);
    }

    /// On a thousand cores the cost of opening is the least that a task is worth.
    #[test]
    fn no_split_is_smaller_than_the_cost_of_opening() {
        let splitting = defaults(1000);
        assert_eq!(splitting.max_split(files(10, MB)), 4 * MB);
        // 1 + 4, and the next would make 6 of at most 4.
        assert_eq!(tasks(&splitting, files(10, MB)), [MB; 10]);
    }

    #[test]
    fn what_cannot_be_split_is_read_whole() {
        let files = Files {
            splittable: false,
            ..files(3, 500 * MB)
        };
        assert_eq!(tasks(&defaults(8), files), [500 * MB; 3]);
    }

    /// 10 tasks of 128 MB, at most 5 wanted: 10 · 132 / 5 = 264 MB, two splits each.
    #[test]
    fn a_largest_number_of_tasks_makes_them_larger() {
        let splitting = Splitting {
            max_partitions: Some(5),
            ..defaults(1)
        };
        assert_eq!(tasks(&splitting, files(10, 128 * MB)), [256 * MB; 5]);
    }

    /// Nothing is lost and nothing read twice.
    #[test]
    fn all_bytes_are_read_once() {
        for (count, size) in [(1, 1), (7, 300 * MB + 17), (250, 3 * MB), (3, 128 * MB)] {
            for cores in [1, 3, 64] {
                let read: u64 = tasks(&defaults(cores), files(count, size)).iter().sum();
                assert_eq!(read, u64::from(count) * size);
            }
        }
    }
}
