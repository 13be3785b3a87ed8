//! What the runtime knows: the time, and what rent an account must hold.
//!
//! Read byte by byte: pinocchio's own `Sysvar::get` answers `UnsupportedSysvar` on this target, and its
//! rent takes for granted that the exemption threshold is 1.

use crate::failure::Failure;
use pinocchio::{
    error::ProgramError,
    sysvars::{
        clock::CLOCK_ID,
        get_sysvar,
        rent::{ACCOUNT_STORAGE_OVERHEAD, RENT_ID},
    },
};
use sentinel_interface::SentinelError;

/// Offset of `unix_timestamp` in the clock, behind four words about slots and epochs.
const UNIX_TIMESTAMP_OFFSET: usize = 4 * size_of::<u64>();

/// The time of the current slot, in Unix seconds.
pub(crate) fn now() -> Result<i64, Failure> {
    let mut timestamp = [0; 8];
    get_sysvar(&mut timestamp, &CLOCK_ID, UNIX_TIMESTAMP_OFFSET)?;
    Ok(i64::from_le_bytes(timestamp))
}

/// Lamports that exempt an account of `len` bytes from rent.
///
/// The rent account holds a price for each byte and, as a floating point number, the factor that exempts:
/// 2 on ledgers before SIMD-0194, 1 (and twice the price) since.
pub(crate) fn rent(len: usize) -> Result<u64, Failure> {
    let (mut price, mut factor) = ([0; 8], [0; 8]);
    get_sysvar(&mut price, &RENT_ID, 0)?;
    get_sysvar(&mut factor, &RENT_ID, price.len())?;
    let price = u64::from_le_bytes(price);
    let exempting = match u64::from_le_bytes(factor) {
        bits if bits == 1f64.to_bits() => Some(price),
        bits if bits == 2f64.to_bits() => price.checked_add(price),
        _ => return Err(ProgramError::UnsupportedSysvar.into()),
    };
    let bytes = u64::try_from(len).ok().and_then(|len| len.checked_add(ACCOUNT_STORAGE_OVERHEAD));
    Ok(exempting.zip(bytes).and_then(product).ok_or(SentinelError::ArithmeticOverflow)?)
}

/// The product of two numbers of at most 32 bits each. (`checked_mul` needs products of 128 bits, which
/// the target has not.)
fn product((a, b): (u64, u64)) -> Option<u64> {
    let (a, b) = (u32::try_from(a).ok()?, u32::try_from(b).ok()?);
    Some(u64::from(a) * u64::from(b))
}
