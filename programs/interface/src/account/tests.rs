#![allow(clippy::unwrap_used)]

extern crate std;
use super::*;
use crate::{Address, Opinions, SentinelError, Url, parameters_of_tests};
use std::{vec, vec::Vec};

const FIVE: [&str; 5] = ["http://m1", "http://m2", "http://m3", "http://m4", "http://m5"];

fn url(text: &str) -> Url<'_> {
    Url::new(text).unwrap()
}

fn state() -> State {
    let parameters = parameters_of_tests();
    State { authority: [1; 32], cycle_index: 7, cycle_start: -3, parameters, bump: 254 }
}

const VOTER: Address = [0x85; 32];

fn peer() -> Peer<'static> {
    Peer {
        user: [2; 32],
        active: true,
        karma: 51,
        granted: 50,
        bond: 9,
        joined: 1_700_000_000,
        last_post: -4,
        opinions: Opinions::NONE.after(VerdictKind::Like, &VOTER, &parameters_of_tests()),
        bump: 253,
        endpoint: url("https://peer-a.example:9000"),
    }
}

fn post(mirrors: Mirrors<'_>) -> Post<'_> {
    Post {
        owner: [3; 32],
        nft_mint: [4; 32],
        file_hash: [5; 32],
        cycle_index: 6,
        timestamp: 1_700_000_001,
        likes: 8,
        disputes: 3,
        retracted: true,
        bump: 252,
        log_url: url("https://peer-a.example:9000/logs/0123456789abcdef"),
        mirrors,
    }
}

fn verdict(kind: VerdictKind) -> Verdict {
    Verdict { kind, voter: [6; 32], post: [7; 32], timestamp: 1_700_000_002, bump: 251 }
}

/// A Borsh `Vec<String>`, and behind it a `Vec<Pubkey>` with the owners 1, 2, 3 ...
fn encoded_mirrors(urls: &[&str]) -> Vec<u8> {
    let count = u32::try_from(urls.len()).unwrap().to_le_bytes();
    let mut bytes = count.to_vec();
    for url in urls {
        bytes.extend(u32::try_from(url.len()).unwrap().to_le_bytes());
        bytes.extend(url.as_bytes());
    }
    bytes.extend(count);
    bytes.extend((1..).take(urls.len()).flat_map(|number: u8| [number; 32]));
    bytes
}

fn mirrors(encoded: &[u8]) -> Result<Mirrors<'_>, LayoutError> {
    let mut reader = Reader::new(encoded);
    let mirrors = Mirrors::read(&mut reader)?;
    reader.end()?;
    Ok(mirrors)
}

fn mirror(owner: u8, url: &str) -> Mirror<'_> {
    Mirror { owner: [owner; 32], url: Url::new(url).unwrap() }
}

fn encoded() -> [Vec<u8>; 5] {
    let list = encoded_mirrors(&["http://m1", "http://m2"]);
    let post = post(mirrors(&list).unwrap());
    let lengths = [State::LEN, peer().encoded_len(), post.encoded_len(), Verdict::LEN, Verdict::LEN];
    let mut buffers = lengths.map(|len| vec![0; len]);
    state().encode(&mut buffers[0]).unwrap();
    peer().encode(&mut buffers[1]).unwrap();
    post.encode(&mut buffers[2]).unwrap();
    verdict(VerdictKind::Like).encode(&mut buffers[3]).unwrap();
    verdict(VerdictKind::Dispute).encode(&mut buffers[4]).unwrap();
    buffers
}

#[test]
fn every_account_reads_back_as_it_was_written() {
    let [state_data, peer_data, post_data, like_data, dispute_data] = encoded();
    let list = encoded_mirrors(&["http://m1", "http://m2"]);
    let post = post(mirrors(&list).unwrap());
    assert_eq!(Account::parse(&state_data), Ok(Account::State(state())));
    assert_eq!(Account::parse(&peer_data), Ok(Account::Peer(peer())));
    assert_eq!(Account::parse(&post_data), Ok(Account::Post(post)));
    assert_eq!(Account::parse(&like_data), Ok(Account::Verdict(verdict(VerdictKind::Like))));
    assert_eq!(Account::parse(&dispute_data), Ok(Account::Verdict(verdict(VerdictKind::Dispute))));
}

