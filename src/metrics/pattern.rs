//! Names with `*` for any part of them.

/// Whether `name` is one that `pattern` means.
pub fn is_like(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(first) else {
        return false;
    };
    // What is between two stars is best found as early as possible.
    let mut left = name;
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_part_of_a_name() {
        for (pattern, name) in [
            ("*", "etl"),
            ("etl-*", "etl-7"),
            ("*-7", "etl-7"),
            ("e*-*7", "etl-a-17"),
            ("etl", "etl"),
        ] {
            assert!(is_like(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("etl-*", "el-7"),
            ("*-7", "etl-71"),
            ("a*a", "a"),
            ("etl", "etl7"),
        ] {
            assert!(!is_like(pattern, name), "{pattern} {name}");
        }
    }
}
