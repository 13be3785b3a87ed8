//! Machines, and what is read there.
use super::*;

fn present(journal: bool, units: &[&str], files: &[&str]) -> Present {
    Present {
        journal,
        units: units.iter().map(|unit| (*unit).to_owned()).collect(),
        files: files.iter().map(PathBuf::from).collect(),
    }
}

fn keys(entries: &BTreeMap<String, String>) -> Vec<&str> {
    entries.keys().map(String::as_str).collect()
}

const WEB_SERVER: [&str; 3] =
    ["/var/log/nginx/access.log", "/var/log/nginx/shop_error.log", "/var/log/auth.log"];

#[test]
fn with_a_journal_the_copies_of_syslog_are_left_alone() {
    let present = present(true, &["ssh.service", "nginx.service", "cron.service"], &WEB_SERVER);
    let proposal = propose(&present);
    assert_eq!(keys(&proposal.units), ["ssh.service", "sshd.service"]);
    assert_eq!(keys(&proposal.files), ["/var/log/nginx/*access*.log"]);
    assert_eq!(keys(&proposal.left_out), ["/var/log/auth.log", "nginx.service"]);
}

#[test]
fn without_a_journal_the_files_of_syslog_are_read_once_for_all_services() {
    let files = ["/var/log/auth.log", "/var/log/mail.log", "/var/log/kern.log"];
    let proposal = propose(&present(false, &["postfix@-.service"], &files));
    assert!(!proposal.journal && proposal.units.is_empty());
    assert_eq!(keys(&proposal.files), ["/var/log/auth.log", "/var/log/kern.log", "/var/log/mail.log"]);
    assert!(proposal.files["/var/log/mail.log"].contains("dovecot exim postfix"), "{proposal:?}");
}

#[test]
fn a_service_without_files_of_its_own_is_read_in_the_journal_when_it_runs() {
    let units = ["postfix@-.service", "gitea.service", "strongswan.service", "cron.service"];
    let proposal = propose(&present(true, &units, &[]));
    let found = ["gitea.service", "postfix.service", "ssh.service", "sshd.service", "strongswan.service"];
    assert_eq!(keys(&proposal.units), found);
    assert_eq!(keys(&proposal.files), Vec::<&str>::new());
}

#[test]
fn a_service_that_logs_to_a_file_and_the_journal_is_read_in_the_file_alone() {
    let proposal = propose(&present(true, &["grafana-server.service"], &["/var/log/grafana/grafana.log"]));
    assert_eq!(keys(&proposal.files), ["/var/log/grafana/grafana.log"]);
    assert!(!proposal.units.contains_key("grafana-server.service"));
}

#[test]
fn where_nothing_is_there_is_nothing_to_propose() {
    assert!(propose(&Present::default()).is_empty());
    assert!(!propose(&present(true, &[], &[])).is_empty());
}

#[test]
fn what_is_written_down_says_why_and_is_a_config_that_says_the_same() {
    let proposal = propose(&present(true, &["gitea.service"], &WEB_SERVER));
    let text = proposal.to_toml();
    assert!(text.contains("\"/var/log/nginx/*access*.log\", # nginx writes it\n"), "{text}");
    assert!(text.contains("# left out: /var/log/auth.log (the journal holds its lines)\n"), "{text}");
    let read: toml::Table = text.parse().unwrap();
    let sources = &read["sources"];
    let strings = |value: &toml::Value| {
        value.as_array().unwrap().iter().map(|entry| entry.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(strings(&sources["files"]), keys(&proposal.files));
    assert_eq!(strings(&sources["journald"]["units"]), keys(&proposal.units));
    assert_eq!(sources["auto"].as_bool(), Some(false));
}

#[test]
fn a_running_unit_is_seen_in_its_control_group_also_in_a_slice_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    for unit in ["nginx.service", "system-postfix.slice/postfix@-.service", "dev-sda.swap"] {
        fs::create_dir_all(folder.path().join(unit)).unwrap();
    }
    let mut units = units_in(folder.path());
    units.sort();
    assert_eq!(units, ["nginx.service", "postfix@-.service"]);
}

#[test]
fn every_row_of_the_table_is_a_service_with_patterns_that_can_be_understood() {
    for (service, files) in KNOWN {
        assert!(service.parse::<Service>().is_ok(), "{service}");
        for pattern in files.own.iter().chain(files.syslog) {
            assert!(glob::Pattern::new(pattern).is_ok() && !pattern.contains("**"), "{pattern}");
        }
    }
}
