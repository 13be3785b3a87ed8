//! Linker driver that turns what rustc makes for `bpfel-unknown-none` into an sBPF v3 program.
//!
//! rustc calls it with the arguments of its `bpf` linker flavour. The bitcode files become one
//! optimised BPF object (`bpf-linker`, with the LLVM of the rustc that wrote them), and the object
//! becomes the ELF file that Solana's loader takes (`sbpf-linker`).

mod arguments;

use anyhow::{Context, Result, anyhow, ensure};
use arguments::Arguments;
// Its presence is its use: it lends bpf-linker the LLVM library found at run time.
use aya_rustc_llvm_proxy as _;
use bpf_linker::{Cpu, Linker, LinkerInput, LinkerOptions, OptLevel, OutputType};
use sbpf_linker::{OptimizationConfig, ProgramOptions, SbpfArch, SbpfLinkerError, link_program};
use std::{env, ffi::CString, fs, path::Path};

/// Bytes of stack that Solana gives to a function call.
const STACK_SIZE: i32 = 4096;

/// Where an ELF file with its program headers right behind its header (as all from this linker) says where its first
/// segment begins.
const FIRST_SEGMENT_OFFSET: usize = 64 + 8;

/// What the program puts at address 0.
const NULL: [u8; 8] = [0xff; 8];

fn main() -> Result<()> {
    // LLVM's diagnostics arrive as log records.
    tracing_subscriber::fmt().with_writer(std::io::stderr).without_time().init();
    let arguments = Arguments::parse(env::args().skip(1))?;
    let output = &arguments.output;
    link_object(&arguments).with_context(|| format!("linking the BPF object {}", output.display()))?;
    let program =
        to_sbpf(output).with_context(|| format!("making an sBPF program of {}", output.display()))?;
    ensure!(
        begins_with_null(&program),
        "{}: a reference to its first read-only data would be a null pointer; they must be 8 bytes of 0xff",
        output.display()
    );
    fs::write(output, program).with_context(|| format!("writing {}", output.display()))
}

/// Links all bitcode into one BPF object at the output path.
fn link_object(arguments: &Arguments) -> Result<()> {
    let linker = Linker::new(LinkerOptions {
        target: None,
        // The newest instruction set of the kernel's that sBPF v3 shares.
        cpu: Cpu::V2,
        // Solana's machine loads and stores words at any address; without this, arrays are copied by bytes.
        cpu_features: CString::from(c"+allows-misaligned-mem-access"),
        optimize: OptLevel::Aggressive,
        unroll_loops: false,
        ignore_inline_never: false,
        llvm_args: vec![CString::new(format!("--bpf-stack-size={STACK_SIZE}"))?],
        disable_expand_memcpy_in_order: true,
        disable_memory_builtins: false,
        btf: false,
        allow_bpf_trap: false,
    });
    let symbols = match &arguments.exported_symbols {
        Some(path) => fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?,
        None => String::new(),
    };
    let inputs = arguments.inputs.iter().map(|path| LinkerInput::new_from_file(path));
    linker.link_to_file(inputs, &arguments.output, OutputType::Object, symbols.lines())?;
    ensure!(!linker.has_errors(), "LLVM reported the errors above");
    Ok(())
}

/// Translates a BPF object into an sBPF v3 ELF file.
fn to_sbpf(object: &Path) -> Result<Vec<u8>> {
    let options = ProgramOptions::new(OptimizationConfig::enabled(), SbpfArch::V3, STACK_SIZE);
    link_program(&fs::read(object)?, options)
        .map_err(|errors| anyhow!("{}", SbpfLinkerError::format_errors(&errors)))
}

/// Whether nothing that a reference points to lies at address 0.
///
/// That is where sBPF v3 puts a program's first segment, its read-only data. Rust takes a reference for never null, and
/// an optional one for absent where it is.
fn begins_with_null(program: &[u8]) -> bool {
    let offset = program.get(FIRST_SEGMENT_OFFSET..).and_then(<[u8]>::first_chunk);
    let offset = offset.and_then(|offset| usize::try_from(u64::from_le_bytes(*offset)).ok());
    offset.and_then(|offset| program.get(offset..)).is_some_and(|data| data.starts_with(&NULL))
}
