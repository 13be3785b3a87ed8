//! Bodies that come packed.

use std::io::Write;

use super::*;

async fn fetched(coding: &str, body: Vec<u8>, file_hash: FileHash) -> Result<MaliciousLog, AttemptError> {
    let head = format!("200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}", body.len());
    let (url, server) = server_of(vec![answer(&head, &body)]).await;
    let fetcher = Fetcher::new(Arc::new(Identity::generate().unwrap()), http_allowed());
    let fetched = fetcher.fetch(&Wanted::at(url, file_hash), Timestamp::now()).await;
    assert!(server.await.unwrap()[0].contains("\r\naccept-encoding: zstd, gzip\r\n"));
    fetched.map(|fetched| fetched.log).map_err(|mut error| error.attempts.remove(0).error)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 19).unwrap()
}

#[tokio::test]
async fn a_packed_log_is_unpacked_and_its_hash_is_that_of_the_file() {
    let log = log(&"Failed password for user from 203.0.113.7 port 4711 ssh2\n".repeat(5000));
    for (coding, body) in
        [("gzip", gzip(log.bytes())), ("ZSTD", zstd(log.bytes())), ("identity", log.bytes().to_vec())]
    {
        assert_eq!(fetched(coding, body, log.hash()).await.unwrap(), log, "{coding}");
    }
}

#[tokio::test]
async fn a_bomb_is_unpacked_only_to_the_largest_size_of_a_log() {
    let zeros = vec![0; 10 * MAX_LOG_BYTES];
    for (coding, body) in [("gzip", gzip(&zeros)), ("zstd", zstd(&zeros))] {
        assert!(body.len() < MAX_LOG_BYTES / 50, "{coding} packs it well");
        match fetched(coding, body, FileHash::of(&zeros)).await.unwrap_err() {
            AttemptError::TooLarge(TooLarge(unpacked)) => {
                assert!(
                    unpacked > MAX_LOG_BYTES && unpacked < MAX_LOG_BYTES + 256 * 1024,
                    "{coding}: {unpacked}"
                );
            }
            other => panic!("{coding}: {other}"),
        }
    }
}

#[tokio::test]
async fn an_endless_body_that_unpacks_to_nothing_is_read_only_to_the_largest_size_of_a_log() {
    // Frames that hold no data, one after the other.
    let body = zstd(b"").repeat(MAX_LOG_BYTES / 8);
    let error = fetched("zstd", body, FileHash([1; 32])).await.unwrap_err();
    assert!(matches!(error, AttemptError::TooLarge(_)), "{error}");
}

#[tokio::test]
async fn a_zstd_window_beyond_eight_megabytes_is_refused() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(&[7; 1000]).unwrap();
    encoder.flush().unwrap();
    encoder.write_all(&[7; 1000]).unwrap();
    let error = fetched("zstd", encoder.finish().unwrap(), FileHash::of(&[7; 2000])).await.unwrap_err();
    assert!(matches!(&error, AttemptError::Corrupt { coding: "zstd", .. }), "{error}");
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_told() {
    for coding in ["gzip", "zstd"] {
        let error =
            fetched(coding, b"nonsense, and some more of it".to_vec(), FileHash([1; 32])).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("unpacking the log ({coding}): ")), "{error}");
    }
    let truncated = gzip(b"something").split_last_chunk::<3>().unwrap().0.to_vec();
    let error = fetched("gzip", truncated, FileHash::of(b"something")).await.unwrap_err();
    assert!(matches!(error, AttemptError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn a_coding_that_was_not_asked_for_is_refused() {
    for coding in ["br", "gzip, zstd", "gzip\r\nContent-Encoding: gzip"] {
        let error = fetched(coding, b"x".to_vec(), FileHash([1; 32])).await.unwrap_err();
        assert!(matches!(error, AttemptError::UnknownCoding { .. }), "{coding}: {error}");
    }
}
