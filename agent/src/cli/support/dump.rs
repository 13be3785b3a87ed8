//! Everything that is written down, before anything is taken out of it.

use std::{fmt::Write as _, fs};

use jiff::Timestamp;
use rustix::system::uname;

use super::{own_words, urls::without_paths_of_urls};
use crate::{
    cli::{
        Options, config,
        doctor::Report,
        options::unexpected,
        output::{Format, Render, Style, bytes},
        status,
    },
    config::{Configuration, Origin},
    control::{Answer, Request, StatusView, SupportView},
    kernel,
};

/// Most bytes of a section; the rest is cut off, and said so.
const SECTION: usize = 128 * 1024;

/// A text in sections.
pub(super) struct Dump {
    sections: Vec<(&'static str, String)>,
    /// Words in it that say whose host it is, and that have no form by which they are found.
    pub(super) private: Vec<String>,
}

impl Dump {
    /// Asks everybody who knows something; whoever does not answer has his reason written down.
    pub(super) fn gather(options: &Options) -> Self {
        let style = Style { format: Format::Plain, width: None, now: Timestamp::now() };
        let support = told(options);
        let of_daemon = |tell: fn(&SupportView) -> String| match &support {
            Ok(support) => tell(support),
            Err(error) => format!("{error:#}\n"),
        };
        let status = status_of(options);
        let sections = vec![
            ("system", system(style.now)),
            ("configuration", configuration(options, &style)),
            (
                "status",
                match &status {
                    Ok(found) => status::table(found, &style).render(&style),
                    Err(error) => format!("{error:#}\n"),
                },
            ),
            (
                "doctor",
                Report::make(options).map_or_else(
                    |error| format!("{error:#}\n"),
                    |report| report.table(&style).render(&style),
                ),
            ),
            (
                "last warnings",
                of_daemon(|support| support.warnings.iter().rev().map(|line| format!("{line}\n")).collect()),
            ),
            ("database", of_daemon(database)),
            ("firewall table", table()),
            ("metrics", of_daemon(|support| support.metrics.clone())),
        ];
        let files = options.config_files();
        let paths = files.iter().map(|file| file.display().to_string());
        let paths =
            paths.chain(status.iter().flat_map(|found| &found.sources).map(|source| source.name.clone()));
        let of_paths = paths.flat_map(|path| own_words::of_path(&path));
        Self { sections, private: private(own_words::private(&files).into_iter().chain(of_paths).collect()) }
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        let mut text =
            "sentinel-agent support dump. Read it before you send it: what it says is yours.\n".to_owned();
        for (title, section) in &self.sections {
            let _ = write!(text, "\n== {title}\n{}", cut(&without_paths_of_urls(section)));
        }
        text
    }
}

/// As much as a section may have, in whole lines.
fn cut(section: &str) -> String {
    if section.len() <= SECTION {
        return section.to_owned();
    }
    let mut kept = String::new();
    for line in section.split_inclusive('\n') {
        if kept.len() + line.len() > SECTION {
            break;
        }
        kept.push_str(line);
    }
    let _ = writeln!(
        kept,
        "(cut off: {} more)",
        bytes(u64::try_from(section.len() - kept.len()).unwrap_or_default())
    );
    kept
}

/// What is set, and where; the rest is as by default.
fn configuration(options: &Options, style: &Style) -> String {
    match Configuration::gather(&options.config_files()) {
        Ok(configuration) => {
            let mut set = configuration.effective();
            set.retain(|effective| effective.origin != Origin::Default);
            config::table(&set).render(style)
        }
        Err(error) => format!("{error}\n"),
    }
}

fn told(options: &Options) -> anyhow::Result<SupportView> {
    match options.ask(&Request::Support)? {
        Answer::Support(support) => Ok(*support),
        _ => Err(unexpected()),
    }
}

fn status_of(options: &Options) -> anyhow::Result<StatusView> {
    match options.ask(&Request::Status)? {
        Answer::Status(status) => Ok(*status),
        _ => Err(unexpected()),
    }
}

fn system(now: Timestamp) -> String {
    let kernel = uname();
    let release = kernel.release().to_string_lossy();
    // What follows the number may be somebody's own name for it.
    let number: String = release.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let distribution = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let distribution =
        distribution.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("unknown");
    format!(
        "version\t{}\nsystem\t{distribution}\nkernel\tLinux {number}, {}\ntime\t{now:.0}\n",
        env!("CARGO_PKG_VERSION"),
        kernel.machine().to_string_lossy()
    )
}

/// Words that say whose host it is: its names, whoever asks, and what the config says in the operator's own words.
fn private(of_config: Vec<String>) -> Vec<String> {
    let node = uname().nodename().to_string_lossy().into_owned();
    let first = node.split('.').next().unwrap_or_default().to_owned();
    let domain = node.split_once('.').map(|(_, domain)| domain.to_owned());
    let users = ["SUDO_USER", "USER", "LOGNAME"].map(|name| std::env::var(name).ok());
    let users = users.into_iter().flatten().filter(|user| user != "root" && user != "sentinel-agent");
    [node, first].into_iter().chain(domain).chain(users).chain(of_config).collect()
}

fn database(support: &SupportView) -> String {
    let figures = &support.figures;
    let mut text = format!("layout\t{}\nsize\t{}\n", figures.version, bytes(figures.bytes));
    for (table, rows) in &figures.rows {
        let _ = writeln!(text, "rows of {table}\t{rows}");
    }
    text
}

fn table() -> String {
    let inventory = match kernel::inventory() {
        Ok(Some(inventory)) => inventory,
        Ok(None) => return "there is no table inet sentinel\n".to_owned(),
        Err(error) => return format!("{error}\n"),
    };
    let mut text = format!("rules\t{}\n", inventory.rules);
    for set in &inventory.sets {
        let elements = set.elements.map_or_else(|| "not counted".to_owned(), |elements| elements.to_string());
        let _ = writeln!(
            text,
            "{}\t{elements}{}",
            set.name,
            if set.drops { "" } else { "\tdrops nothing itself" }
        );
    }
    for dropped in kernel::dropped().unwrap_or_default() {
        let family = if dropped.ipv4 { "IPv4" } else { "IPv6" };
        let _ = writeln!(
            text,
            "dropped {family} {:?}\t{} packets\t{}",
            dropped.scope,
            dropped.packets,
            bytes(dropped.bytes)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_is_too_long_ends_with_a_whole_line_and_says_so() {
        let long = "a line\n".repeat(SECTION);
        let kept = cut(&long);
        assert!(kept.len() < SECTION + 100 && kept.ends_with(" more)\n"), "{}", kept.len());
        assert!(kept.lines().rev().skip(1).all(|line| line == "a line"));
        assert_eq!(cut("short\n"), "short\n");
    }
}
