"""The rows on XLA's CPU backend, through JAX. Arguments: `jit`, threads (XLA takes as many as it is pinned to)."""

import sys

import jax
import jax.numpy as jnp
from jax import lax

import worker

jax.config.update("jax_platforms", "cpu")
KEY = jax.random.key(0)


def array(*shape, scale=1.0):
    return jax.random.normal(KEY, shape) * scale


def call(function, *inputs, donate=()):
    jitted = jax.jit(function, donate_argnums=donate)
    return lambda: jax.block_until_ready(jitted(*inputs))


def steps(loss_of, parameters, *inputs):
    """Steps of gradient descent, each on what the one before left."""
    slopes = jax.grad(loss_of)
    update = lambda p, *inputs: jax.tree.map(lambda v, g: v - 0.01 * g, p, slopes(p, *inputs))
    jitted = jax.jit(update, donate_argnums=0)
    state = [parameters]

    def step():
        state[0] = jax.block_until_ready(jitted(state[0], *inputs))

    return step


def convolve(x, w, stride=1, padding="SAME", groups=1):
    return lax.conv_general_dilated(
        x, w, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups
    )


def filter_row(row):
    shape = tuple(int(size) for size in row.rsplit("_", 1)[1].split("x"))
    weights = [array(5, 5, shape[3], 32, scale=0.05), jnp.zeros(32), array(5, 5, 32, 32, scale=0.05), jnp.zeros(32)]
    x = array(*shape)

    def forward(p, x):
        x = jax.nn.relu(convolve(x, p[0]) + p[1])
        return jax.nn.relu(convolve(x, p[2]) + p[3])

    if not row.startswith("filter_step"):
        return call(forward, weights, x)
    target = array(*shape[:3], 32)
    return steps(lambda p, x, t: jnp.mean((forward(p, x) - t) ** 2), weights, x, target)


def mlp_row(row):
    n = int(row.rsplit("b", 1)[1])
    sizes = [784, 512, 512, 10]
    layers = [(array(a, b, scale=0.05), jnp.zeros(b)) for a, b in zip(sizes, sizes[1:])]

    def forward(p, x):
        for index, (w, b) in enumerate(p):
            x = x @ w + b
            x = jax.nn.relu(x) if index < 2 else x
        return x

    x = array(n, 784)
    if not row.startswith("mlp_step"):
        return call(forward, layers, x)
    labels = jax.nn.one_hot(jnp.arange(n) % 10, 10)
    loss = lambda p, x, t: -jnp.mean(jnp.sum(t * jax.nn.log_softmax(forward(p, x)), 1))
    return steps(loss, layers, x, labels)


def lstm_row(row):
    parameters = (array(256, 512, scale=0.05), jnp.zeros(512))

    def forward(p, x):
        def cell(state, x):
            c, h = state
            i, j, f, o = jnp.split(jnp.concatenate([x, h], 1) @ p[0] + p[1], 4, 1)
            c = c * jax.nn.sigmoid(f + 1.0) + jax.nn.sigmoid(i) * jnp.tanh(j)
            h = jnp.tanh(c) * jax.nn.sigmoid(o)
            return (c, h), None

        zeros = jnp.zeros((32, 128))
        return lax.scan(cell, (zeros, zeros), x.swapaxes(0, 1))[0][1]

    x = array(32, 50, 128)
    if row == "lstm":
        return call(forward, parameters, x)
    return steps(lambda p, x: jnp.mean(forward(p, x) ** 2), parameters, x)


def layer_norm(x, gain, offset):
    mean, variance = jnp.mean(x, 1, keepdims=True), jnp.var(x, 1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-12) * gain + offset


def batch_norm(x, gain, offset):
    mean, variance = jnp.mean(x, (0, 1, 2)), jnp.var(x, (0, 1, 2))
    return (x - mean) * lax.rsqrt(variance + 1e-3) * gain + offset


def adam_row():
    n = 10_000_000
    slope = array(n)

    def update(state, slope):
        x, m, v = state
        m, v = m + (slope - m) * 0.1, v + (slope * slope - v) * 0.001
        return x - 1e-3 * m / (jnp.sqrt(v) + 1e-8), m, v

    jitted = jax.jit(update, donate_argnums=0)
    state = [(array(n), jnp.zeros(n), jnp.zeros(n))]

    def step():
        state[0] = jax.block_until_ready(jitted(state[0], slope))

    return step


def chain(x):
    y = jax.nn.relu(x * 1.5 + 0.5) - 0.25
    return jnp.sqrt(jnp.abs(jnp.square(y) * 0.125 - x)) + jnp.minimum(x, 2.0)


def prepare(row):
    if row.startswith("filter"):
        return filter_row(row)
    if row.startswith("mlp"):
        return mlp_row(row)
    if row.startswith("lstm"):
        return lstm_row(row)
    if row.startswith("matmul_") and row != "matmul_skinny":
        n = int(row.split("_")[1])
        return call(jnp.matmul, array(n, n), array(n, n))
    matrix = lambda: array(4096, 4096)
    rows = {
        "conv3x3_b1": lambda: call(convolve, array(1, 56, 56, 64), array(3, 3, 64, 64)),
        "conv3x3_b8": lambda: call(convolve, array(8, 56, 56, 64), array(3, 3, 64, 64)),
        "conv1x1": lambda: call(convolve, array(8, 56, 56, 256), array(1, 1, 256, 64)),
        "conv7x7_stem": lambda: call(lambda x, w: convolve(x, w, 2), array(4, 224, 224, 3), array(7, 7, 3, 64)),
        "depthwise3x3": lambda: call(
            lambda x, w: convolve(x, w, groups=128), array(8, 56, 56, 128), array(3, 3, 1, 128)
        ),
        "conv2d_transpose": lambda: call(
            lambda x, w: lax.conv_transpose(x, w, (2, 2), "SAME"), array(8, 28, 28, 64), array(4, 4, 64, 32)
        ),
        "matmul_skinny": lambda: call(jnp.matmul, array(16384, 256), array(256, 32)),
        "softmax": lambda: call(jax.nn.softmax, array(4096, 1024)),
        "layer_norm": lambda: call(layer_norm, array(4096, 1024), array(1024), array(1024)),
        "batch_norm": lambda: call(batch_norm, array(32, 28, 28, 64), array(64), array(64)),
        "adam": adam_row,
        "sum_all": lambda: call(jnp.sum, matrix()),
        "sum_rows": lambda: call(lambda x: jnp.sum(x, 1), matrix()),
        "max_columns": lambda: call(lambda x: jnp.max(x, 0), matrix()),
        "elementwise": lambda: call(chain, matrix()),
    }
    return rows[row]() if row in rows else None


if len(sys.argv) > 3 and sys.argv[3] == "startup":
    layers = [(array(16, 16), jnp.zeros(16)) for _ in range(100)]

    def forward(layers, x):
        for w, b in layers:
            x = jax.nn.relu(x @ w + b)
        return x

    call(forward, layers, jnp.ones((1, 16)))()
else:
    worker.serve(prepare)
