//! Who is blocked.

use super::{super::members::PARTIAL, *};

#[test]
fn among_a_few_friends_one_word_blocks() {
    let mut docket = docket(4);
    assert_eq!(docket.hear(says(1, 1, 0, &[1])), [attacker(1)].into());
    assert_eq!(until(&docket), Some(at(4)));
    assert_eq!(docket.ruling(attacker(1)).to_string(), "enough words: 1 of 1");
}

#[test]
fn among_strangers_it_takes_the_words_of_two() {
    let mut docket = docket(5);
    let _ = docket.hear(says(1, 1, 0, &[1]));
    let _ = docket.hear(says(1, 2, 1, &[1]));
    assert_eq!(docket.ruling(attacker(1)).to_string(), "waits: 1 of 2 words");
    let _ = docket.hear(says(2, 1, 2, &[1, 2]));
    assert_eq!(until(&docket), Some(at(6)), "as long as a block lasts, from the last word on");
    assert_eq!(docket.ruling(attacker(1)).to_string(), "enough words: 2 of 2");
    assert_eq!(docket.ruling(attacker(1)).proof().count(), 3);
}

#[test]
fn what_this_agent_saw_itself_is_one_word_more() {
    let mut docket = docket(5);
    let _ = docket.see(attacker(1), at(0));
    assert_eq!(until(&docket), None, "that is this agent's own block");
    let _ = docket.hear(says(1, 1, 5, &[1]));
    assert_eq!(until(&docket), Some(at(9)));
    assert_eq!(docket.ruling(attacker(1)).to_string(), "enough words: 2 of 2, this agent's own among them");
}

#[test]
fn words_that_are_too_far_apart_do_not_support_each_other() {
    let mut docket = docket(5);
    let _ = docket.hear(says(1, 1, 0, &[1]));
    let _ = docket.hear(says(2, 1, 25, &[1]));
    assert_eq!(until(&docket), None);
    let _ = docket.hear(says(3, 1, 24, &[1]));
    assert_eq!(until(&docket), Some(at(29)));
}

#[test]
fn a_later_word_that_is_alone_does_not_end_what_earlier_ones_brought_about() {
    let mut docket = docket(5);
    let _ = docket.hear(says(1, 1, 0, &[1]));
    let _ = docket.hear(says(2, 1, 1, &[1]));
    let _ = docket.hear(says(1, 2, 26, &[1]));
    assert_eq!(until(&docket), Some(at(5)));
}

#[test]
fn a_pinned_peer_is_enough_alone_and_a_newcomer_that_is_pinned_too() {
    let mut docket = docket(5);
    let _ = docket.hear(says(100, 1, 0, &[1]));
    assert_eq!(docket.decide(|policy| policy.regard(key(100), Some(Attitude::Pinned))), [attacker(1)].into());
    assert_eq!(until(&docket), Some(at(4)));
}

#[test]
fn what_only_a_banned_peer_said_is_let_go_and_the_rest_stays() {
    let mut docket = docket(3);
    let _ = docket.hear(says(1, 1, 0, &[1, 2]));
    let _ = docket.hear(says(2, 1, 0, &[2]));
    let touched = docket.decide(|policy| policy.regard(key(1), Some(Attitude::Banned)));
    assert_eq!(touched, [attacker(1), attacker(2)].into());
    assert_eq!(until(&docket), None);
    assert!(matches!(docket.ruling(attacker(2)).decision, Decision::Block { .. }));
    assert_eq!(
        docket.ruling(attacker(1)).words[0].to_string(),
        format!("{} says so, and does not count: the reporter is banned by this operator", key(1))
    );
    let _ = docket.decide(|policy| policy.regard(key(1), None));
    assert_eq!(until(&docket), Some(at(4)));
}

