//! Writes what a detector found as a malicious log.

use jiff::Timestamp;
use sentinel_parsers::Service;

use super::{FORMAT_VERSION, PARSER_VERSION, redact::redacted};
use crate::{
    detect::{Detection, Method, detector_name},
    domain::{MaliciousLog, TooLarge},
};

/// The evidence against attackers of one service, who were detected together by one detector.
///
/// The detector bounds the lines; what is private is taken out of them here, and a line that would prove nothing without
/// it is left out.
///
/// # Errors
/// [`TooLarge`], which the bounds of the detector and of its caller rule out.
pub fn write(service: Service, method: Method, detections: &[Detection]) -> Result<MaliciousLog, TooLarge> {
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
    let lines = detections.iter().flat_map(|detection| &detection.lines);
    for line in lines.filter_map(|line| redacted(service, &line.raw, line.at)) {
        bytes.extend_from_slice(&line);
        bytes.push(b'\n');
    }
    MaliciousLog::new(bytes)
}
