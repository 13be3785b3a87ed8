//! What the compiler calls to copy, fill and compare bytes whose number it does not know: the runtime's own functions.
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

/// Fills `len` bytes with the lowest byte of `value`.
///
/// # Safety
/// That of C's `memset`: there are `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(bytes: *mut u8, value: i32, len: usize) -> *mut u8 {
    let [value, ..] = value.to_le_bytes();
    // SAFETY: the syscall asks for no more than this function's own contract.
    unsafe { pinocchio::syscalls::sol_memset_(bytes, value, len as u64) };
    bytes
}

/// Compares `len` bytes: below, at or above zero as the first that differs is smaller, none, or greater.
///
/// # Safety
/// That of C's `memcmp`: both sides hold `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, len: usize) -> i32 {
    let mut order = 0;
    // SAFETY: the syscall asks for no more than this function's own contract.
    unsafe { pinocchio::syscalls::sol_memcmp_(left, right, len as u64, &mut order) };
    order
}

/// What lies at address 0, where a program's read-only data begin on sBPF v3: nothing that anybody refers to, for Rust takes
/// no reference to be null. The linker refuses a program that begins with anything else.
#[used]
#[unsafe(link_section = ".rodata.null")]
static NULL: [u8; 8] = [0xff; 8];
