//! Whether the agent's user can read a file, whoever asks.

use std::{
    fmt, fs, io, iter,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::fs::getxattr_query;

use super::{Check, process::Process};
use crate::cli::Exit;

/// The number of root, as a user and as a group.
const ROOT: u32 = 0;

/// The agent's user.
#[derive(Debug)]
pub(super) struct Account {
    uid: u32,
    groups: Vec<u32>,
    /// Whether these are all its groups.
    is_complete: bool,
    /// What belongs to it.
    state: PathBuf,
}

impl Account {
    /// Whom the state directory belongs to. All groups of that user only a daemon that runs can tell.
    pub(super) fn of(state: &Path, daemon: Option<&Process>) -> io::Result<Self> {
        let owner = fs::metadata(state)?;
        let told = daemon.filter(|process| process.user == owner.uid()).map(|process| process.groups.clone());
        Ok(Self {
            uid: owner.uid(),
            is_complete: told.is_some(),
            groups: told.unwrap_or_else(|| vec![owner.gid()]),
            state: state.to_owned(),
        })
    }

    /// Whether it may do this; none when that depends on what is not known of it or of the file.
    fn may(&self, need: Need, file: &Ownership) -> Option<bool> {
        let [owner, group, others] = [6, 3, 0].map(|class| (file.mode >> class) & need.bit() != 0);
        match file {
            _ if self.uid == ROOT => Some(true),
            Ownership { uid, .. } if *uid == self.uid => Some(owner),
            Ownership { has_list: true, .. } => None,
            Ownership { gid, .. } if self.groups.contains(gid) => Some(group),
            // No unit puts its user into root's group.
            Ownership { gid, .. } if self.is_complete || *gid == ROOT || group == others => Some(others),
            _ => None,
        }
    }

    /// What keeps it from reading a file, or may do so: the file itself, or a folder on the way to it.
    fn obstacle(&self, file: &Path) -> io::Result<Option<Obstacle>> {
        let real = fs::canonicalize(file)?;
        let folders = file.ancestors().skip(1).chain(real.ancestors().skip(1));
        let folders =
            folders.filter(|folder| !folder.as_os_str().is_empty()).map(|folder| (folder, Need::Pass));
        let mut doubt = None;
        for (place, need) in iter::once((file, Need::Read)).chain(folders) {
            let ownership = Ownership::of(place)?;
            let may = self.may(need, &ownership);
            if may == Some(true) {
                continue;
            }
            let obstacle = Obstacle { place: place.to_owned(), need, ownership, is_certain: may.is_some() };
            if obstacle.is_certain {
                return Ok(Some(obstacle));
            }
            doubt = doubt.or(Some(obstacle));
        }
        Ok(doubt)
    }

    /// How the obstacle is taken away.
    fn remedy(&self, obstacle: &Obstacle) -> String {
        let Obstacle { place, need, ownership, .. } = obstacle;
        let (state, place, gid) = (self.state.display(), place.display(), ownership.gid);
        if ownership.has_list {
            return format!("`getfacl {place}` shows whether user {} may", self.uid);
        }
        if gid != ROOT && ownership.lets_group(*need) {
            return format!(
                "SupplementaryGroups={gid} below [Service] in `systemctl edit sentinel-agent`, then systemctl restart \
                 sentinel-agent"
            );
        }
        let mode = match need {
            Need::Read => "640",
            Need::Pass => "g+x",
        };
        format!(
            "chgrp --reference={state} {place} && chmod {mode} {place}, then systemctl restart sentinel-agent"
        )
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<String> = self.groups.iter().map(ToString::to_string).collect();
        write!(f, "user {} of group {}", self.uid, groups.join(", "))
    }
}

/// What is needed of a file, or of a folder above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Read,
    Pass,
}

impl Need {
    /// The bit by which a file's mode grants it to others.
    fn bit(self) -> u32 {
        match self {
            Self::Read => 0o4,
            Self::Pass => 0o1,
        }
    }
}

/// Whose a file is, and who may do what with it.
#[derive(Clone, Copy, Debug)]
struct Ownership {
    uid: u32,
    gid: u32,
    mode: u32,
    /// Whether an access list says more (acl(5)).
    has_list: bool,
}

impl Ownership {
    fn of(path: &Path) -> io::Result<Self> {
        let file = fs::metadata(path)?;
        let has_list = getxattr_query(path, "system.posix_acl_access").is_ok_and(|length| length > 0);
        Ok(Self { uid: file.uid(), gid: file.gid(), mode: file.mode() & 0o777, has_list })
    }

    fn lets_group(&self, need: Need) -> bool {
        (self.mode >> 3) & need.bit() != 0
    }
}

impl fmt::Display for Ownership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { uid, gid, mode, has_list } = self;
        let list = if *has_list { " with an access list" } else { "" };
        write!(f, "owner {uid}, group {gid} and mode {mode:o}{list}")
    }
}

/// What stands, or may stand, between the agent and a file.
#[derive(Debug)]
struct Obstacle {
    place: PathBuf,
    need: Need,
    ownership: Ownership,
    is_certain: bool,
}

