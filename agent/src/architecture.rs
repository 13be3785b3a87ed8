//! Keeps the edges between the modules: dependencies run one way, and each outside world has one door.

use std::{fs, path::Path};

/// Which modules of this crate each module may use; `daemon` and `cli` wire.
const MAY_USE: [(&str, &[&str]); 28] = [
    ("domain", &[]),
    ("backoff", &[]),
    ("sockets", &[]),
    ("told", &[]),
    ("credentials", &[]),
    ("whole_file", &[]),
    ("guard", &["domain"]),
    ("blocks", &["domain", "guard"]),
    ("detect", &["guard"]),
    ("evidence", &["domain", "detect", "guard"]),
    ("trust", &["domain"]),
    ("dynamic_dns", &["domain"]),
    ("config", &["credentials", "detect", "domain", "guard", "trust"]),
    ("identity", &["credentials", "domain", "whole_file"]),
    ("metrics", &["domain"]),
    ("host", &["backoff", "domain"]),
    ("sources", &["backoff", "domain", "sockets"]),
    ("kernel", &["domain"]),
    ("ledger", &["backoff", "domain", "identity"]),
    ("record", &["domain", "trust"]),
    ("store", &["domain", "record", "trust"]),
    ("fetch", &["backoff", "domain", "guard", "identity"]),
    ("serve", &["domain", "guard", "identity", "metrics", "record", "store"]),
    ("publish", &["domain", "evidence", "ledger", "store"]),
    ("control", &["domain", "dynamic_dns", "record", "sockets", "trust"]),
    ("daemon/engine", &["blocks", "detect", "domain", "evidence", "guard", "record", "trust"]),
    (
        "daemon",
        &[
            "backoff",
            "blocks",
            "config",
            "control",
            "detect",
            "domain",
            "dynamic_dns",
            "evidence",
            "fetch",
            "guard",
            "host",
            "identity",
            "kernel",
            "ledger",
            "metrics",
            "publish",
            "record",
            "serve",
            "sockets",
            "sources",
            "store",
            "told",
            "trust",
            "whole_file",
        ],
    ),
    (
        "cli",
        &[
            "config",
            "control",
            "daemon",
            "detect",
            "domain",
            "dynamic_dns",
            "evidence",
            "fetch",
            "guard",
            "identity",
            "kernel",
            "ledger",
            "metrics",
            "record",
            "serve",
            "sources",
            "told",
            "trust",
            "whole_file",
        ],
    ),
];

/// Crates that few modules may see, most of them one alone.
const DOORS: [(&str, &[&str]); 16] = [
    ("solana_", &["ledger"]),
    ("sentinel_interface", &["ledger"]),
    ("tokio_tungstenite", &["ledger"]),
    ("warp", &["serve"]),
    ("rcgen", &["serve"]),
    ("hyper", &["fetch", "ledger", "metrics", "serve"]),
    ("netlink_", &["kernel"]),
    ("rtnetlink", &["kernel"]),
    ("rusqlite", &["store"]),
    ("inotify", &["host", "sources"]),
    ("clap", &["cli"]),
    ("nftables", &["cli"]),
    ("csv", &["cli"]),
    ("indicatif", &["cli"]),
    ("prometheus_client", &["metrics"]),
    ("x509_parser", &["cli"]),
];

/// What a module without I/O does not name.
const IMPURE: [&str; 8] =
    ["fs::", "fs,", "net::Tcp", "tokio", "Timestamp::now", "SystemTime", "Instant", "process::"];
const PURE: [&str; 9] =
    ["domain", "guard", "blocks", "detect", "evidence", "trust", "dynamic_dns", "record", "daemon/engine"];

/// Every source file of a module with its code, tests and comments left out.
fn files_of(module: &str) -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut queue = vec![src.join(module), src.join(format!("{module}.rs"))];
    queue.retain(|path| path.exists());
    while let Some(path) = queue.pop() {
        if path.is_dir() {
            queue.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            found.push((path.display().to_string(), code.collect::<Vec<_>>().join("\n")));
        }
    }
    assert!(!found.is_empty(), "no module {module}");
    found
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|part| matches!(part.to_str(), Some("tests" | "tests.rs" | "testing" | "testing.rs")))
}

/// Whether `word` stands in the code as a whole identifier, or as the beginning of one when it ends with `_`.
fn names<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).filter_map(move |(at, _)| {
        let after = &code[at + word.len()..];
        let whole = word.ends_with('_') || !after.starts_with(part_of_name);
        (whole && !code[..at].ends_with(part_of_name)).then_some(after)
    })
}

/// Whether the code names a module of this crate: `crate::module`, alone or within `use crate::{...}`.
fn uses(code: &str, module: &str) -> bool {
    let alone = format!("crate::{module}");
    names(code, &alone).next().is_some()
        || code.split("use crate::{").skip(1).any(|group| {
            let group = group.split("};").next().unwrap_or_default();
            top_level(group).any(|entry| entry.split("::").next() == Some(module))
        })
}

/// The entries of a `use` group, those of inner groups left out.
fn top_level(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    group
        .split(move |c: char| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        })
        .map(str::trim)
}

#[test]
fn every_module_says_what_it_may_use() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';'));
    for module in modules.filter(|module| *module != "architecture") {
        assert!(MAY_USE.iter().any(|(known, _)| *known == module), "{module} has no row in MAY_USE");
    }
}

#[test]
fn dependencies_between_modules_run_one_way() {
    for (module, allowed) in MAY_USE {
        for (path, code) in files_of(module) {
            for (other, _) in MAY_USE {
                let fine = other == module || allowed.contains(&other);
                assert!(fine || !uses(&code, other), "{path}: {module} may not use {other}");
            }
            assert!(module == "cli" || !uses(&code, "cli"), "{path}: nothing uses the command line");
        }
    }
}

#[test]
fn each_outside_world_has_one_door() {
    for (module, _) in MAY_USE {
        for (path, code) in files_of(module) {
            for (door, keepers) in DOORS {
                let mentions = names(&code, door).any(|after| {
                    after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').starts_with("::")
                });
                assert!(keepers.contains(&module) || !mentions, "{path}: only {keepers:?} may see {door}");
            }
        }
    }
}

#[test]
fn the_core_performs_no_io_and_reads_no_clock() {
    for module in PURE {
        for (path, code) in files_of(module) {
            for word in IMPURE {
                assert!(!code.contains(word), "{path}: {module} is pure and may not name {word}");
            }
        }
    }
}
