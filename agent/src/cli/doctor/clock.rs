//! Whether the wall clock is right: requests are signed for a few minutes, and log lines count by their time.

use std::{io, process::Command};

use super::Check;

const NAME: &str = "clock";

/// What the service manager says of the clock, which it has from the kernel (adjtimex(2)).
pub(super) fn check() -> Check {
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    judge(asked.and_then(|output| match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(io::Error::other(said.lines().next().unwrap_or("it failed").to_owned()))
        }
    }))
}

fn judge(answer: io::Result<String>) -> Check {
    match answer.as_deref() {
        Ok("yes") => Check::ok(NAME, "synchronised"),
        Ok("no") => {
            let found = "not synchronised: peers refuse requests that are signed five minutes off";
            Check::warning(NAME, found, "timedatectl set-ntp true, or install chrony")
        }
        Ok(other) => Check::unknown(NAME, format!("timedatectl says '{other}'"), "timedatectl"),
        Err(error) => {
            let found = format!("timedatectl does not say whether it is synchronised: {error}");
            Check::unknown(NAME, found, "compare it with another clock: date --utc")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Grade, *};

    #[test]
    fn a_clock_that_nothing_sets_is_warned_of_and_one_that_nobody_knows_of_is_not() {
        let verdict = |answer: &str| judge(Ok(answer.to_owned())).verdict;
        assert_eq!([verdict("yes"), verdict("no"), verdict("")], [Grade::Ok, Grade::Warning, Grade::Unknown]);
        assert_eq!(judge(Err(io::ErrorKind::NotFound.into())).verdict, Grade::Unknown);
    }
}
