//! The name that was probably meant.

/// The candidate nearest to `name`, if one is near enough to be a slip of the fingers; the first
/// of equals.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = name.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase());
        let longest = length.max(candidate.chars().count());
        let near = distance <= (length / 3).max(2) && distance < longest;
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Names as a person lists them: `` `a`, `b`, `c` ``.
pub(crate) fn quoted_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_different_word_is_not() {
        let keys = ["replicas", "requests", "concurrency"];
        assert_eq!(nearest("replcias", keys), Some("replicas"));
        assert_eq!(nearest("Request", keys), Some("requests"));
        assert_eq!(nearest("timeout", keys), None);
        assert_eq!(nearest("xy", ["cv"]), None);
        assert_eq!(nearest("kx", ["k"]), Some("k"));
    }
}
