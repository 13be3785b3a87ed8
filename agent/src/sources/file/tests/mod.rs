//! Real files, really rotated.
mod patterns;
mod reading;
mod restart;
mod rotating;

use std::{
    fs::{self, File, OpenOptions},
    future::ready,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{FileSource, follow_files};
use crate::sources::{Batch, Intake, Position, Resume, SourceError, Start, Status};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A log in a directory of its own.
struct TestLog {
    directory: TempDir,
    path: PathBuf,
}

impl TestLog {
    /// A log that is not there yet.
    fn missing() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { path: directory.path().join("auth.log"), directory }
    }

    /// A log with these lines.
    fn with(text: &str) -> Self {
        let log = Self::missing();
        log.append(text);
        log
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn append(&self, bytes: impl AsRef<[u8]>) {
        writer(&self.path).write_all(bytes.as_ref()).unwrap();
    }

    /// Renames as logrotate does; the log is missing afterwards.
    fn rotate(&self) {
        let mut oldest = 1;
        while self.beside(&format!("auth.log.{oldest}")).exists() {
            oldest += 1;
        }
        for number in (1..oldest).rev() {
            let name = |number| self.beside(&format!("auth.log.{number}"));
            fs::rename(name(number), name(number + 1)).unwrap();
        }
        fs::rename(&self.path, self.beside("auth.log.1")).unwrap();
    }

    async fn follow(&self, start: Start, resume: Option<Position>) -> Following {
        let mut following = Following::of(&self.path, start, resume);
        following.position = following.batch().await.position;
        following
    }
}

fn writer(path: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(path).unwrap()
}

/// A follower at work, and what came of it.
struct Following {
    intake: Intake,
    batches: mpsc::Receiver<Batch>,
    path: String,
    task: JoinHandle<()>,
    position: Option<Position>,
}

/// Goes on from this position, whatever the file.
fn from(position: Option<Position>) -> Resume {
    Arc::new(move |_| Box::pin(ready(position.clone())))
}

impl Following {
    fn of(path: &Path, start: Start, resume: Option<Position>) -> Self {
        let (intake, batches) = Intake::new(1);
        let path = path.to_str().unwrap().to_owned();
        let source = FileSource { paths: vec![path.clone()], start };
        let task = tokio::spawn(follow_files(source, from(resume), intake.clone()));
        Self { intake, batches, path, task, position: None }
    }

    async fn batch(&mut self) -> Batch {
        timeout(PATIENCE, self.batches.recv()).await.expect("a batch in time").expect("a source that goes on")
    }

    /// The next lines, at least so many.
    async fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let batch = self.batch().await;
            lines.extend(batch.lines().map(|line| String::from_utf8_lossy(line.bytes).into_owned()));
            self.position = batch.position;
        }
        lines
    }

    async fn expect(&mut self, expected: &[&str]) {
        assert_eq!(self.lines(expected.len()).await, expected);
    }

    /// The status of a source that is listed, now or soon.
    async fn status(&self) -> watch::Receiver<Status> {
        loop {
            match self.intake.status(&self.path) {
                Some(status) => return status,
                None => sleep(Duration::from_millis(1)).await,
            }
        }
    }

    async fn trouble(&mut self, is: impl Fn(Option<&SourceError>) -> bool) {
        let mut status = self.status().await;
        let changed = status.wait_for(|status| is(status.trouble.as_deref()));
        timeout(PATIENCE, changed).await.expect("another status in time").unwrap();
    }

    /// Stops following; returns the position as the database keeps it.
    async fn stop(self) -> Option<Position> {
        self.task.abort();
        let _ = self.task.await;
        let stored = serde_json::to_string(&self.position.unwrap()).unwrap();
        Some(serde_json::from_str(&stored).unwrap())
    }
}
