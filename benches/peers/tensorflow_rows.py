"""The rows in TensorFlow, graph mode. Arguments: `graph` or `xla`, threads."""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
MODE, THREADS = sys.argv[1], int(sys.argv[2])

import numpy as np
import tensorflow as tf2

import worker

tf = tf2.compat.v1
tf.disable_eager_execution()


def compiled(function):
    """The function, compiled by XLA if that is the mode."""
    return tf2.function(function, jit_compile=True) if MODE == "xla" else function


def variable(shape, scale=0.05):
    return tf.Variable(tf.random_normal(shape, stddev=scale), use_resource=True)


def shape_of(row):
    return tuple(int(size) for size in row.rsplit("_", 1)[1].split("x"))


def session():
    config = tf.ConfigProto(intra_op_parallelism_threads=THREADS, inter_op_parallelism_threads=THREADS)
    session = tf.Session(config=config)
    session.run(tf.global_variables_initializer())
    return session


def fetch(output, feeds=()):
    """Fetches the tensor; what is fed is an array of ones or what was given."""
    call = session().make_callable(output, [x for x, _ in feeds])
    arrays = [value for _, value in feeds]
    return lambda: call(*arrays)


def fed(shape):
    return tf.placeholder(tf.float32, shape), np.random.rand(*shape).astype("f")


def descend(loss_of, variables, inputs, rate=0.01):
    """A step of gradient descent."""

    def step(*inputs):
        loss = loss_of(*inputs)
        slopes = tf.gradients(loss, variables)
        with tf.control_dependencies([v.assign_sub(rate * slope) for v, slope in zip(variables, slopes)]):
            return tf.identity(loss)

    return compiled(step)(*inputs)


def filter_model(shape):
    weights = [variable([5, 5, shape[3], 32]), variable([32]), variable([5, 5, 32, 32]), variable([32])]

    def forward(x):
        for w, b in (weights[:2], weights[2:]):
            x = tf.nn.relu(tf.nn.conv2d(x, w, [1, 1, 1, 1], "SAME") + b)
        return x

    return weights, forward


def filter_row(row):
    shape = shape_of(row)
    x, value = fed(shape)
    weights, forward = filter_model(shape)
    if not row.startswith("filter_step"):
        return fetch(compiled(forward)(x), [(x, value)])
    t, target = fed(shape[:3] + (32,))
    loss = lambda x, t: tf.reduce_mean(tf.square(forward(x) - t))
    return fetch(descend(loss, weights, [x, t]), [(x, value), (t, target)])


def mlp_row(row):
    n = int(row.rsplit("b", 1)[1])
    sizes = [784, 512, 512, 10]
    layers = [(variable([a, b]), variable([b])) for a, b in zip(sizes, sizes[1:])]

    def forward(x):
        for index, (w, b) in enumerate(layers):
            x = tf.matmul(x, w) + b
            x = tf.nn.relu(x) if index < 2 else x
        return x

    x, value = fed((n, 784))
    if not row.startswith("mlp_step"):
        return fetch(compiled(forward)(x), [(x, value)])
    labels = np.eye(10, dtype="f")[np.arange(n) % 10]
    t = tf.placeholder(tf.float32, labels.shape)
    loss = lambda x, t: tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=t, logits=forward(x)))
    return fetch(descend(loss, [v for layer in layers for v in layer], [x, t]), [(x, value), (t, labels)])


def lstm_row(row):
    kernel, bias = variable([256, 512]), variable([512])

    def forward(x):
        c = h = tf.zeros([32, 128])
        for step in tf.unstack(x, axis=1):
            i, j, f, o = tf.split(tf.matmul(tf.concat([step, h], 1), kernel) + bias, 4, 1)
            c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
            h = tf.tanh(c) * tf.sigmoid(o)
        return h

    x, value = fed((32, 50, 128))
    if row == "lstm":
        return fetch(compiled(forward)(x), [(x, value)])
    loss = lambda x: tf.reduce_mean(tf.square(forward(x)))
    return fetch(descend(loss, [kernel, bias], [x]), [(x, value)])


def unary(shape, function):
    x = variable(shape, 1.0)
    return fetch(compiled(lambda: function(x.value()))().op)


def layer_norm(x):
    mean, variance = tf.nn.moments(x, [1], keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + 1e-12) * SCALE[0] + SCALE[1]


