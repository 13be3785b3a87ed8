//! The whole life of the Debian package, on a Debian that really boots: `make test-package`.

mod configuring;
mod deb;
mod debian;
mod installing;
mod machine;
mod router;
mod running;
mod watch;

use std::path::Path;

use sentinel_tests::lab::unless_interrupted;
use tokio::time::Instant;

use router::Router;

/// What an operator configures, where it belongs.
const DROPIN: &str = "/etc/sentinel-agent/conf.d/50-operator.toml";

#[tokio::test]
#[ignore = "it needs the package: make test-package"]
async fn the_package_lives_from_its_installation_to_its_purge() -> anyhow::Result<()> {
    unless_interrupted(async {
        let deb = deb::built()?;
        let mut router = Router::boot().await?;
        let lived = life(&mut router, &deb).await;
        if lived.is_err() {
            let log = router.machine.run("journalctl --no-pager --lines=60").await;
            eprintln!("{}", log.unwrap_or_else(|error| error.to_string()));
        }
        lived
    })
    .await
}

async fn life(router: &mut Router, deb: &Path) -> anyhow::Result<()> {
    let newer = deb::newer(deb, router.folder())?;
    let begun = Instant::now();
    let told = |what: &str| eprintln!("{:6.1} s  {what}", begun.elapsed().as_secs_f64());
    installing::installed_it_waits_for_the_operator(router, deb).await?;
    told("installed, and off");
    running::without_ipv6_and_without_its_port_it_works_all_the_same(router).await?;
    told("no IPv6, no port");
    running::enabled_it_is_ready_when_systemd_says_so(router).await?;
    told("enabled, and ready");
    running::systemd_finds_it_hardly_exposed(router).await?;
    told("hardly exposed");
    running::an_attacker_is_blocked(router).await?;
    told("attacked, and blocked");
    running::killed_it_is_back_and_the_block_was_never_gone(router).await?;
    told("killed, and back");
    running::hung_it_is_ended_by_the_watchdog(router).await?;
    told("hung, and back");
    running::a_ruleset_that_is_loaded_anew_costs_no_block(router).await?;
    told("nftables.service restarted, and blocked");
    configuring::a_bad_config_is_refused_and_changes_nothing(router).await?;
    told("bad config refused");
    configuring::a_good_config_is_taken(router).await?;
    told("good config taken");
    configuring::a_secret_that_only_the_service_has_is_enough_for_everything(router).await?;
    told("secret by credential taken");
    configuring::a_mistake_at_the_start_is_told_once_and_costs_no_block(router).await?;
    told("mistake told, and corrected");
    installing::upgraded_it_asks_nothing_and_keeps_everything(router, &newer).await?;
    told("upgraded");
    running::rebooted_it_blocks_before_there_is_a_network(router).await?;
    told("rebooted");
    running::stopped_it_leaves_the_kernel_dropping(router).await?;
    told("stopped, and started");
    installing::removed_it_drops_nobody_and_keeps_what_it_knew(router).await?;
    told("removed");
    installing::installed_again_it_goes_on(router, &newer).await?;
    told("installed again");
    installing::purged_it_leaves_nothing(router).await?;
    told("purged");
    Ok(())
}
