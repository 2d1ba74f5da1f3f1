//! The names of elements and attributes that cleaning tells apart, and what is known of each.
//!
//! Invariant: a name is found by its number, in a few comparisons; all others are one.

use std::ops::Range;

use crate::enrich::eights::{STEP, eight, first, small};

/// A name of up to sixteen bytes as a number, its letters small; nought for a longer one. A number is found among many
/// in a few comparisons, a name is not.
const fn number_of(name: &[u8]) -> u128 {
    let mut number = 0;
    let mut rest = name;
    if name.len() > 16 {
        return 0;
    }
    while let Some((byte, before)) = rest.split_last() {
        number = number << 8 | byte.to_ascii_lowercase() as u128;
        rest = before;
    }
    number
}

/// The same of the name that stands there.
fn number_at(bytes: &[u8], name: Range<usize>) -> u128 {
    let length = name.len();
    if length > 2 * STEP {
        return 0;
    }
    let some = |from: usize| {
        small(first(
            eight(bytes, name.start + from),
            length.saturating_sub(from),
        ))
    };
    let beyond = if length > STEP { some(STEP) } else { 0 };
    u128::from(beyond) << u64::BITS | u128::from(some(0))
}

macro_rules! names {
    ($(#[$doc:meta])* $kind:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(in crate::enrich::clean) enum $kind { $($variant),+, Other }

        impl $kind {
            /// Of the name that stands there in any case.
            #[expect(non_upper_case_globals, reason = "each name's number is called as the variant is")]
            pub(in crate::enrich::clean) fn at(bytes: &[u8], name: Range<usize>) -> Self {
                $(const $variant: u128 = number_of($name);)+
                match number_at(bytes, name) {
                    $($variant => Self::$variant,)+
                    _ => Self::Other,
                }
            }
        }
    };
}

names! {
    /// The elements that cleaning tells apart.
    Tag {
        A = b"a", Abbr = b"abbr", Address = b"address", Article = b"article", Aside = b"aside", Audio = b"audio", B = b"b",
        Base = b"base", Blockquote = b"blockquote", Body = b"body", Br = b"br", Button = b"button", Canvas = b"canvas",
        Caption = b"caption", Center = b"center", Cite = b"cite", Code = b"code", Dd = b"dd", Details = b"details",
        Dialog = b"dialog", Div = b"div", Dl = b"dl", Dt = b"dt", Em = b"em", Embed = b"embed", Fieldset = b"fieldset",
        Figcaption = b"figcaption", Figure = b"figure", Font = b"font", Footer = b"footer", Form = b"form", H1 = b"h1",
        H2 = b"h2", H3 = b"h3", H4 = b"h4", H5 = b"h5", H6 = b"h6", Head = b"head", Header = b"header", Hr = b"hr",
        Html = b"html", I = b"i", Iframe = b"iframe", Img = b"img", Input = b"input", Label = b"label", Li = b"li",
        Link = b"link", Main = b"main", Math = b"math", Meta = b"meta", Nav = b"nav", Noscript = b"noscript",
        Object = b"object", Ol = b"ol", Optgroup = b"optgroup", Option = b"option", P = b"p", Picture = b"picture",
        Pre = b"pre", Q = b"q", S = b"s", Script = b"script", Section = b"section", Select = b"select", Small = b"small",
        Source = b"source", Span = b"span", Strong = b"strong", Style = b"style", Sub = b"sub", Summary = b"summary",
        Sup = b"sup", Svg = b"svg", Table = b"table", Tbody = b"tbody", Td = b"td", Template = b"template",
        Textarea = b"textarea", Tfoot = b"tfoot", Th = b"th", Thead = b"thead", Time = b"time", Title = b"title",
        Tr = b"tr", U = b"u", Ul = b"ul", Video = b"video", Wbr = b"wbr", Area = b"area", Col = b"col", Param = b"param",
        Track = b"track", Amp = b"amp-img", Xmp = b"xmp", Noembed = b"noembed", Noframes = b"noframes",
        Plaintext = b"plaintext",
    }
}

names! {
    /// The attributes that cleaning reads.
    Attr {
        Class = b"class", Id = b"id", Itemprop = b"itemprop", Role = b"role", Rel = b"rel",
        Href = b"href", Content = b"content", Name = b"name", Property = b"property",
        HttpEquiv = b"http-equiv", Datetime = b"datetime", Type = b"type", Hidden = b"hidden", Style = b"style",
        AriaHidden = b"aria-hidden", Lang = b"lang", DataTestid = b"data-testid",
        DataComponent = b"data-component", DataType = b"data-type", DataModule = b"data-module", DataQa = b"data-qa",
        DataName = b"data-name",
    }
}

impl Tag {
    /// How many there are, with `Other`.
    pub(in crate::enrich::clean) const COUNT: usize = Tag::Other as usize + 1;

    /// Whether it never has content.
    pub(in crate::enrich::clean) fn is_void(self) -> bool {
        use Tag::{Area, Base, Br, Col, Embed, Hr, Img, Input, Link, Meta, Param, Source, Track, Wbr};
        matches!(
            self,
            Area | Base | Br | Col | Embed | Hr | Img | Input | Link | Meta | Param | Source | Track | Wbr
        )
    }

    /// Whether it runs inside a line. Unknown elements do, as in browsers.
    pub(in crate::enrich::clean) fn is_inline(self) -> bool {
        use Tag::{
            A, Abbr, Amp, B, Cite, Code, Em, Font, I, Img, Label, Picture, Q, S, Small, Span, Strong, Sub,
            Sup, Time, U, Wbr,
        };
        matches!(
            self,
            A | Abbr
                | Amp
                | B
                | Cite
                | Code
                | Em
                | Font
                | I
                | Img
                | Label
                | Picture
                | Q
                | S
                | Small
                | Span
                | Strong
                | Sub
                | Sup
                | Time
                | U
                | Wbr
                | Tag::Other
        )
    }

    /// Whether it is a heading.
    pub(in crate::enrich::clean) fn is_heading(self) -> bool {
        matches!(self, Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6)
    }

    /// Whether its content is never text of the page.
    pub(in crate::enrich::clean) fn is_opaque(self) -> bool {
        use Tag::{
            Audio, Canvas, Embed, Iframe, Math, Noembed, Noframes, Noscript, Object, Script, Select, Style,
            Svg, Template, Textarea, Title, Video,
        };
        matches!(
            self,
            Audio
                | Canvas
                | Embed
                | Iframe
                | Math
                | Noembed
                | Noframes
                | Noscript
                | Object
                | Script
                | Select
                | Style
                | Svg
                | Template
                | Textarea
                | Title
                | Video
        )
    }
}

impl Attr {
    /// Whether its words name what an element is for.
    pub(super) fn is_name(self) -> bool {
        use Attr::{
            Class, DataComponent, DataModule, DataName, DataQa, DataTestid, DataType, Id, Itemprop, Role,
        };
        matches!(
            self,
            Class
                | Id
                | Itemprop
                | Role
                | DataTestid
                | DataComponent
                | DataType
                | DataModule
                | DataQa
                | DataName
        )
    }
}
