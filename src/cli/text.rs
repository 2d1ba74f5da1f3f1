//! Text for a terminal: wrapped by display width, and harmless whatever an article holds.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// One line of an article's text: white space made single, control characters (an escape sequence among them)
/// left out.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.extend(word.chars().filter(|character| !is_harmful(*character)));
    }
    plain
}

/// Controls drive the terminal; embeddings and overrides of direction reorder what stands around them.
fn is_harmful(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Lines of at most `width` columns, broken at spaces, and inside a word that is longer (as in Chinese).
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line, mut columns) = (Vec::new(), String::new(), 0);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(columns > 0);
        let word_columns = word.width();
        if word_columns <= width {
            if columns + gap + word_columns > width {
                lines.push(std::mem::take(&mut line));
                columns = 0;
            } else if gap > 0 {
                line.push(' ');
                columns += 1;
            }
            line.push_str(word);
            columns += word_columns;
            continue;
        }
        if gap > 0 {
            line.push(' ');
            columns += 1;
        }
        for grapheme in word.graphemes(true) {
            if columns > 0 && columns + grapheme.width() > width {
                lines.push(take_line(&mut line));
                columns = 0;
            }
            line.push_str(grapheme);
            columns += grapheme.width();
        }
    }
    if !line.trim_end().is_empty() {
        lines.push(take_line(&mut line));
    }
    lines
}

fn take_line(line: &mut String) -> String {
    let mut taken = std::mem::take(line);
    taken.truncate(taken.trim_end().len());
    taken
}

/// The first `count` lines, the last with an ellipsis if there are more.
pub(crate) fn first_lines(mut lines: Vec<String>, count: usize) -> Vec<String> {
    if lines.len() > count {
        lines.truncate(count);
        if let Some(last) = lines.last_mut() {
            last.push_str(" …");
        }
    }
    lines
}

/// At most `columns` of one line, the rest an ellipsis.
pub(crate) fn cut(line: &str, columns: usize) -> String {
    if line.width() <= columns {
        return line.to_owned();
    }
    let mut cut = String::new();
    for grapheme in line.graphemes(true) {
        if cut.width() + grapheme.width() >= columns {
            break;
        }
        cut.push_str(grapheme);
    }
    cut + "…"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_at_spaces_and_punctuation_stays_with_its_word() {
        assert_eq!(wrap("one two, three", 7), ["one", "two,", "three"]);
        assert_eq!(wrap("one two, three", 8), ["one two,", "three"]);
        assert_eq!(wrap("云岭芯片厂提前投产", 8), ["云岭芯片", "厂提前投", "产"]);
    }

    #[test]
    fn a_cell_is_cut_at_a_grapheme() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("云岭芯片", 5), "云岭…");
    }

    #[test]
    fn an_article_cannot_drive_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mred\u{7}\n b\u{202e}c"), "a[31mred bc");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_is_lost(text in "\\PC{0,120}", width in 4usize..40) {
            let text = plain(&text);
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(line.width() <= width.max(8), "{line:?}");
            }
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
        }
    }
}
