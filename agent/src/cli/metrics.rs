//! `metrics`: what the daemon measures.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::{Exit, Options, options::unexpected};
use crate::{
    control::{Answer, Request},
    metrics::CONTENT_TYPE,
};

/// Print what the daemon measures, as Prometheus reads it
///
/// The same is at http://ADDRESS/metrics where metrics.listen names an address. docs/MONITORING.md tells what is there.
#[derive(Debug, Args)]
pub(super) struct Metrics {}

#[derive(Debug, Serialize)]
struct Printed<'a> {
    content_type: &'a str,
    text: &'a str,
}

impl Metrics {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Answer::Metrics(text) = options.ask(&Request::Metrics)? else { return Err(unexpected()) };
        if options.json {
            let printed = Printed { content_type: CONTENT_TYPE, text: &text };
            options.output().show(&printed, |_| String::new())?;
        } else {
            // To the byte: labels were made printable where they were written.
            io::stdout().write_all(text.as_bytes())?;
        }
        Ok(Exit::Ok)
    }
}
