//! What is liked.

use super::*;

fn id(statement: &Statement) -> PostId {
    statement.post
}

/// What becomes of the first post of newcomer 100, which says this, when all others say theirs.
fn praised(attackers: &[u8], others: &[Statement]) -> Result<(), Unproven> {
    let mut docket = docket(10);
    let first = says(100, 1, 5, attackers);
    let post = id(&first);
    let _ = docket.hear(first);
    for other in others {
        let _ = docket.hear(other.clone());
    }
    docket.praise(post)
}

#[test]
fn a_newcomer_that_two_others_bear_out_is_liked() {
    let one = says(1, 1, 6, &[1]);
    let uncorroborated = Err(Unproven::Uncorroborated { corroborated: 0, first: 1 });
    assert_eq!(praised(&[1], std::slice::from_ref(&one)), uncorroborated);
    assert_eq!(praised(&[1], &[one, says(2, 1, 7, &[1])]), Ok(()));
}

#[test]
fn what_this_agent_saw_itself_bears_out_at_once() {
    let mut docket = docket(10);
    let first = says(100, 1, 5, &[1, 2]);
    let post = id(&first);
    let _ = docket.hear(first);
    let _ = docket.see(attacker(1), at(4));
    assert_eq!(docket.praise(post), Ok(()), "half is enough");
}

#[test]
fn a_copy_earns_nothing_whoever_was_copied() {
    let two = [says(1, 1, 4, &[1]), says(2, 1, 6, &[1])];
    assert_eq!(praised(&[1], &two), Err(Unproven::Copied));
    let newcomers = [says(101, 1, 4, &[1]), says(1, 1, 6, &[1]), says(2, 1, 7, &[1])];
    assert_eq!(praised(&[1], &newcomers), Err(Unproven::Copied));
}

#[test]
fn who_says_it_again_earns_nothing_more() {
    let borne_out = [says(100, 2, 5, &[1]), says(1, 1, 6, &[1]), says(2, 1, 7, &[1])];
    let mut docket = docket(10);
    let first = says(100, 1, 4, &[1]);
    let post = id(&first);
    let _ = docket.hear(first);
    for said in &borne_out {
        let _ = docket.hear(said.clone());
    }
    assert_eq!(docket.praise(post), Ok(()));
    assert_eq!(docket.praise(id(&borne_out[0])), Err(Unproven::Copied));
}

#[test]
fn of_those_who_post_the_same_in_the_same_second_one_was_first() {
    let mut docket = docket(10);
    let together = [says(100, 1, 5, &[1]), says(100, 2, 5, &[1]), says(101, 1, 5, &[1])];
    for said in together.iter().chain(&[says(1, 1, 6, &[1]), says(2, 1, 7, &[1])]) {
        let _ = docket.hear(said.clone());
    }
    assert_eq!(together.iter().filter(|said| docket.praise(said.post).is_ok()).count(), 1);
}

#[test]
fn who_adds_what_nobody_bears_out_keeps_the_merit_for_no_accomplice() {
    let others = [says(1, 1, 6, &[1]), says(2, 1, 7, &[1]), says(1, 2, 6, &[7]), says(2, 2, 7, &[7])];
    let mut docket = docket(10);
    // One right and one invented, so that the invented one is named from now on.
    let posts = [says(101, 1, 1, &[7, 8]), says(100, 1, 4, &[1, 8]), says(102, 1, 5, &[1, 8])];
    for said in posts.iter().chain(&others) {
        let _ = docket.hear(said.clone());
    }
    let praised = posts.map(|said| docket.praise(said.post));
    assert_eq!(praised[..2], [Ok(()), Ok(())]);
    assert!(praised[2].is_err(), "{praised:?}");
    let more = says(103, 1, 4, &[2, 8, 9]);
    let _ = docket.hear(more.clone());
    for reporter in [1, 2] {
        let _ = docket.hear(says(reporter, 3, 6, &[2]));
    }
    let unproven = Unproven::Uncorroborated { corroborated: 1, first: 3 };
    assert_eq!(docket.praise(more.post), Err(unproven), "who repeats an invention answers for it");
}

#[test]
fn who_names_half_the_internet_before_takes_nobodys_merit() {
    let everybody: Vec<u8> = (1..200).collect();
    let others = [says(101, 1, 4, &everybody), says(1, 1, 6, &[1]), says(2, 1, 7, &[1])];
    assert_eq!(praised(&[1], &others), Ok(()));
}

#[test]
fn most_of_a_post_has_to_be_right() {
    let others = |number: u8| [says(1, 1, 6, &[number]), says(2, 1, 7, &[number])];
    let uncorroborated = Err(Unproven::Uncorroborated { corroborated: 1, first: 3 });
    assert_eq!(praised(&[1, 2, 3], &others(1)), uncorroborated);
    assert_eq!(praised(&[1, 2], &others(1)), Ok(()));
}

#[test]
fn words_of_those_who_are_not_believed_bear_out_nothing() {
    let crowd: Vec<Statement> = (101..200).map(|number| says(number, 1, 6, &[1])).collect();
    assert!(matches!(praised(&[1], &crowd), Err(Unproven::Uncorroborated { .. })));
}

#[test]
fn among_a_few_friends_a_believed_post_is_liked_when_it_is_applied() {
    let mut docket = docket(4);
    let first = says(1, 1, 0, &[1]);
    let post = id(&first);
    let _ = docket.hear(first);
    assert_eq!(docket.praise(post), Ok(()));
    let again = says(2, 1, 1, &[1]);
    let copy = id(&again);
    let _ = docket.hear(again);
    assert_eq!(docket.praise(copy), Err(Unproven::Copied));
}

#[test]
fn nobody_likes_itself_or_whom_its_operator_banned() {
    let mut docket = docket(4);
    let mut own = says(1, 1, 0, &[1]);
    own.reporter = ME;
    let post = id(&own);
    let _ = docket.hear(own);
    assert_eq!(docket.praise(post), Err(Unproven::Reporter));
    let other = says(2, 1, 0, &[2]);
    let post = id(&other);
    let _ = docket.hear(other);
    let _ = docket.decide(|policy| policy.regard(key(2), Some(Attitude::Banned)));
    assert_eq!(docket.praise(post), Err(Unproven::Reporter));
    assert_eq!(docket.praise(PostId([9; 32])), Err(Unproven::Forgotten));
}
