//! Undoes a content encoding, never past a bound: a bomb stops at the first byte over it.

use std::borrow::Cow;
use std::io::{self, Read};

use super::DecodeError;
use super::content_type::shortened;

/// The body without its content encoding, at most `limit` bytes.
///
/// # Errors
/// An encoding that is not known, a body that is not of it, or one that unpacks to more.
pub fn unpack<'a>(
    body: &'a [u8],
    content_encoding: Option<&str>,
    limit: usize,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let named = content_encoding.unwrap_or_default().trim();
    match named.to_ascii_lowercase().as_str() {
        // Some clients put the charset here; it says nothing about packing.
        "" | "identity" | "utf-8" | "utf8" => Ok(Cow::Borrowed(body)),
        "gzip" | "x-gzip" => read("gzip", flate2::read::MultiGzDecoder::new(body), limit),
        "zstd" => read("zstd", zstd_reader(body, limit).map_err(corrupt("zstd"))?, limit),
        _ => Err(DecodeError::UnknownContentEncoding {
            content_encoding: shortened(named),
        }),
    }
}

/// A frame may ask for a window of its own choosing: no larger one is granted than the unpacked body may need.
fn zstd_reader(body: &[u8], limit: usize) -> io::Result<impl Read + '_> {
    let mut reader = zstd::stream::read::Decoder::with_buffer(body)?;
    reader.window_log_max(limit.max(1).ilog2().saturating_add(1).clamp(23, 27))?;
    Ok(reader)
}

fn read(encoding: &'static str, reader: impl Read, limit: usize) -> Result<Cow<'static, [u8]>, DecodeError> {
    let mut unpacked = Vec::new();
    reader
        .take(limit as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(corrupt(encoding))?;
    if unpacked.len() > limit {
        return Err(DecodeError::UnpacksTooLarge { encoding, limit });
    }
    Ok(Cow::Owned(unpacked))
}

fn corrupt(encoding: &'static str) -> impl Fn(io::Error) -> DecodeError {
    move |error| DecodeError::Corrupt {
        encoding,
        detail: error.to_string(),
    }
}
