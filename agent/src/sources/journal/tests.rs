//! A real journal, written by `systemd-journal-remote` and followed by the real `journalctl`.
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::*;
use crate::{
    domain::SourceKind,
    sources::{Batch, Intake, MAX_LINE, Status},
};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What writes journal files on Debian.
const JOURNAL_REMOTE: &str = "/lib/systemd/systemd-journal-remote";

/// A journal in a directory of its own.
struct TestJournal {
    directory: TempDir,
}

/// One entry for the journal.
struct Logged<'a> {
    second: u32,
    uid: u32,
    unit: &'a str,
    identifier: &'a str,
    message: &'a [u8],
}

/// What sshd logs in the given second.
fn sshd(second: u32, message: &[u8]) -> Logged<'_> {
    Logged { second, uid: 0, unit: "ssh.service", identifier: "sshd", message }
}

impl TestJournal {
    fn new() -> Self {
        for (program, package) in [("journalctl", "systemd"), (JOURNAL_REMOTE, "systemd-journal-remote")] {
            let found = Command::new(program).arg("--version").stdout(Stdio::null()).status();
            assert!(found.is_ok(), "this test needs {program}: apt-get install {package}");
        }
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn log(&self, entries: &[Logged<'_>]) {
        let mut export = Vec::new();
        for entry in entries {
            let head = format!(
                "__REALTIME_TIMESTAMP={}000000\n_BOOT_ID={:032x}\n_UID={}\n_SYSTEMD_UNIT={}\nSYSLOG_IDENTIFIER={}\n",
                1_700_000_000 + entry.second,
                1 + entry.second / 1000,
                entry.uid,
                entry.unit,
                entry.identifier
            );
            export.extend_from_slice(head.as_bytes());
            export.extend_from_slice(b"MESSAGE\n");
            export.extend_from_slice(&u64::try_from(entry.message.len()).unwrap().to_le_bytes());
            export.extend_from_slice(entry.message);
            export.extend_from_slice(b"\n\n");
        }
        let mut writer = Command::new(JOURNAL_REMOTE)
            .arg("--output")
            .arg(self.path().join("test.journal"))
            .arg("-")
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        writer.stdin.take().unwrap().write_all(&export).unwrap();
        assert!(writer.wait().unwrap().success());
    }

    /// The process id of the `journalctl` that follows this journal.
    fn journalctl(&self) -> String {
        let own = format!("--directory={}", self.path().display());
        let is_own = |process: &std::fs::DirEntry| {
            let arguments = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            arguments.split(|byte| *byte == 0).any(|argument| argument == own.as_bytes())
        };
        let process = std::fs::read_dir("/proc").unwrap().map(Result::unwrap).find(is_own).unwrap();
        process.file_name().into_string().unwrap()
    }

    fn source(&self, filter: JournalFilter) -> JournalSource {
        JournalSource { filter, start: Start::End, directory: Some(self.path().to_owned()) }
    }

    fn follow(&self, resume: Option<Position>) -> Following {
        Following::of(self.source(JournalFilter::default()), resume)
    }
}

/// A follower at work, and what came of it.
struct Following {
    batches: mpsc::Receiver<Batch>,
    status: watch::Receiver<Status>,
    task: JoinHandle<()>,
    position: Option<Position>,
}

impl Following {
    fn of(source: JournalSource, resume: Option<Position>) -> Self {
        let (intake, batches) = Intake::new(1);
        let outlet = intake.outlet("journal", SourceKind::Journal);
        let status = intake.status("journal").unwrap();
        Self { batches, status, task: tokio::spawn(follow_journal(source, resume, outlet)), position: None }
    }

    async fn batch(&mut self) -> Batch {
        let batch = time::timeout(PATIENCE, self.batches.recv()).await.expect("a batch in time").unwrap();
        self.position.clone_from(&batch.position);
        batch
    }

    /// The next messages, at least so many.
    async fn messages(&mut self, count: usize) -> Vec<String> {
        let mut messages = Vec::new();
        while messages.len() < count {
            let batch = self.batch().await;
            messages.extend(batch.lines().map(|line| String::from_utf8_lossy(line.bytes).into_owned()));
        }
        messages
    }

    async fn stop(self) -> Option<Position> {
        self.task.abort();
        let _ = self.task.await;
        self.position
    }
}

#[tokio::test]
async fn entries_logged_while_following_come_with_program_and_time() {
    let journal = TestJournal::new();
    journal.log(&[sshd(1, b"old")]);
    let mut following = journal.follow(None);
    assert_eq!(following.batch().await.lines().count(), 0);
    journal.log(&[sshd(2, b"Invalid user a from 203.0.113.7 port 22")]);
    let batch = following.batch().await;
    let line = batch.lines().next().unwrap();
    assert_eq!(line.bytes, b"Invalid user a from 203.0.113.7 port 22");
    assert_eq!((line.program, line.at), (Some("sshd"), Some(1_700_000_002)));
}

#[tokio::test]
async fn a_restart_goes_on_behind_the_last_entry_across_boots() {
    let journal = TestJournal::new();
    journal.log(&[sshd(1, b"one")]);
    let source = JournalSource { start: Start::Beginning, ..journal.source(JournalFilter::default()) };
    let mut following = Following::of(source, None);
    assert_eq!(following.messages(1).await, ["one"]);
    let position = following.stop().await;
    let missed: Vec<_> = (2..200).map(|number| number.to_string()).collect();
    let entries: Vec<_> =
        missed.iter().zip(1000..).map(|(text, second)| sshd(second, text.as_bytes())).collect();
    journal.log(&entries);
    assert_eq!(journal.follow(position).messages(missed.len()).await, missed);
}

/// What a filter lets through of these entries, followed by one that every filter here takes.
async fn taken(filter: JournalFilter, entries: &[Logged<'_>]) -> Vec<String> {
    let journal = TestJournal::new();
    journal.log(&[sshd(1, b"old")]);
    let mut following = Following::of(journal.source(filter), None);
    following.batch().await;
    journal.log(entries);
    journal.log(&[sshd(100, b"last")]);
    let mut taken = Vec::new();
    while taken.last().is_none_or(|last| last != "last") {
        taken.extend(following.messages(1).await);
    }
    taken.pop();
    taken
}

#[tokio::test]
async fn a_program_is_believed_when_root_logged_in_its_name() {
    let filter = JournalFilter {
        programs: vec!["sshd".to_owned(), "sshd-session".to_owned()],
        ..JournalFilter::default()
    };
    let entries = [
        Logged { uid: 1000, ..sshd(2, b"forged by a user") },
        Logged { identifier: "other", ..sshd(3, b"of another program") },
        Logged { unit: "other.service", ..sshd(4, b"one") },
        Logged { identifier: "sshd-session", ..sshd(5, b"two") },
    ];
    assert_eq!(taken(filter, &entries).await, ["one", "two"]);
}

#[tokio::test]
async fn a_unit_is_believed_whoever_logs_in_it_unless_users_log_in_there() {
    let units = ["ssh", "postfix.service"].map(str::to_owned).to_vec();
    let filter = JournalFilter { units, ..JournalFilter::default() };
    let entries = [
        Logged { uid: 1000, ..sshd(2, b"forged in a session") },
        Logged { unit: "other.service", ..sshd(3, b"of another unit") },
        Logged { unit: "postfix.service", uid: 104, identifier: "postfix/smtpd", ..sshd(4, b"one") },
        sshd(5, b"two"),
    ];
    assert_eq!(taken(filter, &entries).await, ["one", "two"]);
}

#[tokio::test]
async fn messages_of_any_bytes_and_length_leave_the_next_unharmed() {
    let journal = TestJournal::new();
    journal.log(&[sshd(1, b"old")]);
    let mut following = journal.follow(None);
    following.batch().await;
    let long = vec![b'x'; 10_000];
    let bytes = b"\xff\xfe\x00 from\n1.2.3.4";
    journal.log(&[
        sshd(2, bytes),
        sshd(3, &long),
        sshd(4, &vec![b'x'; MAX_LINE + 1]),
        sshd(5, &vec![b'x'; 16 * MAX_LINE]),
        sshd(6, b"next"),
    ]);
    let mut lines = Vec::new();
    while lines.len() < 3 {
        lines.extend(following.batch().await.lines().map(|line| line.bytes.to_vec()));
    }
    assert_eq!(lines, [bytes.to_vec(), long, b"next".to_vec()]);
    assert_eq!(following.status.borrow().skipped.overlong, 2);
}

#[tokio::test]
async fn a_position_the_journal_does_not_hold_is_given_up_for_now() {
    let journal = TestJournal::new();
    journal.log(&[sshd(1, b"old")]);
    let vacuumed = "s=00000000000000000000000000000001;i=1;b=00000000000000000000000000000001;m=0;t=1;x=1";
    for cursor in [vacuumed, "not a cursor"] {
        let mut following = journal.follow(Some(Position::Journal { cursor: cursor.to_owned() }));
        following.batch().await;
        journal.log(&[sshd(2, b"new")]);
        assert_eq!(following.messages(1).await, ["new"]);
    }
}

#[tokio::test]
async fn a_journal_that_is_not_there_yet_is_reported_and_followed_once_it_is() {
    let journal = TestJournal::new();
    let directory = journal.path().join("later");
    let source = JournalSource { directory: Some(directory.clone()), ..JournalSource::default() };
    let mut following = Following::of(source, None);
    let troubled = following.status.wait_for(|status| status.trouble.is_some());
    let trouble = time::timeout(PATIENCE, troubled).await.expect("a status in time").unwrap().trouble.clone();
    assert!(trouble.unwrap().to_string().contains("later"));
    journal.log(&[sshd(1, b"old")]);
    std::fs::create_dir(&directory).unwrap();
    std::fs::rename(journal.path().join("test.journal"), directory.join("test.journal")).unwrap();
    following.batch().await;
    let recovered = following.status.wait_for(|status| status.trouble.is_none());
    time::timeout(PATIENCE, recovered).await.expect("a status in time").unwrap();
}

#[tokio::test]
async fn a_journalctl_that_dies_is_started_again_behind_the_last_entry() {
    let journal = TestJournal::new();
    journal.log(&[sshd(1, b"old")]);
    let mut following = journal.follow(None);
    following.batch().await;
    journal.log(&[sshd(2, b"one")]);
    assert_eq!(following.messages(1).await, ["one"]);
    let running = journal.journalctl();
    assert!(Command::new("kill").args(["-KILL", &running]).status().unwrap().success());
    journal.log(&[sshd(3, b"two")]);
    assert_eq!(following.messages(1).await, ["two"]);
}
