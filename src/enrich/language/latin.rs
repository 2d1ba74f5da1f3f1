//! Languages written in Latin letters, told apart by their letters and by their most frequent trigrams.
//!
//! Invariant: what the library (whatlang) says, language and confidence; a test compares. Why not the library's own
//! code: it holds a text's trigrams against 37 lists of 300 one after the other, here each trigram of the text is
//! looked up once, with its place in all of the lists.

mod lists;
mod trigrams;

use std::sync::LazyLock;

use foldhash::HashMap;
use whatlang::Lang;

use lists::Lists;

/// Trigrams in a language's list; what a trigram that the text lacks counts as.
const LISTED: u32 = 300;
/// Trigrams of the text, the most frequent ones, that are looked up.
const LOOKED_AT: usize = 600;
/// The most that all of a list can be away from the text's order.
const DISTANCE_MAX: u32 = LISTED * LISTED;
/// The most languages that a set of them, as bits, has room for.
const LANGUAGES_MAX: usize = 64;

/// What is known of the languages.
struct Table {
    languages: Vec<Lang>,
    /// Of each letter the languages that write it, as bits; ASCII ones apart.
    letters: HashMap<char, u64>,
    ascii: Vec<u64>,
    lists: Lists,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("latin.txt")));

impl Table {
    fn read(source: &str) -> Self {
        let mut table = Self {
            languages: Vec::new(),
            letters: HashMap::default(),
            ascii: vec![0; 128],
            lists: Lists::default(),
        };
        let mut lists: HashMap<u64, Vec<(usize, usize)>> = HashMap::default();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let (Some(code), Some(alphabet)) = (words.next(), words.next()) else {
                continue;
            };
            let language = table.languages.len();
            let Some(lang) = Lang::from_code(code).filter(|_| language < LANGUAGES_MAX) else {
                continue;
            };
            table.languages.push(lang);
            for letter in alphabet.chars() {
                *table.letters.entry(letter).or_default() |= 1 << language;
                if let Some(languages) = table.ascii.get_mut(letter as usize) {
                    *languages |= 1 << language;
                }
            }
            for (trigram, place) in words.zip(0..) {
                let key = trigram
                    .chars()
                    .map(|char| if char == '_' { ' ' } else { char })
                    .fold(0, |key, char| key << 16 | char as u64);
                lists.entry(key).or_default().push((language, place));
            }
        }
        table.lists = Lists::new(&lists).unwrap_or_default();
        table
    }
}

/// The language of a sample and the confidence in it; `None` where the sample is not surely in Latin letters.
pub(super) fn detect(sample: &str) -> Option<(Lang, f64)> {
    let letters = Letters::of(sample)?;
    let of_letters = letters.scores();
    let (trigrams, of_trigrams) = by_trigrams(&letters.units);
    // The longer the text, the less its letters say beside its trigrams.
    let weight = (-(letters.all as f64 / 300.0) + 2.0 / 3.0).clamp(1.0 / 3.0, 2.0 / 3.0);
    let mut best: Option<(Lang, f64)> = None;
    let mut second = 0.0;
    for ((lang, by_letters), by_trigrams) in TABLE.languages.iter().zip(of_letters).zip(of_trigrams) {
        let score = by_letters * weight + by_trigrams * (1.0 - weight);
        match best {
            Some((_, most)) if score <= most => second = score.max(second),
            _ => {
                second = best.map_or(0.0, |(_, score)| score);
                best = Some((*lang, score));
            }
        }
    }
    best.map(|(lang, score)| (lang, confidence(score, second, trigrams)))
}

/// A sample's letters, small, and what is counted of them.
struct Letters {
    /// The letters in order, blanks for what parts words and one behind them.
    units: Vec<u16>,
    /// How many are no blanks.
    all: usize,
    /// How often each ASCII letter stands there.
    ascii: [usize; 128],
    /// Of each language how many of the other ones are in its alphabet.
    others: Vec<usize>,
}

const BLANK: u16 = b' ' as u16;

/// An ASCII character's small letter, or a blank where it parts words. The library takes DEL for a letter.
fn small_of(byte: u8) -> u8 {
    if byte.is_ascii_alphabetic() || byte == 0x7f {
        byte.to_ascii_lowercase()
    } else {
        b' '
    }
}

