//! Writes what a detector found as a malicious log.

use jiff::Timestamp;
use sentinel_parsers::Service;

use super::{FORMAT_VERSION, PARSER_VERSION, Redactor};
use crate::{
    detect::{Detection, Method, SeenLine, detector_name},
    domain::{MaliciousLog, TooLarge},
};

/// The evidence against attackers of one service, who were detected together by one detector.
///
/// The detector bounds the lines; what is private is taken out of them here, and a line that would prove nothing
/// without it is left out.
///
/// # Errors
/// [`TooLarge`], which the bounds of the detector and of its caller rule out.
pub fn write(
    redactor: &Redactor,
    service: Service,
    method: Method,
    detections: &[Detection],
) -> Result<MaliciousLog, TooLarge> {
    let first = detections.iter().map(|detection| detection.first).min().unwrap_or(Timestamp::MIN);
    let last = detections.iter().map(|detection| detection.last).max().unwrap_or(Timestamp::MIN);
    let mut bytes = format!(
        "#sentinel-log {FORMAT_VERSION}\n\
         #detector {}\n\
         #service {}\n\
         #window {first:.0}/{last:.0}\n\
         #timezone +00:00\n\
         #parser {PARSER_VERSION}\n",
        detector_name(service, method),
        service.as_str(),
    )
    .into_bytes();
    for (_, line) in lines(redactor, service, detections) {
        bytes.extend(line.unwrap_or_default());
    }
    MaliciousLog::new(bytes)
}

/// The lines that were seen, each with what is written of it: a whole line, or nothing.
pub fn lines<'a>(
    redactor: &'a Redactor,
    service: Service,
    detections: &'a [Detection],
) -> impl Iterator<Item = (&'a SeenLine, Option<Vec<u8>>)> {
    let seen = detections.iter().flat_map(|detection| &detection.lines);
    seen.map(move |line| {
        let redacted = redactor.redact(service, &line.raw, line.at);
        (line, redacted.map(|redacted| [&redacted, b"\n".as_slice()].concat()))
    })
}