def batch_norm_row():
    x, gamma, beta = variable([32, 28, 28, 64], 1.0), variable([64]), variable([64])
    if MODE == "graph":
        return fetch(tf.nn.fused_batch_norm(x, gamma, beta, is_training=True)[0].op)

    def norm():
        mean, variance = tf.nn.moments(x.value(), [0, 1, 2])
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3)

    return fetch(compiled(norm)().op)


def adam_row():
    x, slope = variable([10_000_000]), variable([10_000_000])
    if MODE == "graph":
        return fetch(tf.train.AdamOptimizer(1e-3).apply_gradients([(slope.value(), x)]))
    m, v = variable([10_000_000]), tf.Variable(tf.zeros([10_000_000]), use_resource=True)

    def step():
        new_m = m + (slope - m) * 0.1
        new_v = v + (tf.square(slope) - v) * 0.001
        m.assign(new_m)
        v.assign(new_v)
        x.assign_sub(1e-3 * new_m / (tf.sqrt(new_v) + 1e-8))
        return tf.constant(0.0)

    return fetch(compiled(step)())


def chain(x):
    y = tf.nn.relu(x * 1.5 + 0.5) - 0.25
    return tf.sqrt(tf.abs(tf.square(y) * 0.125 - x)) + tf.minimum(x, 2.0)


def matmul(a, b):
    a, b = variable(a), variable(b)
    return fetch(compiled(lambda: tf.matmul(a, b))().op)


def conv_row(images, kernel, strides, depthwise=False):
    x, w = variable(images, 1.0), variable(kernel)
    convolve = tf.nn.depthwise_conv2d if depthwise else tf.nn.conv2d
    return fetch(compiled(lambda: convolve(x, w, [1, strides, strides, 1], "SAME"))().op)


def transpose_row():
    x, w = variable([8, 28, 28, 64], 1.0), variable([4, 4, 32, 64])
    output = lambda: tf.nn.conv2d_transpose(x, w, [8, 56, 56, 32], [1, 2, 2, 1], "SAME")
    return fetch(compiled(output)().op)


def assign_add():
    if MODE == "xla":
        return None
    v = tf.Variable(0.0, use_resource=True)
    return fetch(v.assign_add(1.0))


def prepare(row):
    tf.reset_default_graph()
    if row.startswith("filter"):
        return filter_row(row)
    if row.startswith("mlp"):
        return mlp_row(row)
    if row.startswith("lstm"):
        return lstm_row(row)
    if row == "layer_norm":
        SCALE[:] = [variable([1024]), variable([1024])]
    if row.startswith("matmul_") and row != "matmul_skinny":
        n = int(row.split("_")[1])
        return matmul([n, n], [n, n])
    rows = {
        "conv3x3_b1": lambda: conv_row([1, 56, 56, 64], [3, 3, 64, 64], 1),
        "conv3x3_b8": lambda: conv_row([8, 56, 56, 64], [3, 3, 64, 64], 1),
        "conv1x1": lambda: conv_row([8, 56, 56, 256], [1, 1, 256, 64], 1),
        "conv7x7_stem": lambda: conv_row([4, 224, 224, 3], [7, 7, 3, 64], 2),
        "depthwise3x3": lambda: conv_row([8, 56, 56, 128], [3, 3, 128, 1], 1, depthwise=True),
        "conv2d_transpose": transpose_row,
        "matmul_skinny": lambda: matmul([16384, 256], [256, 32]),
        "softmax": lambda: unary([4096, 1024], tf.nn.softmax),
        "layer_norm": lambda: unary([4096, 1024], layer_norm),
        "batch_norm": batch_norm_row,
        "adam": adam_row,
        "sum_all": lambda: unary([4096, 4096], tf.reduce_sum),
        "sum_rows": lambda: unary([4096, 4096], lambda x: tf.reduce_sum(x, 1)),
        "max_columns": lambda: unary([4096, 4096], lambda x: tf.reduce_max(x, 0)),
        "elementwise": lambda: unary([4096, 4096], chain),
        "assign_add": assign_add,
    }
    return rows[row]() if row in rows else None


SCALE = []

if len(sys.argv) > 3 and sys.argv[3] == "startup":
    x = tf.placeholder(tf.float32, [1, 16])
    y = x
    for _ in range(100):
        y = tf.nn.relu(tf.matmul(y, variable([16, 16])) + variable([16]))
    session().run(y, {x: np.ones([1, 16])})
else:
    worker.serve(prepare)