#[test]
fn who_loses_its_karma_loses_its_word_and_gets_it_back_with_it() {
    let mut docket = docket(5);
    let _ = docket.hear(says(1, 1, 0, &[1]));
    let _ = docket.hear(says(2, 1, 0, &[1]));
    assert_eq!(docket.learn(key(2), Some(Member { karma: Karma(61), active: true })), [].into());
    for gone in [Some(Member { karma: Karma(49), active: true }), None] {
        // Of five believed peers four are left, who are a few friends.
        let _ = docket.learn(key(3), Some(Member { karma: Karma(0), active: true }));
        let _ = docket.decide(|policy| policy.min_reporters = "2".parse().unwrap());
        assert_eq!(docket.learn(key(2), gone), [attacker(1)].into());
        assert_eq!(until(&docket), None);
        let _ = docket.learn(key(2), Some(Member { karma: Karma(50), active: true }));
        assert_eq!(until(&docket), Some(at(4)));
    }
}

#[test]
fn when_strangers_join_a_few_friends_one_word_is_no_longer_enough() {
    let mut docket = docket(4);
    let _ = docket.hear(says(1, 1, 0, &[1]));
    let member = Some(Member { karma: Karma(50), active: true });
    assert_eq!(docket.learn(key(50), member), [attacker(1)].into());
    assert_eq!(until(&docket), None);
}

#[test]
fn a_post_that_was_taken_back_says_nothing() {
    let mut docket = docket(4);
    let statement = says(1, 1, 0, &[1]);
    let post = statement.post;
    let _ = docket.hear(statement);
    assert_eq!(docket.withdraw(post), [attacker(1)].into());
    assert_eq!(until(&docket), None);
    assert!(docket.networks().is_empty());
}

#[test]
fn whom_the_operator_lets_go_stays_free_until_somebody_says_it_again() {
    let mut docket = docket(4);
    let _ = docket.hear(says(1, 1, 0, &[1, 2]));
    docket.dismiss(attacker(1));
    assert_eq!(until(&docket), None);
    let _ = docket.decide(|policy| policy.min_karma = Karma(10));
    assert_eq!(until(&docket), None);
    let _ = docket.hear(says(2, 1, 1, &[1]));
    assert_eq!(until(&docket), Some(at(5)));
}

#[test]
fn endpoints_that_disagree_about_a_peer_change_nothing_that_was_known_of_it() {
    let mut docket = docket(6);
    let _ = docket.hear(says(1, 1, 0, &[1]));
    let _ = docket.hear(says(7, 1, 0, &[1]));
    let agreed = (2..=6).map(|number| peer(number, 60)).collect();
    let census = Census { agreed, disagreed: vec![peer(1, 0), peer(7, 90)], is_complete: true };
    assert!(docket.news(&census).iter().all(|event| !is_about(event, &[1, 7])));
    let touched = docket.meet(&census);
    assert!(!touched.contains(&attacker(1)), "nobody's word counts otherwise than before");
    assert!(docket.belief(&key(1)).is_ok() && docket.belief(&key(7)).is_err());
    assert_eq!(until(&docket), None);
}

#[test]
fn an_endpoint_that_hides_peers_makes_no_large_network_small() {
    let mut docket = Docket::new(policy(), ME);
    let all: Vec<Peer> = (1..=6).map(|number| peer(number, 60)).collect();
    let (shown, hidden) = all.split_at(2);
    let _ = docket.meet(&Census { agreed: shown.to_vec(), disagreed: hidden.to_vec(), is_complete: true });
    assert_eq!(docket.needed(), 2, "the hidden ones might be believed");
    assert!(docket.belief(&key(3)).is_err(), "though their words do not count");
    let _ = docket.meet(&shown.to_vec().into());
    assert_eq!(docket.needed(), 1);
}

