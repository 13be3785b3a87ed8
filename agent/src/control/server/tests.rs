use super::*;
use crate::control::{AskError, Attachment, Blocked, Enforced, Entry, Expiry, MAX_ENTRIES, ask};

async fn ask_in_background(path: PathBuf, request: Request) -> Result<Answer, AskError> {
    tokio::task::spawn_blocking(move || ask(&path, &request)).await.unwrap()
}

#[tokio::test]
async fn a_request_gets_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let control = Control::bind(&path).unwrap();
    let served = tokio::spawn(control.serve(|request| async move {
        assert_eq!(request, Request::Posts { limit: 7 });
        Answer::Posts(vec![])
    }));
    let answer = ask_in_background(path.clone(), Request::Posts { limit: 7 }).await.unwrap();
    assert_eq!(answer, Answer::Posts(vec![]));
    served.abort();
    let _ = served.await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_log_follows_its_request_byte_by_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let control = Control::bind(&path).unwrap();
    tokio::spawn(control.serve(|request| async move {
        let content = request.attachment().unwrap().content().to_vec();
        Answer::Failed(Failure::new(FailureKind::Failed, crate::domain::FileHash::of(&content)))
    }));
    let large: Vec<u8> = (0..=255).cycle().take(MAX_ATTACHMENT).collect();
    for log in [vec![], b"\n{}\n".to_vec(), large] {
        let hash = crate::domain::FileHash::of(&log).to_string();
        let request = Request::Publish { log: Attachment::new(log), redact: false };
        let Answer::Failed(failure) = ask_in_background(path.clone(), request).await.unwrap() else {
            panic!("another answer")
        };
        assert_eq!(failure.message, hash);
    }
}

#[tokio::test]
async fn a_log_that_is_too_long_or_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let control = Control::bind(&path).unwrap();
    tokio::spawn(control.serve(|_| async { Answer::Peers(vec![]) }));
    for (bytes, why) in [(MAX_ATTACHMENT + 1, "longer than"), (10, "cut off")] {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        let request =
            format!("{{\"request\":\"publish\",\"redact\":false,\"log\":{{\"bytes\":{bytes}}}}}\nshort");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(text.contains(why), "{text}");
    }
}

#[tokio::test]
async fn nonsense_is_answered_with_an_error_and_the_next_client_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let control = Control::bind(&path).unwrap();
    tokio::spawn(control.serve(|_| async { Answer::Peers(vec![]) }));
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(b"\xff\xfe\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("the daemon cannot read this request"), "{text}");
    assert_eq!(ask_in_background(path, Request::Peers).await.unwrap(), Answer::Peers(vec![]));
}

#[tokio::test]
async fn a_second_daemon_is_refused_and_a_dead_ones_file_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let _first = Control::bind(&path).unwrap();
    assert!(matches!(Control::bind(&path), Err(ControlError::InUse { .. })));
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("stale.sock")).unwrap());
    assert!(Control::bind(&folder.path().join("stale.sock")).is_ok());
}

#[tokio::test]
async fn a_file_that_is_no_socket_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sentinel.toml");
    std::fs::write(&path, "[detect]").unwrap();
    let refused = Control::bind(&path).unwrap_err().to_string();
    assert!(refused.contains("sentinel.toml"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "[detect]");
}

#[test]
fn asking_a_daemon_that_is_not_there_says_what_to_do() {
    let error = ask(Path::new("/nonexistent/control.sock"), &Request::Status).unwrap_err();
    assert!(error.to_string().contains("systemctl start sentinel-agent"), "{error}");
}

#[tokio::test]
async fn a_request_that_does_not_end_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let control = Control::bind(&path).unwrap();
    tokio::spawn(control.serve(|_| async { Answer::Peers(vec![]) }));
    let (mut reader, mut writer) = UnixStream::connect(&path).await.unwrap().into_split();
    // The daemon may hang up before it has read all of it.
    tokio::spawn(async move { writer.write_all(&vec![b'['; 2 * MAX_REQUEST]).await });
    let mut text = String::new();
    BufReader::new(&mut reader).read_line(&mut text).await.unwrap();
    assert!(text.contains("longer than 1048576 bytes"), "{text}");
}

#[tokio::test]
async fn a_full_page_of_networks_to_block_fits_into_a_request_and_a_full_page_of_blocks_into_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let control = Control::bind(&path).unwrap();
    let entry = Entry {
        network: "2001:db8:1111:2222:3333:4444:5555:6666/128".parse().unwrap(),
        expiry: Some(Expiry::At(jiff::Timestamp::MAX)),
        comment: "imported from /etc/blocklist.txt".to_owned(),
    };
    let asked = Request::Block { entries: vec![entry; MAX_ENTRIES], session: None, trial: false };
    tokio::spawn(control.serve(|request| async {
        let Request::Block { entries, .. } = request else { panic!("another request") };
        let blocked =
            entries.iter().map(|entry| Enforced { network: entry.network, until: jiff::Timestamp::MAX });
        Answer::Blocked(Blocked { blocked: blocked.collect(), ..Blocked::default() })
    }));
    let Answer::Blocked(answer) = ask_in_background(path, asked).await.unwrap() else {
        panic!("another answer")
    };
    assert_eq!(answer.blocked.len(), MAX_ENTRIES);
}
