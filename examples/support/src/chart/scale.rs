//! From data to places: ranges, logarithms, round ticks.

/// An axis: the part of the data that it shows, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// The range asked for, else one that holds all the values, with a margin of that share of it.
    pub(super) fn new(range: Option<(f64, f64)>, values: impl Iterator<Item = f64>, margin: f64, log: bool) -> Self {
        let usable = values.filter(|x| x.is_finite() && (!log || *x > 0.0));
        let margin = if range.is_some() { 0.0 } else { margin };
        let (low, high) = range.unwrap_or_else(|| {
            usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        });
        let (low, high) = match (low <= high, log) {
            (true, true) => (low.log10(), high.log10()),
            (true, false) => (low, high),
            (false, _) => (0.0, 1.0),
        };
        if low == high {
            return Scale { low: low - 0.5, high: high + 0.5, log };
        }
        let margin = margin * (high - low);
        Scale { low: low - margin, high: high + margin, log }
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub(super) fn place(self, value: f64) -> f64 {
        let value = if self.log { value.max(f64::MIN_POSITIVE).log10() } else { value };
        (value - self.low) / (self.high - self.low)
    }

    /// Round values with their labels, some five of them.
    pub(super) fn ticks(self) -> Vec<(f64, String)> {
        let span = self.high - self.low;
        if self.log && span < 2.0 {
            return self.between_powers();
        }
        let step = if self.log { (span / 5.0).ceil() } else { round_step(span) };
        let (first, last) = ((self.low / step - 1e-9).ceil() as i64, (self.high / step + 1e-9).floor() as i64);
        let tick = |index: i64| {
            let value = index as f64 * step;
            if self.log {
                return (10_f64.powf(value), label(10_f64.powf(value)));
            }
            let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
            (value, format!("{:.decimals$}", value))
        };
        (first..=last).map(tick).collect()
    }

    /// Where there are few powers of ten, their doubles and fives stand between them.
    fn between_powers(self) -> Vec<(f64, String)> {
        let powers = self.low.floor() as i32..=self.high.ceil() as i32;
        let values = powers.flat_map(|power| [1, 2, 5].map(|leading| (f64::from(leading), power)));
        let shown = values.filter(|(leading, power)| {
            let value = leading.log10() + f64::from(*power);
            (self.low - 1e-9..=self.high + 1e-9).contains(&value)
        });
        // As text: a product with a power of ten below 1 isn't always round.
        shown.filter_map(|(leading, power)| format!("{leading}e{power}").parse().ok()).map(|x| (x, label(x))).collect()
    }
}

/// A step of 1, 2 or 5 times a power of ten that cuts `span` into about five.
fn round_step(span: f64) -> f64 {
    let power = 10_f64.powf((span / 5.0).log10().floor());
    let leading = span / 5.0 / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| leading <= *round * 1.2).unwrap_or(10.0);
    round * power
}

fn label(value: f64) -> String {
    if (1e-3..1e5).contains(&value) { format!("{value}") } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    fn labels(low: f64, high: f64, log: bool) -> Vec<String> {
        Scale::new(Some((low, high)), std::iter::empty(), 0.0, log)
            .ticks()
            .into_iter()
            .map(|(_, label)| label)
            .collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(0.0, 5000.0, false), ["0", "1000", "2000", "3000", "4000", "5000"]);
        assert_eq!(labels(-0.21, 0.32, false), ["-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(labels(0.0007, 0.3, true), ["0.001", "0.01", "0.1"]);
        assert_eq!(labels(0.009, 0.55, true), ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5"]);
        assert_eq!(labels(1.0, 64.0, true), ["1", "2", "5", "10", "20", "50"]);
    }

    #[test]
    fn nothing_or_one_value_still_has_a_range() {
        assert_eq!(Scale::new(None, [].into_iter(), 0.0, false).place(0.5), 0.5);
        assert_eq!(Scale::new(None, [3.0].into_iter(), 0.0, false).place(3.0), 0.5);
        assert_eq!(Scale::new(None, [f64::NAN, 1.0, 3.0].into_iter(), 0.0, false).place(2.0), 0.5);
    }
}
