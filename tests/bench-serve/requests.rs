//! Signed requests a second, how long they take, and what CPU time each of them costs.

use std::{hint, path::Path, time::Duration};

use anyhow::{Context, ensure};
use sentinel_agent::domain::UnpackedKey;
use sentinel_tests::{
    bench::{
        cost::median,
        progress::Progress,
        report::{Figure, Report, Verdict, count_of, duration},
    },
    python,
};

use crate::{
    bed::{Bed, SIZES},
    contender::{Contender, Running},
    load::Load,
    usage,
};

const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 16;
/// What a request of 10 KB with keep-alive should cost at the most: 60 % of the speed that nginx' cost and one
/// verification allow.
const SHARE: f64 = 0.6;
/// How many times as fast as the original design it should be.
const TIMES_ORIGINAL: f64 = 7.0;
/// Signatures that are verified to learn what one costs.
const VERIFICATIONS: u32 = 2000;

/// What one contender did in one case.
#[derive(Clone, Copy, Default)]
struct Outcome {
    throughput: u64,
    p50: Duration,
    p99: Duration,
    /// Of a request.
    cpu: Duration,
}

/// A case, and whether it is the one with targets.
struct Case {
    name: &'static str,
    size: usize,
    keep_alive: bool,
}

const CASES: [Case; 4] = [
    Case { name: "10 KB, keep-alive", size: SIZES[0], keep_alive: true },
    Case { name: "10 KB, a connection each", size: SIZES[0], keep_alive: false },
    Case { name: "1 MB, keep-alive", size: SIZES[1], keep_alive: true },
    Case { name: "1 MB, a connection each", size: SIZES[1], keep_alive: false },
];

pub(crate) async fn run(report: &mut Report, progress: &Progress, folder: &Path) -> anyhow::Result<()> {
    let bed = Bed::new()?;
    let mut contenders = vec![Contender::Ours, Contender::Nginx];
    progress.step("requests: installing FastAPI");
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench-serve/requirements.txt");
    match python::environment(&requirements, folder).await {
        Ok(python) => contenders.push(Contender::FastApi(python)),
        Err(error) => eprintln!("the original design is left out: {error:#}"),
    }
    let mut running = Vec::new();
    for contender in &contenders {
        running.push(contender.start(&bed).await?);
    }
    let verification = verification()?;
    for case in &CASES {
        let mut results = vec![Vec::new(); contenders.len()];
        for round in 0..ROUNDS {
            for turn in 0..contenders.len() {
                let at = (round + turn) % contenders.len();
                progress.step(format!("requests: {}, {}", case.name, contenders[at].name()));
                results[at].push(measure(&bed, &running[at], case).await?);
            }
        }
        let results: Vec<Outcome> = results.iter().map(|rounds| Outcome::median(rounds)).collect();
        tell(report, case, &contenders, &results);
        if case.size == SIZES[0] && case.keep_alive {
            judge(report, &contenders, &results, verification);
        }
    }
    Ok(())
}

impl Outcome {
    fn median(rounds: &[Self]) -> Self {
        Self {
            throughput: median(rounds.iter().map(|round| round.throughput)),
            p50: median(rounds.iter().map(|round| round.p50)),
            p99: median(rounds.iter().map(|round| round.p99)),
            cpu: median(rounds.iter().map(|round| round.cpu)),
        }
    }
}

async fn measure(bed: &Bed, server: &Running, case: &Case) -> anyhow::Result<Outcome> {
    let Case { size, keep_alive, .. } = *case;
    let load = Load {
        port: server.port,
        size,
        keep_alive,
        connections: CONNECTIONS,
        time: TIME,
        pause: Duration::ZERO,
    };
    let before = usage::cpu(server.pid)?;
    let measured = load.run(bed).await?;
    let cpu = usage::cpu(server.pid)?.saturating_sub(before);
    Ok(Outcome {
        throughput: measured.throughput(),
        p50: measured.percentile(500),
        p99: measured.percentile(990),
        cpu: cpu / u32::try_from(measured.latencies.len())?.max(1),
    })
}

/// What verifying one signature costs here.
fn verification() -> anyhow::Result<Duration> {
    let identity = sentinel_agent::identity::Identity::generate()?;
    let url = "https://127.0.0.1:9000/logs/00112233445566aa";
    let request = identity.sign_request(url, 1_795_000_000);
    let before = usage::own_cpu()?;
    for _ in 0..VERIFICATIONS {
        let key = UnpackedKey::of(&request.key).context("a key is no key")?;
        ensure!(request.is_signed_with(&key, hint::black_box(url)), "a signature does not verify");
    }
    Ok(usage::own_cpu()?.saturating_sub(before) / VERIFICATIONS)
}

fn tell(report: &mut Report, case: &Case, contenders: &[Contender], results: &[Outcome]) {
    for (contender, result) in contenders.iter().zip(results) {
        report.figure(Figure {
            part: "requests",
            case: case.name.to_owned(),
            who: contender.name().to_owned(),
            throughput: Some(result.throughput),
            time: Some(result.p50),
            p99: Some(result.p99),
            cpu: Some(result.cpu),
            rate: Some(a_cpu_second(result.cpu)),
            ratio: Some(result.cpu.div_duration_f64(results[0].cpu)),
            ..Figure::default()
        });
    }
}

fn judge(report: &mut Report, contenders: &[Contender], results: &[Outcome], verification: Duration) {
    let ours = results[0];
    let allowed = results[1].cpu + verification;
    report.verdict(Verdict {
        what: "10 KB signed, keep-alive, one CPU".to_owned(),
        target: format!(
            "{:.0} % of what nginx' {} and a verification's {} allow: {} of CPU time",
            SHARE * 100.0,
            duration(results[1].cpu),
            duration(verification),
            duration(allowed.div_f64(SHARE))
        ),
        measured: format!("{}: {} a CPU second", duration(ours.cpu), count_of(a_cpu_second(ours.cpu))),
        met: ours.cpu <= allowed.div_f64(SHARE),
    });
    if let Some(at) = contenders.iter().position(|contender| matches!(contender, Contender::FastApi(_))) {
        let times = results[at].cpu.div_duration_f64(ours.cpu);
        report.verdict(Verdict {
            what: "the same, next to the original design".to_owned(),
            target: format!(
                "{TIMES_ORIGINAL:.0}x its {} a CPU second",
                count_of(a_cpu_second(results[at].cpu))
            ),
            measured: format!("{} ({times:.1}x)", count_of(a_cpu_second(ours.cpu))),
            met: times >= TIMES_ORIGINAL,
        });
    }
}

/// How many that cost so much are done in a second of CPU time.
fn a_cpu_second(cost: Duration) -> u64 {
    u64::try_from(Duration::from_secs(1).as_nanos() / cost.as_nanos().max(1)).unwrap_or_default()
}
