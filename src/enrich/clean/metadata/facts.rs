//! What the page's head and markup say, gathered in one walk, before anything is believed.

use crate::enrich::clean::lexicon::Role;
use crate::enrich::clean::tree::{Attr, NodeId, Tag, Tree};

/// Meta elements kept. Pages have some dozens.
const METAS_MAX: usize = 400;
/// Elements of each other kind kept.
const FEW: usize = 24;
/// Elements whose text is read.
const READ_MAX: usize = 600;

/// What the page says of itself, as it says it.
#[derive(Debug, Default)]
pub(in crate::enrich::clean) struct Facts {
    metas: Vec<(String, String)>,
    /// `link rel=canonical`.
    pub(in crate::enrich::clean) canonical: Option<String>,
    /// `html lang`.
    pub(in crate::enrich::clean) lang: Option<String>,
    /// Content of `title`.
    pub(in crate::enrich::clean) title: String,
    /// First level headings.
    pub(in crate::enrich::clean) h1: Vec<String>,
    /// Text of links to authors and of elements marked as author's name.
    pub(in crate::enrich::clean) authors: Vec<String>,
    /// Text of elements whose names speak of a byline.
    pub(in crate::enrich::clean) bylines: Vec<String>,
    /// `time` elements and elements marked with a date: the attribute, the text, whether marked as publication.
    pub(in crate::enrich::clean) times: Vec<Time>,
    /// Elements whose text was read, empty or not: the walk stays linear.
    read: usize,
}

/// A date somewhere in the page.
#[derive(Debug, Clone)]
pub(in crate::enrich::clean) struct Time {
    pub(in crate::enrich::clean) datetime: Option<String>,
    pub(in crate::enrich::clean) text: String,
    pub(in crate::enrich::clean) published: bool,
    pub(in crate::enrich::clean) modified: bool,
    pub(in crate::enrich::clean) element: bool,
}

impl Facts {
    /// Content of the first meta element with one of these names, in the names' order.
    pub(in crate::enrich::clean) fn meta(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.all(name).next())
    }

    /// Contents of all meta elements of one name.
    pub(in crate::enrich::clean) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.metas
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, content)| content.as_str())
            .filter(|content| !content.is_empty())
    }

    /// Contents of meta elements whose names speak of the time of publication in whatever words.
    pub(in crate::enrich::clean) fn of_publication(&self) -> impl Iterator<Item = &str> {
        self.metas
            .iter()
            .filter(|(key, _)| key.contains("publi") && (key.contains("date") || key.contains("time")))
            .map(|(_, content)| content.as_str())
    }

    /// Gathers them.
    pub(in crate::enrich::clean) fn of(tree: &Tree) -> Self {
        let mut facts = Self {
            title: one_line(&tree.title),
            lang: Some(tree.lang.clone()).filter(|lang| !lang.is_empty()),
            ..Self::default()
        };
        for id in tree.ids() {
            let Some(tag) = tree.tag(id) else { continue };
            match tag {
                Tag::Meta => facts.meta_element(tree, id),
                Tag::Link => {
                    if tree
                        .attr(id, Attr::Rel)
                        .is_some_and(|rel| rel.eq_ignore_ascii_case("canonical"))
                        && facts.canonical.is_none()
                    {
                        facts.canonical = value(tree, id, Attr::Href);
                    }
                    facts.meta_element(tree, id);
                }
                Tag::H1 if facts.h1.len() < FEW => {
                    let text = tree.inner_text(id, 600);
                    if !text.is_empty() {
                        facts.h1.push(text);
                    }
                }
                _ if tag.is_opaque() => {}
                _ => facts.element(tree, id, tag),
            }
        }
        facts
    }

    fn meta_element(&mut self, tree: &Tree, id: NodeId) {
        let content = tree.attr(id, Attr::Content).unwrap_or_default();
        if content.trim().is_empty() || self.metas.len() >= METAS_MAX {
            return;
        }
        for attr in [Attr::Property, Attr::Name, Attr::Itemprop, Attr::HttpEquiv] {
            if let Some(name) = tree.attr(id, attr) {
                self.metas
                    .push((name.trim().to_ascii_lowercase(), one_line(content)));
            }
        }
    }

    fn element(&mut self, tree: &Tree, id: NodeId, tag: Tag) {
        if self.read >= READ_MAX {
            return;
        }
        let (mut itemprop, mut rel, mut roles) = ("", "", 0);
        for (attr, value, spoken_of) in tree.attrs_and_roles(id) {
            match attr {
                Attr::Itemprop => itemprop = value,
                Attr::Rel => rel = value,
                _ => {}
            }
            if matches!(attr, Attr::Class | Attr::Id | Attr::Itemprop | Attr::DataTestid) {
                roles |= spoken_of;
            }
        }
        if itemprop.is_empty() && rel.is_empty() && roles == 0 && tag != Tag::Time {
            return;
        }
        let name_of_author =
            itemprop.eq_ignore_ascii_case("author") || rel.split_whitespace().any(|rel| rel == "author");
        if name_of_author && self.authors.len() < FEW {
            self.read += 1;
            let text = tree.inner_text(id, 300);
            if !text.is_empty() {
                self.authors.push(text);
            }
        }
        if roles & (Role::Byline.bit() | Role::Author.bit()) != 0 && self.bylines.len() < FEW {
            self.read += 1;
            let text = tree.inner_text(id, 300);
            if !text.is_empty() && text.len() < 300 {
                self.bylines.push(text);
            }
        }
        let published = itemprop.eq_ignore_ascii_case("datePublished");
        let modified = itemprop.eq_ignore_ascii_case("dateModified");
        let dated = tag == Tag::Time || published || modified || roles & Role::Date.bit() != 0;
        if dated && self.times.len() < 2 * FEW {
            self.read += 1;
            let text = tree.inner_text(id, 200);
            if text.len() < 200 {
                self.times.push(Time {
                    datetime: value(tree, id, Attr::Datetime).or_else(|| value(tree, id, Attr::Content)),
                    text,
                    published,
                    modified,
                    element: tag == Tag::Time,
                });
            }
        }
    }
}

fn value(tree: &Tree, id: NodeId, attr: Attr) -> Option<String> {
    tree.attr(id, attr)
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
