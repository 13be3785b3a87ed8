//! The arguments of rustc's `bpf` linker flavour, as far as they matter here.

use anyhow::{Context, Result};
use std::path::PathBuf;

/// What to link, and where to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Bitcode and archives, in order.
    pub(crate) inputs: Vec<PathBuf>,
    /// The file to write.
    pub(crate) output: PathBuf,
    /// File with the symbols to keep, one a line.
    pub(crate) exported_symbols: Option<PathBuf>,
}

impl Arguments {
    /// Reads the arguments behind the program's name. Those about the target are ignored: it is fixed.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut inputs, mut output, mut exported_symbols) = (Vec::new(), None, None);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} lacks its value"));
            match argument.as_str() {
                "-o" | "--output" => output = Some(value()?.into()),
                "--export-symbols" => exported_symbols = Some(value()?.into()),
                "-L" | "--cpu" | "--cpu-features" | "--target" => drop(value()?),
                flag if flag.starts_with('-') => {}
                input => inputs.push(input.into()),
            }
        }
        Ok(Self { inputs, output: output.context("no output file: -o is missing")?, exported_symbols })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        Arguments::parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn inputs_are_told_from_flags_and_their_values() {
        let arguments =
            parse("--export-symbols s.txt a.o -L /lib --cpu generic -O3 --debug b.rlib -o p.so").unwrap();
        assert_eq!(arguments.inputs, [PathBuf::from("a.o"), PathBuf::from("b.rlib")]);
        assert_eq!(arguments.output, PathBuf::from("p.so"));
        assert_eq!(arguments.exported_symbols, Some(PathBuf::from("s.txt")));
    }

    #[test]
    fn a_call_without_an_output_or_with_a_dangling_flag_is_refused() {
        assert!(parse("a.o").is_err());
        assert!(parse("a.o -o").is_err());
    }
}