#[test]
fn memcmp_filters_find_fields_at_the_published_offsets() {
    let [state_data, peer_data, post_data, like_data, dispute_data] = encoded();
    assert!(state_data[State::AUTHORITY_OFFSET..].starts_with(&[1; 32]));
    assert!(state_data[State::CYCLE_INDEX_OFFSET..].starts_with(&7u64.to_le_bytes()));
    assert!(state_data[State::CYCLE_START_OFFSET..].starts_with(&(-3i64).to_le_bytes()));
    assert!(state_data[State::PARAMETERS_OFFSET..].starts_with(&86_400u64.to_le_bytes()));
    assert_eq!(state_data[State::BUMP_OFFSET], 254);
    assert!(peer_data[Peer::USER_OFFSET..].starts_with(&[2; 32]));
    assert_eq!(peer_data[Peer::ACTIVE_OFFSET], 1);
    assert!(peer_data[Peer::KARMA_OFFSET..].starts_with(&51u64.to_le_bytes()));
    assert!(peer_data[Peer::GRANTED_OFFSET..].starts_with(&50u64.to_le_bytes()));
    assert!(peer_data[Peer::BOND_OFFSET..].starts_with(&9u64.to_le_bytes()));
    assert!(peer_data[Peer::JOINED_OFFSET..].starts_with(&1_700_000_000u64.to_le_bytes()));
    assert!(peer_data[Peer::LAST_POST_OFFSET..].starts_with(&(-4i64).to_le_bytes()));
    assert_eq!(peer_data[Peer::OPINIONS_OFFSET..][..7], [0, 0, 0, 0, 0, 1, 0]);
    assert_eq!(peer_data[Peer::BUMP_OFFSET], 253);
    assert!(peer_data[Peer::ENDPOINT_OFFSET + 4..].starts_with(b"https://"));
    assert!(post_data[Post::OWNER_OFFSET..].starts_with(&[3; 32]));
    assert!(post_data[Post::NFT_MINT_OFFSET..].starts_with(&[4; 32]));
    assert!(post_data[Post::FILE_HASH_OFFSET..].starts_with(&[5; 32]));
    assert!(post_data[Post::CYCLE_INDEX_OFFSET..].starts_with(&6u64.to_le_bytes()));
    assert!(post_data[Post::TIMESTAMP_OFFSET..].starts_with(&1_700_000_001u64.to_le_bytes()));
    assert!(post_data[Post::LIKES_OFFSET..].starts_with(&8u64.to_le_bytes()));
    assert!(post_data[Post::DISPUTES_OFFSET..].starts_with(&3u64.to_le_bytes()));
    assert_eq!((post_data[Post::RETRACTED_OFFSET], post_data[Post::BUMP_OFFSET]), (1, 252));
    assert!(post_data[Post::LOG_URL_OFFSET + 4..].starts_with(b"https://"));
    for data in [like_data, dispute_data] {
        assert!(data[Verdict::VOTER_OFFSET..].starts_with(&[6; 32]));
        assert!(data[Verdict::POST_OFFSET..].starts_with(&[7; 32]));
        assert!(data[Verdict::TIMESTAMP_OFFSET..].starts_with(&1_700_000_002u64.to_le_bytes()));
    }
}

#[test]
fn data_that_is_cut_off_or_goes_on_is_refused_at_every_length() {
    for data in encoded() {
        for len in 0..data.len() {
            assert_eq!(Account::parse(&data[..len]), Err(LayoutError::Truncated), "{len} of {}", data.len());
        }
        let mut longer = data.clone();
        longer.push(0);
        assert_eq!(Account::parse(&longer), Err(LayoutError::TrailingBytes));
    }
}

#[test]
fn no_single_flipped_byte_makes_the_reader_panic() {
    for data in encoded() {
        for position in 0..data.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut garbage = data.clone();
                garbage[position] = value;
                let _ = Account::parse(&garbage);
            }
        }
    }
}

#[test]
fn an_account_of_one_kind_never_reads_as_another() {
    for (index, data) in encoded().iter().enumerate() {
        let wrong = Err(LayoutError::WrongDiscriminator);
        let others = [
            State::parse(data).map(drop),
            Peer::parse(data).map(drop),
            Post::parse(data).map(drop),
            Verdict::parse_as(VerdictKind::Like, data).map(drop),
            Verdict::parse_as(VerdictKind::Dispute, data).map(drop),
        ];
        for (kind, read) in others.into_iter().enumerate() {
            assert_eq!(read, if kind == index { Ok(()) } else { wrong });
        }
    }
}

