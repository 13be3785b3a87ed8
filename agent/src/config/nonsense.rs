//! Values that are well-formed and yet make no sense, by themselves or beside each other.

use super::{
    BlockSettings, DetectSettings, DynamicDnsSettings, Endpoint, Endpoints, LedgerSettings, ServeSettings,
    ServiceSettings, Settings, Span, settings::is_within,
};
use crate::{
    detect::MAX_TARGETS,
    domain::{LogId, LogUrl, UpdateUrl, host_of},
};

/// What makes no sense, and where.
pub(super) struct Nonsense {
    /// The key with its section.
    pub(super) name: String,
    pub(super) problem: &'static str,
}

/// A value with what is to be said when it is wrong.
type Check = (bool, &'static str, &'static str);

const EMPTY_WINDOW: &str = "an empty window counts nothing, expected at least 1s";
const EMPTY_BLOCK: &str = "a block of no time blocks nobody, expected at least 1s";

/// The first thing that makes no sense by itself.
pub(super) fn nonsense(settings: &Settings) -> Option<Nonsense> {
    let names = settings.guard.resolve_every.0.is_zero();
    let names = [(names, "resolve_every", "names cannot be looked up all the time, expected at least 1s")];
    let syslog =
        [(settings.sources.syslog.rate == 0, "rate", "0 would receive nothing, expected at least 1")];
    let everywhere = settings.sources.files.iter().any(|path| path.contains("**"));
    let files =
        [(everywhere, "files", "`**` would wander over whole file systems, name the folders with `*`")];
    let is_open = settings.metrics.listen.is_some_and(|listen| !is_within(listen.ip()));
    let metrics = [(
        is_open,
        "listen",
        "what is measured is not for everybody, expected a loopback or private address",
    )];
    first("detect", detection(&settings.detect))
        .or_else(|| services(&settings.detect))
        .or_else(|| first("block", blocks(&settings.block)))
        .or_else(|| first("share", private(&settings.share.private)))
        .or_else(|| first("guard", names))
        .or_else(|| first("serve", serving(&settings.serve)))
        .or_else(|| first("serve.dynamic_dns", dynamic_dns(&settings.serve)))
        .or_else(|| first("ledger", schemes(&settings.ledger)))
        .or_else(|| first("sources.syslog", syslog))
        .or_else(|| first("sources", files))
        .or_else(|| first("metrics", metrics))
}

/// The first of the settings that contradict or lack each other, whichever files they stand in.
pub(super) fn contradiction(settings: &Settings) -> Option<Nonsense> {
    first("block", first_blocks(&settings.block))
        .or_else(|| first("serve", certificates(&settings.serve)))
        .or_else(|| first("serve", in_the_clear(&settings.serve)))
        .or_else(|| first("ledger", incomplete_ledger(&settings.ledger)))
        .or_else(|| early_end(settings))
        .or_else(|| first("share", unreachable_logs(settings)))
        .or_else(|| first("serve.dynamic_dns", passwords(&settings.serve.dynamic_dns)))
}

fn first(section: &str, checks: impl IntoIterator<Item = Check>) -> Option<Nonsense> {
    let (_, key, problem) = checks.into_iter().find(|(wrong, ..)| *wrong)?;
    Some(Nonsense { name: format!("{section}.{key}"), problem })
}

fn detection(detect: &DetectSettings) -> [Check; 8] {
    [
        (detect.threshold == 0, "threshold", ZERO_THRESHOLD),
        (detect.window.0.is_zero(), "window", EMPTY_WINDOW),
        (detect.users > MAX_TARGETS, "users", TOO_MANY_TARGETS),
        (detect.paths > MAX_TARGETS, "paths", TOO_MANY_TARGETS),
        (detect.ports > MAX_TARGETS, "ports", TOO_MANY_TARGETS),
        (detect.target_window.0.is_zero(), "target_window", EMPTY_WINDOW),
        (detect.slow_window.0.is_zero(), "slow_window", EMPTY_WINDOW),
        (detect.max_tracked == 0, "max_tracked", "0 would see nobody, expected at least 1"),
    ]
}

