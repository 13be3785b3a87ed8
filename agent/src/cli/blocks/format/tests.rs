use std::io::BufReader;

use super::{pieces::MAX_PIECE, *};
use crate::cli::blocks::listed::tests::by_hand;

const UNTIL: &str = "2026-11-23T08:00:00.123Z";

fn blocks() -> Vec<Listed> {
    vec![
        by_hand("198.51.100.7/32", "2026-11-23T04:00:01Z", "one"),
        by_hand("203.0.113.0/24", UNTIL, "=cmd|' /C calc'!A0, \"quoted\""),
        by_hand("203.0.113.9/32", "2026-12-23T08:00:00Z", ""),
        by_hand("2001:db8::7/128", UNTIL, "one"),
        by_hand("2001:db8:7::/64", UNTIL, "one"),
    ]
}

fn now() -> Timestamp {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

fn exported(format: Format, blocks: &[Listed]) -> String {
    let mut text = Vec::new();
    let mut export = exporter(format, "mirror", now(), Box::new(&mut text));
    blocks.iter().for_each(|block| export.block(block).unwrap());
    export.end().unwrap();
    drop(export);
    String::from_utf8(text).unwrap()
}

/// What a file holds, by line, when nobody says how to read it.
pub(super) fn read(file: &[u8]) -> Vec<(u64, Result<Item, NoItem>)> {
    // The smallest buffer there is: nothing may depend on how much comes at once.
    let (sniffed, input) = sniff(BufReader::with_capacity(1, file)).unwrap();
    let Sniffed::List(form) = sniffed else { panic!("{sniffed:?}") };
    let mut found = Vec::new();
    each_entry(input, form, |line, item| {
        found.push((line, item));
        Ok(())
    })
    .unwrap();
    found
}

pub(super) fn networks(file: &str) -> Vec<String> {
    read(file.as_bytes()).into_iter().map(|(_, item)| item.unwrap().network.to_string()).collect()
}

/// The lines of which nothing is to be blocked, and why.
pub(super) fn troubles(file: &[u8]) -> Vec<(u64, String)> {
    let why = |(line, item): (u64, Result<Item, NoItem>)| match item.err()? {
        NoItem::Unreadable(why) | NoItem::PassedOver(why) => Some((line, why)),
    };
    read(file).into_iter().filter_map(why).collect()
}

#[test]
fn what_is_exported_is_read_back_with_the_same_networks_and_expiries() {
    for format in [Format::Plain, Format::Cidr, Format::Nft, Format::Json, Format::Csv] {
        let text = exported(format, &blocks());
        let mut found: Vec<Item> = read(text.as_bytes()).into_iter().map(|(_, item)| item.unwrap()).collect();
        found.sort_by_key(|item| item.network);
        assert_eq!(found.len(), blocks().len(), "{format:?}: {text}");
        for (item, block) in found.iter().zip(blocks()) {
            assert_eq!(item.network, block.network, "{format:?}");
            let until = block.until.unwrap();
            match (format, item.expiry) {
                // Other programs read bare networks and nothing else.
                (Format::Plain, expiry) => assert_eq!(expiry, None),
                // nft counts whole seconds from the moment it loads them.
                (Format::Nft, Some(Expiry::In(seconds))) => {
                    let left = until.duration_since(now()).as_secs_f64();
                    assert!((0.0..=1.0).contains(&(f64::from(u32::try_from(seconds).unwrap()) - left)));
                }
                (_, expiry) => assert_eq!(expiry, Some(Expiry::At(until)), "{format:?}"),
            }
        }
    }
}

#[test]
fn nothing_blocked_is_a_valid_file_in_every_format() {
    assert_eq!(exported(Format::Plain, &[]), "");
    assert_eq!(exported(Format::Json, &[]), "{\"blocks\":[\n]}\n");
    assert_eq!(exported(Format::Csv, &[]), "network,source,since,until,reasons\n");
    let ruleset: serde_json::Value = serde_json::from_str(&exported(Format::Nft, &[])).unwrap();
    assert!(ruleset["nftables"].is_array());
    assert_eq!(networks(&exported(Format::Nft, &[])), Vec::<String>::new());
}

#[test]
fn plain_lists_hold_bare_addresses_and_cidr_lists_their_expiry() {
    let plain = exported(Format::Plain, &blocks()[..2]);
    assert_eq!(plain, "198.51.100.7\n203.0.113.0/24\n");
    let cidr = exported(Format::Cidr, &blocks()[..2]);
    assert_eq!(
        cidr,
        format!("198.51.100.7/32 # until 2026-11-23T04:00:01Z\n203.0.113.0/24 # until {UNTIL}\n")
    );
}

#[test]
fn a_comment_cannot_become_a_formula_or_another_field_of_a_spreadsheet() {
    let csv = exported(Format::Csv, &blocks()[1..2]);
    assert!(csv.contains(",\"by the operator: =cmd|' /C calc'!A0, \"\"quoted\"\"\"\n"), "{csv}");
    let mut block = by_hand("203.0.113.7", UNTIL, "");
    let origin = crate::domain::Origin::Local {
        detector: "=1+1".to_owned(),
        service: "sshd".to_owned(),
        claimed: false,
    };
    block.reasons[0].origin = origin.into();
    assert!(exported(Format::Csv, &[block]).contains(",'=1+1\n"));
}

#[test]
fn the_ruleset_has_a_set_a_prefix_length_and_looks_up_what_the_mask_leaves() {
    let text = exported(Format::Nft, &blocks());
    for part in [
        r#"{"add":{"element":{"family":"inet","table":"mirror","name":"blocked4_24","elem":[{"elem":{"val":"203.0.113.0""#,
        r#"{"&":[{"payload":{"protocol":"ip","field":"saddr"}},"255.255.255.0"]}"#,
        r#"{"&":[{"payload":{"protocol":"ip6","field":"saddr"}},"ffff:ffff:ffff:ffff::"]}"#,
        r#""right":"@blocked4","#,
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn published_lists_are_read_with_their_comments() {
    let spamhaus = "; Spamhaus DROP List 2026/11/23\n; Expires: later\n1.10.16.0/20 ; SBL256894\n";
    let found = read(spamhaus.as_bytes());
    assert_eq!(found.len(), 1);
    let item = found[0].1.clone().unwrap();
    assert_eq!(
        (item.network.to_string().as_str(), item.comment.as_deref()),
        ("1.10.16.0/20", Some("SBL256894"))
    );
    assert_eq!(
        networks("# all of it\r\n\r\n203.0.113.7\r\n2001:db8::/32 # x\r\n"),
        ["203.0.113.7/32", "2001:db8::/32"]
    );
    assert_eq!(networks("\u{feff}203.0.113.7\n"), ["203.0.113.7/32"]);
    // `fail2ban-client get sshd banip` prints all of them on one line.
    assert_eq!(networks("203.0.113.7 203.0.113.8"), ["203.0.113.7/32", "203.0.113.8/32"]);
}

#[test]
fn what_ipset_saves_is_read_with_its_timeouts_and_comments() {
    let saved = "create bad hash:net family inet timeout 0 comment\n\
                 add bad 203.0.113.7 timeout 3600 packets 4 bytes 240 comment \"add x 0.0.0.0/0\"\n\
                 add bad 203.0.113.0/24 timeout 0\n\
                 add bad 203.0.113.9 nomatch\n\
                 add bad 203.0.113.1,tcp:22\n";
    let found = read(saved.as_bytes());
    let first = found[0].1.clone().unwrap();
    assert_eq!(first.network.to_string(), "203.0.113.7/32");
    assert_eq!(first.expiry, Some(Expiry::In(3600)));
    assert_eq!(first.comment.as_deref(), Some("add x 0.0.0.0/0"));
    assert_eq!(found[1].1.clone().unwrap().expiry, None);
    let lines: Vec<u64> = troubles(saved.as_bytes()).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 5]);
}

#[test]
fn our_own_json_is_read_whether_on_one_line_or_many_and_a_broken_block_hides_no_other() {
    let json = "{\"blocks\":[{\"network\":\"203.0.113.7/32\",\"reasons\":[{\"comment\":\"a ] } \\\" b\"}]},\
                {\"network\":7},\n{\"network\":\"203.0.113.8/32\",\"until\":null}, nonsense]}";
    let found = read(json.as_bytes());
    assert_eq!(found.len(), 4);
    assert_eq!(found[0].1.clone().unwrap().comment.as_deref(), Some("a ] } \" b"));
    assert_eq!(found[2].1.clone().unwrap().network.to_string(), "203.0.113.8/32");
    let lines: Vec<u64> = troubles(json.as_bytes()).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 2]);
}

