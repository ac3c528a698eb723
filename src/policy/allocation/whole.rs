//! Shares of what comes in whole units, rounded.
//!
//! Hamilton's method of largest remainders: everybody has the whole units of its share, and what is
//! left over goes, one unit each, to the largest fractions; of equals to the first in the order of
//! names. So nobody is further than a unit from its share, nobody has more than a claim that is whole
//! itself, and the units are no more than the shares were together.

use super::claim::Share;

/// Fractions nearer than this to a whole are that: what rounding has left of it.
const NEAR: f64 = 1e-6;

/// Rounds everybody's amount of a kind. `gives` is asked whether somebody can have a unit more.
pub(super) fn whole_units(
    shares: &mut [Share],
    kind: usize,
    mut gives: impl FnMut(usize, &mut Share) -> bool,
) {
    let sum: f64 = shares.iter().map(|share| share.amounts[kind]).sum();
    let mut rests = Vec::with_capacity(shares.len());
    let mut left = (sum + NEAR).floor();
    for (index, share) in shares.iter_mut().enumerate() {
        let amount = share.amounts[kind];
        let whole = (amount + NEAR).floor();
        share.amounts[kind] = whole;
        left -= whole;
        if NEAR < amount - whole {
            rests.push((amount - whole, index));
        }
    }
    // The sort is stable: of equal fractions the first stays first.
    rests.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (_, index) in rests {
        if left < 1.0 {
            break;
        }
        if gives(index, &mut shares[index]) {
            shares[index].amounts[kind] += 1.0;
            left -= 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::claim::{KINDS, WHOLE, Why};
    use super::*;

    fn units(share: &Share) -> u64 {
        share.amounts[WHOLE] as u64
    }

    fn rounded(amounts: &[f64]) -> Vec<u64> {
        let shares = amounts.iter().map(|amount| {
            let mut amounts = [0.0; KINDS];
            amounts[WHOLE] = *amount;
            let why = Why::Scarce(WHOLE);
            Share { amounts, why }
        });
        let mut shares: Vec<Share> = shares.collect();
        whole_units(&mut shares, WHOLE, |_, _| true);
        shares.iter().map(units).collect()
    }

    #[test]
    fn what_is_left_goes_to_the_largest_fractions_and_of_equals_to_the_first() {
        assert_eq!(rounded(&[1.5, 1.5]), [2, 1]);
        assert_eq!(rounded(&[0.2, 1.7, 2.1]), [0, 2, 2]);
        assert_eq!(rounded(&[0.3; 10])[..4], [1, 1, 1, 0]);
        assert_eq!(rounded(&[0.3, 0.4]), [0, 0]);
        assert_eq!(rounded(&[1.999_999_999_9, 4.0]), [2, 4]);
    }

    #[test]
    fn who_cannot_have_more_leaves_it_to_the_next() {
        let share = |amount| Share {
            amounts: [0.0, 0.0, 0.0, amount],
            why: Why::Scarce(0),
        };
        let mut shares = [share(1.6), share(1.4)];
        whole_units(&mut shares, WHOLE, |index, _| index == 1);
        assert_eq!(shares.each_ref().map(units), [1, 2]);
    }
}
