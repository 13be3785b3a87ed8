//! The accounts of each instruction, in the order the program expects.
//!
//! Clients fill in a struct and call `metas`; the program takes the accounts apart in the same
//! order.

use crate::Address;

/// What an instruction does with one of its accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountRole {
    /// The account's name, as the IDL has it.
    pub name: &'static str,
    /// Whether it must sign the transaction.
    pub is_signer: bool,
    /// Whether the instruction changes it.
    pub is_writable: bool,
}

/// One account of an instruction: the fields of Solana's own `AccountMeta`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountMeta {
    /// The account's address.
    pub address: Address,
    /// Whether it must sign the transaction.
    pub is_signer: bool,
    /// Whether the instruction changes it.
    pub is_writable: bool,
}

macro_rules! role {
    ($name:ident, payer) => {
        AccountRole { name: stringify!($name), is_signer: true, is_writable: true }
    };
    ($name:ident, signer) => {
        AccountRole { name: stringify!($name), is_signer: true, is_writable: false }
    };
    ($name:ident, writable) => {
        AccountRole { name: stringify!($name), is_signer: false, is_writable: true }
    };
    ($name:ident, readonly) => {
        AccountRole { name: stringify!($name), is_signer: false, is_writable: false }
    };
}

macro_rules! accounts {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $role:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Address,)+
        }

        impl $name {
            /// Number of accounts.
            pub const COUNT: usize = [$(stringify!($field)),+].len();

            /// The accounts' names and access, in order.
            pub const ROLES: [AccountRole; Self::COUNT] = [$(role!($field, $role)),+];

            /// The accounts for a transaction, in order.
            pub fn metas(&self) -> [AccountMeta; Self::COUNT] {
                [$({
                    const ROLE: AccountRole = role!($field, $role);
                    AccountMeta { address: self.$field, is_signer: ROLE.is_signer, is_writable: ROLE.is_writable }
                }),+]
            }
        }
    };
}

accounts! {
    /// Accounts of `initialize`.
    InitializeAccounts {
        /// Who becomes the network's authority, and pays.
        authority: payer,
        /// The program's own address: its key signs, so nobody but the deployer can found the network.
        program: signer,
        /// PDA [`state`](crate::seeds::state), to be created.
        state: writable,
        /// [`SYSTEM`](crate::program_id::SYSTEM).
        system_program: readonly,
    }
}

accounts! {
    /// Accounts of `join_network` for a newcomer; see [`with_authority`](Self::with_authority) for a founder.
    JoinNetworkAccounts {
        /// Who joins, and pays rent and bond.
        user: payer,
        /// PDA [`peer`](crate::seeds::peer) of `user`, to be created unless the peer has left.
        peer: writable,
        /// PDA [`state`](crate::seeds::state).
        state: readonly,
        /// [`SYSTEM`](crate::program_id::SYSTEM).
        system_program: readonly,
    }
}

impl JoinNetworkAccounts {
    /// The optional fifth account: the network's authority, which signs to grant karma.
    pub const AUTHORITY_ROLE: AccountRole = role!(authority, signer);

    /// The accounts of a founder, whose karma the network's authority vouches for.
    pub fn with_authority(&self, authority: Address) -> [AccountMeta; Self::COUNT + 1] {
        let [user, peer, state, system_program] = self.metas();
        let authority = AccountMeta { address: authority, is_signer: true, is_writable: false };
        [user, peer, state, system_program, authority]
    }
}

accounts! {
    /// Accounts of `mint_nft`.
    MintNftAccounts {
        /// Who publishes, and pays.
        owner: payer,
        /// PDA [`peer`](crate::seeds::peer) of `owner`, which remembers when it posted.
        peer: writable,
        /// PDA [`state`](crate::seeds::state).
        state: readonly,
        /// PDA [`post`](crate::seeds::post) of `nft_mint`, to be created.
        post: writable,
        /// PDA [`mint`](crate::seeds::mint) of `owner` and the file hash, to be created.
        nft_mint: writable,
        /// The owner's associated token account, to be created: PDA [`token_account`](crate::seeds::token_account)
        /// of the associated token program.
        token_account: writable,
        /// [`TOKEN_2022`](crate::program_id::TOKEN_2022).
        token_program: readonly,
        /// [`ASSOCIATED_TOKEN`](crate::program_id::ASSOCIATED_TOKEN).
        associated_token_program: readonly,
        /// [`SYSTEM`](crate::program_id::SYSTEM).
        system_program: readonly,
    }
}

