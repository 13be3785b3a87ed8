//! The eight bytes that begin every account and every instruction, as Anchor derives them.

/// The first eight bytes of `sha256("account:Name")` or `sha256("global:name")`.
pub type Discriminator = [u8; 8];

/// Length of a [`Discriminator`] in bytes.
pub const DISCRIMINATOR_LEN: usize = size_of::<Discriminator>();

/// `account:State`
pub const STATE: Discriminator = [0xd8, 0x92, 0x6b, 0x5e, 0x68, 0x4b, 0xb6, 0xb1];
/// `account:Peer`
pub const PEER: Discriminator = [0x32, 0x08, 0x13, 0x37, 0x28, 0xfd, 0x25, 0x3a];
/// `account:Post`
pub const POST: Discriminator = [0x08, 0x93, 0x5a, 0xba, 0xb9, 0x38, 0xc0, 0x96];
/// `account:Like`
pub const LIKE: Discriminator = [0x0a, 0x85, 0x81, 0xc9, 0x57, 0xda, 0xcb, 0xde];
/// `account:Dispute`
pub const DISPUTE: Discriminator = [0x24, 0x31, 0xf1, 0x43, 0x28, 0x24, 0xf1, 0x4a];

/// `global:initialize`
pub const INITIALIZE: Discriminator = [0xaf, 0xaf, 0x6d, 0x1f, 0x0d, 0x98, 0x9b, 0xed];
/// `global:join_network`
pub const JOIN_NETWORK: Discriminator = [0xf6, 0xb8, 0x6b, 0x44, 0x27, 0xac, 0x08, 0x1e];
/// `global:mint_nft`
pub const MINT_NFT: Discriminator = [0xd3, 0x39, 0x06, 0xa7, 0x0f, 0xdb, 0x23, 0xfb];
/// `global:like_post`
pub const LIKE_POST: Discriminator = [0x2d, 0xf2, 0x9a, 0x47, 0x3f, 0x85, 0x36, 0xba];
/// `global:set_endpoint`
pub const SET_ENDPOINT: Discriminator = [0xfc, 0xcd, 0x6b, 0x76, 0x2d, 0x7c, 0x6b, 0x3e];
/// `global:add_mirror`
pub const ADD_MIRROR: Discriminator = [0x8a, 0x85, 0x11, 0xa2, 0xb4, 0x06, 0x77, 0xf7];
/// `global:remove_mirror`
pub const REMOVE_MIRROR: Discriminator = [0xe7, 0x17, 0x90, 0x3e, 0xfe, 0x38, 0x14, 0x51];
/// `global:leave_network`
pub const LEAVE_NETWORK: Discriminator = [0x5f, 0xb4, 0x25, 0xb1, 0x6f, 0xc1, 0x14, 0x13];
/// `global:dispute_post`
pub const DISPUTE_POST: Discriminator = [0xb3, 0x19, 0x73, 0xe0, 0x9a, 0x41, 0x34, 0xcc];
/// `global:retract_post`
pub const RETRACT_POST: Discriminator = [0xe9, 0xf2, 0xc4, 0xc0, 0xce, 0x76, 0x02, 0x57];
/// `global:retire_post`
pub const RETIRE_POST: Discriminator = [0x18, 0x03, 0xac, 0xcb, 0x62, 0x4c, 0xe2, 0x88];
/// `global:close_verdict`
pub const CLOSE_VERDICT: Discriminator = [0x69, 0xfa, 0x98, 0x6e, 0xc7, 0x62, 0xc3, 0x28];
/// `global:advance_cycle`
pub const ADVANCE_CYCLE: Discriminator = [0x16, 0x7f, 0xd7, 0xa4, 0xb0, 0x35, 0x25, 0xe0];

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn discriminators_are_the_ones_an_anchor_client_computes() {
        for (preimage, discriminator) in [
            ("account:State", STATE),
            ("account:Peer", PEER),
            ("account:Post", POST),
            ("account:Like", LIKE),
            ("account:Dispute", DISPUTE),
            ("global:initialize", INITIALIZE),
            ("global:join_network", JOIN_NETWORK),
            ("global:mint_nft", MINT_NFT),
            ("global:like_post", LIKE_POST),
            ("global:set_endpoint", SET_ENDPOINT),
            ("global:add_mirror", ADD_MIRROR),
            ("global:remove_mirror", REMOVE_MIRROR),
            ("global:leave_network", LEAVE_NETWORK),
            ("global:dispute_post", DISPUTE_POST),
            ("global:retract_post", RETRACT_POST),
            ("global:retire_post", RETIRE_POST),
            ("global:close_verdict", CLOSE_VERDICT),
            ("global:advance_cycle", ADVANCE_CYCLE),
        ] {
            assert_eq!(Sha256::digest(preimage)[..DISCRIMINATOR_LEN], discriminator, "{preimage}");
        }
    }
}