#[test]
fn a_list_that_is_cut_short_says_so() {
    let whole = "{\"blocks\":[{\"network\":\"203.0.113.7/32\"},\n{\"network\":\"203.0.113.8/32\"}";
    for end in ["{\"blocks\":[".len(), 45, 60, whole.len()] {
        let troubles = troubles(&whole.as_bytes()[..end]);
        assert!(troubles.last().unwrap().1.contains("in the middle of its list"), "{end}: {troubles:?}");
    }
    assert!(troubles(format!("{whole}]}}").as_bytes()).is_empty());
}

#[test]
fn garbage_is_named_with_its_line_and_hides_nothing_behind_it() {
    let mut file = b"203.0.113.7\nexample.com\n203.0.113.8\n10.0.0.0/33\n203.0.113.1-203.0.113.9\n".to_vec();
    file.extend_from_slice(b"\x00\x00\x00\n\xff\xfe\n203.0.113.9 and more\n203.0.113.9\n");
    let lines: Vec<u64> = troubles(&file).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 4, 5, 6, 7, 8]);
    let good = read(&file).into_iter().filter_map(|(line, item)| item.is_ok().then_some(line));
    assert_eq!(good.collect::<Vec<_>>(), [1, 3, 9]);
    let (_, why) = troubles(b"\x1b[2J\x1b]0,owned\x07\n").remove(0);
    assert_eq!(why, "'\\u{1b}[2J\\u{1b}]0' is no address and no network");
}

