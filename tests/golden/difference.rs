//! The difference of two texts, line by line, for a person to read.
//!
//! Invariant: applying the printed lines to the first text gives the second. Quadratic in the lines that
//! differ, which is fine for records and would not be for anything large.

/// Lines of unchanged text that are shown around a change.
const CONTEXT: usize = 2;

/// The changed lines with a little context; `-` for the first text's, `+` for the second's.
pub(crate) fn between(first: &str, second: &str) -> String {
    let lines = compared(
        &first.lines().collect::<Vec<_>>(),
        &second.lines().collect::<Vec<_>>(),
    );
    let mut out = String::new();
    let mut skipped = false;
    for (at, (mark, line)) in lines.iter().enumerate() {
        let from = at.saturating_sub(CONTEXT);
        let near = lines
            .iter()
            .skip(from)
            .take(at + CONTEXT + 1 - from)
            .any(|(mark, _)| *mark != ' ');
        if near {
            out.push_str(&format!("  {mark} {line}\n"));
        } else if !skipped {
            out.push_str("    …\n");
        }
        skipped = !near;
    }
    out
}

fn compared<'a>(first: &[&'a str], second: &[&'a str]) -> Vec<(char, &'a str)> {
    let same_start = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    let (start, first) = first.split_at(same_start);
    let (_, second) = second.split_at(same_start);
    let mut lines: Vec<_> = start.iter().map(|line| (' ', *line)).collect();
    // Length of the longest common run of lines from (i, j) on, in rows of `second.len() + 1`.
    let width = second.len() + 1;
    let mut common = vec![0u32; (first.len() + 1) * width];
    let get = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in first.iter().enumerate().rev() {
        for (j, b) in second.iter().enumerate().rev() {
            let length = if a == b {
                get(&common, i + 1, j + 1) + 1
            } else {
                get(&common, i + 1, j).max(get(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = length;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (first.get(i), second.get(j)) {
            (Some(a), Some(b)) if a == b => {
                lines.push((' ', a));
                i += 1;
                j += 1;
            }
            (Some(a), b) if b.is_none() || get(&common, i + 1, j) >= get(&common, i, j + 1) => {
                lines.push(('-', a));
                i += 1;
            }
            (_, Some(b)) => {
                lines.push(('+', b));
                j += 1;
            }
            (_, None) => return lines,
        }
    }
}

#[test]
fn a_changed_line_is_shown_with_its_neighbours() {
    let first = "a\nb\nc\nd\ne\nf\ng";
    let second = "a\nb\nc\nd\nE\nf\ng\nh";
    assert_eq!(
        between(first, second),
        "    …\n    c\n    d\n  - e\n  + E\n    f\n    g\n  + h\n"
    );
}