#[test]
fn a_length_beyond_the_data_is_refused_before_anything_is_read() {
    let [_, mut peer_data, mut post_data, ..] = encoded();
    peer_data[Peer::ENDPOINT_OFFSET..][..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(Peer::parse(&peer_data), Err(LayoutError::Truncated));
    post_data[Post::LOG_URL_OFFSET..][..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(Post::parse(&post_data), Err(LayoutError::Truncated));
}

#[test]
fn a_post_lists_its_mirrors_in_order_and_no_more_than_five() {
    let five = encoded_mirrors(&FIVE);
    let urls: Vec<_> = mirrors(&five).unwrap().iter().map(|mirror| mirror.url.as_str()).collect();
    assert_eq!(urls, FIVE);
    let six = encoded_mirrors(&["http://m"; 6]);
    assert_eq!(mirrors(&six), Err(LayoutError::TooManyMirrors));
}

#[test]
fn a_mirror_is_added_behind_the_others_and_removed_from_between_them() {
    let three = encoded_mirrors(&["http://m1", "http://m2", "http://m3"]);
    let three = mirrors(&three).unwrap();
    let four = three.with(mirror(4, "https://a-longer-one")).unwrap();
    let two = three.without(mirror(2, "http://m2")).unwrap();
    let all = |encoded| mirrors(encoded).unwrap().iter().collect::<Vec<_>>();
    let [first, second, third] = [mirror(1, "http://m1"), mirror(2, "http://m2"), mirror(3, "http://m3")];
    assert_eq!(all(&four), [first, second, third, mirror(4, "https://a-longer-one")]);
    assert_eq!(all(&two), [first, third]);
}

#[test]
fn nobody_has_two_mirrors_and_no_post_has_six() {
    let five = encoded_mirrors(&FIVE);
    let five = mirrors(&five).unwrap();
    assert_eq!(five.with(mirror(6, "http://m6")).unwrap_err(), SentinelError::TooManyMirrors);
    assert_eq!(five.with(mirror(5, "http://m6")).unwrap_err(), SentinelError::AlreadyMirrored);
    assert_eq!(five.without(mirror(5, "http://m4")).unwrap_err(), SentinelError::NotMirrored);
}

#[test]
fn five_mirrors_with_the_longest_urls_have_room() {
    let longest = std::format!("https://{}", "a".repeat(192));
    let four = encoded_mirrors(&[longest.as_str(); 4]);
    let five = mirrors(&four).unwrap().with(mirror(5, &longest)).unwrap();
    assert_eq!(*five, encoded_mirrors(&[longest.as_str(); 5]));
}

#[test]
fn as_many_owners_are_listed_as_mirrors() {
    let mut list = encoded_mirrors(&["http://m1", "http://m2"]);
    list.truncate(list.len() - 32);
    assert_eq!(mirrors(&list), Err(LayoutError::Truncated));
    list[30..34].copy_from_slice(&1u32.to_le_bytes());
    assert_eq!(mirrors(&list), Err(LayoutError::UnevenMirrors));
}

#[test]
fn fields_of_a_post_are_overwritten_in_place_and_nothing_else_changes() {
    let [_, _, mut post_data, ..] = encoded();
    post_data[Post::RETRACTED_OFFSET] = 0;
    let list = encoded_mirrors(&["http://m1", "http://m2"]);
    let expected = Post { likes: 9, disputes: 10, retracted: false, ..post(mirrors(&list).unwrap()) };
    Post::set_count(&mut post_data, VerdictKind::Like, 9).unwrap();
    Post::set_count(&mut post_data, VerdictKind::Dispute, 10).unwrap();
    assert_eq!(Post::parse(&post_data), Ok(expected));
    Post::retract(&mut post_data).unwrap();
    assert_eq!(Post::parse(&post_data), Ok(Post { retracted: true, ..expected }));
    assert_eq!(Post::set_count(&mut post_data[..127], VerdictKind::Like, 0), Err(LayoutError::Truncated));
}

#[test]
fn a_peers_karma_changes_with_the_opinions_and_never_apart_from_them() {
    let [_, mut peer_data, ..] = encoded();
    let opinions = peer().opinions.after(VerdictKind::Dispute, &VOTER, &parameters_of_tests());
    Peer::set_opinions(&mut peer_data, 50, &opinions).unwrap();
    assert_eq!(Peer::parse(&peer_data), Ok(Peer { karma: 46, opinions, ..peer() }));
    assert_eq!(Peer::set_opinions(&mut peer_data[..200], 0, &opinions), Err(LayoutError::Truncated));
}

#[test]
fn a_peer_that_leaves_keeps_its_karma_and_opinions_but_no_bond() {
    let [_, mut peer_data, ..] = encoded();
    Peer::leave(&mut peer_data).unwrap();
    Peer::set_last_post(&mut peer_data, 8).unwrap();
    assert_eq!(Peer::parse(&peer_data), Ok(Peer { active: false, bond: 0, last_post: 8, ..peer() }));
}
