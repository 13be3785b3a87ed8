//! Writes what a detector found as a malicious log.

use std::fmt::Write;

use jiff::{Timestamp, Unit};

use super::{FORMAT_VERSION, PARSER_VERSION, header::offset_text};
use crate::{
    detect::Detection,
    domain::{MAX_LOG_BYTES, MaliciousLog, TooLarge},
};

/// The evidence against one attacker. `offset` is this host's, in seconds east of UTC, for lines that carry none.
///
/// The detector bounds the lines and has them redacted already, so nothing private is in here and nothing grows.
///
/// # Errors
/// [`TooLarge`], which the detector's bounds rule out.
pub fn write(detection: &Detection, offset: i32) -> Result<MaliciousLog, TooLarge> {
    let mut header = String::new();
    let (first, last) = (whole_second(detection.first), whole_second(detection.last));
    // Writing to a String cannot fail.
    let _ = write!(
        header,
        "#sentinel-log {FORMAT_VERSION}\n#detector {}\n#service {}\n#window {first}/{last}\n#timezone {}\n#parser {PARSER_VERSION}\n",
        detection.detector(),
        detection.service.as_str(),
        offset_text(offset),
    );
    let mut bytes = header.into_bytes();
    for line in &detection.lines {
        bytes.extend(line.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        bytes.push(b'\n');
    }
    debug_assert!(bytes.len() <= MAX_LOG_BYTES);
    MaliciousLog::new(bytes)
}

fn whole_second(time: Timestamp) -> Timestamp {
    time.round(Unit::Second).unwrap_or(time)
}
