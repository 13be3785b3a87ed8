#![allow(clippy::unwrap_used)]

use tokio::time::{sleep, timeout};

use super::*;
use crate::config::Settings;

fn links(address: &str) -> Links {
    Links { addresses: vec![address.parse().unwrap()], ..Links::default() }
}

#[tokio::test]
async fn the_addresses_that_this_host_had_are_remembered_as_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.store.directory = folder.path().to_owned();
    let (sender, receiver) = watch::channel(links("203.0.113.5"));
    let reach = Reach::new(&settings, receiver, None, PeerKey([9; 32]));
    let memory = reach.memory();
    let knows = async |address: &str| {
        let address = address.parse().unwrap();
        let known = async {
            while !memory.own(Timestamp::now()).0.contains(&address) {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(10), known).await.unwrap();
    };
    tokio::spawn(reach.run());
    knows("203.0.113.5").await;
    sender.send_replace(links("198.51.100.5"));
    knows("198.51.100.5").await;
    let left = Memory::open(folder.path()).own(Timestamp::now()).0;
    assert_eq!(
        left,
        ["198.51.100.5", "203.0.113.5"].map(|address| address.parse::<std::net::IpAddr>().unwrap())
    );
}
