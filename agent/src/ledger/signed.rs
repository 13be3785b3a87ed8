//! What its owner signed.

/// A value whose owner's signature was verified here, by this agent, over all of it that its owner decided.
///
/// Nobody makes one but the ledger's adapters, after that check, so that whatever takes one does nothing on the word of an
/// endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T>(T);

impl<T> Signed<T> {
    pub(super) fn new(checked: T) -> Self {
        Self(checked)
    }

    /// One for tests of what comes after the check.
    #[cfg(test)]
    pub(crate) fn unchecked(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// The value, without the proof.
    pub fn into_inner(self) -> T {
        self.0
    }
}
