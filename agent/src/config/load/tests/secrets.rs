//! What is secret, and who may read it.

use super::*;

#[test]
fn each_value_tells_where_it_comes_from_and_no_secret_is_among_them() {
    let folder = tempfile::tempdir().unwrap();
    let [main, dropin] = ["sentinel.toml", "10-mine.toml"].map(|name| folder.path().join(name));
    fs::write(&main, "[detect]\nthreshold = 7\nwindow = \"1m\"\n\n[detect.services.sshd]\nthreshold = 3\n")
        .unwrap();
    let program = bs58::encode([7; 32]).into_string();
    let ledger = "[ledger]\nrpc = [\"https://a.example/v2/s3cret\", \"https://b.example\"]\n";
    let dns = "[serve.dynamic_dns]\nurl = \"https://a.example/?token=s3cret\"\npassword = \"s3cret\"\n";
    fs::write(&dropin, format!("[detect]\n\nthreshold = 9\n{ledger}program = \"{program}\"\n{dns}")).unwrap();
    fs::set_permissions(&dropin, fs::Permissions::from_mode(0o640)).unwrap();
    let parts = [&main, &dropin].map(|path| Part::read(path).unwrap());
    let place = credentials::Place::Variable("MY_PEER_URL");
    let given = GivenKey::new("serve.public_url", false, "https://c.example", place).unwrap();
    let all = Configuration::of(parts.into(), vec![given]).unwrap().effective();
    let found = |key: &str| {
        let found = all.iter().find(|effective| effective.key == key).unwrap();
        let value = found.value.as_ref().map(ToString::to_string).unwrap_or_default();
        (value, found.origin.to_string())
    };
    let at = |path: &Path, line: usize| format!("{}:{line}", path.display());
    for (key, value, origin) in [
        ("detect.threshold", "9", at(&dropin, 3)),
        ("detect.window", "\"1m\"", at(&main, 3)),
        ("detect.services.sshd.threshold", "3", at(&main, 6)),
        ("detect.users", "10", "default".to_owned()),
        ("detect.web_rules", "", "default".to_owned()),
        ("serve.public_url", "\"https://c.example\"", "environment variable MY_PEER_URL".to_owned()),
        ("ledger.rpc", "[\"https://a.example/(hidden)\", \"https://b.example\"]", at(&dropin, 5)),
        ("serve.dynamic_dns.url", "\"https://a.example/(hidden)\"", at(&dropin, 8)),
        ("serve.dynamic_dns.password", "\"(hidden)\"", at(&dropin, 9)),
    ] {
        assert_eq!(found(key), (value.to_owned(), origin), "{key}");
    }
}

#[test]
fn a_key_of_tls_or_of_an_endpoint_that_everybody_can_read_is_warned_of_with_the_command_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let [main, key] = ["sentinel.toml", "privkey.pem"].map(|name| folder.path().join(name));
    let program = bs58::encode([7; 32]).into_string();
    fs::write(&main, format!("[serve]\nprivate_key = {key:?}\ncertificate = {key:?}\n[ledger]\nprogram = \"{program}\"\nrpc = \"https://a.example/?key=s3cret\"\n"))
        .unwrap();
    fs::write(&key, "").unwrap();
    let mode = |mode| {
        for path in [&main, &key] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    mode(0o644);
    let warnings = Configuration::read(std::slice::from_ref(&main)).unwrap().warnings.join("\n");
    assert!(warnings.contains(&format!("chmod 640 {}", key.display())), "{warnings}");
    assert!(
        warnings.contains("sentinel.toml:6: ledger.rpc: everybody can read the access key: chgrp"),
        "{warnings}"
    );
    assert!(!warnings.contains("s3cret"), "{warnings}");
    mode(0o640);
    assert!(Configuration::read(&[main]).unwrap().warnings.is_empty());
}

#[test]
fn an_identity_that_everybody_can_read_is_refused_with_the_command_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let [main, key] = ["sentinel.toml", "identity.json"].map(|name| folder.path().join(name));
    fs::write(&main, format!("[identity]\nkey_file = {key:?}\n")).unwrap();
    fs::write(&key, "").unwrap();
    let read = |mode| {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        Configuration::read(std::slice::from_ref(&main))
    };
    for mode in [0o644, 0o602] {
        let message = read(mode).unwrap_err().to_string();
        assert!(
            message.contains(&format!("everybody can read it: chgrp sentinel-agent {}", key.display())),
            "{message}"
        );
    }
    assert!(read(0o640).is_ok());
}

