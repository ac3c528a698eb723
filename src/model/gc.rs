//! What the garbage collector of an executor costs.

use crate::units::{Bandwidth, Bytes};

/// The model of Kirisame, Shenoy and Panchekha, "Optimal heap limits for reducing browser memory
/// use" (OOPSLA 2022, section 3), with one heap for the tasks of an executor: a collection goes
/// through what is alive, and there is one each time that what was free has been allocated. Nothing
/// else runs meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gc {
    /// What a task allocates while it computes; above zero.
    pub allocation: Bandwidth,
    /// What is alive and gone through in a second of collection; above zero.
    pub collection: Bandwidth,
    /// What is alive in an executor besides what its tasks and its storage hold.
    pub live: Bytes,
}

impl Gc {
    /// Time of collection for each unit of time that `tasks` compute at once in a heap of `heap`
    /// bytes of which `live` are alive, fewer than all. Of the time that passes it is the share
    /// r / (1 + r).
    pub fn ratio(&self, tasks: usize, live: Bytes, heap: Bytes) -> f64 {
        let free = heap.0.saturating_sub(live.0).max(1);
        let collections = tasks as f64 * self.allocation.0 as f64 / free as f64;
        collections * live.0 as f64 / self.collection.0 as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GC: Gc = Gc {
        allocation: Bandwidth(200),
        collection: Bandwidth(1000),
        live: Bytes(0),
    };

    /// 300 of 500 bytes are alive: a task fills the rest in a second, and going through the 300 takes
    /// 0.3 s.
    #[test]
    fn a_collection_for_each_filling_of_what_is_free() {
        assert!((GC.ratio(1, Bytes(300), Bytes(500)) - 0.3).abs() < 1e-12);
        assert!((GC.ratio(2, Bytes(300), Bytes(500)) - 0.6).abs() < 1e-12);
        assert_eq!(GC.ratio(1, Bytes(0), Bytes(500)).to_bits(), 0);
        assert_eq!(GC.ratio(0, Bytes(300), Bytes(500)).to_bits(), 0);
    }

    #[test]
    fn more_heap_costs_less_and_more_that_is_alive_costs_more() {
        let mut before = f64::INFINITY;
        for heap in [301, 400, 600, 1200, 100_000] {
            let ratio = GC.ratio(3, Bytes(300), Bytes(heap));
            assert!(ratio < before, "{heap}");
            assert!(
                ratio < GC.ratio(3, Bytes(300 + 1), Bytes(heap + 1)),
                "{heap}"
            );
            before = ratio;
        }
    }
}
