//! The thread that owns the file.

use std::{path::Path, sync::Arc};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use super::{DatabaseError, WRITING, file::OpenFile, write::Writer};
use crate::record::Record;

/// Most requests that share one transaction.
const GROUP: usize = 1024;

type Answer = oneshot::Sender<Result<(), DatabaseError>>;

/// Something to do with the file, which answers by itself.
pub(super) type Work = Box<dyn FnOnce(&Connection, &mut Writer) + Send>;

/// What the thread is asked to do.
pub(super) enum Request {
    /// Write these, and say when they are on disk.
    Write(Vec<Record>, Answer),
    /// Anything else.
    Run(Work),
}

/// The file's owner.
pub(super) struct Worker {
    path: Arc<Path>,
    file: OpenFile,
    writer: Writer,
}

impl Worker {
    /// Takes over the file.
    pub(super) fn new(path: Arc<Path>, file: OpenFile) -> Self {
        Self { path, file, writer: Writer::default() }
    }

    /// Does what it is asked, in order, until nobody is left to ask. What waits is written together.
    pub(super) fn serve(mut self, mut queue: mpsc::UnboundedReceiver<Request>) {
        let mut batch = Vec::new();
        while queue.blocking_recv_many(&mut batch, GROUP) > 0 {
            let mut group = Vec::new();
            for request in batch.drain(..) {
                match request {
                    Request::Write(records, answer) => group.push((records, answer)),
                    // It sees everything that was handed over before it.
                    Request::Run(work) => {
                        self.commit(std::mem::take(&mut group));
                        work(&self.file.connection, &mut self.writer);
                    }
                }
            }
            self.commit(group);
        }
    }

    fn commit(&mut self, group: Vec<(Vec<Record>, Answer)>) {
        if group.is_empty() {
            return;
        }
        let result = self.write(group.iter().flat_map(|(records, _)| records));
        // One bad record must not take with it what others wrote.
        let alone = group.len() > 1 && result.as_ref().is_err_and(is_about_a_record);
        let result = result.map_err(|error| self.failed(error));
        for (records, answer) in group {
            let result = match alone {
                true => self.write(&records).map_err(|error| self.failed(error)),
                false => result.clone(),
            };
            // Whoever no longer listens needs no answer.
            let _ = answer.send(result);
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
