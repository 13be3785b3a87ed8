mod files;
mod secrets;

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::config::SAMPLE;

fn error(text: &str) -> String {
    parse(text, Path::new("sentinel.toml")).unwrap_err().to_string()
}

#[test]
fn the_shipped_sample_changes_nothing() {
    assert_eq!(parse(SAMPLE, Path::new("sample")).unwrap(), Settings::default());
}

#[test]
fn an_unknown_key_is_refused_by_file_line_and_key() {
    let message = error("[detect]\nthreshold = 5\ntreshold = 6\n");
    assert!(
        message.starts_with("sentinel.toml:3: detect.treshold: unknown key, expected `threshold` perhaps"),
        "{message}"
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_by_file_line_and_key() {
    let message = error("[block]\n\nduration = \"forever\"\n");
    assert!(message.starts_with("sentinel.toml:3: block.duration: 'forever' is no duration"), "{message}");
}

#[test]
fn a_value_that_makes_no_sense_is_refused_by_file_line_and_key() {
    let message = error("[detect]\nwindow = \"5m\"\nthreshold = 0\n");
    assert_eq!(message, "sentinel.toml:3: detect.threshold: 0 would block everybody, expected at least 1");
}

#[test]
fn of_limits_that_are_alike_the_one_that_makes_no_sense_is_named_also_of_a_single_service() {
    for (text, message) in [
        ("[store]\n\n[detect]\nthreshold = 5\nusers = 5000\n", "5: detect.users: no more than 1000"),
        ("[detect]\nports = 5000\n", "2: detect.ports: no more than 1000"),
        (
            "[detect.services.sshd]\nusers = 5\n[detect.services.nginx]\n\nthreshold = 0\n",
            "5: detect.services.nginx.threshold: 0 would block everybody",
        ),
        (
            "[detect.services.sshd]\nflood = 5\ntarget_window = \"0s\"\n",
            "3: detect.services.sshd.target_window: an empty window",
        ),
        ("detect.services.sshd.paths = 1001\n", "1: detect.services.sshd.paths: no more than 1000"),
    ] {
        let found = error(text);
        assert!(found.starts_with(&format!("sentinel.toml:{message}")), "{found}");
    }
}

#[test]
fn a_private_word_that_says_nothing_is_refused() {
    assert!(
        error("[share]\nprivate = [\"gate\", \"-\"]\n")
            .starts_with("sentinel.toml:2: share.private: expected words")
    );
}

#[test]
fn a_longest_block_that_is_shorter_than_the_first_is_refused_at_whichever_was_set() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    for (text, place) in [
        ("[block]\nduration = \"30d\"\n", "sentinel.toml:2: block.duration: max_duration may not"),
        ("[block]\n\nmax_duration = \"1h\"\n", "sentinel.toml:3: block.max_duration: max_duration may not"),
    ] {
        fs::write(&main, text).unwrap();
        let message = load(std::slice::from_ref(&main)).unwrap_err().to_string();
        assert!(message.contains(place), "{message}");
    }
}

#[test]
fn posts_that_would_end_while_peers_need_them_are_refused_at_whichever_was_set() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    for (text, place) in [
        ("[trust]\nmax_age = \"8d\"\n", "sentinel.toml:2: trust.max_age: ledger.retire_after may not"),
        (
            "[ledger]\n\nretire_after = \"1h\"\n",
            "sentinel.toml:3: ledger.retire_after: ledger.retire_after may not",
        ),
    ] {
        fs::write(&main, text).unwrap();
        let message = load(std::slice::from_ref(&main)).unwrap_err().to_string();
        assert!(message.contains(place), "{message}");
    }
    fs::write(&main, "[trust]\nmax_age = \"1h\"\n[ledger]\nretire_after = \"1h\"\n").unwrap();
    assert!(load(std::slice::from_ref(&main)).is_ok());
}

#[test]
fn without_files_every_default_stays() {
    assert_eq!(load(&[]).unwrap().detect, Settings::default().detect);
}

