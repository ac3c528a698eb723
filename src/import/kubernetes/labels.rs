//! Labels, and the selectors that ask for them.

use super::yaml::Node;
use std::collections::{BTreeMap, BTreeSet};

/// Labels by key.
pub(super) type Labels = BTreeMap<String, String>;

/// The labels that a mapping holds.
pub(super) fn read(node: Option<&Node>) -> Labels {
    let entries = node.map_or(&[][..], Node::entries).iter();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.text()?.to_owned())))
        .collect()
}

/// Whether a label selector (`matchLabels`, `matchExpressions`) selects what has these labels; an
/// empty one selects everything. `None`: it asks for something that is not known.
pub(super) fn selects(selector: &Node, labels: &Labels) -> Option<bool> {
    let wanted = read(selector.get("matchLabels"));
    let equal = wanted
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value));
    let others = all_hold(selector.items_of("matchExpressions"), labels)?;
    Some(equal && others)
}

/// Whether every expression holds.
pub(super) fn all_hold(expressions: &[Node], labels: &Labels) -> Option<bool> {
    let mut all = true;
    for expression in expressions {
        all &= holds(expression, labels)?;
    }
    Some(all)
}

/// Whether `{ key, operator, values }` holds.
fn holds(expression: &Node, labels: &Labels) -> Option<bool> {
    let label = labels.get(expression.text_at(&["key"])?);
    let values = expression.items_of("values");
    let is_one_of = |label: &String| values.iter().any(|it| it.text() == Some(label));
    let compared = |holds: fn(i64, i64) -> bool| {
        let number: Option<i64> = label.and_then(|label| label.parse().ok());
        let bound: Option<i64> = values.first()?.text()?.parse().ok();
        Some(
            number
                .zip(bound)
                .is_some_and(|(it, bound)| holds(it, bound)),
        )
    };
    match expression.text_at(&["operator"])? {
        "In" => Some(label.is_some_and(is_one_of)),
        "NotIn" => Some(!label.is_some_and(is_one_of)),
        "Exists" => Some(label.is_some()),
        "DoesNotExist" => Some(label.is_none()),
        "Gt" => compared(|it, bound| bound < it),
        "Lt" => compared(|it, bound| it < bound),
        _ => None,
    }
}

/// The keys that a list of expressions looks at.
pub(super) fn keys(expressions: &[Node]) -> BTreeSet<String> {
    let keys = expressions.iter().filter_map(|it| it.text_at(&["key"]));
    keys.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    #[test]
    fn every_operator_means_what_kubernetes_says() {
        let labels: Labels = [("zone", "a"), ("cores", "16")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        for (expression, expected) in [
            ("{key: zone, operator: In, values: [b, a]}", Some(true)),
            ("{key: zone, operator: NotIn, values: [a]}", Some(false)),
            ("{key: rack, operator: NotIn, values: [a]}", Some(true)),
            ("{key: rack, operator: In, values: [a]}", Some(false)),
            ("{key: zone, operator: Exists}", Some(true)),
            ("{key: rack, operator: DoesNotExist}", Some(true)),
            ("{key: cores, operator: Gt, values: ['8']}", Some(true)),
            ("{key: cores, operator: Lt, values: ['16']}", Some(false)),
            ("{key: zone, operator: Gt, values: ['8']}", Some(false)),
            ("{key: zone, operator: Near, values: [a]}", None),
        ] {
            let nodes = yaml::documents(&format!("[{expression}]"), 0).unwrap();
            assert_eq!(
                all_hold(nodes[0].items(), &labels),
                expected,
                "{expression}"
            );
        }
    }
}
