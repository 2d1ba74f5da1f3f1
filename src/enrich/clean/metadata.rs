//! What is known of an article beside its text: from the crawler, the page's data and its markup.
//!
//! Invariant: what the crawler says wins where it is plausible; then JSON-LD, meta elements, markup, in that order.

mod dates;
mod facts;
mod json_ld;
mod names;
mod titles;
mod undeclared;

pub(super) use facts::Facts;
pub(super) use json_ld::Item;
pub(super) use names::after_by;

/// The names in the words of a byline.
pub(super) fn names_in(byline: &str) -> Vec<String> {
    names::of([byline], None, Trust::Seen)
}

use url::Url;

use super::Metadata;
use super::evidence::{Words, words};
use super::lexicon::fold;
use super::tree::Tree;
use crate::enrich::language;
use crate::message::RawArticle;
use dates::Order;
use names::Trust;

/// Longest headline in bytes; longer ones are descriptions.
const TITLE_BYTES_MAX: usize = 600;
/// Likeness from which two titles are one headline in slightly other words.
const AGREED: f32 = 0.7;
/// Names in markup beyond which they are of the page's other articles.
const AUTHORS_SEEN: usize = 4;

/// What a page holds beside its text, found but not yet chosen from.
#[derive(Debug, Default)]
pub(super) struct Found {
    facts: Facts,
    item: Item,
    url: Option<Url>,
    site: Option<String>,
}

impl Found {
    /// Gathers it.
    pub(super) fn of(tree: &Tree, article: &RawArticle) -> Self {
        let facts = Facts::of(tree);
        let own: Vec<String> = facts
            .meta(&["og:title"])
            .into_iter()
            .chain(article.title.as_deref())
            .chain(facts.h1.iter().map(String::as_str))
            .map(fold)
            .collect();
        let is_title = |title: &str| {
            let title = fold(title);
            own.iter()
                .any(|own| *own == title || (title.len() > 15 && own.starts_with(title.as_str())))
        };
        let item = json_ld::article(&tree.json_ld, is_title).unwrap_or_default();
        let site = facts
            .meta(&["og:site_name", "application-name", "al:android:app_name"])
            .map(str::to_owned)
            .or_else(|| item.publisher.clone());
        Self {
            url: article.url.as_deref().and_then(|url| Url::parse(url).ok()),
            facts,
            item,
            site,
        }
    }

    /// Every title that the page gives itself, to tell the headline in the text by.
    pub(super) fn titles(&self) -> Vec<&str> {
        let facts = &self.facts;
        self.item
            .headline
            .as_deref()
            .into_iter()
            .chain(facts.meta(&["og:title"]))
            .chain(facts.meta(&["twitter:title"]))
            .chain(facts.h1.iter().take(2).map(String::as_str))
            .chain((!facts.title.is_empty()).then_some(facts.title.as_str()))
            .collect()
    }

    /// The article's text as the page brings it as data.
    pub(super) fn body(&self) -> Option<&str> {
        self.item.body.as_deref()
    }

    /// The page's summary of the article.
    pub(super) fn description(&self) -> Option<&str> {
        self.facts
            .meta(&["og:description", "description", "twitter:description"])
            .or(self.item.description.as_deref())
    }

    fn host(&self) -> Option<&str> {
        self.url.as_ref().and_then(Url::host_str)
    }

