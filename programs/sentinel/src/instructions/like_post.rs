//! `like_post`: confirm another peer's post.

use crate::{Call, failure::Failure, verdict};
use sentinel_interface::{VerdictKind, instruction::LikePostAccounts};

/// Says that the post is right, which may raise its owner's karma.
pub(crate) fn like_post(call: Call<'_>) -> Result<(), Failure> {
    verdict::give(call, VerdictKind::Like, &LikePostAccounts::ROLES)
}
