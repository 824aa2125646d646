"""Networks for sequences."""

import numpy as np
import tensorflow as tf

from .program import Program, numbers, v1, wave

cells = v1.nn.rnn_cell


def stacked():
    """Two layers of LSTM cells, gradients clipped by their global norm, centred RMSProp."""
    x, y = v1.placeholder(tf.float32, [6, 9, 4]), v1.placeholder(tf.float32, [6, 9, 2])
    cell = cells.MultiRNNCell([cells.BasicLSTMCell(8), cells.BasicLSTMCell(6, forget_bias=0.5)])
    outputs, _ = v1.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32)
    found = v1.layers.dense(tf.stack(outputs, 1), 2, name="answer")
    loss = v1.losses.mean_squared_error(y, found)
    optimizer = v1.train.RMSPropOptimizer(0.02, decay=0.9, momentum=0.6, epsilon=1e-4, centered=True)
    gradients, variables = zip(*optimizer.compute_gradients(loss))
    clipped, norm = tf.clip_by_global_norm(gradients, 0.3)
    train = optimizer.apply_gradients(zip(clipped, variables))

    def data(n):
        return wave([6, 9, 4], n % 4, 0.47), wave([6, 9, 2], 1.0 + n % 4, 0.94)

    return Program([x, y], data, [(loss, train)], {"norm": norm})


def both_ways():
    """Gated units that read forwards and backwards, steps that do not count by weights, Adagrad."""
    x, y = v1.placeholder(tf.float32, [5, 7, 3]), v1.placeholder(tf.int32, [5, 7])
    mask = v1.placeholder(tf.float32, [5, 7])
    outputs, _, _ = v1.nn.static_bidirectional_rnn(cells.GRUCell(6), cells.GRUCell(5), tf.unstack(x, axis=1), dtype=tf.float32)
    logits = v1.layers.dense(tf.stack(outputs, 1), 4, name="tags")
    loss = v1.losses.sparse_softmax_cross_entropy(y, logits, weights=mask)
    train = v1.train.AdagradOptimizer(0.3).minimize(loss)

    def data(n):
        lengths = numbers([5, 1], 3 + n % 3, 2, 7) + 1
        return wave([5, 7, 3], n % 3, 0.83), numbers([5, 7], n % 3, 5, 4), (np.arange(7) < lengths).astype(np.float32)

    return Program([x, y, mask], data, [(loss, train)])


def attentive():
    """Attention of several heads over embedded words and places, normalized by layers; Adam with its own falling rate."""
    words, y = v1.placeholder(tf.int32, [3, 6]), v1.placeholder(tf.int32, [3, 6])
    normal = v1.random_normal_initializer(stddev=0.1)
    table = v1.get_variable("words", [11, 8], initializer=normal)
    places = v1.get_variable("places", [6, 8], initializer=normal)
    net = tf.nn.embedding_lookup(table, words) * np.float32(np.sqrt(8)) + places

    def heads(x, name):
        return tf.transpose(tf.reshape(v1.layers.dense(x, 8, use_bias=False, name=name), [3, 6, 2, 4]), [0, 2, 1, 3])

    with v1.variable_scope("attention"):
        q, k, v = heads(net, "q"), heads(net, "k"), heads(net, "v")
        scores = tf.matmul(q, k, transpose_b=True) / 2.0
        later = tf.constant(np.triu(np.full([6, 6], -1e9, np.float32), 1))
        mixed = tf.matmul(tf.nn.softmax(scores + later), v)
        mixed = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [3, 6, 8])
        net += v1.layers.dense(mixed, 8, use_bias=False, name="o")

    def layer_norm(x, name):
        with v1.variable_scope(name):
            mean, variance = tf.nn.moments(x, [-1], keepdims=True)
            gamma = v1.get_variable("gamma", [8], initializer=v1.ones_initializer())
            beta = v1.get_variable("beta", [8], initializer=v1.zeros_initializer())
            return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-5)

    net = layer_norm(net, "norm1")
    hidden = v1.layers.dense(net, 16, name="inner")
    hidden = 0.5 * hidden * (1.0 + tf.math.erf(hidden / np.float32(np.sqrt(2))))
    net = layer_norm(net + v1.layers.dense(hidden, 8, name="outer"), "norm2")
    logits = v1.layers.dense(net, 11, name="logits")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    step = v1.train.get_or_create_global_step()
    at = tf.cast(step, tf.float32) + 1.0
    rate = 0.1 * tf.minimum(tf.math.rsqrt(at), at * 20.0**-1.5)
    train = v1.train.AdamOptimizer(rate, beta2=0.98, epsilon=1e-6).minimize(loss, step)

    def data(n):
        return numbers([3, 6], n % 4, 7, 11), numbers([3, 6], 1 + n % 4, 3, 11)

    return Program([words, y], data, [(loss, train)])


def carried():
    """A simple cell whose state is a variable that each step goes on from; descent along a polynomial."""
    x, y = v1.placeholder(tf.float32, [4, 5, 2]), v1.placeholder(tf.float32, [4, 5, 3])
    state = v1.get_variable("state", [4, 7], initializer=v1.zeros_initializer(), trainable=False)
    outputs, last = v1.nn.static_rnn(cells.BasicRNNCell(7), tf.unstack(x, axis=1), state)
    found = v1.layers.dense(tf.stack(outputs, 1), 3, name="answer")
    loss = v1.losses.absolute_difference(y, found)
    step = v1.train.get_or_create_global_step()
    rate = v1.train.polynomial_decay(0.2, step, 40, 0.01, 2.0, cycle=True)
    train = v1.train.GradientDescentOptimizer(rate).minimize(loss, step)
    with tf.control_dependencies([train]):
        train = tf.group(state.assign(last))

    def data(n):
        return wave([4, 5, 2], 0.9 * n, 0.37), wave([4, 5, 3], 0.9 * n, 0.74 / 3)

    return Program([x, y], data, [(loss, train)])