#[test]
fn settings_that_need_each_other_may_stand_in_different_files_but_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    let dropin = folder.path().join("10-ledger.toml");
    fs::write(&main, "[share]\npublish = true\n[ledger]\nrpc = \"http://127.0.0.1:8899\"\n").unwrap();
    let load = || load(&[main.clone(), dropin.clone()]);
    fs::write(&dropin, "").unwrap();
    let message = load().unwrap_err().to_string();
    assert!(message.contains("sentinel.toml:4: ledger.rpc: rpc and program belong together"), "{message}");
    let program = bs58::encode([7; 32]).into_string();
    fs::write(&dropin, format!("[ledger]\nprogram = \"{program}\"\n")).unwrap();
    assert!(load().is_ok(), "the URL may be found out");
    let within = format!("[ledger]\nprogram = \"{program}\"\n[serve]\nlisten = [\"127.0.0.1:9000\"]\n");
    fs::write(&dropin, &within).unwrap();
    let message = load().unwrap_err().to_string();
    assert!(message.contains("sentinel.toml:2: share.publish: peers must know"), "{message}");
    fs::write(&dropin, format!("{within}public_url = \"https://a.example\"\n")).unwrap();
    assert!(load().is_ok());
}

#[test]
fn every_kind_of_mistake_says_what_is_expected() {
    for (text, message) in [
        (
            "[detect]\nthreshold = \"5\"\n",
            "2: detect.threshold: invalid type: string \"5\", expected a whole number from 0 to",
        ),
        (
            "[detect]\nthreshold = -5\n",
            "2: detect.threshold: invalid value: integer `-5`, expected a whole number from 0 to",
        ),
        (
            "[block]\nduration = 4\n",
            "2: block.duration: invalid type: integer `4`, expected a text in double quotes, such as \"4h\"",
        ),
        (
            "[block]\ncounters = \"yes\"\n",
            "2: block.counters: invalid type: string \"yes\", expected true or false",
        ),
        (
            "[sources]\nfiles = \"/var/log/auth.log\"\n",
            "2: sources.files: invalid type: string \"/var/log/auth.log\", expected a list in brackets",
        ),
        (
            "[sources]\nfiles = [\n  \"/var/log/auth.log\",\n  7,\n]\n",
            "4: sources.files: invalid type: integer `7`, expected a text",
        ),
        (
            "[serve]\nlisten = [\"9000\"]\n",
            "2: serve.listen: invalid socket address syntax, expected such as [\"[::]:9000\"]",
        ),
        (
            "[sources]\nstart = \"middle\"\n",
            "2: sources.start: unknown variant `middle`, expected `end` or `beginning`",
        ),
        ("[guard]\nallow = [\"203.0.113.300\"]\n", "2: guard.allow: "),
        (
            "[detect.services.sshdd]\nthreshold = 1\n",
            "1: detect.services.sshdd: unknown service, expected `sshd` perhaps",
        ),
        ("[detekt]\nthreshold = 1\n", "1: detekt: unknown section, expected [detect] perhaps"),
        ("detect.threshold = \"many\"\n", "1: detect.threshold: invalid type: string"),
        ("serve = { dynamic_dns = { pause = \"x\" } }\n", "1: serve.dynamic_dns.pause: 'x' is no duration"),
        ("[detect]\nthreshold = five\n", "2: detect.threshold: "),
        ("[detect]\nthreshold\n", "2: "),
        ("[detect\nthreshold = 5\n", "1: "),
        ("[detect]\nthreshold = 5\nthreshold = 6\n", "3: detect.threshold: set a second time"),
        ("detect = 5\n", "1: detect: invalid type: integer `5`, expected a section"),
    ] {
        let found = error(text);
        assert!(found.starts_with(&format!("sentinel.toml:{message}")), "{text}{found}");
    }
}

#[test]
fn the_daemon_is_found_also_where_the_rest_makes_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    fs::write(&main, "nonsense = true\n[control]\nsocket = \"/run/mine.sock\"\n").unwrap();
    assert_eq!(control_socket(std::slice::from_ref(&main)), Path::new("/run/mine.sock"));
    fs::write(&main, "no toml").unwrap();
    assert_eq!(control_socket(&[main]), ControlSettings::default().socket);
}

#[test]
fn a_url_of_the_wrong_kind_is_refused_by_file_line_and_key() {
    let long = format!("https://a.example/{}", "x".repeat(158));
    for (section, key, text) in [
        ("serve", "public_url", "wss://a.example:9000"),
        ("serve", "public_url", "https://user@a.example"),
        ("serve", "public_url", "https://a.example/?logs=here"),
        ("serve", "public_url", "https://a.example/#logs"),
        ("serve", "public_url", &long),
        ("ledger", "rpc", "wss://a.example"),
        ("ledger", "websocket", "https://a.example"),
    ] {
        let message = error(&format!("[{section}]\n{key} = \"{text}\"\n"));
        assert!(message.starts_with(&format!("sentinel.toml:2: {section}.{key}: expected")), "{message}");
    }
    let longest = format!("[serve]\npublic_url = \"{}\"\n", &long[..175]);
    assert!(parse(&longest, Path::new("x")).is_ok());
}

