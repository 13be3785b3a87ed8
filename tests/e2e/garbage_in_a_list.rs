//! A list to import in which most lines are wrong: what is right goes in, what is wrong is named.

use std::fs;

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Settings, Site, firewall, unless_interrupted};

use crate::scene::Scene;

/// Every second line is good. Of the others: what the complaint says.
const LIST: [(&str, &str); 12] = [
    ("203.0.113.7", ""),
    ("0.0.0.0/0", "0.0.0.0/0 is wider than /8"),
    ("203.0.113.0/28 # a network around it", ""),
    ("::/0", "::/0 is wider than /16"),
    ("2001:db8:f::7", ""),
    ("198.51.100.2", "198.51.100.2 is an address of this host"),
    ("192.0.2.128/25", ""),
    ("198.51.100.1", "198.51.100.1 is a gateway"),
    ("203.0.113.8", ""),
    ("203.0.113.77", "is on the allowlist"),
    ("2001:db8:f::/48", ""),
    ("203.0.113", "'203.0.113' is no address and no network"),
];
const GOOD: [&str; 6] = [
    "192.0.2.128/25",
    "2001:db8:f::/48",
    "2001:db8:f::7/128",
    "203.0.113.0/28",
    "203.0.113.7/32",
    "203.0.113.8/32",
];

#[tokio::test]
async fn of_a_list_full_of_garbage_the_good_lines_are_imported_and_the_others_named() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let more = "[guard]\nallow = [\"203.0.113.77\"]\n";
        let agent = Agent::launch(&host, Settings { more, ..Settings::default() }).await?;
        let mut text = LIST.map(|(line, _)| line).join("\n").into_bytes();
        text.extend(b"\n203.0.113.9\0\n\xff\xfe\n203.0.113.1");
        let list = host.directory().join("list");
        fs::write(&list, text)?;

        let told = agent.refusal(&["blocks", "import", &list.display().to_string()]).await?;

        ensure!(told.contains("exit status: 1"), "what cannot be read weighs most: {told}");
        for (number, (_, complaint)) in (1..).zip(LIST) {
            let is_named = told.lines().any(|line| line.contains(&format!("line {number}: ")));
            ensure!(is_named != complaint.is_empty(), "line {number}: {told}");
            ensure!(told.contains(complaint), "no \"{complaint}\": {told}");
        }
        for complaint in ["line 13: ", "line 14: it is no text in UTF-8"] {
            ensure!(told.contains(complaint), "no \"{complaint}\": {told}");
        }
        let networks = agent.networks().await?;
        let half_a_line = "203.0.113.1/32".to_owned();
        let mut good: Vec<String> = GOOD.iter().map(ToString::to_string).chain([half_a_line]).collect();
        good.sort();
        ensure!(networks == good, "{networks:?}");
        let members = firewall::members(&host, "blocked4").await?;
        ensure!(members == [[203, 0, 113, 7], [203, 0, 113, 8], [203, 0, 113, 1]].map(Into::into).into());
        Ok(())
    })
    .await
}
