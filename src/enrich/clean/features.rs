//! What can be measured of a block: the numbers that the model decides on.
//!
//! Invariant: structural evidence and hand-written lexicons only; no word or host name of a page becomes a feature.

use std::sync::LazyLock;

use foldhash::HashMap;

use super::blocks::{Block, Break, Page, within};
use super::evidence::{Evidence, Likeness, Seen};
use super::hashes;
use super::lexicon::{self, Fit, Hit, Role};
use super::steps;
use super::tree::{NONE, NodeId, Tag, Tree};
use crate::enrich::letters::is_capital;
use crate::message::RemovedReason;

/// Takes a feature by name and value.
pub(super) trait Put {
    fn put(&mut self, name: &'static str, value: f32);

    /// Takes flags by name and bit, of several sets side by side: a row of names for each bit, the lowest first.
    fn put_sets<const N: usize>(&mut self, names: &[[&'static str; N]], sets: [u32; N]) {
        for (bit, names) in (0..).zip(names) {
            for (name, set) in names.iter().zip(sets) {
                self.put(name, flag(set >> bit & 1 == 1));
            }
        }
    }
}

impl Put for Vec<f32> {
    #[inline]
    fn put(&mut self, _name: &'static str, value: f32) {
        self.push(value);
    }
}

/// Names of the features, for training.
impl Put for Vec<&'static str> {
    fn put(&mut self, name: &'static str, _value: f32) {
        self.push(name);
    }
}

/// What is read of a block's text alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    words: f32,
    sentences: f32,
    commas: f32,
    digits: f32,
    upper: f32,
    ends_sentence: bool,
    ends_colon: bool,
    starts_lower: bool,
    starts_digit: bool,
    quotes: f32,
    bars: f32,
    year: bool,
    clock: bool,
    unspaced: bool,
    likeness: Likeness,
    body: Option<f32>,
    again: u32,
    phrases: [f32; PHRASES.len()],
    /// Phrases that stand in it, if it is no long one.
    pub(super) hits: Vec<Hit>,
    /// What the block is worth to the container it stands in.
    pub(super) worth: f32,
}

/// The reasons whose phrases are features, in this order.
const PHRASES: [(RemovedReason, &str); 13] = [
    (RemovedReason::RelatedLinks, "ph_related"),
    (RemovedReason::SharePrompt, "ph_share"),
    (RemovedReason::Newsletter, "ph_newsletter"),
    (RemovedReason::Advert, "ph_advert"),
    (RemovedReason::CookieNotice, "ph_cookie"),
    (RemovedReason::Copyright, "ph_copyright"),
    (RemovedReason::Byline, "ph_byline"),
    (RemovedReason::Dateline, "ph_dateline"),
    (RemovedReason::PhotoCredit, "ph_credit"),
    (RemovedReason::Comments, "ph_comments"),
    (RemovedReason::Paywall, "ph_paywall"),
    (RemovedReason::Navigation, "ph_navigation"),
    (RemovedReason::Boilerplate, "ph_boilerplate"),
];

/// Room for what is made of a block while it is read, used again for the next.
#[derive(Debug, Default)]
struct Desk {
    folded: String,
    tokens: Vec<u64>,
}

/// Reads one block.
fn read(block: &Block, evidence: &Evidence, seen: &mut Seen, desk: &mut Desk) -> Reading {
    let mut reading = Reading::default();
    let text = block.text.as_str();
    let Desk { folded, tokens } = desk;
    let folded = lexicon::fold_into(text, folded);
    tokens.clear();
    hashes::put(folded, tokens);
    reading.count(text);
    let chars = block.chars.max(1) as f32;
    reading.digits /= chars;
    reading.upper /= chars;
    reading.words = if reading.unspaced {
        chars / 2.0
    } else {
        tokens.len() as f32
    };
    let mut back = text
        .chars()
        .rev()
        .filter(|char| !matches!(char, '"' | '”' | '“' | '»' | '’' | '\'' | ')' | ']' | '」' | ' '));
    let last = back.next();
    reading.ends_sentence =
        last.is_some_and(|char| matches!(char, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।' | '۔'));
    reading.ends_colon = last == Some(':');
    let first = text.chars().next();
    reading.starts_lower = first.is_some_and(char::is_lowercase);
    reading.starts_digit = first.is_some_and(|char| char.is_ascii_digit());
    reading.again = seen.again(tokens);
    reading.body = evidence.in_body(tokens);
    if tokens.len() < 120 {
        reading.likeness = evidence.likeness(tokens);
    }
    if block.text.len() < 600 {
        reading.hits = lexicon::hits(folded);
        for hit in &reading.hits {
            let strength = match hit.fit {
                Fit::Has => 1.0,
                Fit::Ends => 2.0,
                Fit::Starts => 3.0,
                Fit::Whole => 4.0,
            };
            let at = PHRASES.iter().position(|(reason, _)| *reason == hit.reason);
            if let Some(value) = at.and_then(|at| reading.phrases.get_mut(at)) {
                *value = value.max(strength);
            }
        }
    }
    reading.worth = worth(block, &reading);
    reading
}

/// Likeness from which a block says what the page's own summary says.
const SUMMARY: f32 = 0.8;

impl Reading {
    /// Whether the block says what the page says in its summary of the article.
    pub(super) fn is_summary(&self) -> bool {
        self.likeness.description >= SUMMARY
    }

    /// Counts marks and figures: of ASCII six counts in the bytes of one number, and a closer look only where there are
    /// digits.
    fn count(&mut self, text: &str) {
        let counted = &*COUNTED;
        for chunk in text.as_bytes().chunks(255) {
            let sums: u64 = chunk
                .iter()
                .map(|byte| counted.get(usize::from(*byte)).copied().unwrap_or_default())
                .sum();
            let [sentences, commas, quotes, bars, digits, upper, ..] = sums.to_le_bytes().map(f32::from);
            self.sentences += sentences;
            self.commas += commas;
            self.quotes += quotes;
            self.bars += bars;
            self.digits += digits;
            self.upper += upper;
        }
        if !text.is_ascii() {
            for char in text.chars().filter(|char| !char.is_ascii()) {
                self.count_char(char);
            }
        }
        if self.digits > 1.0 {
            self.find_figures(text.as_bytes());
        }
    }

    fn count_char(&mut self, char: char) {
        match char {
            '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।' | '۔' => self.sentences += 1.0,
            ',' | '，' | '、' | '،' | ';' => self.commas += 1.0,
            '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」' => self.quotes += 1.0,
            '|' | '•' | '·' | '/' | '›' => self.bars += 1.0,
            _ => {}
        }
        self.digits += f32::from(u8::from(char.is_ascii_digit()));
        self.upper += f32::from(u8::from(is_capital(char)));
        self.unspaced |= lexicon::is_unspaced(char);
    }

    /// Looks for a year's and a clock's digits.
    fn find_figures(&mut self, text: &[u8]) {
        let mut run = 0;
        let mut colons = false;
        for byte in text {
            colons |= *byte == b':';
            if byte.is_ascii_digit() {
                run += 1;
            } else {
                run = 0;
            }
            self.clock |= colons && run == 2;
            if *byte != b':' && run == 0 {
                colons = false;
            }
            self.year |= run == 4;
        }
    }
}

/// Of each ASCII character a one in the byte of what it counts as.
static COUNTED: LazyLock<[u64; 256]> = LazyLock::new(|| {
    let mut counted = [0; 256];
    for (slot, char) in counted.iter_mut().zip('\0'..='\x7f') {
        let mut alone = Reading::default();
        alone.count_char(char);
        let counts = [
            alone.sentences,
            alone.commas,
            alone.quotes,
            alone.bars,
            alone.digits,
            alone.upper,
        ];
        for (place, count) in counts.into_iter().enumerate() {
            *slot |= u64::from(count > 0.0) << (8 * place);
        }
    }
    counted
});

/// Roles of everything that is not the article.
const FURNITURE: u32 = Role::Comments.bit()
    | Role::Related.bit()
    | Role::Newsletter.bit()
    | Role::Nav.bit()
    | Role::Footer.bit()
    | Role::Sidebar.bit()
    | Role::Cookie.bit()
    | Role::Login.bit()
    | Role::Popup.bit()
    | Role::Author.bit()
    | Role::Advert.bit();

fn worth(block: &Block, reading: &Reading) -> f32 {
    let text =
        (block.chars - block.link_chars.min(block.chars)) as f32 * if reading.unspaced { 2.0 } else { 1.0 };
    let out = within::HIDDEN | within::NAV | within::FOOTER | within::FORM | within::BUTTON | within::DIALOG;
    let mut value = if block.link_share() > 0.5 {
        -20.0 - 0.5 * block.link_chars as f32
    } else if text >= 60.0 && reading.ends_sentence {
        text.min(1_000.0)
    } else if text >= 120.0 {
        0.6 * text.min(1_000.0)
    } else if block.tag.is_heading() {
        -2.0
    } else {
        -8.0
    };
    if block.within & (within::HIDDEN | within::NAV | within::DIALOG) != 0 {
        value = value.min(0.0) - 5.0;
    } else if block.within & out != 0 {
        value = value.min(value * 0.2);
    }
    if block.all & FURNITURE != 0 {
        value = value.min(value * 0.5);
    }
    if block.is_in(Role::Comments) {
        value = value.min(-0.3 * text);
    }
    value
}

/// Running totals over the blocks, so that any subtree's sums are two look-ups.
#[derive(Debug, Default)]
struct Totals {
    chars: Vec<f32>,
    links: Vec<f32>,
    good: Vec<f32>,
    worth: Vec<f32>,
}

impl Totals {
    fn of(blocks: &[Block], readings: &[Reading]) -> Self {
        let mut totals = Self::default();
        let mut sums = [0.0f32; 4];
        let mut put = |sums: [f32; 4]| {
            let [chars, links, good, worth] = sums;
            totals.chars.push(chars);
            totals.links.push(links);
            totals.good.push(good);
            totals.worth.push(worth);
        };
        put(sums);
        for (block, reading) in blocks.iter().zip(readings) {
            let [chars, links, good, worth] = &mut sums;
            *chars += block.chars as f32;
            *links += block.link_chars as f32;
            *good += reading.worth.max(0.0);
            *worth += reading.worth;
            put(sums);
        }
        totals
    }

    fn between(series: &[f32], range: &std::ops::Range<u32>) -> f32 {
        let at = |index: u32| series.get(index as usize).copied().unwrap_or(0.0);
        at(range.end) - at(range.start)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    count: f32,
    chars: f32,
    links: f32,
    good: f32,
}

/// Everything measured on a page.
pub(super) struct Survey<'a> {
    tree: &'a Tree,
    page: &'a Page,
    pub(super) readings: Vec<Reading>,
    totals: Totals,
    kinds: HashMap<u64, Kind>,
    /// The element that most of the article's text seems to stand in.
    pub(super) best: NodeId,
    /// First and last block of worth inside it.
    core: (usize, usize),
    headline: Option<usize>,
    has_body: bool,
}

impl<'a> Survey<'a> {
    /// Reads all blocks and finds the container.
    pub(super) fn new(tree: &'a Tree, page: &'a Page, evidence: &Evidence) -> Self {
        let mut seen = Seen::default();
        let mut desk = Desk::default();
        let readings: Vec<Reading> = page
            .blocks
            .iter()
            .map(|block| read(block, evidence, &mut seen, &mut desk))
            .collect();
        let totals = Totals::of(&page.blocks, &readings);
        let mut kinds: HashMap<u64, Kind> = HashMap::default();
        for (block, reading) in page.blocks.iter().zip(&readings) {
            let kind = kinds.entry(block.signature).or_default();
            kind.count += 1.0;
            kind.chars += block.chars as f32;
            kind.links += block.link_chars as f32;
            kind.good += reading.worth.max(0.0);
        }
        let best = best_container(tree, page, &totals);
        let extent = page
            .extents
            .get(best as usize)
            .map_or(0..0, |extent| extent.blocks.clone());
        let mut worthy = (extent.start as usize..extent.end as usize)
            .filter(|at| readings.get(*at).is_some_and(|reading| reading.worth > 40.0));
        let first = worthy.next().unwrap_or(extent.start as usize);
        let last = worthy.next_back().unwrap_or(first);
        // The headline that stands nearest above the text.
        let headline = page
            .blocks
            .iter()
            .zip(&readings)
            .enumerate()
            .take(last + 1)
            .filter(|(_, (block, reading))| {
                block.tag.is_heading()
                    && (reading.likeness.title > 0.5 || block.tag == Tag::H1)
                    && block.chars > 8
            })
            .max_by(|(_, (_, left)), (_, (_, right))| left.likeness.title.total_cmp(&right.likeness.title))
            .map(|(at, _)| at);
        Self {
            tree,
            page,
            readings,
            totals,
            kinds,
            best,
            core: (first, last),
            headline,
            has_body: evidence.has_body(),
        }
    }

    fn reading(&self, at: Option<usize>) -> Option<(&Block, &Reading)> {
        let at = at?;
        Some((self.page.blocks.get(at)?, self.readings.get(at)?))
    }

    /// Measures block `at`.
    pub(super) fn describe(&self, at: usize, row: &mut impl Put) {
        let Some((block, reading)) = self.reading(Some(at)) else {
            return;
        };
        steps::count(1);
        self.describe_text(block, reading, row);
        self.describe_place(at, block, row);
        self.describe_surroundings(at, block, row);
    }

    fn describe_text(&self, block: &Block, reading: &Reading, row: &mut impl Put) {
        let chars = block.chars.max(1) as f32;
        row.put("chars", chars);
        row.put("words", reading.words);
        row.put("word_length", chars / reading.words.max(1.0));
        row.put("sentences", reading.sentences);
        row.put("commas", reading.commas);
        row.put("digits", reading.digits);
        row.put("upper", reading.upper);
        row.put("ends_sentence", flag(reading.ends_sentence));
        row.put("ends_colon", flag(reading.ends_colon));
        row.put("starts_lower", flag(reading.starts_lower));
        row.put("starts_digit", flag(reading.starts_digit));
        row.put("quotes", reading.quotes);
        row.put("bars", reading.bars);
        row.put("year", flag(reading.year));
        row.put("clock", flag(reading.clock));
        row.put("unspaced", flag(reading.unspaced));
        row.put("title", reading.likeness.title);
        row.put("description", reading.likeness.description);
        row.put("in_description", reading.likeness.in_description);
        row.put("authors", reading.likeness.authors);
        row.put("has_body", flag(self.has_body));
        row.put("body", reading.body.unwrap_or(-1.0));
        row.put("again", reading.again as f32);
        for ((_, name), value) in PHRASES.iter().zip(reading.phrases) {
            row.put(name, value);
        }
        row.put("link_share", block.link_share());
        row.put("links", f32::from(block.links));
        row.put("bold", block.bold_chars as f32 / chars);
        row.put("italic", block.italic_chars as f32 / chars);
        row.put("media", flag(block.media));
        row.put("after_line_break", flag(block.before == Break::Line));
        row.put("worth", reading.worth);
    }

    fn describe_place(&self, at: usize, block: &Block, row: &mut impl Put) {
        row.put("tag", block.tag as u8 as f32);
        row.put("is_p", flag(block.tag == Tag::P));
        row.put("is_li", flag(block.tag == Tag::Li));
        row.put("is_div", flag(block.tag == Tag::Div));
        row.put("heading", heading_level(block.tag));
        row.put("depth", f32::from(block.depth));
        row.put_sets(&PLACES, [block.within]);
        row.put_sets(&ROLES, [block.own, block.near, block.all]);
        row.put("furniture", (block.all & FURNITURE).count_ones() as f32);
        let count = self.page.blocks.len().max(1) as f32;
        row.put("position", at as f32 / count);
        let all_chars = self.totals.chars.last().copied().unwrap_or(1.0).max(1.0);
        row.put(
            "chars_before",
            self.totals.chars.get(at).copied().unwrap_or(0.0) / all_chars,
        );
        row.put(
            "after_headline",
            self.headline.map_or(-200.0, |headline| {
                (at as f32 - headline as f32).clamp(-100.0, 200.0)
            }),
        );
        row.put(
            "from_core_start",
            (at as f32 - self.core.0 as f32).clamp(-100.0, 200.0),
        );
        row.put(
            "from_core_end",
            (at as f32 - self.core.1 as f32).clamp(-200.0, 100.0),
        );
        let good = self.totals.good.last().copied().unwrap_or(1.0).max(1.0);
        row.put("good_page", good);
        row.put(
            "good_before",
            self.totals.good.get(at).copied().unwrap_or(0.0) / good,
        );
    }

    fn describe_surroundings(&self, at: usize, block: &Block, row: &mut impl Put) {
        let good = self.totals.good.last().copied().unwrap_or(1.0).max(1.0);
        let kind = self.kinds.get(&block.signature).copied().unwrap_or_default();
        row.put("kind_count", kind.count);
        row.put("kind_mean", kind.chars / kind.count.max(1.0));
        row.put("kind_links", kind.links / kind.chars.max(1.0));
        row.put("kind_good", kind.good / good);
        let best = self
            .page
            .extents
            .get(self.best as usize)
            .map_or(0..0, |extent| extent.blocks.clone());
        row.put("in_best", flag(best.contains(&(at as u32))));
        row.put("best_good", Totals::between(&self.totals.good, &best) / good);
        row.put(
            "best_from_start",
            (at as f32 - best.start as f32).clamp(-50.0, 100.0),
        );
        row.put("best_to_end", (best.end as f32 - at as f32).clamp(-50.0, 100.0));
        let mut node = block.node;
        let mut to_best = -1.0;
        for (level, names) in LEVELS.iter().enumerate() {
            let extent = self.page.extents.get(node as usize).cloned().unwrap_or_default();
            let chars = Totals::between(&self.totals.chars, &extent.blocks);
            row.put(names.0, Totals::between(&self.totals.good, &extent.blocks) / good);
            row.put(
                names.1,
                Totals::between(&self.totals.links, &extent.blocks) / chars.max(1.0),
            );
            row.put(names.2, extent.blocks.len() as f32);
            row.put(
                names.3,
                (extent.own & FURNITURE).count_ones() as f32 - flag(extent.own & Role::Content.bit() != 0),
            );
            if node == self.best {
                to_best = level as f32;
            }
            let parent = self.tree.node(node).map_or(NONE, |node| node.parent);
            node = if parent == NONE { node } else { parent };
        }
        row.put("levels_to_best", to_best);
        let parent = self.tree.node(block.node).map_or(NONE, |node| node.parent);
        row.put(
            "parent_tag",
            self.tree.tag(parent).map_or(-1.0, |tag| tag as u8 as f32),
        );
        for (offset, names) in NEIGHBOURS {
            let other = at.checked_add_signed(offset);
            let (chars, links, ends, worth, kin, heading) =
                self.reading(other)
                    .map_or((-1.0, -1.0, -1.0, 0.0, 0.0, 0.0), |(other, reading)| {
                        (
                            other.chars as f32,
                            other.link_share(),
                            flag(reading.ends_sentence),
                            reading.worth,
                            flag(other.signature == block.signature),
                            heading_level(other.tag),
                        )
                    });
            row.put(names.0, chars);
            row.put(names.1, links);
            row.put(names.2, ends);
            row.put(names.3, worth);
            row.put(names.4, kin);
            row.put(names.5, heading);
        }
        let good_near = |from: usize, to: usize| {
            let at = |index: usize| {
                let last = self.totals.good.len().saturating_sub(1);
                self.totals.good.get(index.min(last)).copied().unwrap_or(0.0)
            };
            at(to) - at(from)
        };
        row.put("good_3_before", good_near(at.saturating_sub(3), at));
        row.put("good_3_after", good_near(at + 1, at + 4));
        row.put("good_8_before", good_near(at.saturating_sub(8), at));
        row.put("good_8_after", good_near(at + 1, at + 9));
    }
}

/// The element whose blocks are worth most together; of equals the innermost.
fn best_container(tree: &Tree, page: &Page, totals: &Totals) -> NodeId {
    let mut best = (0, f32::MIN);
    for id in tree.ids() {
        let Some(extent) = page.extents.get(id as usize) else {
            continue;
        };
        if extent.blocks.is_empty() {
            continue;
        }
        let mut worth = Totals::between(&totals.worth, &extent.blocks);
        if worth > 0.0 {
            if extent.own & Role::Content.bit() != 0 || tree.tag(id) == Some(Tag::Article) {
                worth *= 1.1;
            }
            if extent.own & FURNITURE != 0 && extent.own & Role::Content.bit() == 0 {
                worth *= 0.7;
            }
        }
        if worth >= best.1 {
            best = (id, worth);
        }
    }
    best.0
}

fn flag(is: bool) -> f32 {
    if is { 1.0 } else { 0.0 }
}

fn heading_level(tag: Tag) -> f32 {
    match tag {
        Tag::H1 => 1.0,
        Tag::H2 => 2.0,
        Tag::H3 => 3.0,
        Tag::H4 => 4.0,
        Tag::H5 => 5.0,
        Tag::H6 => 6.0,
        _ => 0.0,
    }
}

/// Of each bit of [`within`] that is a feature its name; a test holds the order.
const PLACES: [[&str; 1]; 18] = [
    ["in_article"],
    ["in_main"],
    ["in_aside"],
    ["in_nav"],
    ["in_header"],
    ["in_footer"],
    ["in_form"],
    ["in_list"],
    ["in_table"],
    ["in_figure"],
    ["in_caption"],
    ["in_quote"],
    ["in_button"],
    ["in_hidden"],
    ["in_body"],
    ["in_heading"],
    ["in_link"],
    ["in_details"],
];

macro_rules! roles {
    ($($name:literal),+ $(,)?) => {
        /// Of each bit of a set of roles the names of its features; a test holds the order.
        const ROLES: [[&str; 3]; Role::COUNT] = [
            $([concat!("own_", $name), concat!("near_", $name), concat!("all_", $name)]),+
        ];
    };
}

roles! {
    "content", "comments", "related", "share", "newsletter",
    "advert", "caption", "byline", "date", "keywords", "nav",
    "footer", "sidebar", "promo", "author", "headline", "deck",
    "paywall", "cookie", "login", "gallery", "widget", "meta",
    "embed", "hidden", "legal", "popup", "live", "box", "quote",
    "header", "consent",
}

type Level = (&'static str, &'static str, &'static str, &'static str);

const LEVELS: [Level; 5] = [
    ("up0_good", "up0_links", "up0_blocks", "up0_roles"),
    ("up1_good", "up1_links", "up1_blocks", "up1_roles"),
    ("up2_good", "up2_links", "up2_blocks", "up2_roles"),
    ("up3_good", "up3_links", "up3_blocks", "up3_roles"),
    ("up4_good", "up4_links", "up4_blocks", "up4_roles"),
];

type Neighbour = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const NEIGHBOURS: [(isize, Neighbour); 4] = [
    (
        -2,
        (
            "p2_chars",
            "p2_links",
            "p2_ends",
            "p2_worth",
            "p2_kin",
            "p2_heading",
        ),
    ),
    (
        -1,
        (
            "p1_chars",
            "p1_links",
            "p1_ends",
            "p1_worth",
            "p1_kin",
            "p1_heading",
        ),
    ),
    (
        1,
        (
            "n1_chars",
            "n1_links",
            "n1_ends",
            "n1_worth",
            "n1_kin",
            "n1_heading",
        ),
    ),
    (
        2,
        (
            "n2_chars",
            "n2_links",
            "n2_ends",
            "n2_worth",
            "n2_kin",
            "n2_heading",
        ),
    ),
];