#[test]
fn without_tls_the_server_faces_only_the_house_whichever_files_say_so() {
    let plain = "[serve]\ntls = false\nlisten = [";
    let folder = tempfile::tempdir().unwrap();
    let files = ["sentinel.toml", "50.toml"].map(|name| folder.path().join(name));
    let load = |texts: [&str; 2]| {
        files.iter().zip(texts).for_each(|(file, text)| fs::write(file, text).unwrap());
        load(&files).map_err(|error| error.to_string())
    };
    let open = "[serve]\nlisten = [\"[::]:9000\"]\n";
    for texts in [
        [&format!("{plain}\"[::]:9000\"]\n"), ""],
        [&format!("{plain}\"127.0.0.1:9000\"]\n"), open],
        ["[serve]\ntls = false\n", ""],
    ] {
        let message = load(texts).unwrap_err();
        assert!(
            message.contains("sentinel.toml:2: serve.tls: without TLS the server listens on"),
            "{message}"
        );
    }
    for address in ["127.0.0.1", "[::1]", "192.168.1.2", "10.0.0.1", "100.64.0.7"] {
        let listen = format!("listen = [\"{address}:9000\"]\n");
        load(["[serve]\ntls = false\n", &format!("[serve]\n{listen}")]).unwrap();
        load([open, &format!("[serve]\ntls = false\n{listen}")]).unwrap();
    }
}

#[test]
fn what_is_in_the_clear_or_trusts_everybody_is_refused() {
    let message = error("[metrics]\nlisten = \"[::]:9101\"\n");
    assert!(message.starts_with("sentinel.toml:2: metrics.listen: what is measured is not"), "{message}");
    assert!(parse("[metrics]\nlisten = \"10.0.0.1:9101\"\n", Path::new("x")).is_ok());
    let message = error("[serve]\ntrusted_proxies = [\"0.0.0.0/0\"]\n");
    assert!(message.contains("serve.trusted_proxies: everybody could say"), "{message}");
    let message = error("[serve.dynamic_dns]\nurl = \"http://www.duckdns.org/update?token=s3cret\"\n");
    assert!(
        message.contains("serve.dynamic_dns.url: http would show") && !message.contains("s3cret"),
        "{message}"
    );
    let helper = "[serve.dynamic_dns]\nurl = \"http://127.0.0.1:8000/{ipv4}\"\n";
    assert!(parse(helper, Path::new("x")).is_ok());
}

#[test]
fn websockets_are_named_for_all_endpoints_or_for_none() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    let program = bs58::encode([7; 32]).into_string();
    let load = |websocket: &str| {
        let rpc = "rpc = [\"https://a.example\", \"https://b.example\"]";
        fs::write(&main, format!("[ledger]\n{rpc}\n{websocket}program = \"{program}\"\n")).unwrap();
        load(std::slice::from_ref(&main))
    };
    let message = load("websocket = \"wss://a.example\"\n").unwrap_err().to_string();
    assert!(
        message.contains("sentinel.toml:3: ledger.websocket: expected one for each endpoint"),
        "{message}"
    );
    assert!(load("").is_ok() && load("websocket = [\"wss://a.example\", \"ws://b.example\"]\n").is_ok());
}

#[test]
fn a_budget_of_nothing_is_refused() {
    let message = error("[ledger]\ndaily_budget = 0\n");
    assert!(
        message.starts_with("sentinel.toml:2: ledger.daily_budget: 0 would never send anything"),
        "{message}"
    );
}

#[test]
fn what_the_agent_found_goes_before_all_files_and_may_speak_of_sources_only() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::write(&main, format!("[store]\ndirectory = {state:?}\n[sources]\nnflog = {{ groups = [5] }}\n"))
        .unwrap();
    let found = super::super::detected(&state);
    fs::write(&found, "[sources]\nnflog = { groups = [4] }\nfiles = [\"/var/log/auth.log\"]\n").unwrap();
    let settings = load(std::slice::from_ref(&main)).unwrap();
    assert_eq!(settings.sources.nflog.groups, [5]);
    assert!(!settings.sources.files.is_empty());
    fs::write(&found, "[sources]\n[guard]\nallow = []\n").unwrap();
    let refused = load(&[main]).unwrap_err().to_string();
    assert!(refused.contains("detected.toml:2: guard: belongs into"), "{refused}");
}
