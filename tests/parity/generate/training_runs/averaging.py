"""Averages of variables, and inputs left out at random."""

import numpy as np
import tensorflow as tf

from .program import Program, numbers, v1, wave


def averaged():
    """Each variable has an average that moves faster at first; in the end the loss is that of the averages."""
    x, y = v1.placeholder(tf.float32, [10, 4]), v1.placeholder(tf.float32, [10, 2])

    def network(get):
        hidden = tf.nn.softsign(tf.matmul(x, get("w1", [4, 7])) + get("b1", [7]))
        return tf.matmul(hidden, get("w2", [7, 2])) + get("b2", [2])

    loss = tf.reduce_mean(tf.abs(network(v1.get_variable) - y))
    step = v1.train.get_or_create_global_step()
    rate = v1.train.natural_exp_decay(0.05, step, 30, 0.4)
    train = v1.train.RMSPropOptimizer(rate, 0.8).minimize(loss, step)
    averages = v1.train.ExponentialMovingAverage(0.98, num_updates=step)
    with tf.control_dependencies([train]):
        train = averages.apply(v1.trainable_variables())
    with v1.variable_scope("", reuse=True):
        shadow = network(lambda name, shape: averages.average(v1.get_variable(name, shape)))
    ends = {"shadow": tf.reduce_mean(tf.abs(shadow - y))}
    return Program([x, y], lambda n: (wave([10, 4], n % 4, 0.59), wave([10, 2], n % 4, 0.83)), [(loss, train)], ends)


def dropped():
    """Dropout with seeds of its own and of the graph, whole channels among them; Adam with weights that decay apart from the gradient."""
    x, y = v1.placeholder(tf.float32, [6, 5, 5, 3]), v1.placeholder(tf.int32, [6])
    net = v1.layers.conv2d(x, 8, 3, activation=tf.nn.relu, name="conv")
    net = v1.layers.dropout(net, 0.25, noise_shape=[6, 1, 1, 8], seed=11, training=True)
    net = v1.layers.dense(v1.layers.flatten(net), 20, activation=tf.nn.relu, name="hidden")
    net = tf.nn.dropout(net, rate=0.4)
    net = v1.layers.dropout(net, 0.1, training=False)
    logits = v1.layers.dense(net, 4, name="logits")
    loss = v1.losses.sparse_softmax_cross_entropy(y, logits)
    optimizer = v1.train.AdamOptimizer(0.01, name="AdamW")
    pairs = optimizer.compute_gradients(loss)
    with tf.control_dependencies([g for g, _ in pairs]):
        decayed = [v.assign_sub(0.01 * 0.05 * v) for _, v in pairs]
    with tf.control_dependencies(decayed):
        train = optimizer.apply_gradients(pairs)

    def data(n):
        return wave([6, 5, 5, 3], n % 4, 0.41), numbers([6], n % 4, 3, 4)

    return Program([x, y], data, [(loss, train)])
