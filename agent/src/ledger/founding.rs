//! A network of one's own.

use super::Parameters;
use crate::identity::Identity;

/// A network to be founded, by whoever becomes its authority.
#[derive(Clone, Copy, Debug)]
pub struct Founding<'a> {
    /// The program's own key: its address names the network, and its signature keeps others from founding it.
    pub program: &'a Identity,
    /// The program, as its build made it.
    pub elf: &'a [u8],
    /// The rules.
    pub parameters: Parameters,
}
