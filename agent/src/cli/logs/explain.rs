//! `logs explain`: what one log line proves, line by line.

use std::{
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    net::IpAddr,
};

use clap::Args;
use sentinel_parsers::{Event, Line, Provenance, Service, Timestamp, parse};
use serde::Serialize;

use crate::{
    cli::{Exit, Options, output::printable},
    detect::{FAILED_LOGIN, Hit, detector_name, weight},
    sources::MAX_LINE,
};

/// Bytes read and written at once.
const BUFFER: usize = 256 * 1024;

/// Explain what is understood of the log lines on stdin
///
/// With --json: one value per line, null or {"ip": ..., "service": ..., "kind": ...}. What honest clients cause every
/// day, such as a page that is missing, is null. Lines over 64 KiB are null, as the daemon skips them. Needs neither
/// daemon nor config.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  journalctl -t sshd -o short | sentinel-agent logs explain")]
pub(in crate::cli) struct Explain {
    /// Read only this service's events; without it the service is recognised
    #[arg(long, value_name = "NAME")]
    service: Option<Service>,
}

/// The output of `logs explain --json`, fixed to the letter: other programs read it.
#[derive(Debug, Serialize)]
struct Proof {
    ip: IpAddr,
    service: &'static str,
    kind: &'static str,
}

impl Explain {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let mut input = BufReader::with_capacity(BUFFER, io::stdin().lock());
        let mut output = BufWriter::with_capacity(BUFFER, io::stdout().lock());
        let write = if options.json { write_json } else { write_fields };
        explain(&mut input, &mut output, self.service, write)?;
        Ok(Exit::Ok)
    }
}

/// Writes what is understood of one line; of an overlong one there is none.
type WriteLine<W> = fn(&mut W, Option<&Line<'_>>, Option<&Event<'_>>) -> io::Result<()>;

/// Explains each line of `input` with `write`. Memory is bounded whatever comes; what is explained is flushed before
/// more input is waited for.
fn explain<R: Read, W: Write>(
    input: &mut BufReader<R>,
    output: &mut W,
    service: Option<Service>,
    write: WriteLine<W>,
) -> io::Result<()> {
    let limit = MAX_LINE as u64 + 1;
    let mut raw = Vec::new();
    loop {
        if input.buffer().is_empty() {
            output.flush()?;
        }
        raw.clear();
        if input.by_ref().take(limit).read_until(b'\n', &mut raw)? == 0 {
            return output.flush();
        }
        if raw.len() > MAX_LINE && !raw.ends_with(b"\n") {
            input.skip_until(b'\n')?;
            write(output, None, None)?;
        } else {
            let line = Line::parse(&raw);
            write(output, Some(&line), parse(service, &line).as_ref())?;
        }
    }
}

fn write_json<W: Write>(output: &mut W, _: Option<&Line<'_>>, event: Option<&Event<'_>>) -> io::Result<()> {
    let proof = event.filter(|event| !event.kind.is_ordinary()).map(|event| Proof {
        ip: event.address,
        service: event.service.as_str(),
        kind: event.kind.as_str(),
    });
    serde_json::to_writer(&mut *output, &proof)?;
    output.write_all(b"\n")
}

fn write_fields<W: Write>(
    output: &mut W,
    line: Option<&Line<'_>>,
    event: Option<&Event<'_>>,
) -> io::Result<()> {
    let Some(line) = line else {
        return writeln!(output, "skipped: the line is longer than {MAX_LINE} bytes\n");
    };
    let shown = |bytes: &[u8]| printable(&String::from_utf8_lossy(bytes));
    let mut field = |name: &str, value: String| writeln!(output, "{name:<11}{value}");
    field("line", shown(line.message))?;
    if let Some(timestamp) = line.timestamp {
        field("timestamp", civil(timestamp))?;
    }
    if let Some(host) = line.host {
        field("host", shown(host))?;
    }
    if let Some(program) = line.program {
        field("program", shown(program))?;
    }
    match event {
        None => field("event", "none: the line accuses nobody".to_owned())?,
        Some(event) => event_fields(event).into_iter().try_for_each(|(name, value)| field(name, value))?,
    }
    writeln!(output)
}

fn event_fields(event: &Event<'_>) -> Vec<(&'static str, String)> {
    let hit = Hit::new(event, jiff::Timestamp::UNIX_EPOCH);
    let points = weight(event.kind).saturating_mul(event.count);
    let provenance = match event.provenance {
        Provenance::Proven => "proven: a TCP session stood behind the line",
        Provenance::Claimed => {
            "claimed: a single forged packet would do, so it blocks briefly, only what comes in, and is not shared"
        }
    };
    let detectors: Vec<String> = hit.methods().map(|method| detector_name(event.service, method)).collect();
    let detectors =
        if detectors.is_empty() { "none: the event is not counted".to_owned() } else { detectors.join(", ") };
    let shown = |bytes: &[u8]| printable(&String::from_utf8_lossy(bytes));
    let mut fields = vec![
        ("service", event.service.to_string()),
        ("kind", event.kind.to_string()),
        ("address", event.address.to_string()),
    ];
    fields.extend(event.port.map(|port| ("port", port.to_string())));
    fields.extend(event.user.map(|user| ("user", shown(user))));
    fields.extend(event.target.map(|target| ("target", shown(target))));
    fields.extend(event.others.iter().flatten().map(|part| ("private", shown(part.bytes()))));
    fields.extend([
        ("provenance", provenance.to_owned()),
        ("count", event.count.to_string()),
        ("weight", format!("{}.{} failed log-ins", points / FAILED_LOGIN, points % FAILED_LOGIN)),
        ("detectors", detectors),
    ]);
    fields
}

/// What the line says, no more: `2026-11-23 02:00:01 +01:00`, or without year and offset.
fn civil(timestamp: Timestamp) -> String {
    let Timestamp { year, month, day, hour, minute, second, offset, .. } = timestamp;
    let year = year.map(|year| format!("{year:04}-")).unwrap_or_default();
    let offset = offset.map(|seconds| format!(" {}", offset_text(seconds))).unwrap_or_default();
    format!("{year}{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{offset}")
}

fn offset_text(seconds: i32) -> String {
    jiff::tz::Offset::from_seconds(seconds)
        .map_or_else(|_| format!("{seconds} s"), |offset| offset.to_string())
}

#[cfg(test)]
mod tests;
