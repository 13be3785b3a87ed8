//! A page for the daemon and one for each subcommand.

use clap::Command;
use clap_mangen::{Man, roff::Roff};

use crate::page::{self, MANUAL, SOURCE};

/// Administration commands; see man(1).
const SECTION: &str = "8";

/// Where the daemon keeps what.
const FILES: [(&str, &str); 10] = [
    (
        "/etc/sentinel-agent/sentinel.toml",
        "The configuration, every setting with its default; see sentinel.toml(5).",
    ),
    ("/etc/sentinel-agent/conf.d/*.toml", "Your own settings, which upgrades leave alone."),
    (
        "/etc/default/sentinel-agent",
        "Environment of both services, such as RUST_LOG=debug. Not there unless you write it.",
    ),
    (
        "/var/lib/sentinel-agent/detected.toml",
        "The logs that the first start found, read before all other files. Yours to change; without it they are looked for again.",
    ),
    (
        "/var/lib/sentinel-agent/identity.json",
        "The agent's key. Back it up: who it is on the ledger, and what it owns there, hangs on it.",
    ),
    (
        "/var/lib/sentinel-agent/state.db",
        "What it knows: blocks, posts, peers. Read it with sqlite3 -readonly.",
    ),
    ("/run/sentinel-agent/control.sock", "Where the commands talk to the daemon."),
    (
        "/usr/share/doc/sentinel-agent/docs",
        "The operator's guide and what it refers to: how posts are trusted, how to be reached, what is measured.",
    ),
    ("/usr/share/doc/sentinel-agent/examples", "A drop-in for the service that receives syslog on port 514."),
    ("/usr/share/sentinel-agent/monitoring", "A dashboard for Grafana and alerts for Prometheus."),
];

/// What services and signals do.
const SERVICE: [(&str, &str); 4] = [
    (
        "systemctl enable --now sentinel-agent",
        "Start it now and at every boot. Blocks are in the kernel before the network comes up: sentinel-agent-restore.service sees to it.",
    ),
    (
        "systemctl stop sentinel-agent",
        "Stop it. The kernel goes on dropping what is blocked; sentinel-agent blocks suspend ends that.",
    ),
    (
        "systemctl reload sentinel-agent",
        "Check the configuration and take it (SIGHUP). One that makes no sense is refused, and the agent goes on with the one before.",
    ),
    (
        "apt remove sentinel-agent",
        "Takes the service and the blocks in the kernel away, and keeps configuration and state; apt purge removes those too, the agent's key included.",
    ),
];

/// The pages of a command and all below it, by file name.
pub(crate) fn pages(command: &mut Command) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    command.build();
    let mut pages = Vec::new();
    let mut queue = vec![&*command];
    while let Some(command) = queue.pop() {
        queue.extend(command.get_subcommands().filter(|sub| !sub.is_hide_set()));
        let is_daemon = command.get_name() == "sentinel-agent";
        pages.push(page(command, is_daemon)?);
    }
    Ok(pages)
}

fn page(command: &Command, is_daemon: bool) -> anyhow::Result<(String, Vec<u8>)> {
    let after = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    let man = Man::new(command.clone()).section(SECTION).source(SOURCE).manual(MANUAL);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_options_section(&mut page)?;
    let mut rest = Roff::new();
    if is_daemon {
        told(&mut rest);
    }
    after.iter().for_each(|text| sections(&mut rest, text));
    let above: &[_] =
        if is_daemon { &[("nft", "8"), ("systemctl", "1")] } else { &[("sentinel-agent", SECTION)] };
    page::see_also(&mut rest, &[above, &[("sentinel.toml", "5")]].concat());
    rest.to_writer(&mut page)?;
    Ok((format!("man/{}", man.get_filename()), page))
}

/// What the command line does not say of the daemon.
fn told(roff: &mut Roff) {
    roff.control("SH", ["SERVICE"]);
    SERVICE.iter().for_each(|(command, effect)| page::tagged(roff, command, effect));
    roff.control("SH", ["FILES"]);
    FILES.iter().for_each(|(path, meaning)| page::path(roff, path, meaning));
}

/// Text after a command's help: headings that end with a colon, each with indented lines.
fn sections(roff: &mut Roff, text: &str) {
    for section in text.split("\n\n") {
        let (heading, lines) = section.split_once('\n').unwrap_or((section, ""));
        roff.control("SH", [heading.trim_end_matches(':').to_uppercase().as_str()]);
        page::verbatim(roff, lines.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::CommandFactory;
    use sentinel_agent::cli::Cli;

    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_examples() {
        let pages = pages(&mut Cli::command()).unwrap();
        let text = |name: &str| {
            let (_, page) = pages.iter().find(|(file, _)| file == name).unwrap();
            String::from_utf8(page.clone()).unwrap()
        };
        assert!(text("man/sentinel-agent.8").contains(".SH FILES"));
        assert!(text("man/sentinel-agent-blocks.8").contains("sentinel\\-agent\\-blocks\\-list(8)"));
        let add = text("man/sentinel-agent-blocks-add.8");
        assert!(add.contains(".SH EXAMPLE\n.PP\n.RS 4\n.nf\nsentinel\\-agent blocks add"), "{add}");
    }

    #[test]
    fn text_after_the_help_of_every_command_is_made_of_sections() {
        fn check(command: &Command) {
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for section in after.split("\n\n").filter(|section| !section.is_empty()) {
                let heading = section.lines().next().unwrap_or_default();
                assert!(heading.ends_with(':'), "{}: {heading}", command.get_name());
                let lines = section.lines().skip(1).filter(|line| !line.is_empty());
                lines.for_each(|line| assert!(line.starts_with("  "), "{}: {line}", command.get_name()));
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
