//! Breaking text into lines at spaces.

/// `text` in lines of at most `width` characters, each ended; all but the first start with
/// `indent`. A word that is longer than a line is broken.
pub(super) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut wrapped = String::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        let is_fresh = line.trim().is_empty();
        if !is_fresh && used + 1 + word.len() <= width {
            line.push(' ');
            used += 1;
        } else if !is_fresh {
            end_line(&mut wrapped, &mut line, &mut used, indent);
        }
        while used + word.len() > width && used < width {
            let rest = word.split_off(width - used);
            line.extend(word);
            end_line(&mut wrapped, &mut line, &mut used, indent);
            word = rest;
        }
        used += word.len();
        line.extend(word);
    }
    if !line.trim().is_empty() {
        end_line(&mut wrapped, &mut line, &mut used, indent);
    }
    wrapped
}

fn end_line(wrapped: &mut String, line: &mut String, used: &mut usize, indent: &str) {
    wrapped.push_str(line.trim_end());
    wrapped.push('\n');
    indent.clone_into(line);
    *used = indent.chars().count();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_continue_indented() {
        assert_eq!(
            wrap("a queue that grows", 9, "  "),
            "a queue\n  that\n  grows\n"
        );
        assert_eq!(wrap("", 9, "  "), "");
        assert_eq!(wrap("unbreakable word", 7, " "), "unbreak\n able\n word\n");
        assert_eq!(wrap("exactly", 7, " "), "exactly\n");
    }
}
