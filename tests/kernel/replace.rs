//! Everything exchanged for something else: completely, in one moment, whatever happens meanwhile.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipnetwork::IpNetwork;
use sentinel_agent::kernel::{
    Damage, Element, Firewall, Health, KernelError, Lacking, Options, Population, Scope, blocked,
};
use sentinel_tests::lab::nft;

use crate::support::{
    add, dropped, element, firewall, firewall_lacking, many, names, network, plain_firewall, table_of_eight,
};

/// More than one batch takes.
const LARGE: u32 = 12_000;

fn networks(elements: &[Element]) -> Vec<IpNetwork> {
    elements.iter().map(|element| element.network).collect()
}

fn names_of_sets() -> Vec<String> {
    let listing = nft("list sets").unwrap();
    let names = listing.lines().filter_map(|line| line.trim().strip_prefix("set ")?.split(' ').next());
    names.map(String::from).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn a_replacement_leaves_nothing_of_what_was_before() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7"), add("198.51.100.0/24"), add("192.0.2.0/27")]).unwrap();
    firewall.replace(&[element("203.0.113.9", Scope::Inbound)], &[]).unwrap();
    assert_eq!((dropped(), names("peers4")), (vec![network("203.0.113.9")], vec!["203.0.113.9".to_owned()]));
    assert_eq!(names_of_sets(), ["allowed4", "allowed6", "blocked4", "blocked6", "peers4", "peers6"]);
    assert!(!nft("list chains").unwrap().contains("band"));
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn a_first_load_of_any_size_stands_under_the_plain_names() {
    let mut firewall = firewall();
    firewall.replace(&many(LARGE), &[]).unwrap();
    assert_eq!(names("blocked4").len(), 12_000);
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

#[test]
fn a_large_table_is_replaced_by_way_of_the_other_names_and_back() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    let mut elements = many(LARGE);
    elements.push(element("203.0.113.0/27", Scope::Inbound));
    firewall.replace(&elements, &[]).unwrap();
    assert_eq!(dropped(), networks(&elements));
    assert_eq!((names("blocked4_b").len(), names("peers4_gate25_b").len()), (12_000, 1));
    assert!(!names_of_sets().contains(&"blocked4".to_owned()));
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
    firewall.apply(&[add("203.0.113.8")]).unwrap();
    assert!(names("blocked4_b").contains(&"203.0.113.8".to_owned()));
    firewall.replace(&elements, &[]).unwrap();
    assert_eq!((names("blocked4").len(), names_of_sets().len()), (12_000, 8));
    assert_eq!(dropped(), networks(&elements));
}

#[test]
fn a_table_with_the_other_names_is_adopted_and_a_load_that_was_cut_short_is_not() {
    let mut first = plain_firewall();
    first.apply(&[add("203.0.113.7")]).unwrap();
    first.replace(&many(LARGE), &[]).unwrap();
    drop(first);
    // As a load leaves it that ends in the middle.
    nft("add set inet sentinel blocked4 { type ipv4_addr ; flags timeout ; elements = { 198.51.100.1 } ; }")
        .unwrap();
    assert_eq!(dropped(), networks(&many(LARGE)));
    let mut next = Firewall::open(Options::default(), &[]).unwrap();
    assert_eq!(dropped(), networks(&many(LARGE)));
    next.apply(&[add("203.0.113.8")]).unwrap();
    assert_eq!(next.check(&[]).unwrap(), Health::Intact);
    assert!(!names_of_sets().contains(&"blocked4".to_owned()));
    next.replace(&many(LARGE), &[]).unwrap();
    assert_eq!(dropped(), networks(&many(LARGE)));
}

#[test]
fn a_set_that_is_full_grows_when_it_is_replaced() {
    table_of_eight();
    let mut firewall = Firewall::open(Options::default(), &[]).unwrap();
    firewall
        .apply(&networks(&many(8)).iter().map(|network| add(&network.to_string())).collect::<Vec<_>>())
        .unwrap();
    let full = firewall.apply(&[add("203.0.113.7")]).unwrap_err().to_string();
    assert_eq!(full, "adding 203.0.113.7/32 to set blocked4: set is full (ENFILE)");
    firewall.replace(&many(9), &[]).unwrap();
    assert_eq!(names("blocked4").len(), 9);
    firewall.apply(&[add("203.0.113.7")]).unwrap();
}

#[test]
fn what_is_refused_is_named_and_the_rest_replaces_all() {
    let mut firewall = firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    for count in [3, LARGE] {
        let mut elements = many(count);
        elements.push(element("0.0.0.0/0", Scope::All));
        let error = firewall.replace(&elements, &[]).unwrap_err().to_string();
        assert!(error.starts_with("adding 0.0.0.0/0 to set blocked4_0"), "{error}");
        assert_eq!(dropped(), networks(&many(count)));
    }
}

#[test]
fn a_send_buffer_that_is_too_small_makes_the_batches_smaller() {
    let lacking = Lacking { send_buffer: Some(8 * 1024), ..Lacking::default() };
    let mut firewall = firewall_lacking(lacking);
    firewall.replace(&many(1_000), &[]).unwrap();
    assert_eq!(dropped(), networks(&many(1_000)));
    firewall.replace(&many(2_000), &[]).unwrap();
    assert_eq!(dropped(), networks(&many(2_000)));
    assert_eq!(firewall.check(&[]).unwrap(), Health::Intact);
}

/// The program `nft`, that makes one transaction after the other until it is killed.
struct Interference(Child);

impl Interference {
    fn begin(commands: &[&str]) -> Self {
        let mut nft = Command::new("nft")
            .arg("-i")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = nft.stdin.take().unwrap();
        let commands = commands.join("\n") + "\n";
        // Ends when the program does: nobody reads any longer.
        std::thread::spawn(move || while input.write_all(commands.as_bytes()).is_ok() {});
        Self(nft)
    }
}

impl Drop for Interference {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Counts what the firewall says about transactions that came too late.
#[derive(Clone, Default)]
struct Stale(Arc<AtomicUsize>);

impl Write for Stale {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let stale = String::from_utf8_lossy(bytes).contains("the ruleset changed meanwhile (ERESTART)");
        self.0.fetch_add(usize::from(stale), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn transactions_of_others_make_ours_stale_and_do_not_keep_it_from_coming_through() {
    let stale = Stale::default();
    let writer = stale.clone();
    let log = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _log = tracing::subscriber::set_default(log);
    let mut firewall = firewall();
    let _others = Interference::begin(&["add table ip other", "delete table ip other"]);
    for round in 0.. {
        assert!(round < 100_000, "nobody interferes");
        let elements = many(round % 50);
        firewall.replace(&elements, &[]).unwrap();
        if round % 1_000 == 0 {
            firewall.replace(&many(LARGE), &[]).unwrap();
        }
        if stale.0.load(Ordering::Relaxed) >= 3 {
            break;
        }
    }
    firewall.replace(&many(LARGE), &[]).unwrap();
    assert_eq!(dropped(), networks(&many(LARGE)));
}

#[test]
fn a_ruleset_that_is_flushed_all_the_time_is_rebuilt_once_the_flushing_ends() {
    let mut firewall = plain_firewall();
    let flushing = Interference::begin(&["flush ruleset"]);
    let mut damaged = false;
    for _ in 0..20 {
        // Whatever comes of it: it must end, and leave a table that can be put right.
        let _may_fail = firewall.replace(&many(LARGE), &[]);
        let _may_fail = firewall.apply(&[add("203.0.113.7")]);
        damaged |= firewall.check(&[]).is_ok_and(|health| health != Health::Intact);
    }
    drop(flushing);
    assert!(damaged, "nothing was flushed");
    firewall.replace(&many(LARGE), &[]).unwrap();
    let expected = Population { scope: Scope::All, ipv4: true, prefix: 32, elements: 12_000 };
    assert_eq!((firewall.check(&[expected]).unwrap(), dropped().len()), (Health::Intact, 12_000));
}

#[test]
fn a_failed_replacement_leaves_the_old_ones_dropping() {
    let mut firewall = plain_firewall();
    firewall.apply(&[add("203.0.113.7")]).unwrap();
    // A set that the new elements need, of another type: they cannot be written.
    nft("add set inet sentinel blocked4_b { type inet_service ; }").unwrap();
    assert!(matches!(firewall.replace(&many(LARGE), &[]), Err(KernelError::Structure(_))));
    assert_eq!(dropped(), [network("203.0.113.7")]);
    assert_ne!(firewall.check(&[]).unwrap(), Health::Damaged(Damage::Table));
    nft("delete set inet sentinel blocked4_b").unwrap();
    firewall.replace(&many(LARGE), &[]).unwrap();
    assert_eq!(blocked().unwrap().len(), 12_000);
}
