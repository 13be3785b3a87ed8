//! `allow`: what is never blocked because the operator says so.

use std::net::IpAddr;

use clap::{Args, Subcommand};
use ipnetwork::IpNetwork;
use serde::Serialize;

use super::{
    Exit, Options,
    options::unexpected,
    output::{Style, Table, Tree},
};
use crate::{
    control::{Answer, Request},
    domain::{AllowSource, AllowTarget, AllowView, Allowance},
};

/// List, add, remove and check what is never blocked
///
/// An entry is a network, an address or a DNS name. Names are resolved again and again; while they do not resolve, the
/// last good answer holds.
#[derive(Debug, Subcommand)]
pub(super) enum Allow {
    /// List the allowlist
    ///
    /// Fields in a pipe: entry, networks that it stands for now, from (config or operator), since, why.
    List,
    Add(Add),
    Remove(Remove),
    Check(Check),
}

/// Never block this; what is blocked of it is let go at once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sentinel-agent allow add office.example --reason 'our own people'")]
pub(super) struct Add {
    /// Network, address or DNS name
    entry: AllowTarget,
    /// Why, for whoever asks later
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

/// Take an entry off the allowlist; what guard.allow of the config names can only be removed there
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// As `allow list` shows it
    entry: AllowTarget,
}

/// Tell whether an address is allowed, and by which entry: exit code 0 when it is, 4 when it is not
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The address
    address: IpAddr,
}

#[derive(Debug, Serialize)]
struct Listing {
    allowed: Vec<AllowView>,
}

#[derive(Debug, Serialize)]
struct Checked {
    address: IpAddr,
    allowed: bool,
    by: Vec<AllowView>,
}

impl Allow {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        match self {
            Self::List => list(options),
            Self::Add(Add { entry, reason }) => {
                let changed = change(options, Request::Allow { target: entry, comment: reason })?;
                options.output().show(&changed, |_| added(&changed))?;
                Ok(Exit::Ok)
            }
            Self::Remove(Remove { entry }) => {
                let changed = change(options, Request::Disallow { target: entry })?;
                options
                    .output()
                    .show(&changed, |_| format!("{} is no longer allowed", changed.entry.target))?;
                Ok(Exit::Ok)
            }
            Self::Check(Check { address }) => check(address, options),
        }
    }
}

fn allowed(options: &Options) -> anyhow::Result<Vec<AllowView>> {
    let Answer::Allowed(allowed) = options.ask(&Request::Allowed)? else { return Err(unexpected()) };
    Ok(allowed)
}

fn change(options: &Options, request: Request) -> anyhow::Result<Allowance> {
    let Answer::Allowance(changed) = options.ask(&request)? else { return Err(unexpected()) };
    Ok(changed)
}

fn list(options: &Options) -> anyhow::Result<Exit> {
    let listing = Listing { allowed: allowed(options)? };
    options.output().show(&listing, |style| table(&listing.allowed, style))?;
    Ok(Exit::Ok)
}

fn check(address: IpAddr, options: &Options) -> anyhow::Result<Exit> {
    let checked = checked(address, allowed(options)?);
    options.output().show(&checked, |_| {
        let by = checked.by.iter().map(|entry| Tree::new(format!("by {}", origin(entry))));
        let verb = if checked.allowed { "is allowed" } else { "is not allowed" };
        Tree::new(format!("{address} {verb}")).with_all(by)
    })?;
    Ok(if checked.allowed { Exit::Ok } else { Exit::NotFound })
}

fn checked(address: IpAddr, entries: Vec<AllowView>) -> Checked {
    let address = address.to_canonical();
    let covers = |entry: &AllowView| entry.networks.iter().any(|network| network.contains(address));
    let by: Vec<AllowView> = entries.into_iter().filter(covers).collect();
    Checked { address, allowed: !by.is_empty(), by }
}

fn origin(entry: &AllowView) -> String {
    let AllowView { target, source, comment, .. } = entry;
    let source = match source {
        AllowSource::Config => "guard.allow of the config",
        AllowSource::Operator => "the operator",
    };
    if comment.is_empty() {
        format!("{target}, from {source}")
    } else {
        format!("{target}, from {source}: {comment}")
    }
}

fn added(changed: &Allowance) -> Tree {
    let Allowance { entry, unblocked } = changed;
    let is_name = entry.target.to_string().parse::<IpNetwork>().is_err();
    Tree::new(format!("{} is never blocked", entry.target))
        .with_all(is_name.then(|| Tree::new(format!("it stands for {} now", standing_for(entry)))))
        .with_all(unblocked.iter().map(|network| Tree::new(format!("let {network} go"))))
}

fn standing_for(entry: &AllowView) -> String {
    match (&entry.networks[..], &entry.trouble) {
        ([], Some(trouble)) => format!("nothing: {trouble}"),
        ([], None) => "nothing yet".to_owned(),
        (networks, _) => networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

fn table(entries: &[AllowView], style: &Style) -> Table {
    let mut table = Table::new(["entry", "networks", "from", "since", "why"]);
    for entry in entries {
        let source = match entry.source {
            AllowSource::Config => "config",
            AllowSource::Operator => "operator",
        };
        table.row([
            entry.target.to_string(),
            standing_for(entry),
            source.to_owned(),
            style.time_or_dash(entry.since),
            entry.comment.clone(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::{Format, Render, tests::style};

    fn entry(target: &str, source: AllowSource, networks: &[&str]) -> AllowView {
        AllowView {
            target: target.parse().unwrap(),
            source,
            comment: String::new(),
            since: None,
            networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
            trouble: None,
        }
    }

    fn entries() -> Vec<AllowView> {
        let failing = AllowView {
            comment: "our own people".to_owned(),
            trouble: Some("no such host".to_owned()),
            ..entry("office.example", AllowSource::Operator, &[])
        };
        vec![entry("198.51.100.0/24", AllowSource::Config, &["198.51.100.0/24"]), failing]
    }

    #[test]
    fn each_entry_says_what_it_stands_for_and_where_it_came_from() {
        let style = style(Format::Plain);
        assert_eq!(
            table(&entries(), &style).render(&style),
            "198.51.100.0/24\t198.51.100.0/24\tconfig\t-\t\n\
             office.example\tnothing: no such host\toperator\t-\tour own people\n"
        );
    }

    #[test]
    fn an_address_is_allowed_by_the_entries_that_hold_it_however_it_is_written() {
        let found = checked("::ffff:198.51.100.9".parse().unwrap(), entries());
        assert_eq!((found.allowed, found.by.len()), (true, 1));
        assert!(!checked("203.0.113.7".parse().unwrap(), entries()).allowed);
    }

    #[test]
    fn what_was_let_go_is_said() {
        let office = entry("office.example", AllowSource::Operator, &["203.0.113.7/32"]);
        let changed = Allowance { entry: office, unblocked: vec!["203.0.113.7/32".parse().unwrap()] };
        assert_eq!(
            added(&changed).render(&style(Format::Plain)),
            "office.example is never blocked\n  it stands for 203.0.113.7/32 now\n  let 203.0.113.7/32 go\n"
        );
    }
}
