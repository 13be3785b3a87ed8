//! `status --watch`: the same again and again.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use jiff::Timestamp;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};

use super::{dropped_packets, table};
use crate::{
    cli::{
        Exit, Options,
        options::{Daemon, unexpected},
        output::{Format, Render, Style},
        runtime::block_on,
    },
    control::{Answer, Request, StatusView},
};

/// How often.
const EVERY: Duration = Duration::from_secs(1);

/// xterm's control sequences: another screen without a cursor, and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
/// To the first column of the first line; clear to the end of the line; clear all below.
const HOME: &str = "\x1b[H";
const END_OF_LINE: &str = "\x1b[K\r\n";
const BELOW: &str = "\x1b[J";

/// Shows the status every second until somebody ends it.
pub(super) fn watch(options: &Options) -> anyhow::Result<Exit> {
    let daemon = Arc::new(options.daemon());
    block_on(async {
        let mut endings = Endings::listen()?;
        let mut screen =
            (options.output().style().format == Format::Terminal).then(Screen::enter).transpose()?;
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = endings.any() => return Ok(Exit::Ok),
                _ = ticks.tick() => {}
            }
            let answer = tokio::select! {
                () = endings.any() => return Ok(Exit::Ok),
                answer = ask(Arc::clone(&daemon)) => answer,
            };
            match (&mut screen, answer) {
                (Some(screen), Ok(status)) => {
                    screen.draw(|style| table(&status, style).render(style), options)?
                }
                // It may come back.
                (Some(screen), Err(error)) => screen.draw(|_| format!("{error}\n"), options)?,
                (None, answer) => {
                    let status = answer?;
                    options.output().show(&status, |style| line(&status, style.now))?;
                }
            }
        }
    })?
}

async fn ask(daemon: Arc<Daemon>) -> anyhow::Result<Box<StatusView>> {
    match spawn_blocking(move || daemon.ask(&Request::Status)).await.context("asking the daemon")?? {
        Answer::Status(status) => Ok(status),
        _ => Err(unexpected()),
    }
}

/// What ends it: Ctrl-C, a terminal that is closed, whoever stops all.
struct Endings([Signal; 3]);

impl Endings {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("listening for signals");
        Ok(Self([
            listen(SignalKind::interrupt())?,
            listen(SignalKind::hangup())?,
            listen(SignalKind::terminate())?,
        ]))
    }

    async fn any(&mut self) {
        let [interrupt, hangup, terminate] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// A screen of its own, so that the terminal afterwards is what it was before.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        write(ENTER)?;
        Ok(Self)
    }

    fn draw(&mut self, text: impl FnOnce(&Style) -> String, options: &Options) -> io::Result<()> {
        let height = terminal_size::terminal_size().map_or(24, |(_, height)| height.0);
        let style = options.output().style();
        let title = format!("{:.0}, every second; Ctrl-C ends it\n\n", style.now);
        write(&frame(&format!("{title}{}", text(&style)), height))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs no cursor.
        let _ = write(LEAVE);
    }
}

/// As much of the text as fits, over what stood there before.
fn frame(text: &str, height: u16) -> String {
    let lines: Vec<&str> = text.lines().take(usize::from(height).saturating_sub(1)).collect();
    format!("{HOME}{}{END_OF_LINE}{BELOW}", lines.join(END_OF_LINE))
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// One line for a pipe.
struct Line(String);

impl Render for Line {
    fn render(&self, _: &Style) -> String {
        format!("{}\n", self.0)
    }
}

fn line(status: &StatusView, now: Timestamp) -> Line {
    let blocks = status.blocks;
    let numbers = [blocks.local, blocks.manual, blocks.peer, status.tracked, status.logs, status.outbox]
        .map(|n| n.to_string());
    Line(format!("{now:.0}\t{}\t{}", numbers.join("\t"), dropped_packets(status)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{doctor::testing::status, output::tests::style};

    #[test]
    fn a_frame_covers_the_one_before_and_never_scrolls() {
        let drawn = frame("one\ntwo\nthree\nfour\n", 4);
        assert_eq!(drawn, "\x1b[Hone\x1b[K\r\ntwo\x1b[K\r\nthree\x1b[K\r\n\x1b[J");
        assert_eq!(drawn.matches("\r\n").count(), 3, "the last line stays free");
    }

    #[test]
    fn a_pipe_gets_a_line_of_numbers() {
        let style = style(Format::Plain);
        assert_eq!(line(&status(), style.now).render(&style), "2026-11-23T04:00:00Z\t0\t0\t0\t0\t0\t0\t0\n");
    }
}
