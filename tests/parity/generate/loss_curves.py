"""Losses of whole training runs: a hundred steps of three programs, from a seed and data that `tests/loss_curves.rs` makes as well."""

import numpy as np
import tensorflow as tf

from .encoding import tensor
from .op_values import config

v1 = tf.compat.v1
STEPS = 100
SEED = 42


def document():
    """The whole of loss_curves.json."""
    programs = (("filter", guides_filter), ("classifier", classifier), ("sequence", sequence))
    return {"seed": SEED, "losses": {name: tensor(losses(*program())) for name, program in programs}}


def wave(shape, start, step):
    """`sin(start + step i)` for element `i`, counted in row-major order, computed in f64."""
    return np.sin(start + step * np.arange(np.prod(shape))).reshape(shape).astype(np.float32)


def losses(graph, inputs, data, loss, step):
    """The loss before each of the steps, which go through the batches again and again."""
    found = []
    with v1.Session(graph=graph, config=config()) as session:
        with graph.as_default():
            session.run(v1.global_variables_initializer())
        for n in range(STEPS):
            batch = data(n % 4)
            value, _ = session.run([loss, step], dict(zip(inputs, batch)))
            found.append(value)
    return np.array(found, np.float32)


def conv_relu(x, kernel_shape, bias_shape):
    weights = v1.get_variable("weights", kernel_shape, initializer=v1.random_normal_initializer(stddev=0.1))
    biases = v1.get_variable("biases", bias_shape, initializer=v1.constant_initializer(0.0))
    conv = tf.nn.conv2d(x, weights, strides=[1, 1, 1, 1], padding="SAME")
    return tf.nn.relu(conv + biases)


def guides_filter():
    """The guide's two layers, with gradient descent and momentum."""
    with tf.Graph().as_default() as graph:
        v1.set_random_seed(SEED)
        x, y = v1.placeholder(tf.float32, [2, 10, 10, 1]), v1.placeholder(tf.float32, [2, 10, 10, 32])
        with v1.variable_scope("model"):
            with v1.variable_scope("conv1"):
                relu1 = conv_relu(x, [5, 5, 1, 32], [32])
            with v1.variable_scope("conv2"):
                relu2 = conv_relu(relu1, [5, 5, 32, 32], [32])
        loss = v1.losses.mean_squared_error(y, relu2)
        step = v1.train.MomentumOptimizer(0.02, 0.9).minimize(loss)

    def data(n):
        return wave([2, 10, 10, 1], n, 0.37), np.abs(wave([2, 10, 10, 32], 2.0 * n, 0.011))

    return graph, [x, y], data, loss, step


def classifier():
    """Three dense layers with default initial values, softmax cross entropy and Adam."""
    with tf.Graph().as_default() as graph:
        v1.set_random_seed(SEED)
        x, y = v1.placeholder(tf.float32, [16, 12]), v1.placeholder(tf.int32, [16])
        hidden = v1.layers.dense(x, 24, activation=tf.nn.relu, name="hidden1")
        hidden = v1.layers.dense(hidden, 16, activation=tf.nn.tanh, name="hidden2")
        logits = v1.layers.dense(hidden, 4, name="logits")
        loss = v1.losses.sparse_softmax_cross_entropy(y, logits)
        step = v1.train.AdamOptimizer(0.01).minimize(loss)

    def data(n):
        return wave([16, 12], 3.0 * n, 0.71), (np.arange(16) * (n + 3) % 4).astype(np.int32)

    return graph, [x, y], data, loss, step


def sequence():
    """An LSTM cell over eight steps and a dense layer, with RMSProp and gradients clipped by their global norm."""
    with tf.Graph().as_default() as graph:
        v1.set_random_seed(SEED)
        x, y = v1.placeholder(tf.float32, [8, 8, 3]), v1.placeholder(tf.float32, [8, 1])
        outputs, _ = v1.nn.static_rnn(v1.nn.rnn_cell.BasicLSTMCell(10), tf.unstack(x, axis=1), dtype=tf.float32)
        found = v1.layers.dense(outputs[-1], 1, name="answer")
        loss = v1.losses.mean_squared_error(y, found)
        optimizer = v1.train.RMSPropOptimizer(0.005, momentum=0.5)
        gradients, variables = zip(*optimizer.compute_gradients(loss))
        clipped, _ = tf.clip_by_global_norm(gradients, 0.5)
        step = optimizer.apply_gradients(zip(clipped, variables))

    def data(n):
        return wave([8, 8, 3], n, 0.53), wave([8, 1], 0.5 * n, 1.3)

    return graph, [x, y], data, loss, step
