//! The name table of an article: which full names it gives, and what it says of those who bear them.
//!
//! Invariant: every name in the table stands in the text as it is written. Deliberately absent: names that the
//! article does not give; the vocabulary's labels are the tags' affair.

use std::ops::Range;

use foldhash::HashMap;

use super::lexicon::Class;
use super::reader::Reader;
use super::tokens::Token;

/// People that share a last name. Over it they are not told apart.
const NAMESAKES_MAX: usize = 24;

/// How much the titles around a name weigh at most, against the first name's one less.
const SEX_MAX: i32 = 6;

/// Somebody of the article.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The longest form of the name.
    pub(super) name: String,
    /// How often a part of the name stands in the text.
    pub(super) count: usize,
    /// Evidence of sex: positive for male, negative for female.
    pub(super) sex: i32,
    /// The sex that the first name tells.
    pub(super) first_sex: i32,
    /// Adjectives before the name or its role, in lower case: russian.
    pub(super) adjectives: Vec<String>,
    /// Whether it is the name of a body, which nobody calls he or she.
    pub(super) body: bool,
}

/// A place where a name stands.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    /// Outer tokens.
    pub(super) tokens: Range<usize>,
    /// Who it is, in [`NameTable::people`].
    pub(super) person: usize,
    /// Whether a verb follows, so that it is likely a subject.
    pub(super) subject: bool,
}

/// The names of an article.
#[derive(Debug, Default)]
pub(super) struct NameTable {
    pub(super) people: Vec<Person>,
    pub(super) mentions: Vec<Mention>,
    by_last: HashMap<String, Vec<usize>>,
    by_first: HashMap<String, Vec<usize>>,
    /// By the words between the first and the last: Quiroga of Ximena Quiroga Rocha.
    by_middle: HashMap<String, Vec<usize>>,
    /// Where a role word stands beside whose name, in reading order.
    by_role: HashMap<String, Vec<(usize, usize)>>,
}

/// A run of capitalised words that may be a name: titles before it, then the name.
struct Run {
    tokens: Range<usize>,
    name: Range<usize>,
    /// Whether it stands at the head of a sentence, where every word is capitalised.
    initial: bool,
    /// Whether it stands at the head of a sentence, titles and all.
    first: bool,
    /// The sex that a title before the name tells: Mr., Mrs.
    sex: i32,
}

