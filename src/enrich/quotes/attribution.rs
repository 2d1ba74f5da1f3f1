//! Attribution: which words are somebody's, whose, and by which cue.
//!
//! Invariant: an attribution's parts are in order and lie in the text; a speaker and a cue lie outside them.
//! Each sentence is read twice: first for attributions that stand behind their content or split it, then, in what
//! is left, for those that stand before it. Deliberately absent: full names; see [`super::speakers`].

mod according;
mod anaphora;
mod before;
mod behind;
mod called;
mod content;
mod ending;
mod floating;
mod frame;
mod introduced;
mod reported;
mod sentence;
mod subject;
mod tail;
mod turns;

use std::ops::Range;

use super::lexicon::Class;
use super::reader::{Cue, Reader, Voice};
use super::rule::Rule;
use crate::message::QuoteKind;

/// Somebody's words.
#[derive(Debug, Clone)]
pub(super) struct Attribution {
    /// The words, in bytes.
    pub(super) parts: Vec<Range<usize>>,
    /// How they are quoted.
    pub(super) kind: QuoteKind,
    /// Outer tokens that name the speaker.
    pub(super) speaker: Option<Range<usize>>,
    /// Outer tokens of the cue.
    pub(super) cue: Option<Range<usize>>,
    /// The sentence of the cue, else of the content.
    pub(super) segment: usize,
    /// Whether the text has no attribution of its own for it.
    pub(super) continuation: bool,
    /// How it was found.
    pub(super) rule: Rule,
}

/// Cues that are read in one sentence. Real ones stay under ten; a bound keeps hostile text linear.
const CUES_MAX: usize = 24;

/// Finds every attribution of a text, in the order of the content.
pub(super) fn find(reader: &Reader<'_>) -> Vec<Attribution> {
    let mut pass = Pass {
        reader,
        found: Vec::new(),
        covered: vec![false; reader.outer.len()],
        limits: Vec::new(),
        claimed: vec![None; reader.marked.len()],
    };
    pass.turns();
    for at in 0..reader.segments.len() {
        pass.segment(at);
    }
    pass.float();
    if reader.lexicon.verb_second() {
        pass.reported();
    }
    let mut found = pass.found;
    found.sort_by_key(|attribution| attribution.parts.first().map_or(0, |part| part.start));
    found
}

/// Paragraphs of one quotation. Real ones stay far under it.
const PARAGRAPHS_MAX: usize = 64;

/// The paragraphs of a quotation, each of which opens with the mark again, without those marks.
fn paragraphs(text: &str, inner: &Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let content = text.get(inner.clone()).unwrap_or_default();
    let mut start = 0;
    for (at, _) in content.match_indices('\n') {
        let rest = content.get(at..).unwrap_or_default();
        let next = rest.trim_start();
        let Some(mark) = next
            .chars()
            .next()
            .filter(|c| matches!(c, '“' | '"' | '„' | '«' | '»' | '‘' | '\''))
        else {
            continue;
        };
        let resume = at + (rest.len() - next.len()) + mark.len_utf8();
        if resume <= start || parts.len() >= PARAGRAPHS_MAX {
            continue;
        }
        parts.push(super::outer::trim(text, inner.start + start..inner.start + at));
        start = resume;
    }
    parts.push(super::outer::trim(text, inner.start + start..inner.end));
    parts
}

/// One reading of a text.
struct Pass<'a, 'r> {
    reader: &'r Reader<'a>,
    found: Vec<Attribution>,
    /// Outer tokens that are content already.
    covered: Vec<bool>,
    /// Where attributions of this sentence begin, which the content of a weaker cue does not run over.
    limits: Vec<usize>,
    /// The attribution that took each quotation.
    claimed: Vec<Option<usize>>,
}

