#!/bin/sh
# Builds the on-chain program and puts it, with its hash, beside this script.
#
#   programs/build.sh           rebuild sentinel.so and sentinel.so.sha256
#   programs/build.sh --check   rebuild, and fail unless the committed files are what comes out
#
# The same sources give the same bytes in any folder on any machine with the compiler named below.
# It comes from Debian 12 (rustc-web), because it has the BPF target and shares its LLVM as a library.
# Build products go to target/sbpf, or to SENTINEL_SBPF_TARGET.
set -eu

RUSTC_RELEASE=1.96.0
PACKAGES="rustc-web rust-web-src cargo-web"
TRIPLE=bpfel-unknown-none
# Debian's own, whatever else PATH offers: the committed bytes are theirs.
RUSTC=/usr/bin/rustc
CARGO=/usr/bin/cargo

programs=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$programs")
target=${SENTINEL_SBPF_TARGET:-$root/target/sbpf}

fail() {
    echo "programs/build.sh: $*" >&2
    exit 1
}

# The compiler, the sources of its core library and its cargo.
installed() {
    [ -x "$CARGO" ] && [ -x "$RUSTC" ] && [ -d "$("$RUSTC" --print sysroot)/lib/rustlib/src/rust/library/core" ]
}

install_compiler() {
    installed && return
    [ "$(id -u)" = 0 ] || fail "this needs Debian's compiler: sudo apt-get install $PACKAGES"
    apt-get update -qq
    # shellcheck disable=SC2086 # one word a package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $PACKAGES
    installed || fail "$PACKAGES are installed, but $RUSTC, $CARGO or the sources of core are missing"
}

require_release() {
    release=$("$RUSTC" -vV | sed -n 's/^release: //p')
    [ "$release" = "$RUSTC_RELEASE" ] || fail "the committed program was built by rustc $RUSTC_RELEASE, but $RUSTC" \
        "is $release: set RUSTC_RELEASE in this script, rebuild, and commit what comes out"
}

# Builds the linker with the cargo of the rest of the workspace.
build_linker() {
    env -u RUSTC CARGO_TARGET_DIR="$target" \
        cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p sbpf-link
}

# A folder with nothing but the LLVM of the compiler: the linker takes the first LLVM that it finds, and
# one of another version cannot read the compiler's bitcode.
pin_llvm() {
    library=$(ldd "$RUSTC" | sed -n 's/.*=> \(.*libLLVM[^ ]*\) .*/\1/p')
    [ -n "$library" ] || fail "$RUSTC does not share its LLVM as a library"
    rm -rf "$target/llvm"
    mkdir -p "$target/llvm"
    ln -s "$library" "$target/llvm/"
    cat >"$target/link" <<EOF
#!/bin/sh
LD_LIBRARY_PATH='$target/llvm' exec '$target/debug/sbpf-link' "\$@"
EOF
    chmod +x "$target/link"
}

# Nothing of this machine may reach the program: paths in it are remapped, and the linker is named by the
# environment, since flags go into the hashes that order the symbols.
build_program() {
    separator=$(printf '\037')
    flags="--remap-path-prefix=$root=/sentinel"
    flags="$flags$separator--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    flags="$flags$separator--remap-path-prefix=$("$RUSTC" --print sysroot)=/rust"
    env RUSTC="$RUSTC" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$target" CARGO_ENCODED_RUSTFLAGS="$flags" \
        CARGO_TARGET_BPFEL_UNKNOWN_NONE_LINKER="$target/link" \
        "$CARGO" rustc --quiet --locked --manifest-path "$root/Cargo.toml" -p sentinel-program --lib \
        --crate-type cdylib --profile program --target "$TRIPLE" -Zbuild-std=core
    built=$(find "$target/$TRIPLE/program" -maxdepth 1 -name '*sentinel_program.so')
    [ -n "$built" ] || fail "no program came out in $target/$TRIPLE/program"
}

check() {
    (cd "$programs" && sha256sum --check --quiet sentinel.so.sha256) ||
        fail "sentinel.so is not what sentinel.so.sha256 says"
    cmp "$built" "$programs/sentinel.so" ||
        fail "the sources build another program than the committed sentinel.so: run programs/build.sh and commit" \
            "($(sha256sum <"$built" | cut -c1-16) was built)"
    echo "sentinel.so is what its sources build"
}

save() {
    cp "$built" "$programs/sentinel.so"
    chmod 644 "$programs/sentinel.so"
    (cd "$programs" && sha256sum sentinel.so >sentinel.so.sha256)
    echo "built sentinel.so, $(wc -c <"$built") bytes"
}

case ${1-} in
--check) finish=check ;;
'') finish=save ;;
*) fail "unknown argument $1; the only one is --check" ;;
esac
install_compiler
require_release
build_linker
pin_llvm
build_program
$finish
