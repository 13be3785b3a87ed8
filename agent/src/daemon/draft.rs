//! Detections -> malicious logs as they are stored and posted: the same for who reports and for who only looks.

use sentinel_parsers::Service;

use crate::{
    detect::{Detection, Method},
    domain::{MaliciousLog, TooLarge},
    evidence::{self, Redactor, Verified, VerifyError},
    guard::is_private,
};

/// Detections that share a log: by one detector, and all of the internet or all of this house.
#[derive(Debug)]
pub(super) struct DetectionGroup {
    pub(super) service: Service,
    method: Method,
    pub(super) detections: Vec<Detection>,
}

/// Why detections make no log.
#[derive(Debug, thiserror::Error)]
pub(super) enum DraftError {
    /// It is too long.
    #[error("writing the malicious log: {0}")]
    Write(#[from] TooLarge),
    /// It accuses nobody.
    #[error("without what is private, or without rules of this agent's own, no line proves an attack")]
    Nobody,
    /// It cannot be read back.
    #[error("writing the malicious log: {0}")]
    Unreadable(VerifyError),
}

/// Those that were detected alike, together; in the order of the first of each.
pub(super) fn grouped(mut detections: Vec<Detection>) -> Vec<DetectionGroup> {
    let mut all = Vec::new();
    while let Some(first) = detections.first() {
        let (service, method) = (first.service, first.method);
        let kind = |one: &Detection| (one.service, one.method, is_private(one.network.ip()));
        let of_first = kind(first);
        let (together, others) = detections.into_iter().partition(|one| kind(one) == of_first);
        detections = others;
        all.push(DetectionGroup { service, method, detections: together });
    }
    all
}

impl DetectionGroup {
    /// Whether it concerns others: nobody but this house meets its own hosts.
    pub(super) fn leaves(&self) -> bool {
        self.detections.iter().all(|detection| !is_private(detection.network.ip()))
    }

    /// The log as it is stored, and posted byte by byte.
    ///
    /// # Errors
    /// When it would prove nothing.
    pub(super) fn draft(&self, redactor: &Redactor) -> Result<Verified<MaliciousLog>, DraftError> {
        let log = evidence::write(redactor, self.service, self.method, &self.detections)?;
        let hash = log.hash();
        evidence::verify(log, hash).map_err(|error| match error {
            VerifyError::Nobody => DraftError::Nobody,
            error => DraftError::Unreadable(error),
        })
    }

    /// The lines that were seen, each with what the draft holds of it.
    pub(super) fn lines(&self, redactor: &Redactor) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let lines = evidence::lines(redactor, self.service, &self.detections);
        lines.map(|(seen, written)| (seen.raw.to_vec(), written)).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use sentinel_parsers::Provenance;

    use super::*;
    use crate::{
        detect::{SeenLine, testing::sshd},
        evidence::Own,
    };

    fn detection(address: &str, method: Method) -> Detection {
        let raw = format!("sshd[1]: Failed password for alice from {address} port 5 ssh2");
        let at = Timestamp::UNIX_EPOCH;
        Detection {
            network: address.parse().unwrap(),
            service: sshd(),
            method,
            provenance: Provenance::Proven,
            events: 1,
            first: at,
            last: at,
            lines: vec![SeenLine { at, raw: raw.into_bytes().into() }],
        }
    }

    #[test]
    fn attackers_inside_the_own_network_share_no_log_with_others_and_are_told_to_nobody() {
        let detected = ["203.0.113.7", "192.168.1.5", "203.0.113.8"]
            .map(|address| detection(address, Method::BruteForce));
        let groups = grouped(detected.to_vec());
        let numbers: Vec<_> = groups.iter().map(|group| (group.detections.len(), group.leaves())).collect();
        assert_eq!(numbers, [(2, true), (1, false)]);
        let other = detection("203.0.113.9", Method::Abuse);
        assert_eq!(grouped(vec![detection("203.0.113.7", Method::BruteForce), other]).len(), 2);
    }

    #[test]
    fn the_lines_that_are_shown_are_the_log_and_those_that_stay_are_not_in_it() {
        let own = Own::default().and("192.0.2.1");
        let mut detected = detection("203.0.113.7", Method::BruteForce);
        detected.lines.extend(detection("192.0.2.1", Method::BruteForce).lines);
        let [group] = &grouped(vec![detected])[..] else { panic!("one log") };
        let redactor = Redactor::new(own);
        let (log, lines) = (group.draft(&redactor).unwrap(), group.lines(&redactor));
        assert!(lines[0].0.starts_with(b"sshd[1]: Failed password for alice") && lines[1].1.is_none());
        assert!(log.get().bytes().ends_with(lines[0].1.as_ref().unwrap()));
        assert!(!String::from_utf8_lossy(log.get().bytes()).contains("192.0.2.1"));
    }

    #[test]
    fn a_log_that_proves_nothing_without_what_is_private_is_none() {
        let groups = grouped(vec![detection("203.0.113.7", Method::BruteForce)]);
        let redactor = Redactor::new(Own::default().and("failed"));
        assert!(matches!(groups[0].draft(&redactor), Err(DraftError::Nobody)));
    }
}