impl Pass<'_, '_> {
    fn segment(&mut self, at: usize) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let mut cues: Vec<Cue> = Vec::new();
        let mut token = segment.tokens.start;
        while token < segment.tokens.end && cues.len() < CUES_MAX {
            match reader.cue_at(segment, token) {
                Ok(cue) => {
                    token = cue.tokens.end;
                    cues.push(cue);
                }
                Err(length) => token += length,
            }
        }
        self.headline(at);
        self.asked(at);
        for cue in &cues {
            self.behind(at, cue);
        }
        let (clausal, other): (Vec<&Cue>, Vec<&Cue>) = cues
            .iter()
            .partition(|cue| cue.voice == Voice::Preposition || cue.class.has(Class::SAY | Class::TELL));
        let first = self.found.len();
        self.take(at, &clausal);
        self.limits.clear();
        for found in self.found.iter().skip(first) {
            let start = found
                .cue
                .iter()
                .chain(&found.speaker)
                .map(|range| range.start)
                .filter(|start| segment.tokens.contains(start))
                .min();
            self.limits.extend(start);
        }
        self.take(at, &other);
        self.limits.clear();
        self.called(at, &cues);
        self.introduced(at);
        self.worded(at);
        self.opinion(at);
        self.anaphora(at, &cues);
    }

    /// Takes the content before which cues of a sentence stand.
    fn take(&mut self, at: usize, cues: &[&Cue]) {
        let mut last: Option<Range<usize>> = None;
        for cue in cues {
            if self.is_covered(cue.tokens.start) {
                continue;
            }
            if let Some(taken) = self
                .found
                .iter()
                .rev()
                .take_while(|found| found.segment == at)
                .find(|found| found.cue.as_ref() == Some(&cue.tokens))
            {
                last.clone_from(&taken.speaker);
                continue;
            }
            if cue.voice == Voice::Preposition {
                if !cue.class.has(Class::THUS) {
                    self.according(at, cue);
                }
            } else if let Some(speaker) = self.before(at, cue, last.as_ref()) {
                last = Some(speaker);
            }
        }
    }

    fn is_covered(&self, token: usize) -> bool {
        self.covered.get(token).copied().unwrap_or(false)
    }

    /// Records content that stands in outer tokens `region`.
    fn record(
        &mut self,
        segment: usize,
        regions: &[Range<usize>],
        speaker: Option<Range<usize>>,
        cue: Option<Range<usize>>,
        rule: Rule,
    ) -> bool {
        let reader = self.reader;
        let mut parts = Vec::new();
        let mut quoted = false;
        let mut only = true;
        for region in regions {
            let mut region = region.clone();
            while region.start < region.end
                && reader
                    .token(region.start)
                    .is_some_and(|token| token.is_comma() || token.is_dash() || token.is_colon())
            {
                region.start += 1;
            }
            while region.start < region.end
                && reader.token(region.end - 1).is_some_and(|token| {
                    token.is_comma()
                        || token.is_dash()
                        || token.is_colon()
                        || token.is_terminator()
                        || token.is(';')
                })
            {
                region.end -= 1;
            }
            if region.is_empty() {
                continue;
            }
            let spans: Vec<usize> = reader
                .outer(region.clone())
                .iter()
                .filter_map(|token| token.quote())
                .collect();
            quoted |= !spans.is_empty();
            only &= spans.len() == region.len();
            let id = self.found.len();
            for span in spans {
                if let Some(claimed) = self.claimed.get_mut(span) {
                    claimed.get_or_insert(id);
                }
            }
            if let Some(covered) = self.covered.get_mut(region.clone()) {
                covered.fill(true);
            }
            let single = (region.len() == 1)
                .then(|| reader.token(region.start).and_then(|token| token.quote()))
                .flatten();
            match single.and_then(|span| reader.marked.get(span)) {
                Some(marked) => parts.extend(paragraphs(reader.text, &marked.inner)),
                None => parts.extend(reader.bytes(&region)),
            }
        }
        parts.retain(|part| part.start < part.end);
        if parts.is_empty() {
            return false;
        }
        let capital = regions
            .first()
            .and_then(|region| {
                reader
                    .outer(region.clone())
                    .iter()
                    .find_map(|token| token.quote())
            })
            .and_then(|span| reader.marked.get(span))
            .is_some_and(|marked| marked.capital);
        let kind = match (quoted, only && capital) {
            (true, true) => QuoteKind::Direct,
            (true, false) => QuoteKind::Mixed,
            (false, _) => QuoteKind::Indirect,
        };
        let fragments = if kind == QuoteKind::Mixed && reader.lexicon.fragments() {
            self.fragments(regions)
        } else {
            Vec::new()
        };
        for fragment in fragments {
            if parts.len() == 1 && parts.first() == Some(&fragment) {
                continue;
            }
            self.found.push(Attribution {
                parts: vec![fragment],
                kind,
                speaker: speaker.clone(),
                cue: cue.clone(),
                segment,
                continuation: false,
                rule,
            });
        }
        self.found.push(Attribution {
            parts,
            kind,
            speaker,
            cue,
            segment,
            continuation: false,
            rule,
        });
        true
    }

    /// The marked words inside a clause of reported speech: er sagte, das sei „…“ gewesen.
    fn fragments(&self, regions: &[Range<usize>]) -> Vec<Range<usize>> {
        let reader = self.reader;
        regions
            .iter()
            .flat_map(|region| region.clone())
            .filter_map(|at| reader.marked.get(reader.token(at)?.quote()?))
            .map(|marked| marked.inner.clone())
            .collect()
    }
}
