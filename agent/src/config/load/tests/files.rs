//! Which files are read.

use super::*;

#[test]
fn dropins_replace_single_keys_and_mistakes_are_found_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    fs::create_dir(folder.path().join("conf.d")).unwrap();
    fs::write(&main, "[detect]\nthreshold = 7\nwindow = \"1m\"\n").unwrap();
    fs::write(folder.path().join("conf.d/10-local.toml"), "[detect]\nthreshold = 3\n").unwrap();
    let detect = load(&files(Some(&main))).unwrap().detect;
    assert_eq!((detect.threshold, detect.window), (3, "1m".parse().unwrap()));
    fs::write(folder.path().join("conf.d/20-bad.toml"), "[detect]\n\nno = 3\n").unwrap();
    assert!(
        load(&files(Some(&main)))
            .unwrap_err()
            .to_string()
            .contains("20-bad.toml:3: detect.no: unknown; `sentinel-agent config init` shows")
    );
}

#[test]
fn a_file_that_was_named_has_to_be_there() {
    let missing = Path::new("/nonexistent/sentinel.toml");
    assert_eq!(files(Some(missing)), [missing]);
    assert!(matches!(load(&files(Some(missing))), Err(ConfigError::Read { .. })));
}

#[test]
fn what_editors_keep_beside_a_file_is_no_dropin() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    let dropins = folder.path().join("conf.d");
    fs::create_dir(&dropins).unwrap();
    for name in ["20-mine.toml", "10-mine.toml", ".#10-mine.toml", ".10-mine.toml", "10-mine.toml~"] {
        fs::write(dropins.join(name), "").unwrap();
    }
    let expected = ["10-mine.toml", "20-mine.toml"].map(|name| dropins.join(name));
    assert_eq!(files(Some(&main))[1..], expected);
}

#[test]
fn a_file_in_the_place_of_the_folder_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    fs::write(&main, "").unwrap();
    fs::write(folder.path().join("conf.d"), "[detect]\n").unwrap();
    let message = load(&files(Some(&main))).unwrap_err().to_string();
    assert!(message.contains("conf.d/: Not a directory"), "{message}");
}

#[test]
fn a_byte_that_is_no_text_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("sentinel.toml");
    fs::write(&main, b"[detect]\n# caf\xc3\xa9\n# caf\xe9\n").unwrap();
    let message = load(&[main]).unwrap_err().to_string();
    assert!(message.ends_with("sentinel.toml:3: a byte that is no text, expected UTF-8"), "{message}");
}
