use super::*;

#[test]
fn a_source_is_listed_with_its_lines_and_events_as_long_as_it_is_there() {
    let (intake, _batches) = Intake::new(1);
    let now = Timestamp::now();
    let outlet = intake.outlet("auth", SourceKind::File);
    outlet.count(3, Skipped { overlong: 1, foreign: 2, ..Skipped::default() });
    outlet.failed(SourceError::Closed);
    let logged = now - jiff::SignedDuration::from_secs(7);
    intake.note_batch("auth", 2, Some(logged), now);
    intake.note_batch("gone", 2, Some(logged), now);
    let [report] = intake.reports(now).try_into().unwrap();
    assert_eq!((report.lines, report.skipped, report.events), (3, 3, 2));
    assert_eq!((report.last_event, report.lag), (Some(now), Some(7)));
    assert!(report.last_line.is_some() && report.trouble.is_some());
    drop(outlet);
    assert_eq!(intake.reports(now), []);
}

#[test]
fn a_lag_is_over_when_the_next_line_comes_in_time_also_one_that_proves_nothing() {
    let (intake, _batches) = Intake::new(1);
    let now = Timestamp::now();
    let _outlet = intake.outlet("auth", SourceKind::File);
    let lag = || intake.reports(now)[0].lag;
    intake.note_batch("auth", 1, Some(now - jiff::SignedDuration::from_mins(5)), now);
    assert_eq!(lag(), Some(300));
    intake.note_batch("auth", 0, None, now);
    assert_eq!(lag(), Some(300), "that line did not say when it was logged");
    intake.note_batch("auth", 0, Some(now), now);
    assert_eq!((lag(), intake.reports(now)[0].events), (Some(0), 1));
    intake.note_batch("auth", 0, Some(now + jiff::SignedDuration::from_mins(5)), now);
    assert_eq!(lag(), Some(0), "its clock runs ahead");
}
