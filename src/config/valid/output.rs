//! In which form records leave.

use super::Checks;
use crate::config::raw::RawOutput;
use crate::message::{Output, OutputCompression, OutputEnvelope, OutputFormat};

impl Checks<'_> {
    pub(super) fn output(&mut self, raw: RawOutput) -> Output {
        let RawOutput {
            format,
            envelope,
            compression,
            event_source,
        } = raw;
        let formats = [
            ("record", OutputFormat::Record),
            ("ninjs", OutputFormat::Ninjs),
            ("jsonld", OutputFormat::JsonLd),
        ];
        let envelopes = [
            ("none", OutputEnvelope::None),
            ("cloudevents", OutputEnvelope::CloudEvents),
        ];
        let compressions = [
            ("none", OutputCompression::None),
            ("gzip", OutputCompression::Gzip),
            ("zstd", OutputCompression::Zstd),
        ];
        let is_odd = |character: char| character.is_whitespace() || character.is_control();
        if event_source.is_empty() || event_source.contains(is_odd) {
            self.report(
                "output.event_source",
                "must be a URI reference, such as https://news.example.org/newsmill",
            );
        }
        Output {
            format: self
                .one_of("output.format", &format, &formats)
                .unwrap_or_default(),
            envelope: self
                .one_of("output.envelope", &envelope, &envelopes)
                .unwrap_or_default(),
            compression: self
                .one_of("output.compression", &compression, &compressions)
                .unwrap_or_default(),
            event_source,
        }
    }
}
