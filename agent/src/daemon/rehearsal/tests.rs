use super::*;

fn rehearsal() -> Rehearsal {
    Rehearsal::new(&Settings::default(), "2026-11-24T00:00:00Z".parse().unwrap()).unwrap()
}

fn line(address: &str, hour: u32, second: u32) -> String {
    format!(
        "2026-11-23T{hour:02}:00:{second:02}Z gate sshd[1]: Failed password for bob from {address} port {second} ssh2"
    )
}

fn shown(rehearsal: &mut Rehearsal, lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let decisions = lines.into_iter().filter_map(|line| rehearsal.line(line.as_bytes()));
    let text = |one: WouldBlock| {
        let until = one.until.map(|until| until.to_string()).or(one.refused).unwrap();
        format!("{} {} {} {until}", one.at, one.network, one.detector)
    };
    decisions.map(text).collect()
}

#[test]
fn an_attack_of_the_past_is_blocked_when_it_happened() {
    let decisions = shown(&mut rehearsal(), (1..=9).map(|second| line("203.0.113.7", 2, second)));
    assert_eq!(decisions, ["2026-11-23T02:00:05Z 203.0.113.7/32 sshd-bruteforce 2026-11-23T06:00:05Z"]);
}

#[test]
fn an_attack_whose_lines_tell_no_time_is_of_now() {
    let now = "2026-11-24T00:00:00.123456789Z".parse().unwrap();
    let mut rehearsal = Rehearsal::new(&Settings::default(), now).unwrap();
    let untold = "Failed password for bob from 203.0.113.7 port 4711 ssh2".to_owned();
    let decisions = shown(&mut rehearsal, vec![untold; 9]);
    assert_eq!(decisions, ["2026-11-24T00:00:00Z 203.0.113.7/32 sshd-bruteforce 2026-11-24T04:00:00Z"]);
}

#[test]
fn who_comes_back_after_a_block_is_blocked_anew_and_longer() {
    let attacks =
        [2, 7].into_iter().flat_map(|hour| (1..=5).map(move |second| line("203.0.113.7", hour, second)));
    let decisions = shown(&mut rehearsal(), attacks);
    assert_eq!(decisions.len(), 2);
    assert!(decisions[1].ends_with("2026-11-23T15:00:05Z"), "{decisions:?}");
}

#[test]
fn whom_the_config_allows_is_refused_with_the_rule() {
    let settings: Settings = toml::from_str("[guard]\nallow = [\"203.0.113.0/24\"]").unwrap();
    let mut rehearsal = Rehearsal::new(&settings, "2026-11-24T00:00:00Z".parse().unwrap()).unwrap();
    let decisions = shown(&mut rehearsal, (1..=9).map(|second| line("203.0.113.7", 2, second)));
    assert_eq!(decisions.len(), 1);
    assert!(decisions[0].contains("allow"), "{decisions:?}");
}

#[test]
fn a_log_that_jumps_back_and_lines_cut_in_half_harm_nobody_else() {
    let mut rehearsal = rehearsal();
    let whole = line("203.0.113.7", 5, 1);
    let mut lines: Vec<String> =
        (0..whole.len()).filter_map(|end| Some(whole.get(..end)?.to_owned())).collect();
    lines.extend((1..=4).map(|second| line("203.0.113.8", 9, second)));
    lines.extend((1..=4).map(|second| line("203.0.113.8", 2, second)));
    assert_eq!(shown(&mut rehearsal, lines), Vec::<String>::new());
    assert_eq!(shown(&mut rehearsal, [line("203.0.113.8", 9, 5)]).len(), 1, "the next line counts as ever");
}