/// What is to be said of a file that the agent needs and cannot read, or cannot surely read; none when it can.
pub(super) fn refusal(name: &'static str, file: &Path, agent: &io::Result<Account>) -> Option<Check> {
    let shown = file.display();
    let untold = |error: &io::Error| {
        let found = format!("whether the agent may read {shown} cannot be told: {error}");
        Some(Check::unknown(name, found, "start the agent once, and run the doctor with sudo"))
    };
    let account = match agent {
        Ok(account) => account,
        Err(error) => return untold(error),
    };
    let obstacle = match account.obstacle(file) {
        Ok(obstacle) => obstacle?,
        Err(error) => return untold(&error),
    };
    let found = format!("{} has {}; the agent is {account}", obstacle.place.display(), obstacle.ownership);
    let remedy = account.remedy(&obstacle);
    Some(if obstacle.is_certain {
        Check::failed(name, format!("the agent may not read {shown}: {found}"), remedy, Exit::Failed)
    } else {
        Check::unknown(name, format!("whether the agent may read {shown} cannot be told: {found}"), remedy)
    })
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    use super::{super::Grade, *};

    /// Users and groups alike.
    const AGENT: u32 = 998;
    const ADM: u32 = 4;
    const PERSON: u32 = 1000;

    fn agent(groups: &[u32], is_complete: bool) -> Account {
        Account { uid: AGENT, groups: groups.to_vec(), is_complete, state: "/state".into() }
    }

    fn file(uid: u32, gid: u32, mode: u32) -> Ownership {
        Ownership { uid, gid, mode, has_list: false }
    }

    fn opens(uid: u32, gid: u32, mode: u32) -> Option<bool> {
        agent(&[AGENT], false).may(Need::Read, &file(uid, gid, mode))
    }

    #[test]
    fn a_file_opens_to_its_owner_its_group_or_everybody() {
        assert_eq!([opens(AGENT, ROOT, 0o400), opens(ROOT, AGENT, 0o640)], [Some(true); 2]);
        let closed = [opens(ROOT, ROOT, 0o600), opens(ROOT, ROOT, 0o640), opens(PERSON, PERSON, 0o600)];
        assert_eq!(closed, [Some(false); 3]);
        assert_eq!([opens(ROOT, AGENT, 0o604), opens(AGENT, AGENT, 0o044)], [Some(false); 2]);
        assert_eq!([opens(ROOT, ROOT, 0o644), opens(PERSON, PERSON, 0o644)], [Some(true); 2]);
        let root = Account { uid: ROOT, ..agent(&[ROOT], true) };
        assert_eq!(root.may(Need::Read, &file(PERSON, PERSON, 0o600)), Some(true));
    }

    #[test]
    fn what_depends_on_other_groups_only_a_daemon_that_runs_decides() {
        assert_eq!(opens(ROOT, ADM, 0o640), None);
        let of = |groups| agent(groups, true).may(Need::Read, &file(ROOT, ADM, 0o640));
        assert_eq!([of(&[AGENT, ADM]), of(&[AGENT])], [Some(true), Some(false)]);
        let listed = Ownership { has_list: true, ..file(ROOT, ROOT, 0o640) };
        assert_eq!(agent(&[AGENT], true).may(Need::Read, &listed), None);
    }

    #[test]
    fn a_folder_that_is_closed_keeps_the_agent_from_an_open_file_also_behind_a_link() {
        let place = tempfile::tempdir().unwrap();
        let [live, archive] = ["live", "archive"].map(|name| place.path().join(name));
        let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        for folder in [&live, &archive] {
            fs::create_dir(folder).unwrap();
            mode(folder, 0o755);
        }
        mode(place.path(), 0o755);
        fs::write(archive.join("chain1.pem"), "").unwrap();
        mode(&archive.join("chain1.pem"), 0o644);
        let chain = live.join("chain.pem");
        std::os::unix::fs::symlink(archive.join("chain1.pem"), &chain).unwrap();
        // Nobody: neither the owner nor of the group of what this test made.
        let nobody = || Ok(Account { uid: 65_000, groups: vec![65_000], ..agent(&[], true) });
        assert_eq!(refusal("TLS", &chain, &nobody()), None);
        for folder in [&live, &archive] {
            mode(folder, 0o700);
            let check = refusal("TLS", &chain, &nobody()).unwrap();
            assert_eq!((check.verdict, check.exit()), (Grade::Failed, Some(Exit::Failed)));
            let advice = check.advice.unwrap();
            let folder_closed = format!("chgrp --reference=/state {} && chmod g+x", folder.display());
            assert!(advice.starts_with(&folder_closed), "{advice}");
            mode(folder, 0o755);
        }
    }

    #[test]
    fn a_group_that_may_read_is_one_to_join_and_not_one_to_take_the_file_from() {
        let ssl = Obstacle {
            place: "/etc/ssl/private".into(),
            need: Need::Pass,
            ownership: file(ROOT, 113, 0o710),
            is_certain: true,
        };
        assert!(agent(&[AGENT], true).remedy(&ssl).starts_with("SupplementaryGroups=113 "));
    }

    #[test]
    fn where_there_was_no_agent_yet_nothing_is_told_of_what_it_may() {
        let missing = Account::of(Path::new("/nowhere/state"), None);
        let check = refusal("TLS", Path::new("/etc/hostname"), &missing).unwrap();
        assert_eq!(check.verdict, Grade::Unknown);
    }
}
