//! What holds for every input. The fuzz targets and the replay of their corpus (`parsers/tests/corpus.rs`) share it.
#![allow(dead_code, reason = "each user takes what it needs")]
#![allow(clippy::panic, reason = "a broken invariant is a panic")]

use sentinel_parsers::{Event, Line, MAX_COUNT, Service, parse, parse_line, private_ranges, recognise};

/// Reads `raw` as a line of an unknown service.
pub(crate) fn line(raw: &[u8]) {
    let line = Line::parse(raw);
    assert!(lies_in(raw, line.message), "the message lies in the line");
    if let Some(time) = line.timestamp {
        let _ = time.resolve(1_795_406_400, 3600);
        let _ = time.resolve(i64::MAX, i32::MIN);
    }
    let event = parse(None, &line);
    if let Some(event) = event {
        assert_eq!(recognise(&line), Some(event.service), "an event's service is the line's");
        assert_eq!(parse(Some(event.service), &line), Some(event), "naming the service changes nothing");
        assert!((1..=MAX_COUNT).contains(&event.count), "the count is bounded");
        survives_redaction(raw, &line, &event);
    }
    for service in Service::ALL {
        let same = parse(Some(service), &line).is_none_or(|event| event.service == service);
        assert!(same, "an event belongs to the service that was asked for");
    }
}

/// Reads `raw` as a message of `service`.
pub(crate) fn message(service: Service, raw: &[u8]) {
    line(raw);
    let banner = format!("Nov 23 02:00:01 gate {service}[812]: ");
    let whole = [banner.as_bytes(), raw].concat();
    line(&whole);
    let other = [b"Nov 23 02:00:01 gate su[812]: ", raw].concat();
    let (is_open, found) = (service.is_of_any_program(), parse_line(Some(service), &other));
    assert!(is_open || found.is_none(), "another program's words are no event");
}

/// Replacing what is private leaves the event as it was, so the address came from nowhere inside a name; and it leaves
/// nothing private but the word in its place.
fn survives_redaction(raw: &[u8], line: &Line<'_>, event: &Event<'_>) {
    for word in ["redacted", "x", "from"] {
        let redacted = redacted(raw, line, event, word.as_bytes());
        let shown = String::from_utf8_lossy(&redacted);
        let Some((line_again, again)) = parse_line(None, &redacted) else {
            panic!("no longer an event: {shown:?}");
        };
        assert_eq!(facts(&again), facts(event), "{shown:?}");
        let names = private_ranges(&redacted, &line_again, &again).map(|name| name.what.bytes());
        let words = private_ranges(raw, line, event).map(|_| word.as_bytes());
        assert!(names.eq(words), "{shown:?}");
    }
}

fn redacted(raw: &[u8], line: &Line<'_>, event: &Event<'_>, word: &[u8]) -> Vec<u8> {
    let mut redacted = Vec::with_capacity(raw.len());
    let mut end = 0;
    for name in private_ranges(raw, line, event) {
        assert!(name.range.start >= end, "ranges are in order and apart");
        redacted.extend_from_slice(&raw[end..name.range.start]);
        redacted.extend_from_slice(word);
        end = name.range.end;
    }
    redacted.extend_from_slice(&raw[end..]);
    redacted
}

fn facts(event: &Event<'_>) -> impl PartialEq + core::fmt::Debug + use<> {
    (event.service, event.kind, event.address, event.provenance, event.count, event.port, event.target)
}

fn lies_in(whole: &[u8], part: &[u8]) -> bool {
    whole.as_ptr_range().start <= part.as_ptr() && part.as_ptr_range().end <= whole.as_ptr_range().end
}
