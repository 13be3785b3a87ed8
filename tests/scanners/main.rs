//! What the scanners say that anybody can point at the server: sslyze about its TLS, slowhttptest about its patience.
//!
//! They run against the whole agent, from another host of the lab. Where one address may do only so much, that is lifted: the
//! scanner shall find out what the server stands, not that it was shut out.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, ensure};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use sentinel_tests::{
    lab::{Agent, Host, LOG_PORT, Lab, Settings, Site, unless_interrupted},
    python,
};
use tokio::{process::Command, time::timeout};

/// What one address may do here.
const UNLIMITED: &str = "refusals_per_minute = 1000000\nconnections_per_source = 100000\n";

/// The section `[serve]` of a server that limits nobody, with these lines more.
fn section(more: &str) -> String {
    let url = format!("https://{}:{LOG_PORT}", Site::A.v4);
    format!("listen = [\"[::]:{LOG_PORT}\"]\npublic_url = \"{url}\"\n{UNLIMITED}{more}")
}
/// What a scan may take.
const PATIENCE: Duration = Duration::from_secs(100);

/// What a scanner says, whatever its exit status is.
async fn said(host: &Host, mut command: Command) -> anyhow::Result<(bool, String)> {
    let scan = async move { command.kill_on_drop(true).output().await };
    let output = timeout(PATIENCE, host.namespace.run(scan)).await.context("the scan takes too long")??;
    let output = output.context("starting the scanner")?;
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), said))
}

/// Writes a certificate for A as public authorities issue them, valid for 90 days; gives the files of the authority, the chain
/// and the key.
fn certificate(host: &Host) -> anyhow::Result<[PathBuf; 3]> {
    let files = ["authority.pem", "chain.pem", "key.pem"].map(|name| host.directory().join(name));
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(DnType::CommonName, "the lab's authority");
    let authority = KeyPair::generate()?;
    fs::write(&files[0], params.self_signed(&authority)?.pem())?;
    let issuer = Issuer::new(params, authority);

    let day = |days: i64| {
        let date = Timestamp::now().to_zoned(TimeZone::UTC).checked_add(days.days())?.date();
        anyhow::Ok(rcgen::date_time_ymd(
            date.year().into(),
            u8::try_from(date.month())?,
            u8::try_from(date.day())?,
        ))
    };
    let mut params = CertificateParams::new([Site::A.v4.to_string()])?;
    (params.not_before, params.not_after) = (day(-1)?, day(89)?);
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    fs::write(&files[1], params.signed_by(&key, &issuer)?.pem())?;
    fs::write(&files[2], key.serialize_pem())?;
    Ok(files)
}

#[tokio::test]
async fn sslyze_finds_nothing_that_mozillas_intermediate_profile_forbids() -> anyhow::Result<()> {
    unless_interrupted(async {
        let python = python::environment_of("scanners").await?;
        let lab = Lab::build()?;
        let (host, scanner) = (lab.connect(&Site::A)?, lab.connect(&Site::B)?);
        let [authority, chain, key] = certificate(&host)?;
        let serve = section(&format!("certificate = {chain:?}\nprivate_key = {key:?}\n"));
        let _agent = Agent::launch(&host, Settings { serve: Some(&serve), ..Settings::default() }).await?;

        let mut sslyze = Command::new(python.with_file_name("sslyze"));
        sslyze
            .args(["--mozilla_config", "intermediate", "--early_data", "--certinfo_ca_file"])
            .arg(authority);
        sslyze.arg(format!("{}:{LOG_PORT}", Site::A.v4));
        let (is_compliant, said) = said(&scanner, sslyze).await?;

        ensure!(is_compliant && said.contains("OK - Compliant"), "{said}");
        ensure!(said.contains("OK - Not vulnerable to Heartbleed"), "it did look: {said}");
        ensure!(!said.contains("VULNERABLE"), "{said}");
        Ok(())
    })
    .await
}

/// Runs slowhttptest with 400 connections for some seconds: more than the server holds.
async fn slow(scanner: &Host, attack: &str) -> anyhow::Result<String> {
    let mut slowhttptest = Command::new("slowhttptest");
    slowhttptest.args(attack.split(' ')).args(["-c", "400", "-r", "200", "-l", "12", "-i", "3", "-p", "5"]);
    slowhttptest.args(["-u", &format!("https://{}:{LOG_PORT}/health", Site::A.v4)]);
    Ok(said(scanner, slowhttptest).await?.1)
}

#[tokio::test]
async fn slowhttptest_finds_the_server_available_throughout_each_of_its_attacks() -> anyhow::Result<()> {
    unless_interrupted(async {
        let lab = Lab::build()?;
        let serve = section("connections = 256\n");
        let settings = Settings { serve: Some(&serve), ..Settings::default() };
        let agent = Agent::launch(&lab.connect(&Site::A)?, settings).await?;
        let scanner = lab.connect(&Site::B)?;

        // Slow heads, slow bodies, many ranges, slow reading.
        for attack in ["-H", "-B", "-R", "-X"] {
            let said = slow(&scanner, attack).await?;
            ensure!(said.contains("YES") && !said.contains("NO"), "{attack}: {said}");
            let memory = agent.running()?.resident_memory()?;
            ensure!(memory < 100_000_000, "{attack}: the agent occupies {memory} bytes");
        }
        Ok(())
    })
    .await
}
