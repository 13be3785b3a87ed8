//! Whether what is measured can be had.

use std::{
    io,
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::Check;

const NAME: &str = "metrics";

/// How long a port of this host or its network may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The port for metrics, where the config names one.
pub(super) fn check(listen: Option<SocketAddr>) -> Option<Check> {
    let address = listen?;
    Some(judge(address, TcpStream::connect_timeout(&address, PATIENCE).map(drop)))
}

fn judge(address: SocketAddr, connected: io::Result<()>) -> Check {
    match connected {
        Ok(()) => Check::ok(NAME, format!("http://{address}/metrics takes connections")),
        Err(error) => {
            let found = format!("nobody answers at http://{address}/metrics: {error}");
            let advice = "journalctl -u sentinel-agent tells why; is metrics.listen new? systemctl reload sentinel-agent";
            Check::warning(NAME, found, advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{super::Grade, *};

    #[test]
    fn a_port_for_metrics_that_is_not_bound_is_warned_of() {
        let bound = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = bound.local_addr().unwrap();
        assert_eq!(check(Some(address)).unwrap().verdict, Grade::Ok);
        assert_eq!(judge(address, Err(io::ErrorKind::ConnectionRefused.into())).verdict, Grade::Warning);
        assert_eq!(check(None), None);
    }
}
