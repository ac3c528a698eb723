//! Axes whose ticks are round numbers.

use crate::report::chart::plot::{Axis, Spacing};
use crate::report::human;

/// Ticks that an axis should have at most.
const TICKS_MAX: f64 = 8.0;
/// Ranges narrower or wider than this are beyond what a chart can show; they are cut.
const SMALLEST: f64 = 1e-100;
const LARGEST: f64 = 1e100;

/// How far an axis goes: all of the means up to `mean`, and as much of the bands up to `band` as does
/// not press the means to the ground.
pub(super) fn with_bands(mean: f64, band: f64) -> f64 {
    if mean > 0.0 {
        mean.max(band.min(1.6 * mean))
    } else {
        band
    }
}

/// An axis from zero to at least `high`, for what cannot be negative.
pub(super) fn from_zero(label: &str, high: f64) -> Axis {
    let high = if high > SMALLEST {
        high.min(LARGEST)
    } else {
        1.0
    };
    // Long rows of zeros are not read but counted.
    let (size, words) = match high {
        high if high < 1e7 => (1.0, ""),
        high if high < 1e10 => (1e6, " (millions)"),
        high if high < 1e13 => (1e9, " (billions)"),
        _ => (1.0, ""),
    };
    let step = round_step(high / size / (TICKS_MAX - 2.0));
    let count = (high / size / step - 1e-9).ceil().max(1.0);
    Axis {
        label: format!("{label}{words}"),
        spacing: Spacing::Linear,
        low: 0.0,
        high: count * step * size,
        ticks: ticks(0.0, count, step, size),
    }
}

/// An axis of a share from 0 to at least `high`, in per cent. Where much is in use it shows the
/// whole, so that charts can be compared.
pub(super) fn share(label: &str, high: f64) -> Axis {
    let whole = high > 0.5 || high <= SMALLEST;
    part(label, if whole { high.max(1.0) } else { high })
}

/// An axis of a share from 0 to at least `high`, in per cent.
pub(super) fn part(label: &str, high: f64) -> Axis {
    let mut axis = from_zero(label, high * 100.0);
    axis.high /= 100.0;
    for (at, _) in &mut axis.ticks {
        *at /= 100.0;
    }
    axis
}

/// An axis of time from `low` to `high` seconds; `label` gets the unit.
pub(super) fn time(label: &str, low: f64, high: f64) -> Axis {
    let high = high.clamp(-LARGEST, LARGEST);
    let low = low.clamp(-LARGEST, high);
    // Wide enough that ends and ticks differ as numbers.
    let narrowest = low.abs().max(high.abs()) * 1e-9;
    let span = match high - low {
        span if span > SMALLEST => span.max(narrowest),
        _ => narrowest.max(1.0),
    };
    let high = low + span;
    let scale = span_scale(span.max(high / 1000.0));
    let size = scale.size;
    let round: &[f64] = match scale.suffix {
        " s" | " min" => &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0],
        " h" => &[1.0, 2.0, 3.0, 4.0, 6.0, 12.0, 24.0],
        _ => &[],
    };
    let wanted = span / size / TICKS_MAX;
    let listed = round.iter().copied().find(|step| *step >= wanted);
    let step = match listed {
        Some(step) if wanted > 0.5 => step,
        _ => round_step(wanted),
    };
    let first = (low / size / step - 1e-9).ceil();
    let last = (high / size / step + 1e-9).floor();
    Axis {
        label: format!("{label} ({})", scale.suffix.trim_start()),
        spacing: Spacing::Linear,
        low,
        high,
        ticks: ticks(first, last, step, size),
    }
}

/// An axis of time from zero to a tick that is at least `high` seconds.
pub(super) fn rounded_time(label: &str, high: f64) -> Axis {
    let axis = time(label, 0.0, high);
    match axis.ticks.get(1) {
        Some((step, _)) => time(label, 0.0, (axis.high / step - 1e-9).ceil() * step),
        None => axis,
    }
}

/// A logarithmic axis of durations from at most `low` to at least `high` seconds, both positive.
pub(super) fn logarithmic_time(label: &str, low: f64, high: f64) -> Axis {
    let low = low.clamp(SMALLEST, LARGEST);
    let high = high.clamp(low, LARGEST);
    let (first, last) = (human::exponent(low), human::exponent(high));
    // Two decades have room for labels in between; twenty have not even for one each.
    let decades = last - first + 1;
    let multiples: &[u32] = match decades {
        ..=3 => &[1, 2, 5],
        4..=5 => &[1, 3],
        _ => &[1],
    };
    let every = (decades - 1) / 10 + 1;
    let mut positions = Vec::new();
    for exponent in (first..=last + 1).filter(|exponent| (exponent - first) % every == 0) {
        for multiple in multiples {
            positions.push(power_of_ten(exponent) * f64::from(*multiple));
        }
    }
    let below = positions.iter().rposition(|at| *at <= low).unwrap_or(0);
    let above = positions.iter().position(|at| *at >= high);
    let above = above.unwrap_or(positions.len() - 1).max(below + 1);
    let ticks = positions[below..=above.min(positions.len() - 1)].iter();
    let ticks: Vec<(f64, String)> = ticks.map(|at| (*at, duration(*at))).collect();
    Axis {
        label: label.to_owned(),
        spacing: Spacing::Logarithmic,
        low: ticks.first().map_or(low, |tick| tick.0),
        high: ticks.last().map_or(high, |tick| tick.0),
        ticks,
    }
}

