//! The door through which the runtime calls the program.
#![allow(unsafe_code, reason = "pinocchio's macros read the runtime's input buffer")]
#![allow(unexpected_cfgs, reason = "pinocchio's macros also serve the compiler of Solana's own tools")]

/// The most accounts an instruction takes; further ones are ignored.
const MAX_ACCOUNTS: usize = 9;

pinocchio::program_entrypoint!(crate::process, MAX_ACCOUNTS);
pinocchio::no_allocator!();
pinocchio::nostd_panic_handler!();
