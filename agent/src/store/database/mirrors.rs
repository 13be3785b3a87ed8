//! Which copies of other peers' logs this agent has announced on the ledger.

use rusqlite::{Connection, Row, params};

use super::{
    outbox,
    read::{all, one, parsed, time},
    write::execute,
};
use crate::{
    domain::{LogId, PostId},
    record::{Announcement, Outgoing, Standing},
};

/// Remembers one, in the place of an earlier one of the same post.
pub(super) fn write(to: &Connection, announcement: &Announcement) -> rusqlite::Result<()> {
    let Announcement { post, log, url, since, standing } = announcement;
    let listed = match standing {
        Standing::Unseen => None,
        Standing::Listed => Some(true),
        Standing::Delisted => Some(false),
    };
    let values = params![post.to_string(), log.to_string(), url.as_str(), since.as_millisecond(), listed];
    execute(to, "INSERT OR REPLACE INTO mirrors VALUES (?1, ?2, ?3, ?4, ?5)", values).map(drop)
}

/// Forgets the one of a post.
pub(super) fn forget(to: &Connection, post: PostId) -> rusqlite::Result<()> {
    execute(to, "DELETE FROM mirrors WHERE post = ?1", [post.to_string()]).map(drop)
}

/// Queues the withdrawal of those of a log that is there no longer, and forgets them.
pub(super) fn withdraw(to: &Connection, log: LogId) -> rusqlite::Result<()> {
    for Announcement { post, url, .. } in read(to)?.into_iter().filter(|mirror| mirror.log == log) {
        let item = Outgoing::RemoveMirror { post, url: url.to_string() };
        outbox::push(to, &item)?;
        forget(to, post)?;
    }
    Ok(())
}

/// All of them, oldest first.
pub(super) fn read(from: &Connection) -> rusqlite::Result<Vec<Announcement>> {
    all(from, "SELECT post, log, url, since, listed FROM mirrors ORDER BY since", [], announcement)
}

/// The one of a post.
pub(super) fn of_post(from: &Connection, post: PostId) -> rusqlite::Result<Option<Announcement>> {
    let sql = "SELECT post, log, url, since, listed FROM mirrors WHERE post = ?1";
    one(from, sql, [post.to_string()], announcement)
}

fn announcement(row: &Row<'_>) -> rusqlite::Result<Announcement> {
    Ok(Announcement {
        post: parsed(row, 0)?,
        log: parsed(row, 1)?,
        url: parsed(row, 2)?,
        since: time(row, 3)?,
        standing: match row.get(4)? {
            None => Standing::Unseen,
            Some(true) => Standing::Listed,
            Some(false) => Standing::Delisted,
        },
    })
}
