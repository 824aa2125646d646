"""The rows of the table: what each computes, and how many operations and bytes that takes at least."""

from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True)
class Row:
    """A row. `flops` are those of the direct algorithm, multiplications and additions; `bytes` what has to be read and written."""

    name: str
    says: str
    flops: float = 0.0
    bytes: float = 0.0


def filter_flops(n, h, w, c):
    """The guide's filter: 5x5 from c to 32 channels, then 5x5 from 32 to 32."""
    return 2.0 * n * h * w * 25 * (c * 32 + 32 * 32)


def conv(n, h, w, k, c_in, c_out):
    """A convolution by outputs: n images of h x w of them."""
    return 2.0 * n * h * w * k * k * c_in * c_out


def mlp(n):
    """784-512-512-10."""
    return 2.0 * n * (784 * 512 + 512 * 512 + 512 * 10)


LSTM = 2.0 * 50 * 32 * 256 * 512
MATRIX = 4096 * KIB
LONG = 16 * KIB * KIB

FILTERS = [(1, 28, 28, 1), (1, 10, 10, 32), (32, 28, 28, 1), (1, 512, 512, 3), (8, 128, 128, 32)]
FILTER_STEPS = [(32, 28, 28, 1), (8, 64, 64, 3)]


def shape(sizes):
    """`1x28x28x1`."""
    return "x".join(map(str, sizes))


ROWS = [
    *[Row(f"filter_{shape(s)}", f"the guide's filter, {shape(s)}", filter_flops(*s)) for s in FILTERS],
    *[Row(f"filter_step_{shape(s)}", f"a step of it, {shape(s)}", 3 * filter_flops(*s)) for s in FILTER_STEPS],
    Row("conv3x3_b1", "3x3, 64 to 64 channels, 56x56", conv(1, 56, 56, 3, 64, 64)),
    Row("conv3x3_b8", "the same, batch 8", conv(8, 56, 56, 3, 64, 64)),
    Row("conv1x1", "1x1, 256 to 64 channels, 8x56x56", conv(8, 56, 56, 1, 256, 64)),
    Row("conv7x7_stem", "7x7 stride 2, 3 to 64 channels, 4x224x224", conv(4, 112, 112, 7, 3, 64)),
    Row("depthwise3x3", "depthwise 3x3, 8x56x56x128", 2.0 * 8 * 56 * 56 * 9 * 128, 8.0 * 8 * 56 * 56 * 128),
    Row("conv2d_transpose", "4x4 stride 2, 64 to 32 channels, 8x28x28", conv(8, 28, 28, 4, 64, 32)),
    *[Row(f"matmul_{n}", f"{n}x{n} by {n}x{n}", 2.0 * n**3) for n in (64, 256, 1024, 2048)],
    Row("matmul_skinny", "16384x256 by 256x32", 2.0 * 16384 * 256 * 32),
    *[Row(f"mlp_b{n}", f"784-512-512-10, batch {n}", mlp(n)) for n in (1, 128)],
    *[Row(f"mlp_step_b{n}", f"a step of it, batch {n}", 3 * mlp(n)) for n in (1, 128)],
    Row("lstm", "LSTM, 128 units, 50 steps, batch 32", LSTM),
    Row("lstm_step", "a step of it", 3 * LSTM),
    Row("softmax", "over 4096x1024", 0, 8.0 * MATRIX),
    Row("layer_norm", "over 4096x1024", 0, 8.0 * MATRIX),
    Row("batch_norm", "in training, 32x28x28x64", 0, 12.0 * 32 * 28 * 28 * 64),
    Row("adam", "10M parameters", 0, 28.0 * 10_000_000),
    Row("sum_all", "the sum of 16M", 0, 4.0 * LONG),
    Row("sum_rows", "16M, over the last of 4096x4096", 0, 4.0 * LONG),
    Row("max_columns", "16M, the largest over the first of 4096x4096", 0, 4.0 * LONG),
    Row("elementwise", "ten ops on 16M", 0, 8.0 * LONG),
    Row("assign_add", "`run` of one assign_add"),
    Row("startup", "from the start of a process that computes one result to its end, 200 variables"),
]