    /// The headline.
    fn title(&self) -> Option<String> {
        let facts = &self.facts;
        let site = self.site.as_deref();
        let all = self.titles();
        let strip = |title: &str| titles::without_site(title, site, self.host(), &all);
        let candidates: Vec<String> = self
            .item
            .headline
            .as_deref()
            .into_iter()
            .chain(facts.meta(&[
                "og:title",
                "twitter:title",
                "parsely-title",
                "sailthru.title",
                "dc.title",
            ]))
            .map(strip)
            .filter(|title| !title.is_empty() && title.len() <= TITLE_BYTES_MAX)
            .collect();
        let mut h1: Vec<String> = Vec::new();
        for heading in &facts.h1 {
            let heading = strip(heading);
            let words = heading.split_whitespace().count();
            if heading.len() <= TITLE_BYTES_MAX
                && words > 2
                && !titles::is_site(&heading, site, self.host())
                && !h1.iter().any(|known| fold(known) == fold(&heading))
            {
                h1.push(heading);
            }
        }
        let like = |heading: &String| candidates.iter().any(|other| alike(heading, other) > 0.4);
        // Two voices against one: where the data agree, a heading that says something else is a kicker or a promise.
        let headline = self.item.headline.as_deref().map(strip);
        let shared = facts.meta(&["og:title"]).map(strip);
        let agreed = matches!((&headline, &shared), (Some(one), Some(two)) if alike(one, two) >= AGREED);
        // A news article's own headline is what the newsroom calls it, unless it was cut short.
        let whole = |headline: &String| !headline.ends_with('…') && !headline.ends_with("...");
        let trusted = |headline: &String| {
            !headline.is_empty()
                && headline.len() <= TITLE_BYTES_MAX
                && (agreed || (self.item.news && whole(headline)))
        };
        if let Some(headline) = headline.filter(trusted) {
            let seen = h1.iter().find(|heading| alike(heading, &headline) >= AGREED);
            // A headline in the data that is the window's title and not what readers and networks are shown was written
            // for search engines.
            let shown = shared.filter(|_| !agreed).and_then(|shared| {
                let for_search = alike(&headline, &strip(&facts.title)) >= AGREED;
                h1.iter()
                    .find(|heading| for_search && alike(heading, &shared) >= AGREED)
            });
            return Some(seen.or(shown).cloned().unwrap_or(headline));
        }
        // The heading on the page is what readers see; the data often hold a shorter one for search engines.
        let seen = match h1.as_slice() {
            [only] => Some(only),
            _ => h1.iter().find(|heading| like(heading)),
        };
        seen.cloned()
            .or_else(|| candidates.into_iter().next())
            .or_else(|| Some(strip(&facts.title)).filter(|title| !title.is_empty()))
            .or_else(|| facts.h1.first().cloned())
    }

    /// The authors.
    pub(super) fn authors(&self) -> Vec<String> {
        let facts = &self.facts;
        let site = self.site.as_deref();
        let from = |fields: &[&str], trust: Trust| names::of(fields.iter().copied(), site, trust);
        let metas = [
            "author",
            "article:author",
            "parsely-author",
            "sailthru.author",
            "dc.creator",
            "dcterms.creator",
            "byl",
            "article:author_name",
            "article.author",
            "cxenseparse:author",
            "twitter:data1",
            "og:article:author",
            "citation_author",
            "news_authors",
        ];
        let item: Vec<&str> = self.item.authors.iter().map(String::as_str).collect();
        let told = from(&item, Trust::Told);
        if !from(&item, Trust::Person).is_empty() {
            return told;
        }
        let marked: Vec<&str> = facts.authors.iter().map(String::as_str).collect();
        let mut marked = from(&marked, Trust::Seen);
        if marked.len() > AUTHORS_SEEN {
            marked.truncate(1);
        }
        // The data name a newsroom: a person whom the markup calls the author is nearer.
        if !told.is_empty() {
            return if marked.is_empty() { told } else { marked };
        }
        let mut metas_told = Vec::new();
        for name in metas {
            let values: Vec<&str> = facts.all(name).collect();
            // Twitter's first label is "Written by" on some systems only.
            let known = name != "twitter:data1"
                || facts
                    .meta(&["twitter:label1"])
                    .is_some_and(|label| after_by(&format!("{label} x")).is_some());
            if known {
                let names = from(&values, Trust::Person);
                if !names.is_empty() {
                    return names;
                }
                if metas_told.is_empty() {
                    metas_told = from(&values, Trust::Told);
                }
            }
        }
        if !marked.is_empty() {
            return marked;
        }
        let said = facts.bylines.iter().find_map(|byline| {
            after_by(byline)
                .map(|names| from(&[names], Trust::Seen))
                .filter(|names| !names.is_empty())
        });
        said.or_else(|| {
            let short = facts
                .bylines
                .iter()
                .filter(|byline| byline.split_whitespace().count() <= 4);
            short
                .map(|byline| from(&[byline], Trust::Seen))
                .find(|names| !names.is_empty())
        })
        .unwrap_or(metas_told)
    }

    fn order(&self) -> Order {
        let lang = self.facts.lang.as_deref().unwrap_or("en").to_ascii_lowercase();
        let british = self.host().is_some_and(|host| {
            [".uk", ".au", ".nz", ".ie", ".in", ".za"]
                .iter()
                .any(|end| host.ends_with(end))
        });
        match lang.split(['-', '_']).collect::<Vec<_>>().as_slice() {
            ["en"] | ["en", "us" | "ph"] if !british => Order::MonthFirst,
            _ => Order::DayFirst,
        }
    }