/// So many bytes of one character, without holding them.
fn endless(byte: u8, count: u64) -> impl std::io::BufRead {
    BufReader::with_capacity(1 << 16, std::io::Read::take(std::io::repeat(byte), count))
}

#[test]
fn a_line_of_a_gigabyte_is_passed_over_in_bounded_memory() {
    use std::io::{Cursor, Read};
    const GIGABYTE: u64 = 1 << 30;
    let file = Cursor::new(b"203.0.113.7\n".to_vec())
        .chain(endless(b'x', GIGABYTE))
        .chain(Cursor::new(b"\n203.0.113.8\n".to_vec()));
    let (_, input) = sniff(BufReader::new(file)).unwrap();
    let mut found = Vec::new();
    each_entry(input, ReadAs::Plain, |line, item| {
        found.push((line, item.map(|item| item.network.to_string())));
        Ok(())
    })
    .unwrap();
    let too_long = Err(format!("it is longer than {MAX_PIECE} bytes").into());
    assert_eq!(found, [(1, Ok("203.0.113.7/32".into())), (2, too_long), (3, Ok("203.0.113.8/32".into()))]);
}

#[test]
fn an_object_that_does_not_end_is_passed_over_in_bounded_memory() {
    use std::io::{Cursor, Read};
    let file = Cursor::new(b"[{\"network\":\"".to_vec()).chain(endless(b'x', 1 << 24));
    let mut found = Vec::new();
    each_entry(BufReader::new(file), ReadAs::Json, |line, item| {
        found.push((line, item.is_err()));
        Ok(())
    })
    .unwrap();
    assert_eq!(found[0], (1, true));
}

#[test]
fn what_is_no_text_says_how_to_make_it_one() {
    let unreadable = |file: &[u8]| match sniff(file).unwrap().0 {
        Sniffed::Unreadable(what) => what,
        Sniffed::List(form) => panic!("{form:?}"),
    };
    assert!(unreadable(b"\xff\xfe2\x000\x003\x00").contains("iconv -f UTF-16"));
    assert!(unreadable(b"\xfe\xff\x002\x000").contains("iconv -f UTF-16"));
    assert!(unreadable(b"\x1f\x8b\x08\x00").contains("gunzip"));
}
