//! Spoilt text is made by spoiling sound text, so that what it was is known.

use encoding_rs::{Encoding, ISO_8859_2, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1257};
use proptest::prelude::*;

use super::*;

/// Its UTF-8 read in another charset.
fn spoilt(sound: &str, charset: &'static Encoding) -> String {
    charset
        .decode_without_bom_handling(sound.as_bytes())
        .0
        .into_owned()
}

#[test]
fn spoilt_text_is_repaired() {
    for (sound, charset) in [
        ("It’s late, “he” said – and left…", WINDOWS_1252),
        ("un café à l’hôtel, où l’été dure", WINDOWS_1252),
        ("5\u{a0}km", WINDOWS_1252),
        ("AÑOS de HÔTEL", WINDOWS_1252),
        ("Привет, мир", WINDOWS_1251),
        ("It’s late, “he” said", WINDOWS_1251),
        ("la région de l’été", WINDOWS_1251),
        ("l’hôpital de Liège", WINDOWS_1250),
        ("říkám vám, že přijde", WINDOWS_1250),
        ("mám třetího dne", ISO_8859_2),
        ("Žinoma, pagrįstai", WINDOWS_1257),
        ("régime équilibré, gâteaux", MACINTOSH),
        ("It’s late", MACINTOSH),
        ("weiß", MACINTOSH),
        ("İstanbul, Rīga", WINDOWS_1252),
        ("Tiếng Việt", WINDOWS_1252),
        ("IL2RγcKO", WINDOWS_1252),
        ("Ningbo，China", WINDOWS_1252),
        ("Wow 😍", WINDOWS_1252),
        ("הודעה", WINDOWS_1252),
        ("رسالة", WINDOWS_1250),
    ] {
        let spoilt = spoilt(sound, charset);
        assert_eq!(repair(&spoilt).as_deref(), Some(sound), "{spoilt}");
    }
}

#[test]
fn a_dos_code_page_is_known() {
    assert_eq!(repair("f├╝r").as_deref(), Some("für"));
    assert_eq!(repair("─îe┼ítina").as_deref(), Some("Čeština"));
    assert_eq!(repair("#╨┐╤Ç╨░╨▓╨╕╨╗╤î╨╜╨╛").as_deref(), Some("#правильно"));
}

#[test]
fn text_spoilt_twice_is_repaired_twice() {
    let once = spoilt("déjà l’été", WINDOWS_1252);
    assert_eq!(
        repair(&spoilt(&once, WINDOWS_1252)).as_deref(),
        Some("déjà l’été")
    );
}

#[test]
fn what_was_lost_on_the_way_is_mended_or_marked() {
    for (spoilt, mended) in [
        ("voilÃ  le travail, Ã©tÃ©", "voilà le travail, été"),
        ("voilÃ le travail", "voilà le travail"),
        ("pagrÄ¯stai Å iaip VisÅ³", "pagrįstai Šiaip Visų"),
        ("SlovenÄ\u{fffd}ina", "Sloven\u{fffd}ina"),
        ("à¸ à¸²à¸©à¸²", "ภาษา"),
        ("a Г‚ВЈ5.8bn issue", "a £5.8bn issue"),
        ("atÃ© Ã s 19h", "até às 19h"),
        ("â€œlossyâ€\u{fffd}", "“lossy\u{fffd}"),
        ("upgraded to â€œbbâ€?", "upgraded to “bb\u{fffd}"),
        ("\u{ed} \u{bd}\u{ed}\u{b8}\u{8d}", "😍"),
    ] {
        assert_eq!(repair(spoilt).as_deref(), Some(mended), "{spoilt}");
    }
}

#[test]
fn sound_text_stays() {
    for sound in [
        "SÃO PAULO",
        "“CAFÉ”",
        "AMANHÃ”",
        "Привет, Россия. СССР",
        "naïve âge",
        "PÓŁNOC i ŁÓDŹ",
        "PÓŁ, PÓŁ, PÓŁ",
        "l’été, l’école",
        "«À l’aube», dit-il",
        "‚Ärzte‘ und ‚Öle‘",
        "SMÖRGÅS – ÅRETS",
        "Măsurile „ACĂŢĂRII”",
        "ВІКІ is Ukrainian for WIKI",
        "pra lá´´",
        "(-1/2)! = √π",
        "├┤a┼┐a",
        "┌────┐ ┌────┐ ├────┤ ├────┤",
        "│ a │ b │ ─┐ ─┤ ─┐─┐",
        "NESCAFÉ® – l’eau à «100°»",
        "está»”",
        "5 × 3, ± 2 °C, 20 €, § 3",
        "Ελλάδα – «Αθήνα»",
        "İSTANBUL’DA ŞİMDİ",
    ] {
        assert_eq!(repair(sound), None, "{sound}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,40}|[ÃÂâ€™œžíĂĄ ½¸√≈?\u{fffd}a-zЂРСв]{0,30}") {
        let once = repair(&text);
        prop_assert!(once.is_none_or(|once| once.len() <= text.len() * 2));
    }
}