/// A round duration with its unit. Seconds stay seconds: 1,000 s is rounder than 16.7 min.
fn duration(seconds: f64) -> String {
    let scale = human::time_scale(seconds.min(1.0));
    // A power of ten may be a hair below the unit's.
    let scaled = seconds / scale.size;
    match human::exponent(scaled * (1.0 + 1e-9)) {
        exponent if exponent < 0 => format!("{scaled:.0e}{}", scale.suffix),
        _ => human::grouped(scaled, 0) + scale.suffix,
    }
}

fn span_scale(span: f64) -> human::Scale {
    // An axis reads well down to about two of its unit, a number does from one.
    match span {
        span if span < 2.0 => human::time_scale((span / 2.0).min(0.5)),
        span if span < 300.0 => human::time_scale(1.0),
        span if span < 5.0 * 3600.0 => human::time_scale(600.0),
        span if span < 5.0 * 86_400.0 => human::time_scale(7200.0),
        span => human::time_scale(span),
    }
}

/// Multiples `first` to `last` of `step`, labelled, at `size` times their number.
fn ticks(first: f64, last: f64, step: f64, size: f64) -> Vec<(f64, String)> {
    let decimals = usize::try_from(-human::exponent(step)).unwrap_or(0);
    let count = (last - first).clamp(0.0, 4.0 * TICKS_MAX) as u32;
    (0..=count)
        .map(|index| {
            let number = (first + f64::from(index)) * step;
            let label = if decimals > 9 {
                format!("{number:.1e}")
            } else {
                human::grouped(number, decimals)
            };
            (number * size, label)
        })
        .collect()
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `wanted`.
fn round_step(wanted: f64) -> f64 {
    let power = power_of_ten(human::exponent(wanted));
    let steps = [1.0, 2.0, 5.0, 10.0].map(|multiple| multiple * power);
    let found = steps
        .into_iter()
        .find(|step| *step >= wanted * (1.0 - 1e-9));
    found.unwrap_or(wanted)
}

/// Ten to the `exponent`, correctly rounded, as powers by multiplication are not.
fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}")
        .parse()
        .expect("a number in scientific notation")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.1.as_str()).collect()
    }

    #[test]
    fn amounts_start_at_zero_and_end_at_a_round_number() {
        assert_eq!(labels(&from_zero("", 17.3)), ["0", "5", "10", "15", "20"]);
        assert_eq!(
            labels(&from_zero("", 0.031)),
            ["0.00", "0.01", "0.02", "0.03", "0.04"]
        );
        assert_eq!(
            labels(&from_zero("", 0.0)),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        let axis = from_zero("Waiting requests", 3.2e7);
        assert_eq!(axis.label, "Waiting requests (millions)");
        assert_eq!(labels(&axis), ["0", "10", "20", "30", "40"]);
    }

    #[test]
    fn shares_show_the_whole_where_much_is_in_use() {
        assert_eq!(
            labels(&share("", 0.83)),
            ["0", "20", "40", "60", "80", "100"]
        );
        assert_eq!(
            labels(&share("", 0.012)),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2"]
        );
        assert_eq!(labels(&share("", 0.0)).last(), Some(&"100"));
    }

    #[test]
    fn time_is_counted_in_units_of_clocks() {
        let axis = time("Time", 0.0, 7200.0);
        assert_eq!(axis.label, "Time (min)");
        assert_eq!(
            labels(&axis),
            ["0", "15", "30", "45", "60", "75", "90", "105", "120"]
        );
        assert_eq!(
            labels(&time("", 0.0, 86_400.0)),
            ["0", "3", "6", "9", "12", "15", "18", "21", "24"]
        );
        assert_eq!(
            labels(&time("", 30.0, 90.0)),
            ["30", "40", "50", "60", "70", "80", "90"]
        );
        assert_eq!(time("", 0.0, 0.9).label, " (ms)");
        assert_eq!(labels(&rounded_time("", 0.09)).last(), Some(&"100"));
    }

    #[test]
    fn ratios_get_a_label_for_each_decade() {
        assert_eq!(
            labels(&logarithmic_time("", 0.000_11, 190.0)),
            [
                "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s", "1,000 s"
            ]
        );
        assert_eq!(
            labels(&logarithmic_time("", 0.013, 2.2)),
            [
                "10 ms", "20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s", "2 s", "5 s"
            ]
        );
    }
}
