//! Sentences of the news in other languages than English and German, a test a language.
//!
//! Invariant: every sentence here was written for its test. A row is who speaks, a colon, and the parts of what is
//! said, parted by bars; whoever goes on without a subject has no mention. Deliberately absent: names behind
//! mentions; see [`super::phenomena`].

use super::reads;

#[test]
fn spanish() {
    reads(
        "es",
        "«La presa es segura», dijo el lunes la alcaldesa, Ana Prado, a los periodistas. «Nadie tiene que irse».",
        &["la alcaldesa: La presa es segura | Nadie tiene que irse"],
    );
    reads(
        "es",
        "Prado calificó el plan de “chapuza” y pidió la dimisión del ministro.",
        &["Prado: chapuza"],
    );
    reads(
        "es",
        "La alcaldesa ha anunciado que dejará el cargo, y ha añadido: “No hay nada más que decir”.",
        &[
            "La alcaldesa: que dejará el cargo",
            "La alcaldesa: No hay nada más que decir",
        ],
    );
    reads(
        "es",
        "Para Prado, el plan es “una chapuza”.",
        &["Prado: el plan es “una chapuza”"],
    );
    reads(
        "es",
        "El puerto abre sus puertas “al fin” para los pescadores.",
        &[],
    );
}

#[test]
fn french() {
    reads(
        "fr",
        "Anne Morel a qualifié le plan de « bricolage » et demandé la démission du ministre.",
        &["Anne Morel: bricolage"],
    );
    reads(
        "fr",
        "Trois personnes ont été blessées, a indiqué la préfecture, qui parle d’« un drame ».",
        &["la préfecture: Trois personnes ont été blessées", "qui: un drame"],
    );
    reads(
        "fr",
        "« Qui va payer ? », s’interroge la maire.",
        &["la maire: Qui va payer ?"],
    );
    reads(
        "fr",
        "Le ministre s’est dit « très inquiet ».",
        &["Le ministre: très inquiet"],
    );
    reads(
        "fr",
        "Interrogé sur le plan, Luc Ferrand a répondu : « Pas de commentaire. »",
        &["Luc Ferrand: Pas de commentaire."],
    );
}

#[test]
fn italian() {
    reads(
        "it",
        "Moretti ha definito il piano “un pasticcio” e ha chiesto le dimissioni del ministro.",
        &["Moretti: un pasticcio"],
    );
    reads(
        "it",
        "«Chi pagherà?», si chiede la sindaca.",
        &["la sindaca: Chi pagherà?"],
    );
    reads(
        "it",
        "Per Moretti, il piano è “un pasticcio”.",
        &["Moretti: il piano è “un pasticcio”"],
    );
}

#[test]
fn portuguese() {
    reads(
        "pt",
        "Moreira chamou o plano de “gambiarra” e pediu a demissão do ministro.",
        &["Moreira: gambiarra"],
    );
}

#[test]
fn dutch() {
    reads(
        "nl",
        "Volgens de minister gaat de haven in mei open.",
        &["de minister: gaat de haven in mei open"],
    );
    reads(
        "nl",
        "\"Wie gaat dat betalen?\", vraagt de burgemeester zich af.",
        &["de burgemeester: Wie gaat dat betalen?"],
    );
}

#[test]
fn polish() {
    reads(
        "pl",
        "„Tama jest bezpieczna” – powiedziała w poniedziałek dziennikarzom burmistrz Anna Nowak. „Nikt nie musi wyjeżdżać”.",
        &["burmistrz Anna Nowak: Tama jest bezpieczna | Nikt nie musi wyjeżdżać"],
    );
    reads("pl", "Nowak nazwała plan „partactwem”.", &["Nowak: partactwem"]);
}

#[test]
fn russian() {
    reads(
        "ru",
        "«Плотина безопасна, — заявила в понедельник журналистам мэр Анна Новикова. — Никому не нужно уезжать».",
        &["мэр Анна Новикова: Плотина безопасна | Никому не нужно уезжать"],
    );
    reads(
        "ru",
        "Министр заявил о готовности к переговорам.",
        &["Министр: готовности к переговорам"],
    );
    reads(
        "ru",
        "Министр заявил о том, что готов к переговорам.",
        &["Министр: что готов к переговорам"],
    );
}

#[test]
fn ukrainian() {
    reads(
        "uk",
        "Міністр запевнив, що порт відкриється у травні.",
        &["Міністр: що порт відкриється у травні"],
    );
}

#[test]
fn chinese() {
    reads(
        "zh",
        "王芳称该计划是“一场闹剧”，并要求部长辞职。",
        &["王芳: 该计划是“一场闹剧”", "王芳: 部长辞职"],
    );
}

#[test]
fn arabic() {
    reads(
        "ar",
        "قال الوزير إن الميناء سيفتح في مايو. وأضاف: \"هذا كل شيء\".",
        &["الوزير: إن الميناء سيفتح في مايو", ": هذا كل شيء"],
    );
}