impl NameTable {
    /// Reads the names of a text.
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        let mut table = Self::default();
        let mut runs: Vec<(Run, bool)> = Vec::new();
        for segment in reader.segments {
            let mut at = segment.tokens.start;
            while at < segment.tokens.end {
                match run_at(reader, at, segment.tokens.end, at == segment.tokens.start) {
                    Some(run) => {
                        at = run.tokens.end;
                        runs.push((run, segment.title_case));
                    }
                    None => at += 1,
                }
            }
        }
        // Full forms first, from the text's sentences before its headlines.
        for (headline, initial) in [(false, false), (false, true), (true, false), (true, true)] {
            for (run, title_case) in &runs {
                if *title_case == headline && run.initial == initial && run.name.len() >= 2 {
                    table.full(reader, run, headline);
                }
            }
        }
        for (run, _) in &runs {
            table.mention(reader, run);
        }
        table.mentions.sort_by_key(|mention| mention.tokens.start);
        table.gather(reader);
        table
    }

    fn full(&mut self, reader: &Reader<'_>, run: &Run, headline: bool) {
        let Some(name) = words(reader, &run.name) else {
            return;
        };
        let last = last_word(&name).to_lowercase();
        let ends_in_role = run.name.end.checked_sub(1).is_some_and(|last| {
            reader.class(last).has(Class::ROLE | Class::TITLE) && !reader.class(last).has(Class::PARTICLE)
        });
        if ends_in_role
            && reader.lexicon.has_possessive()
            && name
                .split(' ')
                .next()
                .is_some_and(|first| reader.lexicon.first_name(&first.to_lowercase()).is_none())
        {
            // RNC Chief of Staff X: what ends in a role is nobody’s name, but for John King.
            return;
        }
        if run.initial || headline {
            // Using Ted Cruz: the first word is no name where the rest is one already.
            let first = name.split(' ').next().unwrap_or_default();
            let known_first = !reader.lexicon.first_name(&first.to_lowercase()).is_none()
                || self.by_first.contains_key(first);
            let rest = name.split_once(' ').map(|(_, rest)| rest);
            if !known_first && rest.is_some_and(|rest| self.who(rest).is_some()) {
                return;
            }
        }
        let known = self.by_last.entry(last).or_default();
        for at in known.iter() {
            let Some(person) = self.people.get_mut(*at) else {
                continue;
            };
            if same(&person.name, &name) {
                if name.len() > person.name.len() && !headline {
                    person.name = name;
                }
                return;
            }
        }
        if known.len() >= NAMESAKES_MAX {
            return;
        }
        known.push(self.people.len());
        let first = name.split(' ').next().unwrap_or_default().to_owned();
        let words: Vec<&str> = name.split(' ').collect();
        let middle = words.get(1..words.len() - 1).unwrap_or_default();
        for word in middle.iter().filter(|word| word.chars().count() > 3) {
            let known = self.by_middle.entry((*word).to_owned()).or_default();
            if known.len() < NAMESAKES_MAX {
                known.push(self.people.len());
            }
        }
        let body = [words.first(), words.last()]
            .into_iter()
            .flatten()
            .any(|word| reader.lexicon.class(&word.to_lowercase()).has(Class::BODY))
            && reader.lexicon.first_name(&first.to_lowercase()).is_none();
        let given = first.split('-').next().unwrap_or_default().to_owned();
        self.by_first.entry(first).or_default().push(self.people.len());
        self.people.push(Person {
            name,
            count: 0,
            sex: 0,
            first_sex: sex_of(reader.lexicon.first_name(given.to_lowercase().as_str())),
            adjectives: Vec::new(),
            body,
        });
    }

    fn mention(&mut self, reader: &Reader<'_>, run: &Run) {
        let Some(name) = words(reader, &run.name) else {
            return;
        };
        let shorter = name.split_once(' ').map(|(_, rest)| rest);
        let Some(at) = self
            .who_by_sex(&name, run.sex)
            .or_else(|| self.who(&name))
            .or_else(|| shorter.and_then(|rest| self.who(rest)))
            .or_else(|| self.who_by_first(&name))
            .or_else(|| self.who_by_middle(&name))
        else {
            return;
        };
        let next = reader.class(run.tokens.end);
        let opens = run.first
            && !next.has(Class::GENITIVE | Class::AND)
            && reader
                .token(run.tokens.end)
                .is_some_and(|token| !token.is_colon());
        let verbal = Class::AUX | Class::VERB | Class::CUE | Class::ADVERB;
        // Its negotiator, X, was careful: an apposition is as much the subject as its head.
        let apposed = reader.token(run.tokens.end).is_some_and(|token| token.is_comma())
            && reader.class(run.tokens.end + 1).has(Class::AUX | Class::CUE)
            && run
                .tokens
                .start
                .checked_sub(1)
                .and_then(|before| reader.token(before))
                .is_some_and(|token| token.is_comma());
        let subject = next.has(verbal) || apposed || opens;
        if let Some(person) = self.people.get_mut(at) {
            person.count += 1;
        }
        self.mentions.push(Mention {
            tokens: run.tokens.clone(),
            person: at,
            subject,
        });
    }

    /// Whom a form of a name means.
    pub(super) fn who(&self, name: &str) -> Option<usize> {
        let known = self.by_last.get(&last_word(name).to_lowercase())?;
        if name.contains(' ') {
            return known.iter().copied().find(|at| {
                self.people
                    .get(*at)
                    .is_some_and(|person| same(&person.name, name))
            });
        }
        known
            .iter()
            .copied()
            .max_by_key(|at| self.people.get(*at).map_or(0, |person| person.count))
    }

    /// Whom a last name means behind a title that tells the sex, where several bear it: Mrs. Prado.
    fn who_by_sex(&self, name: &str, sex: i32) -> Option<usize> {
        if sex == 0 || name.contains(' ') {
            return None;
        }
        let known = self.by_last.get(&last_word(name).to_lowercase())?;
        let mut fitting = known.iter().copied().filter(|at| {
            self.people
                .get(*at)
                .is_some_and(|person| person.first_sex * sex > 0)
        });
        let only = fitting.next()?;
        (known.len() > 1 && fitting.next().is_none()).then_some(only)
    }

    /// The person whose first name it is, if only one has it.
    pub(super) fn who_by_first(&self, name: &str) -> Option<usize> {
        match self.by_first.get(name)?.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The person whose name holds this one word, if only one does.
    fn who_by_middle(&self, name: &str) -> Option<usize> {
        match self.by_middle.get(name)?.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The people beside whose names a role word stands before a byte of the text, the nearest first.
    pub(super) fn with_role(&self, role: &str, before: usize) -> impl Iterator<Item = (usize, usize)> {
        let places = self.by_role.get(role).map(Vec::as_slice).unwrap_or_default();
        let end = places.partition_point(|(place, _)| *place < before);
        places.get(..end).unwrap_or_default().iter().rev().copied()
    }

    /// Evidence of sex and roles, from what stands around the mentions.
    fn gather(&mut self, reader: &Reader<'_>) {
        for mention in &self.mentions {
            let Some(person) = self.people.get_mut(mention.person) else {
                continue;
            };
            let mut around = Class::NONE;
            for at in mention.tokens.clone() {
                if reader.class(at).has(Class::ROLE | Class::TITLE) {
                    around |= reader.class(at);
                }
            }
            let mut before = mention.tokens.start;
            let mut role = Vec::new();
            while before > 0 && mention.tokens.start - before < 6 {
                let Some(token) = reader.token(before - 1) else {
                    break;
                };
                if !token.is_word() || !reader.nominal(token) {
                    break;
                }
                if token.class.has(Class::ROLE | Class::TITLE | Class::ADJECTIVE) {
                    // A her before a name is another's.
                    around |= token.class;
                }
                if token.class.has(Class::ROLE | Class::TITLE)
                    && let Some(word) = reader.lower(before - 1)
                {
                    role.push((word, token.start));
                }
                before -= 1;
            }
            // X, the minister of …
            if reader
                .token(mention.tokens.end)
                .is_some_and(|token| token.is_comma())
            {
                let mut after = mention.tokens.end + 1;
                while after < mention.tokens.end + 8 {
                    let Some(token) = reader.token(after) else { break };
                    if !token.is_word()
                        || !(reader.nominal(token) || token.class.has(Class::PREPOSITION))
                        || token.class.has(Class::PREPOSITION)
                            && role.is_empty()
                            && after > mention.tokens.end + 5
                    {
                        break;
                    }
                    if token.class.has(Class::ROLE)
                        && let Some(word) = reader.lower(after)
                    {
                        around |= token.class;
                        role.push((word, token.start));
                    }
                    after += 1;
                }
            }
            for at in mention.tokens.clone() {
                if reader.class(at).has(Class::TITLE | Class::ROLE)
                    && let (Some(word), Some(token)) = (reader.lower(at), reader.token(at))
                {
                    role.push((word, token.start));
                }
            }
            person.sex = (person.sex + 3 * sex_of(around)).clamp(-SEX_MAX, SEX_MAX);
            for at in before..mention.tokens.end {
                if reader.class(at).has(Class::ADJECTIVE)
                    && person.adjectives.len() < 8
                    && let Some(word) = reader.lower(at)
                    && !person.adjectives.contains(&word)
                {
                    person.adjectives.push(word);
                }
            }
            for (word, place) in role {
                self.by_role
                    .entry(word)
                    .or_default()
                    .push((place, mention.person));
            }
        }
        for places in self.by_role.values_mut() {
            places.sort_unstable();
        }
        for person in &mut self.people {
            person.sex += (SEX_MAX - 1) * person.first_sex;
        }
    }
}

/// The run of capitalised words at `at`.
fn run_at(reader: &Reader<'_>, at: usize, end: usize, first: bool) -> Option<Run> {
    let starts = |at: usize| {
        reader.token(at).is_some_and(|token| {
            token.is_word()
                && token.upper
                && !is_marked(reader, token)
                && (is_first_name(reader, at) && !(first && token.class.has(Class::AUX))
                    || !token.class.has(
                        Class::TIME
                            | Class::DETERMINER
                            | Class::PRONOUN
                            | Class::PREPOSITION
                            | Class::AND
                            | Class::SUBORDINATOR
                            | Class::POSSESSIVE
                            | Class::AUX
                            | Class::QUESTION
                            | Class::RELATIVE
                            | Class::ACCORDING
                            | Class::THUS,
                    ))
        })
    };
    if !starts(at) {
        return None;
    }
    if first && reader.class(at).has(Class::ADVERB | Class::CUE) && !is_first_name(reader, at) {
        return None;
    }
    let mut stop = at;
    while stop < end && stop - at < 8 {
        if starts(stop)
            && (is_first_name(reader, stop)
                || !(stop > at
                    && reader.class(stop).has(Class::CUE)
                    && reader.class(stop).has(Class::FINITE)))
        {
            stop += 1;
            continue;
        }
        let particle = reader.class(stop).has(Class::PARTICLE) && stop > at;
        let further = (stop + 1..(stop + 3).min(end))
            .find(|at| starts(*at) && !reader.class(*at).has(Class::TITLE | Class::BODY));
        match further {
            Some(next) if particle && (stop + 1..next).all(|at| reader.class(at).has(Class::PARTICLE)) => {
                stop = next
            }
            _ => break,
        }
    }
    // Titles, nationalities and roles before the name.
    let mut name = at;
    for at in at..stop {
        let token = reader.token(at)?;
        let lower = token.class;
        // The Ministério dos Transportes is a body by its first word, and no part of it is somebody.
        let bodily = lower.has(Class::BODY)
            && reader
                .token(at + 1)
                .is_some_and(|next| next.class.has(Class::PARTICLE) && !next.upper);
        let described = is_description(reader, at)
            || lower.has(Class::TITLE | Class::ROLE | Class::ADJECTIVE | Class::BODY)
                && !bodily
                && !is_first_name(reader, at);
        if described && at + 1 < stop {
            name = at + 1;
        }
    }
    Some(Run {
        tokens: at..stop,
        name: name..stop,
        initial: first && name == at,
        first,
        sex: (at..name).map(|at| sex_of(reader.class(at))).sum(),
    })
}

/// Whether a word is the name of a body between marks, which is no part of a person's: директор «Зари» Анна Орлова.
fn is_marked(reader: &Reader<'_>, token: &Token) -> bool {
    reader
        .text
        .get(token.start..token.end)
        .is_some_and(|word| word.starts_with(['«', '„', '“', '"']))
}

/// The sex that a class tells: positive for male, negative for female.
fn sex_of(class: Class) -> i32 {
    i32::from(class.has(Class::MALE)) - i32::from(class.has(Class::FEMALE))
}

/// Whether a capitalised word at `at` is a description by its ending: South Korean-born.
fn is_description(reader: &Reader<'_>, at: usize) -> bool {
    reader.lexicon.has_possessive()
        && reader
            .token(at)
            .and_then(|token| reader.text.get(token.start..token.end)?.rsplit_once('-'))
            .is_some_and(|(head, tail)| {
                head.len() > 3
                    && tail.len() > 3
                    && tail.ends_with(|c: char| c.is_lowercase())
                    && tail.starts_with(|c: char| c.is_lowercase())
            })
}

fn is_first_name(reader: &Reader<'_>, at: usize) -> bool {
    reader.class(at) != Class::NONE
        && reader
            .lower(at)
            .is_some_and(|word| !reader.lexicon.first_name(&word).is_none())
}

/// A range's words, one space between them.
fn words(reader: &Reader<'_>, range: &Range<usize>) -> Option<String> {
    let text = reader.text.get(reader.bytes(range)?)?;
    let mut words = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    Some(words)
}

/// The last part of a name, without the particle that is glued to it: al-Assad.
fn last_word(name: &str) -> &str {
    let mut rest = name;
    let last = loop {
        match rest.rsplit_once(' ') {
            Some((before, "Jr." | "Jr" | "Sr." | "Sr" | "II" | "III" | "IV")) => rest = before,
            Some((_, last)) => break last,
            None => break rest,
        }
    };
    last.rsplit_once(['-', '’', '\''])
        .filter(|(head, _)| head.len() <= 3 && head.chars().all(char::is_lowercase))
        .map_or(last, |(_, tail)| tail)
}

/// Whether two words are the same in small letters.
fn is_same_word(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        one.eq_ignore_ascii_case(other)
    } else {
        one.to_lowercase() == other.to_lowercase()
    }
}

/// Whether two forms can be of one name: the words of one, in order, are words of the other.
fn same(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() >= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let mut long = long.split(' ');
    let mut short = short.split(' ').peekable();
    while let Some(word) = short.peek() {
        match long.next() {
            Some(candidate) => {
                let initial = word.ends_with('.') && candidate.starts_with(word.trim_end_matches('.'));
                if candidate == *word || initial || is_same_word(last_word(candidate), last_word(word)) {
                    short.next();
                }
            }
            None => return false,
        }
    }
    true
}