#[test]
fn what_the_settings_lack_is_told_apart_from_what_is_wrong_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    let program = bs58::encode([7; 32]).into_string();
    fs::write(&main, format!("[detect]\nthreshold = 9\n[ledger]\nprogram = \"{program}\"\n")).unwrap();
    let files = [main];
    let all = Configuration::gather(&files).unwrap();
    assert_eq!(all.settings.detect.threshold, 9);
    assert!(all.contradiction().unwrap().to_string().contains("sentinel.toml:4: ledger.program"));
    assert!(Configuration::read(&files).is_err());
    fs::write(&files[0], "[detect]\nthreshold = 0\n").unwrap();
    assert!(Configuration::gather(&files).is_err());
}

#[test]
fn a_secret_in_a_file_that_everybody_can_read_is_refused_and_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    let text = "[serve.dynamic_dns]\nurl = \"https://www.duckdns.org/update?token=s3cret&ip={ipv4}\"\n";
    fs::write(&main, text).unwrap();
    let (load, mode) = (
        || load(std::slice::from_ref(&main)),
        |mode| fs::set_permissions(&main, fs::Permissions::from_mode(mode)).unwrap(),
    );
    mode(0o644);
    let message = load().unwrap_err().to_string();
    assert!(message.contains("sentinel.toml:2: serve.dynamic_dns.url: everybody can read"), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
    mode(0o640);
    assert!(!format!("{:?}", load().unwrap()).contains("s3cret"));
}

#[test]
fn a_secret_is_found_however_it_is_written_and_also_where_another_file_replaces_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["sentinel.toml", "10-dns.toml"].map(|name| folder.path().join(name));
    let url = "url = \"https://www.duckdns.org/update?token=s3cret\"";
    fs::write(&files[0], "[serve]\nconnections = 9\n").unwrap();
    fs::set_permissions(&files[0], fs::Permissions::from_mode(0o644)).unwrap();
    for (line, text) in
        [(1, format!("serve.dynamic_dns.{url}")), (2, format!("[serve]\ndynamic_dns = {{ {url} }}\n"))]
    {
        fs::write(&files[1], text).unwrap();
        fs::set_permissions(&files[1], fs::Permissions::from_mode(0o644)).unwrap();
        let message = load(&files).unwrap_err().to_string();
        let place = format!("10-dns.toml:{line}: serve.dynamic_dns.url: everybody can read");
        assert!(message.contains(&place), "{message}");
        fs::set_permissions(&files[1], fs::Permissions::from_mode(0o600)).unwrap();
        assert!(load(&files).is_ok());
    }
    fs::write(&files[0], format!("[serve.dynamic_dns]\n{url}\n")).unwrap();
    assert!(
        load(&files).unwrap_err().to_string().contains("sentinel.toml:2"),
        "the old secret can be read too"
    );
}

#[test]
fn no_mistake_repeats_what_may_be_secret() {
    for (text, message) in [
        (
            "[serve.dynamic_dns]\npassword = 12345678\n",
            "2: serve.dynamic_dns.password: invalid type: integer, expected a text in double quotes",
        ),
        (
            "[serve]\ndynamic_dns = \"https://x.example/?token=s3cret\"\n",
            "2: serve.dynamic_dns: invalid type: string, expected a section: [serve.dynamic_dns]",
        ),
        ("ledger = \"https://x.example/v2/s3cret\"\n", "1: ledger: invalid type: string, expected a section"),
        (
            "[ledger]\nprogram = \"https://x.example/v2/s3cret\"\n",
            "2: ledger.program: 'https://x.example' is",
        ),
        ("[ledger]\ncommitment = \"s3cret\"\n", "2: ledger.commitment: unknown variant, expected"),
        (
            "[serve]\ntls = \"https://x.example/s3cret\"\n",
            "2: serve.tls: invalid type: string, expected true",
        ),
        ("[detect]\nwindow = \"https://x.example/s3cret\"\n", "2: detect.window: 'https://x.example' is no"),
        (
            "[ledger]\nrpc = [\n  \"https://a.example/v2/s3cret\"\n  \"https://b.example/v2/s3cret?y=1\",\n]\n",
            "4: missing comma",
        ),
        ("[ledger]\nrpc =\n[\"https://a.example/s3cret\"]\nprogram = x\n", "2: ledger.rpc: "),
        ("[ledger]\n[\"https://a.example/s3cret\"]\nprogram = x\n", "3: ledger.program: "),
    ] {
        let found = error(text);
        assert!(found.starts_with(&format!("sentinel.toml:{message}")), "{text}{found}");
        assert!(!found.contains("s3cret") && !found.contains("12345678"), "{found}");
    }
}
