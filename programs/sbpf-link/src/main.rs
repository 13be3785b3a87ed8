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

fn main() -> Result<()> {
    // LLVM's diagnostics arrive as log records.
    tracing_subscriber::fmt().with_writer(std::io::stderr).without_time().init();
    let arguments = Arguments::parse(env::args().skip(1))?;
    let output = &arguments.output;
    link_object(&arguments).with_context(|| format!("linking the BPF object {}", output.display()))?;
    let program =
        to_sbpf(output).with_context(|| format!("making an sBPF program of {}", output.display()))?;
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
