//! What the compiler calls to copy bytes whose number it does not know: the runtime's own function.
#![allow(unsafe_code, reason = "the compiler's contract is in raw pointers")]

/// Copies `len` bytes.
///
/// # Safety
/// That of C's `memcpy`: both sides hold `len` bytes and do not overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the syscall asks for no more than this function's own contract.
    unsafe { pinocchio::syscalls::sol_memcpy_(to, from, len as u64) };
    to
}
