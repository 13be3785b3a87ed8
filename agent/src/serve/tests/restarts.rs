//! What a restart must not forget.

use hyper::StatusCode;

use super::bed::Bed;
use crate::{serve::testing::log, store::database::Database};

#[tokio::test]
async fn a_restart_gives_nobody_a_second_days_worth_and_no_signature_a_second_use() {
    let state = tempfile::tempdir().unwrap();
    let database = Database::open(&state.path().join("state.db")).unwrap();
    let bed = Bed::remembering(&database, |settings| settings.limits.bytes_per_day = 10).await;
    let path = bed.path_of(&log("12345678"));
    let signed = bed.sign(&path, 0);
    assert_eq!(bed.get(&path, &signed).await.status, StatusCode::OK);

    let bed = bed.restarted(&database).await;
    bed.path_of(&log("12345678"));
    let replayed = bed.get(&path, &signed).await;
    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED);
    assert!(replayed.error().contains("used before"), "{}", replayed.error());
    let again = bed.get(&path, &bed.sign(&path, 1)).await;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(again.error().contains("10 bytes a day"), "{}", again.error());
}

#[tokio::test]
async fn a_restart_gives_nobody_another_ten_requests() {
    let state = tempfile::tempdir().unwrap();
    let database = Database::open(&state.path().join("state.db")).unwrap();
    let bed = Bed::remembering(&database, |_| ()).await;
    let path = bed.path_of(&log("abc"));
    for later in 0..10 {
        assert_eq!(bed.get(&path, &bed.sign(&path, later)).await.status, StatusCode::OK);
    }
    let bed = bed.restarted(&database).await;
    assert_eq!(bed.get(&path, &bed.sign(&path, 10)).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_crash_gives_no_signature_a_second_use() {
    let state = tempfile::tempdir().unwrap();
    let database = Database::open(&state.path().join("state.db")).unwrap();
    let bed = Bed::remembering(&database, |_| ()).await;
    let path = bed.path_of(&log("abc"));
    let used = [bed.sign(&path, 0), bed.sign(&path, 1)];
    for signed in &used {
        assert_eq!(bed.get(&path, signed).await.status, StatusCode::OK);
    }
    // What waits to be written now is there; the server does not get to write when it stops.
    let mut tries = 0;
    while database.usage(0, 0).await.unwrap().is_empty() {
        tries += 1;
        assert!(tries < 500, "nothing was written down");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let bed = bed.crashed(&database).await;
    for signed in &used {
        assert_eq!(bed.get(&path, signed).await.status, StatusCode::UNAUTHORIZED);
    }
}
