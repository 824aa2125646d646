#!/usr/bin/env bash
# What models cost `cargo check`: the time with the model less the time without it, medians of five.
# Prints a table; the bounds are those the project aims at on a quiet machine with two cores. It asserts nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export CARGO_INCREMENTAL=0 # else rustc would remember what it evaluated
dir=target/cost
mkdir -p "$dir/src"

cat > "$dir/Cargo.toml" <<EOF
[package]
name = "cost"
version = "0.0.0"
edition = "2024"
[workspace]
[features]
model = []
[dependencies]
tf = { package = "tf-scope", path = "$root" }
EOF
cp Cargo.lock "$dir/Cargo.lock"

# 125 blocks of two layers with two variables each, in loops.
loops() {
    cat <<'EOF'
use tf::prelude::*;
#[variable_scope]
fn conv_relu(x: Tensor<f32>, channels: usize) -> Tensor<f32> {
    let weights = get_variable!("weights", [3, 3, x.dim(3), channels]);
    let biases = get_variable!("biases", [channels], initializer = zeros_initializer());
    nn::relu(nn::conv2d(x, weights, [1, 1], Padding::Same) + biases)
}
#[variable_scope]
fn block(x: Tensor<f32>, channels: usize) -> Tensor<f32> {
    let y = variable_scope!("first", { conv_relu(x, channels) });
    let y = variable_scope!("second", { conv_relu(y, channels) });
    y * 0.5 + x
}
#[variable_scope]
fn stage(x: Tensor<f32>, blocks: usize) -> Tensor<f32> {
    let mut y = x;
    for i in 0..blocks {
        y = variable_scope!("block{i}", { block(y, 16) });
    }
    y
}
#[cfg(feature = "model")]
model! {
    pub Loops(x: f32[?, 32, 32, 16]) -> f32[?, 32, 32, 16] {
        let mut y = x;
        for i in 0..5 {
            y = variable_scope!("stage{i}", { stage(y, 25) });
        }
        y
    }
}
#[cfg(feature = "model")]
const _: () = assert!(Loops::PARAMETERS == 580_000);
fn main() {}
EOF
}

# 125 layers, each written out, with four variables.
distinct() {
    echo 'use tf::prelude::*;'
    for i in $(seq 0 124); do
        cat <<EOF
#[variable_scope]
fn layer$i(x: Tensor<f32>, channels: usize) -> Tensor<f32> {
    let weights = get_variable!("weights", [3, 3, x.dim(3), channels]);
    let biases = get_variable!("biases", [channels], initializer = zeros_initializer());
    let y = nn::conv2d(x, weights, [1, 1], Padding::Same) + biases;
    let gain = get_variable!("gain", [channels]);
    let shift = get_variable!("shift", [channels]);
    let y = y * gain - shift;
    y * 0.5 + x
}
EOF
    done
    echo '#[cfg(feature = "model")]'
    echo 'model! { pub Distinct(x: f32[?, 32, 32, 16]) -> f32[?, 32, 32, 16] { let y = x;'
    for i in $(seq 0 124); do echo "let y = variable_scope!(\"layer$i\", { layer$i(y, 16) });"; done
    echo 'y } }'
    echo '#[cfg(feature = "model")]'
    echo 'const _: () = assert!(Distinct::PARAMETERS == 294_000);'
    echo 'fn main() {}'
}

# Milliseconds of one `cargo check` of the crate alone.
check() {
    touch "$dir/src/main.rs"
    local start end
    start=$(date +%s%N)
    CARGO_TARGET_DIR="$root/target" cargo check --quiet --manifest-path "$dir/Cargo.toml" "$@" 2>/dev/null ||
        CARGO_TARGET_DIR="$root/target" cargo check --quiet --manifest-path "$dir/Cargo.toml" "$@"
    end=$(date +%s%N)
    echo $(((end - start) / 1000000))
}

median() { sort -n | sed -n 3p; }

row() { # name, bound in seconds, what the bound is about: the model alone, or layers and model
    local name=$1 bound=$2 base=$3
    if [ "$base" = layers ]; then "$name" > "$dir/src/main.rs"; else echo 'use tf as _; fn main() {}' > "$dir/src/main.rs"; fi
    check > /dev/null
    local without with
    without=$(for _ in 1 2 3 4 5; do check; done | median)
    "$name" > "$dir/src/main.rs"
    check --features model > /dev/null
    with=$(for _ in 1 2 3 4 5; do check --features model; done | median)
    printf '%-32s %8d ms %12d ms %8d ms   aim: %s ms\n' "$name" "$without" "$with" $((with - without)) "$bound"
}

printf '%-32s %11s %15s %11s\n' '500 variables' 'without' 'with' 'adds'
row loops 300 layers
row distinct 1500 nothing