    fn published(&self, html: Option<&str>) -> Option<String> {
        let order = self.order();
        let read = |text: &str| dates::parse(text, order);
        let facts = &self.facts;
        let metas = [
            "article:published_time",
            "datepublished",
            "og:published_time",
            "og:article:published_time",
            "published_time",
            "parsely-pub-date",
            "sailthru.date",
            "pubdate",
            "publishdate",
            "publish-date",
            "publish_date",
            "publication_date",
            "article.published",
            "dc.date.issued",
            "dc.date",
            "dcterms.created",
            "dcterms.date",
            "dc.date.created",
            "date",
            "datecreated",
            "article_date_original",
            "cxenseparse:recs:publishtime",
            "cse-pubdate",
            "ptime",
            "originalpublicationdate",
            "rnews:datepublished",
            "vr:published_time",
            "displaydate",
            "citation_date",
            "citation_publication_date",
            "live_date",
            "created",
            "article:published",
            "date.available",
            "dcterms.issued",
            "bt:pubdate",
            "last-modified-date",
            "og:pubdate",
        ];
        self.item
            .published
            .as_deref()
            .and_then(read)
            .or_else(|| metas.iter().find_map(|name| facts.all(name).find_map(read)))
            .or_else(|| facts.of_publication().find_map(read))
            .or_else(|| {
                facts
                    .times
                    .iter()
                    .filter(|time| time.published)
                    .find_map(|time| self.time(time))
            })
            .or_else(|| self.url.as_ref().and_then(|url| undeclared::in_url(url.as_str())))
            .or_else(|| {
                facts
                    .times
                    .iter()
                    .filter(|time| time.element && !time.modified)
                    .find_map(|time| self.time(time))
            })
            .or_else(|| {
                facts
                    .times
                    .iter()
                    .filter(|time| !time.modified)
                    .find_map(|time| self.time(time))
            })
            .or_else(|| undeclared::in_source(html?, order))
            .or_else(|| {
                facts
                    .meta(&[
                        "article:modified_time",
                        "og:updated_time",
                        "lastmod",
                        "last-modified",
                        "datemodified",
                    ])
                    .and_then(read)
            })
            .or_else(|| self.item.modified.as_deref().and_then(read))
            .or_else(|| facts.times.iter().find_map(|time| self.time(time)))
    }

    /// The date in a line beside the text.
    pub(super) fn date_in(&self, line: &str) -> Option<String> {
        dates::parse(line, self.order())
    }

    fn time(&self, time: &facts::Time) -> Option<String> {
        let read = |text: &str| dates::parse(text, self.order());
        time.datetime
            .as_deref()
            .and_then(read)
            .or_else(|| read(&time.text))
    }

    fn modified(&self) -> Option<String> {
        let read = |text: &str| dates::parse(text, self.order());
        self.item
            .modified
            .as_deref()
            .and_then(read)
            .or_else(|| {
                self.facts
                    .meta(&[
                        "article:modified_time",
                        "og:updated_time",
                        "lastmod",
                        "datemodified",
                    ])
                    .and_then(read)
            })
            .or_else(|| {
                self.facts
                    .times
                    .iter()
                    .filter(|time| time.modified)
                    .find_map(|time| self.time(time))
            })
    }

    /// The canonical URL, if it is on the page's own site.
    fn canonical(&self) -> Option<String> {
        let told = self
            .facts
            .canonical
            .as_deref()
            .or_else(|| self.facts.meta(&["og:url"]))?;
        let canonical = match &self.url {
            Some(base) => base.join(told).ok()?,
            None => Url::parse(told).ok()?,
        };
        let same = match self.host() {
            Some(host) => canonical.host_str().is_some_and(|other| same_site(host, other)),
            None => true,
        };
        // A canonical that names the front page is a template's mistake.
        let front = canonical.path() == "/" && self.url.as_ref().is_some_and(|url| url.path() != "/");
        (same && !front && matches!(canonical.scheme(), "http" | "https")).then(|| canonical.to_string())
    }

