//! The command that fetches a log which is not kept here.

use crate::domain::{LogUrl, Post};

/// Characters that mean nothing to a shell.
const PLAIN: &str = "-_.~:/@%+,=";

/// The command line that fetches and verifies the log of a post; none when nothing is served at such a URL.
pub(in crate::cli) fn fetch_command(post: &Post) -> Option<String> {
    let url: LogUrl = post.log_url.parse().ok()?;
    Some(format!("sentinel-agent evidence fetch {} --sha256 {}", quoted(url.as_str()), post.file_hash))
}

/// The text as one word of a shell: a stranger wrote it, and somebody is to paste it.
fn quoted(text: &str) -> String {
    if text.chars().all(|c| c.is_ascii_alphanumeric() || PLAIN.contains(c)) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::process::Command;

    use super::*;
    use crate::domain::{FileHash, PeerKey, PostId};

    fn command(url: &str) -> Option<String> {
        let (id, owner, file_hash) = (PostId([2; 32]), PeerKey([1; 32]), FileHash::of(b"abc"));
        let timestamp = jiff::Timestamp::UNIX_EPOCH;
        let (log_url, retracted, mirrors) = (url.to_owned(), false, vec![]);
        let (likes, disputes, cycle) = (0, 0, 0);
        fetch_command(&Post {
            id,
            owner,
            log_url,
            file_hash,
            timestamp,
            likes,
            disputes,
            retracted,
            cycle,
            mirrors,
        })
    }

    #[test]
    fn a_usual_url_stands_as_it_is() {
        let (url, hash) = ("https://peer-a.example:9000/logs/00112233445566aa", FileHash::of(b"abc"));
        assert_eq!(command(url).unwrap(), format!("sentinel-agent evidence fetch {url} --sha256 {hash}"));
    }

    #[test]
    fn a_url_that_means_something_to_a_shell_reaches_the_command_as_one_word() {
        let url = "https://x/$(reboot)`id`;'\"&<a>|*!?";
        let shown = command(url).unwrap();
        let words = shown.replacen("sentinel-agent evidence fetch", "printf '%s\n'", 1);
        let output = Command::new("sh").args(["-c", &words]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().next(), Some(url));
    }

    #[test]
    fn what_is_no_url_of_a_log_is_not_to_be_fetched() {
        assert_eq!(command("--output=/etc/passwd"), None);
        assert_eq!(command("file:///etc/passwd"), None);
    }
}
