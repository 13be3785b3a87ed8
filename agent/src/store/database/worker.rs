//! The thread that owns the file.

use std::{mem, path::Path, sync::Arc};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::mpsc;

use super::{
    DatabaseError, WRITING,
    backlog::{Answer, Backlog, Batch},
    file::OpenFile,
    write::Writer,
};
use crate::record::Record;

/// Most requests that are looked at together.
const GROUP: usize = 1024;

/// Records that share one transaction, unless they came in one piece: so much work is in vain on a full disk.
const TOGETHER: usize = 10_000;

/// Something to do with the file, which answers by itself.
pub(super) type Work = Box<dyn FnOnce(&Connection, &mut Writer) + Send>;

/// What the thread is asked to do.
pub(super) enum Request {
    /// Write these, and say when they are on disk.
    Write(Vec<Record>, Answer),
    /// Try again what the disk did not take.
    Retry,
    /// Anything else.
    Run(Work),
}

/// The file's owner.
pub(super) struct Worker {
    path: Arc<Path>,
    file: OpenFile,
    writer: Writer,
    backlog: Backlog,
    /// Whether the disk took nothing the last time: said once, not at each try.
    failing: bool,
    /// Records that were dropped since then.
    dropped: usize,
}

impl Worker {
    /// Takes over the file.
    pub(super) fn new(path: Arc<Path>, file: OpenFile) -> Self {
        let (writer, backlog) = Default::default();
        Self { path, file, writer, backlog, failing: false, dropped: 0 }
    }

    /// Does what it is asked, in order, until nobody is left to ask. What waits is written together.
    pub(super) fn serve(mut self, mut queue: mpsc::UnboundedReceiver<Request>) {
        let mut requests = Vec::new();
        while queue.blocking_recv_many(&mut requests, GROUP) > 0 {
            let mut retry = false;
            for request in requests.drain(..) {
                match request {
                    Request::Write(records, answer) => self.backlog.push(records, answer),
                    Request::Retry => retry = true,
                    Request::Run(work) => {
                        // It sees everything that was handed over before it.
                        self.write_down(mem::take(&mut retry));
                        work(&self.file.connection, &mut self.writer);
                    }
                }
            }
            self.write_down(retry);
        }
        self.write_down(true);
        if self.failing {
            let left = self.backlog.len() + self.dropped;
            tracing::error!(
                "closing the database {}: {left} records were never written",
                self.path.display()
            );
        }
    }

    /// Writes what waits, in order, until all is on disk or the disk takes no more. What it did not take before is
    /// tried again only together with something new, or when `retry` says so.
    fn write_down(&mut self, retry: bool) {
        if !retry && !self.backlog.is_awaited() {
            return;
        }
        let mut alone = 0_usize;
        loop {
            let together = if alone == 0 { TOGETHER } else { 0 };
            alone = alone.saturating_sub(1);
            let batches = self.backlog.take(together);
            if batches.is_empty() {
                return self.note_success();
            }
            match self.write(batches.iter().flat_map(|batch| &batch.records)) {
                Ok(()) => {
                    for mut batch in batches {
                        batch.answer(Ok(()));
                    }
                }
                // One bad record must not take with it what others wrote.
                Err(error) if is_about_a_record(&error) && batches.len() > 1 => {
                    alone = batches.len();
                    self.backlog.put_back(batches);
                }
                Err(error) if is_about_a_record(&error) => self.refuse(batches, error),
                Err(error) => {
                    self.backlog.put_back(batches);
                    return self.postpone(error);
                }
            }
        }
    }

    /// What can never be written is given up.
    fn refuse(&self, batches: Vec<Batch>, error: rusqlite::Error) {
        let error = self.failed(error);
        for mut batch in batches {
            if !batch.answer(Err(error.clone())) {
                tracing::error!("giving up {} records: {error}", batch.records.len());
            }
        }
    }

    fn postpone(&mut self, error: rusqlite::Error) {
        let error = self.failed(error);
        if !self.failing {
            tracing::error!(
                "{error}; blocks stay in force, and are remembered once the database works again"
            );
        }
        self.failing = true;
        let dropped = self.backlog.postpone(&error);
        if dropped > 0 && self.dropped == 0 {
            tracing::error!(
                "{} records wait for the database {}, and more are not kept: what is decided from now on until it works \
                 again is forgotten at a restart",
                self.backlog.len(),
                self.path.display()
            );
        }
        self.dropped += dropped;
    }

    fn note_success(&mut self) {
        match (mem::take(&mut self.failing), mem::take(&mut self.dropped)) {
            (false, _) => {}
            (true, 0) => tracing::info!("the database works again; nothing was lost"),
            (true, dropped) => {
                tracing::error!("the database works again; {dropped} records were lost meanwhile");
            }
        }
    }

    fn write<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) -> rusqlite::Result<()> {
        let mut records: Vec<&Record> = records.into_iter().collect();
        // Neighbours share a page, and what is said of different networks may be said in any order.
        for run in records.split_mut(|record| matches!(record, Record::ClockSet(_))) {
            run.sort_by_key(|record| record.network());
        }
        let connection = &self.file.connection;
        self.writer.transact(connection, |writer| {
            records.into_iter().try_for_each(|record| writer.write(connection, record))
        })
    }

    fn failed(&self, error: rusqlite::Error) -> DatabaseError {
        DatabaseError::statement(&self.path, WRITING, error)
    }
}

/// Whether a record is to blame, and not the file or the disk, which would take the others as little.
fn is_about_a_record(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        None => true,
        Some(code) => matches!(
            code,
            ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig | ErrorCode::Unknown
        ),
    }
}
