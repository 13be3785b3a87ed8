//! An error in one line.

/// The error with its causes, leaving out those that the one before has told already.
pub(crate) fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| {
        if told.is_empty() {
            cause
        } else if told.contains(&cause) {
            told
        } else {
            format!("{told}: {cause}")
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use anyhow::Context;

    use super::*;
    use crate::identity::IdentityError;

    #[test]
    fn a_cause_that_was_told_already_is_not_told_again() {
        let source = io::ErrorKind::PermissionDenied.into();
        let read = IdentityError::Read { path: "/x".into(), source };
        let error = Err::<(), _>(read).context("starting").unwrap_err();
        assert_eq!(told(&error), "starting: reading the key file /x: permission denied");
    }
}