#[test]
fn while_an_endpoint_is_silent_nobody_loses_or_gains_what_all_had_agreed_on() {
    let mut docket = docket(6);
    let alone = |peers: Vec<Peer>| Census { is_complete: false, ..peers.into() };
    let lie = alone((1..=3).map(|number| peer(number, 0)).chain([peer(7, 90)]).collect());
    assert!(docket.news(&lie).is_empty());
    for _ in 1..PARTIAL {
        let _ = docket.meet(&lie);
    }
    assert!(docket.belief(&key(1)).is_ok() && docket.belief(&key(6)).is_ok());
    assert!(docket.belief(&key(7)).is_err() && docket.needed() == 2);
    let _ = docket.meet(&lie);
    assert!(docket.belief(&key(1)).is_err() && docket.belief(&key(7)).is_ok(), "it is silent for good");
}

#[test]
fn what_one_endpoint_said_alone_is_forgotten_when_another_one_contradicts() {
    let mut docket = Docket::new(policy(), ME);
    let _ = docket.meet(&Census { is_complete: false, ..vec![peer(1, 60), peer(2, 60)].into() });
    assert!(docket.belief(&key(1)).is_ok() && docket.belief(&key(2)).is_ok(), "there is nobody else to ask");
    let _ = docket.meet(&Census { disagreed: vec![peer(1, 60)], ..vec![peer(2, 60)].into() });
    assert!(docket.belief(&key(1)).is_err() && docket.belief(&key(2)).is_ok());
}

#[test]
fn who_was_asked_about_alone_meanwhile_is_not_forgotten_when_an_endpoint_contradicts() {
    let mut docket = docket(6);
    let _ = docket.learn(key(1), Some((&peer(1, 61)).into()));
    let agreed: Vec<Peer> = (2..=6).map(|number| peer(number, 60)).collect();
    let _ = docket.meet(&Census { disagreed: vec![peer(1, 61)], ..agreed.into() });
    assert!(docket.belief(&key(1)).is_ok(), "all had agreed that it is believed");
}

#[test]
fn of_peers_without_end_only_some_are_told_but_all_who_said_something() {
    let mut docket = docket(6);
    let invented = (0..1000u16).map(|number| {
        let [high, low] = number.to_be_bytes();
        let mut key = [low; 32];
        key[0] = 100 + high;
        Peer { key: PeerKey(key), ..peer(7, 60) }
    });
    let census: Census = (1..=6).map(|number| peer(number, 60)).chain(invented).collect::<Vec<_>>().into();
    assert_eq!(docket.news(&census).len(), 256);
    for number in 1..=6 {
        let _ = docket.hear(says(number, number, 0, &[1]));
    }
    let nobody = Census::from(vec![]);
    assert_eq!(docket.news(&nobody).len(), 6);
    let _ = docket.meet(&census);
    let gone = docket.news(&nobody);
    assert!(
        gone.len() == 6 + 256 && (1..=6).all(|number| gone.iter().any(|event| is_about(event, &[number])))
    );
}

#[test]
fn old_words_are_forgotten_when_nothing_depends_on_them_any_more() {
    let mut docket = docket(4);
    let _ = docket.hear(says(1, 1, 0, &[1]));
    let _ = docket.see(attacker(2), at(0));
    docket.forget(at(28));
    assert!(docket.networks().contains(&attacker(1)) && docket.seen(attacker(2)).is_some());
    docket.forget(at(29));
    assert!(docket.networks().is_empty() && docket.seen(attacker(2)).is_none());
}

#[test]
fn a_flood_of_newcomers_crowds_out_only_newcomers() {
    let mut docket = Docket::with_room(policy(), ME, (4, 4));
    let _ = docket.meet(&vec![peer(1, 60), peer(2, 0)].into());
    let _ = docket.hear(says(1, 1, 0, &[1]));
    for post in 0..100 {
        let _ = docket.hear(says(2, post, i64::from(post), &[2]));
    }
    assert_eq!(until(&docket), Some(at(4)));
    assert_eq!(docket.ruling(attacker(2)).words.len(), 2);
}

fn is_about(event: &Event, peers: &[u8]) -> bool {
    matches!(event, Event::Learned { peer, .. } if peers.iter().any(|number| key(*number) == *peer))
}
