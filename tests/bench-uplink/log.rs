//! A log of a megabyte that stays one on its way: what is compressed well says nothing about uplinks.

use std::{io::Write as _, iter::repeat_with};

use sentinel_agent::domain::MaliciousLog;

const BYTES: usize = 1024 * 1024;
/// Lines that prove an attack; the rest is noise.
const PROOF: u32 = 20;

/// Draws such a log.
pub(crate) fn draw() -> anyhow::Result<MaliciousLog> {
    let mut log = b"#sentinel-log 1\n#service sshd\n".to_vec();
    for second in 0..PROOF {
        writeln!(
            log,
            "Nov 23 02:00:{second:02} host sshd[812]: Failed password for user from 203.0.113.7 port 4711 ssh2"
        )?;
    }
    log.extend(repeat_with(|| fastrand::u8(..)).take(BYTES - log.len()));
    Ok(MaliciousLog::new(log)?)
}