const ZERO_THRESHOLD: &str = "0 would block everybody, expected at least 1";
const TOO_MANY_TARGETS: &str = "no more than 1000 users, paths or ports are remembered of each source";

fn services(detect: &DetectSettings) -> Option<Nonsense> {
    let section = |name| format!("detect.services.{name}");
    detect.services.iter().find_map(|(name, own)| first(&section(name.0), service(own)))
}

fn service(own: &ServiceSettings) -> [Check; 6] {
    let is_empty = |window: Option<Span>| window.is_some_and(|window| window.0.is_zero());
    let is_too_many = |limit: Option<usize>| limit.is_some_and(|limit| limit > MAX_TARGETS);
    [
        (own.threshold == Some(0), "threshold", ZERO_THRESHOLD),
        (is_empty(own.window), "window", EMPTY_WINDOW),
        (is_too_many(own.users), "users", TOO_MANY_TARGETS),
        (is_too_many(own.paths), "paths", TOO_MANY_TARGETS),
        (is_too_many(own.ports), "ports", TOO_MANY_TARGETS),
        (is_empty(own.target_window), "target_window", EMPTY_WINDOW),
    ]
}

/// Most words that are looked for in every line that leaves.
const MAX_PRIVATE: usize = 1000;

fn private(words: &[String]) -> [Check; 2] {
    let says_nothing =
        |word: &String| !word.contains(|c: char| c.is_ascii_alphanumeric()) || word.len() > 253;
    [
        (words.len() > MAX_PRIVATE, "private", "no more than 1000 words are looked for in every line"),
        (
            words.iter().any(says_nothing),
            "private",
            "expected words with a letter or a digit, of at most 253 bytes",
        ),
    ]
}

/// What a URL that is not [`is_base`] should have been.
const NO_BASE: &str = "expected what the URLs of logs can begin with: http or https, a host, 175 bytes at most, no \
                                  credentials, no query";

/// Whether peers can be sent to logs and copies under this URL.
fn is_base(url: &Endpoint) -> bool {
    LogUrl::of_mirror(url.base(), LogId([0; 8])).is_ok_and(|copy| copy.url().query().is_none())
}

/// Most endpoints: each is followed, and asked about every reporter.
const MAX_ENDPOINTS: usize = 8;

fn schemes(ledger: &LedgerSettings) -> [Check; 4] {
    let is_other =
        |urls: &Endpoints, schemes: [&str; 2]| urls.0.iter().any(|url| !schemes.contains(&url.scheme()));
    [
        (ledger.rpc.0.len() > MAX_ENDPOINTS, "rpc", "no more than 8 endpoints are followed"),
        (ledger.daily_budget == 0, "daily_budget", "0 would never send anything, expected lamports"),
        (is_other(&ledger.rpc, ["http", "https"]), "rpc", "expected http or https"),
        (is_other(&ledger.websocket, ["ws", "wss"]), "websocket", "expected ws or wss"),
    ]
}

fn serving(serve: &ServeSettings) -> [Check; 2] {
    let trusts_all = serve.trusted_proxies.iter().any(|network| network.prefix() == 0);
    [
        (
            trusts_all,
            "trusted_proxies",
            "everybody could say to be anybody, expected the proxies' own addresses",
        ),
        (serve.public_url.as_ref().is_some_and(|url| !is_base(url)), "public_url", NO_BASE),
    ]
}

fn dynamic_dns(serve: &ServeSettings) -> [Check; 4] {
    let section = &serve.dynamic_dns;
    let plain = section.url.as_ref().is_some_and(|url| url.example().scheme() == "http" && !is_local(url));
    [
        (plain, "url", "http would show the secret to everybody on the way, expected https"),
        (section.pause.0.is_zero(), "pause", "the service would be flooded, expected at least 1s"),
        (section.every.0.is_zero(), "every", "the service would be flooded, expected at least 1s"),
        (
            section
                .username
                .as_ref()
                .is_some_and(|name| name.contains(':') || !name.bytes().all(|b| b.is_ascii_graphic())),
            "username",
            "expected visible ASCII without a colon",
        ),
    ]
}