accounts! {
    /// Accounts of `like_post`.
    LikePostAccounts {
        /// Who likes, and pays the rent of the like.
        liker: payer,
        /// PDA [`peer`](crate::seeds::peer) of `liker`.
        liker_peer: readonly,
        /// The liked post.
        post: writable,
        /// PDA [`peer`](crate::seeds::peer) of the post's owner, whose karma may rise.
        owner_peer: writable,
        /// PDA [`like`](crate::seeds::like) of `liker` and `post`, to be created.
        like: writable,
        /// PDA [`state`](crate::seeds::state).
        state: readonly,
        /// [`SYSTEM`](crate::program_id::SYSTEM).
        system_program: readonly,
    }
}

accounts! {
    /// Accounts of `dispute_post`.
    DisputePostAccounts {
        /// Who disputes, and pays the rent of the dispute.
        disputer: payer,
        /// PDA [`peer`](crate::seeds::peer) of `disputer`.
        disputer_peer: readonly,
        /// The disputed post.
        post: writable,
        /// PDA [`peer`](crate::seeds::peer) of the post's owner, whose karma may fall.
        owner_peer: writable,
        /// PDA [`dispute`](crate::seeds::dispute) of `disputer` and `post`, to be created.
        dispute: writable,
        /// PDA [`state`](crate::seeds::state).
        state: readonly,
        /// [`SYSTEM`](crate::program_id::SYSTEM).
        system_program: readonly,
    }
}

accounts! {
    /// Accounts of `close_verdict`.
    CloseVerdictAccounts {
        /// The like or dispute, to be closed.
        verdict: writable,
        /// Who gave it; gets its rent back.
        voter: writable,
        /// The post, or where it was.
        post: readonly,
        /// PDA [`state`](crate::seeds::state).
        state: readonly,
    }
}

accounts! {
    /// Accounts of `retract_post`.
    RetractPostAccounts {
        /// Whose post it is.
        owner: signer,
        /// The post.
        post: writable,
    }
}

accounts! {
    /// Accounts of `retire_post`.
    RetirePostAccounts {
        /// Whose post it is; gets all rent back.
        owner: payer,
        /// The post, to be closed.
        post: writable,
        /// The post's mint, to be closed.
        nft_mint: writable,
        /// The owner's associated token account, which holds the NFT, to be closed: PDA
        /// [`token_account`](crate::seeds::token_account) of the associated token program.
        token_account: writable,
        /// PDA [`state`](crate::seeds::state).
        state: readonly,
        /// [`TOKEN_2022`](crate::program_id::TOKEN_2022).
        token_program: readonly,
    }
}

accounts! {
    /// Accounts of `leave_network`.
    LeaveNetworkAccounts {
        /// Who leaves; gets the bond back in good standing.
        user: payer,
        /// PDA [`peer`](crate::seeds::peer) of `user`.
        peer: writable,
        /// PDA [`state`](crate::seeds::state), which keeps the bond otherwise.
        state: writable,
    }
}

accounts! {
    /// Accounts of `advance_cycle`.
    AdvanceCycleAccounts {
        /// PDA [`state`](crate::seeds::state).
        state: writable,
    }
}

accounts! {
    /// Accounts of `set_endpoint`.
    SetEndpointAccounts {
        /// Whose peer it is; pays the rent of a longer endpoint, and gets back that of a shorter one.
        user: payer,
        /// PDA [`peer`](crate::seeds::peer) of `user`.
        peer: writable,
        /// [`SYSTEM`](crate::program_id::SYSTEM).
        system_program: readonly,
    }
}

accounts! {
    /// Accounts of `add_mirror`.
    AddMirrorAccounts {
        /// Who serves the copy, and pays the rent of its entry.
        user: payer,
        /// PDA [`peer`](crate::seeds::peer) of `user`.
        peer: readonly,
        /// The mirrored post.
        post: writable,
        /// PDA [`state`](crate::seeds::state).
        state: readonly,
        /// [`SYSTEM`](crate::program_id::SYSTEM).
        system_program: readonly,
    }
}

accounts! {
    /// Accounts of `remove_mirror`.
    RemoveMirrorAccounts {
        /// Who withdraws the mirror: its own peer or the post's owner, who gets the rent that its peer's wallet
        /// is too empty to take.
        user: payer,
        /// Whose copy it was; gets the rent of its entry back.
        mirror_owner: writable,
        /// The mirrored post.
        post: writable,
    }
}
