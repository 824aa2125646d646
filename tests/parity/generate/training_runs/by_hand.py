"""Steps that are put together by hand."""

import numpy as np
import tensorflow as tf

from .program import Program, numbers, v1, wave


def accumulated():
    """Gradients that are added up over rounds in variables, and applied at every round with a decay of what was before."""
    x, y = v1.placeholder(tf.float32, [6, 4]), v1.placeholder(tf.float32, [6, 3])
    hidden = v1.layers.dense(x, 6, activation=tf.nn.relu6, name="hidden")
    found = v1.layers.dense(hidden, 3, activation=tf.nn.softmax, name="found")
    loss = tf.reduce_mean(tf.reduce_sum(tf.math.squared_difference(y, found), 1))
    optimizer = v1.train.AdagradOptimizer(0.1, initial_accumulator_value=0.5)
    pairs = optimizer.compute_gradients(loss)
    with v1.variable_scope("sums"):
        sums = [v1.get_variable(v.op.name, v.shape, initializer=v1.zeros_initializer(), trainable=False) for _, v in pairs]
    summed = [s.assign(0.5 * s + g) for s, (g, _) in zip(sums, pairs)]
    train = optimizer.apply_gradients([(s, v) for s, (_, v) in zip(summed, pairs)])

    def data(n):
        return wave([6, 4], n % 4, 0.73), np.eye(3, dtype=np.float32)[numbers([6], n % 4, 2, 3)]

    return Program([x, y], data, [(loss, train)])


def layerwise():
    """A rate for each layer, a penalty of absolute values, a constraint, and a layer that stays as it is."""
    x, y = v1.placeholder(tf.float32, [8, 5]), v1.placeholder(tf.float32, [8, 2])

    def short(w):
        return w * tf.minimum(1.0, 0.8 / tf.maximum(tf.norm(w, axis=0, keepdims=True), 1e-6))

    with v1.variable_scope("fixed"):
        net = v1.layers.dense(x, 7, activation=tf.nn.tanh, trainable=False, name="layer")
    with v1.variable_scope("first", regularizer=lambda w: 0.002 * tf.reduce_sum(tf.abs(w))):
        net = tf.nn.relu(tf.matmul(net, v1.get_variable("w", [7, 6])))
    with v1.variable_scope("second"):
        found = tf.matmul(net, v1.get_variable("w", [6, 2], constraint=short))
    loss = tf.nn.l2_loss(found - y) / 8.0 + v1.losses.get_regularization_loss()
    slow, fast = v1.train.MomentumOptimizer(0.01, 0.9, name="Slow"), v1.train.RMSPropOptimizer(0.02, name="Fast")
    first, second = tf.gradients(loss, [v1.trainable_variables("first")[0], v1.trainable_variables("second")[0]], gate_gradients=True)
    train = tf.group(
        slow.apply_gradients([(first, v1.trainable_variables("first")[0])]),
        fast.apply_gradients([(second, v1.trainable_variables("second")[0])]),
    )
    return Program([x, y], lambda n: (wave([8, 5], n % 4, 0.87), wave([8, 2], n % 4, 0.35)), [(loss, train)])
