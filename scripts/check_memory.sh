#!/usr/bin/env bash
# Looks for reads and writes outside of what was allocated: the kernels' tests under the address sanitizer, for every instruction set of
# this processor. Needs a nightly toolchain, which it installs where it is missing.
#
# The other unsafe code, by which const evaluation reads values by their kind, needs no such run: rustc's evaluator refuses undefined
# behaviour itself, and `cargo test` evaluates all of it. Where Miri is installed, it runs that code's tests as well.
set -euo pipefail
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
cargo +nightly --version > /dev/null 2>&1 || rustup toolchain install nightly --profile minimal

for isa in portable avx2 avx512; do
    case $isa in
        avx2) grep -qw avx2 /proc/cpuinfo || continue ;;
        avx512) grep -qw avx512f /proc/cpuinfo || continue ;;
    esac
    echo "== kernels, $isa, address sanitizer"
    TF_KERNELS_ISA=$isa RUSTFLAGS=-Zsanitizer=address \
        cargo +nightly test --quiet --package tf-kernels --tests --target "$host" --target-dir target/sanitizer
done

if cargo +nightly miri --version > /dev/null 2>&1; then
    echo "== const evaluation's reading of values, Miri"
    cargo +nightly miri test --quiet --package tf-core --lib -- tensor:: check:: evaluate:: registry::
else
    echo "Miri is not installed here: rustup component add --toolchain nightly miri"
fi
