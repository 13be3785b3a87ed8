//! `dispute_post`: contradict another peer's post.

use crate::{Call, failure::Failure, verdict};
use sentinel_interface::{VerdictKind, instruction::DisputePostAccounts};

/// Says that the post is wrong, which may lower its owner's karma.
pub(crate) fn dispute_post(call: Call<'_>) -> Result<(), Failure> {
    verdict::give(call, VerdictKind::Dispute, &DisputePostAccounts::ROLES)
}
