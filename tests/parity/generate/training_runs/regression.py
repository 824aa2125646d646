"""Losses that are written out."""

import numpy as np
import tensorflow as tf

from .program import Program, v1, wave


def mixture():
    """The likelihood of a mixture of normal distributions, by the logarithm of a sum of exponentials."""
    x, y = v1.placeholder(tf.float32, [12, 1]), v1.placeholder(tf.float32, [12, 1])
    hidden = v1.layers.dense(x, 9, activation=tf.nn.tanh, name="hidden")
    weights = tf.nn.log_softmax(v1.layers.dense(hidden, 3, name="weights"))
    means = v1.layers.dense(hidden, 3, name="means", bias_initializer=v1.constant_initializer([-0.5, 0.0, 0.5]))
    widths = tf.nn.softplus(v1.layers.dense(hidden, 3, name="widths")) + 0.05
    logs = weights - tf.math.log(widths) - 0.5 * tf.square((y - means) / widths)
    loss = -tf.reduce_mean(tf.reduce_logsumexp(logs, 1))
    train = v1.train.AdamOptimizer(0.02).minimize(loss)
    return Program([x, y], lambda n: (wave([12, 1], n % 3, 0.5), wave([12, 1], n % 3, 1.7)), [(loss, train)])


def doubles():
    """In f64: powers, quotients and products of a few parameters that are fitted to a curve; clipped to values."""
    x, y = v1.placeholder(tf.float64, [9]), v1.placeholder(tf.float64, [9])

    def number(name, value):
        return v1.get_variable(name, [], tf.float64, v1.constant_initializer(value))

    a, b, c = number("a", 0.5), number("b", 1.5), number("c", 0.3)
    knots = v1.get_variable("knots", [3, 1], tf.float64, v1.random_uniform_initializer(0.2, 1.0, dtype=tf.float64))
    found = a * tf.pow(x, b) / (1.0 + tf.abs(c) * x) + tf.reduce_prod(tf.maximum(x, knots), 0) + tf.reduce_max(tf.minimum(x, knots), 0)
    loss = tf.reduce_sum(tf.where(y > found, 2.0 * tf.square(y - found), tf.square(y - found)))
    optimizer = v1.train.GradientDescentOptimizer(0.01)
    pairs = [(tf.clip_by_value(g, -2.0, 2.0), v) for g, v in optimizer.compute_gradients(loss)]
    train = optimizer.apply_gradients(pairs)

    def data(n):
        return 1.5 + wave([9], n % 3, 0.7).astype(np.float64), 2.0 + wave([9], n % 3, 0.5).astype(np.float64)

    return Program([x, y], data, [(loss, train)])