    fn image(&self) -> Option<String> {
        let told = self
            .facts
            .meta(&[
                "og:image",
                "og:image:url",
                "og:image:secure_url",
                "twitter:image",
                "twitter:image:src",
            ])
            .or(self.item.image.as_deref())?;
        let image = match &self.url {
            Some(base) => base.join(told).ok()?,
            None => Url::parse(told).ok()?,
        };
        matches!(image.scheme(), "http" | "https").then(|| image.to_string())
    }

    /// Keywords as the page writes them, each string once.
    pub(super) fn keywords(&self) -> Vec<String> {
        let metas = [
            "news_keywords",
            "keywords",
            "article:tag",
            "parsely-tags",
            "sailthru.tags",
            "og:article:tag",
            "cxenseparse:keywords",
        ];
        let mut out: Vec<String> = Vec::new();
        for keyword in self
            .item
            .keywords
            .iter()
            .map(String::as_str)
            .chain(metas.iter().flat_map(|name| self.facts.all(name)))
        {
            let keyword = keyword.trim();
            if !keyword.is_empty()
                && keyword.len() < 2_000
                && out.len() < 100
                && !out.iter().any(|known| known == keyword)
            {
                out.push(keyword.to_owned());
            }
        }
        out
    }

    /// Whether the article may be read without paying, by its data, else by the tier that Facebook asks for.
    fn free(&self) -> Option<bool> {
        self.item.free.or_else(|| {
            let tier = self.facts.meta(&["article:content_tier"])?;
            match tier.trim().to_ascii_lowercase().as_str() {
                "free" => Some(true),
                "metered" | "locked" => Some(false),
                _ => None,
            }
        })
    }

    /// Chooses.
    pub(super) fn metadata(&self, article: &RawArticle) -> Metadata {
        Metadata {
            title: self.title(),
            authors: self.authors(),
            published_at: self
                .published(article.html.as_deref())
                .map(|moment| match &self.url {
                    Some(url) => undeclared::on_day_of(moment, url.as_str()),
                    None => moment,
                }),
            modified_at: self.modified(),
            language: self
                .facts
                .lang
                .as_deref()
                .and_then(language::normal)
                .or_else(|| self.item.language.as_deref().and_then(language::normal))
                .or_else(|| {
                    self.facts
                        .meta(&["og:locale", "content-language", "dc.language", "language"])
                        .and_then(language::normal)
                }),
            image: self.image(),
            description: self.description().map(str::to_owned),
            canonical_url: self.canonical(),
            site_name: self.site.clone(),
            section: self.item.section.clone().or_else(|| {
                self.facts
                    .meta(&["article:section", "section"])
                    .map(str::to_owned)
            }),
            is_accessible_for_free: self.free(),
        }
        .told_by(article)
    }
}

impl Metadata {
    /// With the crawler's word in front, where it is plausible.
    pub(super) fn told_by(self, article: &RawArticle) -> Self {
        let told = |field: &Option<String>| {
            field
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let date = article
            .published_at
            .as_deref()
            .and_then(|text| dates::parse(text, Order::DayFirst));
        let authors = names::of(article.authors.iter().map(String::as_str), None, Trust::Told);
        let title = told(&article.title).filter(|title| title.len() <= TITLE_BYTES_MAX);
        Self {
            title: title.or(self.title),
            authors: if authors.is_empty() { self.authors } else { authors },
            published_at: date.or(self.published_at),
            image: told(&article.image)
                .filter(|image| Url::parse(image).is_ok())
                .or(self.image),
            description: told(&article.description).or(self.description),
            ..self
        }
    }
}

/// Whether a text holds a date.
pub(super) fn is_date(text: &str) -> bool {
    dates::parse(text, Order::DayFirst).is_some() || dates::parse(text, Order::MonthFirst).is_some()
}

/// Whether two hosts are one site: equal but for `www`, `m`, `amp` and the like in front.
fn same_site(left: &str, right: &str) -> bool {
    let bare = |host: &str| {
        let host = host.to_ascii_lowercase();
        ["www.", "m.", "amp.", "mobile."]
            .iter()
            .find_map(|prefix| host.strip_prefix(prefix))
            .map_or(host.clone(), str::to_owned)
    };
    let (left, right) = (bare(left), bare(right));
    left == right || left.ends_with(&format!(".{right}")) || right.ends_with(&format!(".{left}"))
}

/// Words in common over words in either.
pub(super) fn alike(left: &str, right: &str) -> f32 {
    let words = |text: &str| Words::of(words(text));
    words(left).likeness(&words(right))
}