/// Whether a helper of one's own answers there, on this host or in its network.
fn is_local(url: &UpdateUrl) -> bool {
    let host = host_of(url.example());
    host == "localhost" || host.parse().is_ok_and(is_within)
}

fn blocks(block: &BlockSettings) -> [Check; 6] {
    [
        (block.duration.0.is_zero(), "duration", EMPTY_BLOCK),
        (block.claimed_duration.0.is_zero(), "claimed_duration", EMPTY_BLOCK),
        (block.growth == 0, "growth", "0 would let attackers off, expected 1 (never longer) or more"),
        (block.forget_after.0.is_zero(), "forget_after", "nothing would be remembered, expected at least 1s"),
        (block.capacity == 0, "capacity", "no room for any block, expected at least 1"),
        (!(32..=128).contains(&block.ipv6_prefix), "ipv6_prefix", "expected 32 to 128"),
    ]
}

fn first_blocks(block: &BlockSettings) -> [Check; 1] {
    // Whichever was set: the other one is the default.
    let is_default = block.max_duration == BlockSettings::default().max_duration;
    [(
        block.max_duration < block.duration,
        if is_default { "duration" } else { "max_duration" },
        "max_duration may not be less than duration, which is how long the first block lasts",
    )]
}

fn certificates(serve: &ServeSettings) -> [Check; 2] {
    let given = if serve.certificate.is_some() { "certificate" } else { "private_key" };
    [
        (
            serve.certificate.is_some() != serve.private_key.is_some(),
            given,
            "certificate and private_key belong together",
        ),
        (
            !serve.tls && serve.certificate.is_some(),
            "certificate",
            "without TLS no certificate is shown: it belongs to the reverse proxy",
        ),
    ]
}

fn in_the_clear(serve: &ServeSettings) -> [Check; 1] {
    [(
        !serve.tls && serve.listen.iter().any(|listen| !is_within(listen.ip())),
        "tls",
        "without TLS the server listens on loopback or private addresses only: set listen",
    )]
}

fn incomplete_ledger(ledger: &LedgerSettings) -> [Check; 2] {
    let given = if ledger.is_standalone() { "program" } else { "rpc" };
    let websockets = ledger.websocket.0.len();
    [
        (ledger.is_standalone() != ledger.program.is_none(), given, "rpc and program belong together"),
        (
            websockets != 0 && websockets != ledger.rpc.0.len(),
            "websocket",
            "expected one for each endpoint of rpc, in the same order, or none at all",
        ),
    ]
}

fn early_end(settings: &Settings) -> Option<Nonsense> {
    let Settings { ledger, trust, .. } = settings;
    // Whichever was set: the other one is the default.
    let is_default = ledger.retire_after == LedgerSettings::default().retire_after;
    let (section, key) = if is_default { ("trust", "max_age") } else { ("ledger", "retire_after") };
    let problem = "ledger.retire_after may not be less than trust.max_age: peers may need a post for as long as its evidence \
                   counts";
    first(section, [(ledger.retire_after < trust.max_age, key, problem)])
}

fn unreachable_logs(settings: &Settings) -> [Check; 1] {
    let Settings { serve, ledger, share, .. } = settings;
    let has_url = serve.public_url.is_some() || serve.may_find_its_url_out();
    [(
        share.publish && !ledger.is_standalone() && !has_url,
        "publish",
        "peers must know where to fetch the logs: set serve.public_url too",
    )]
}

fn passwords(service: &DynamicDnsSettings) -> [Check; 2] {
    let wants_password = service.url.as_ref().is_some_and(UpdateUrl::wants_password);
    let has_password = service.has_password();
    [
        (
            service.username.is_some() && !has_password,
            "username",
            "a user name goes with a password: set password or password_file too",
        ),
        (
            wants_password && !has_password,
            "url",
            "{password} has to be filled in: set password or password_file too",
        ),
    ]
}