impl Letters {
    /// `None` where less than half are Latin ones, or one has no room or no certain small form.
    fn of(sample: &str) -> Option<Self> {
        let mut letters = Self {
            units: Vec::with_capacity(sample.len() + 1),
            all: 0,
            ascii: [0; 128],
            others: vec![0; TABLE.languages.len()],
        };
        let (mut latin, mut foreign) = (0usize, 0usize);
        let mut rest = sample;
        while !rest.is_empty() {
            // Stretches of ASCII, which is nearly all of most texts, in one go.
            let ascii = rest
                .bytes()
                .position(|byte| !byte.is_ascii())
                .unwrap_or(rest.len());
            let (plain, other) = rest.split_at(ascii);
            letters
                .units
                .extend(plain.bytes().map(|byte| u16::from(small_of(byte))));
            for byte in plain.bytes() {
                if let Some(count) = letters.ascii.get_mut(usize::from(small_of(byte))) {
                    *count += 1;
                }
            }
            let mut chars = other.chars();
            if let Some(char) = chars.next() {
                // How a sigma is written small depends on where it stands.
                if char == 'Σ' {
                    return None;
                }
                let is_latin = matches!(char, '\u{80}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
                latin += usize::from(is_latin);
                foreign += usize::from(!is_latin);
                char.to_lowercase().try_for_each(|small| letters.other(small))?;
            }
            rest = chars.as_str();
        }
        if let Some(blanks) = letters.ascii.get_mut(usize::from(BLANK)) {
            *blanks = 0;
        }
        let ascii = letters.ascii.iter().sum::<usize>();
        latin += ascii;
        letters.all += ascii;
        // A blank stands before the text and behind it.
        letters.units.push(BLANK);
        (latin > foreign).then_some(letters)
    }

    /// Takes a small letter that may be outside ASCII.
    fn other(&mut self, small: char) -> Option<()> {
        if is_stop(small) {
            self.units.push(BLANK);
            return Some(());
        }
        self.units.push(u16::try_from(u32::from(small)).ok()?);
        self.all += 1;
        if let Some(languages) = TABLE.letters.get(&small) {
            add(&mut self.others, *languages, 1);
        }
        Some(())
    }

    /// Of each language what share of the letters is in its alphabet and not outside it.
    fn scores(&self) -> Vec<f64> {
        let mut inside = self.others.clone();
        for (languages, times) in TABLE.ascii.iter().zip(self.ascii).filter(|(_, times)| *times > 0) {
            add(&mut inside, *languages, times);
        }
        let share = |inside: usize| (2 * inside).saturating_sub(self.all) as f64 / self.all as f64;
        inside.into_iter().map(share).collect()
    }
}

/// Counts for each language of a set.
fn add(counts: &mut [usize], languages: u64, times: usize) {
    for (language, count) in counts.iter_mut().enumerate() {
        *count += times * (languages >> language & 1) as usize;
    }
}

/// What parts words to the library.
fn is_stop(char: char) -> bool {
    matches!(char, '\0'..='@' | '['..='`' | '{'..='~')
}

/// How many different trigrams are looked at, and of each language how near its list is to their order.
fn by_trigrams(units: &[u16]) -> (usize, Vec<f64>) {
    let ordered = trigrams::ordered(units, LOOKED_AT);
    let looked_at = ordered.len();
    // Of each language how many of its trigrams were found, and how far away from their places.
    let mut found = vec![(0u32, 0u32); TABLE.languages.len()];
    TABLE.lists.each(&ordered, |place, language, listed| {
        if let Some((number, away)) = found.get_mut(language) {
            *number += 1;
            *away += place.abs_diff(listed);
        }
    });
    let farthest = looked_at as u32 * LISTED;
    let lacking = LISTED.saturating_sub(looked_at as u32) * LISTED;
    let score = |(number, away): (u32, u32)| {
        let distance = (away + LISTED.saturating_sub(number) * LISTED)
            .saturating_sub(lacking)
            .min(DISTANCE_MAX);
        f64::from(farthest.saturating_sub(distance)) / f64::from(farthest)
    };
    (looked_at, found.into_iter().map(score).collect())
}

/// How sure a score is before the next one; the more trigrams, the less has to lie between them.
fn confidence(best: f64, second: f64, trigrams: usize) -> f64 {
    if best == 0.0 {
        return 0.0;
    }
    if second == 0.0 {
        return best;
    }
    let enough = 3.0 / trigrams as f64 + 0.015;
    let rate = (best - second) / second;
    if rate > enough { 1.0 } else { rate / enough }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts of several languages, to be cut and mixed.
    const TEXTS: [&str; 8] = [
        "The council voted on Tuesday to close the old bridge for two years while it is rebuilt, and the mayor promised a ferry.",
        "Der Rat hat beschlossen, die alte Brücke zu sperren, während sie neu gebaut wird; die Händler wurden nicht gefragt.",
        "Le conseil a voté mardi la fermeture du vieux pont pendant deux ans, et la mairesse a promis un bac à l’été.",
        "El ayuntamiento votó el martes cerrar el viejo puente; los comerciantes dijeron que nadie les había preguntado.",
        "Rada zagłosowała we wtorek za zamknięciem starego mostu na dwa lata, a burmistrz obiecała prom.",
        "Kommunen stemte tirsdag for at lukke den gamle bro i to år, mens den bliver bygget om, og lovede en færge.",
        "Meclis salı günü eski köprünün iki yıl kapatılmasına karar verdi; belediye başkanı vapur sözü verdi.",
        "Город 2024 — 中国, 5€ «x» 😀 ı̇",
    ];

    /// What both say, where they are sure enough for anybody to listen.
    fn both(sample: &str) -> Option<[(Option<Lang>, f64); 2]> {
        let own = detect(sample)?;
        let library = whatlang::detect(sample).map(|info| (Some(info.lang()), info.confidence()))?;
        // Of equals either may come first; nobody is sure of either.
        let own = (Some(own.0).filter(|_| own.1 > 0.0), own.1);
        let library = (library.0.filter(|_| library.1 > 0.0), library.1);
        Some([own, library])
    }

    #[test]
    fn whole_texts_are_told_as_the_library_tells_them() {
        for text in TEXTS.iter().take(7) {
            let [own, library] = both(text).unwrap();
            assert_eq!(own, library, "{text}");
            assert!(own.1 > 0.0);
        }
        assert_eq!(detect("Большой мост закрыт"), None);
        assert_eq!(detect("12:30"), None);
    }

    proptest! {
        #[test]
        fn any_mixture_is_told_as_the_library_tells_it(pieces in prop::collection::vec((0..TEXTS.len(), 0usize..120, 0usize..120), 0..40)) {
            let text: String = pieces
                .iter()
                .map(|(text, from, to)| TEXTS[*text].chars().skip(*from).take(*to).collect::<String>())
                .collect();
            if let Some([own, library]) = both(&text) {
                prop_assert_eq!(own, library);
            }
        }

        #[test]
        fn any_printable_text_too(text in "[a-zA-ZéüßığŞœÉ ,.0-9’]{0,200}") {
            if let Some([own, library]) = both(&text) {
                prop_assert_eq!(own, library);
            }
        }
    }
}
