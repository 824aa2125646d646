"""Two towers with the same variables."""

import numpy as np
import tensorflow as tf

from .program import Program, numbers, v1, wave


def regularizer(scale):
    """What `tf.contrib.layers.l2_regularizer` was."""
    return lambda w: scale * tf.nn.l2_loss(w)


def siamese():
    """Pairs of images by a contrastive loss, regularized; a rate that falls in stairs."""

    def tower(x):
        with v1.variable_scope("tower", reuse=v1.AUTO_REUSE, regularizer=regularizer(0.01)):
            kernel = v1.get_variable("kernel", [3, 3, 1, 4], initializer=v1.initializers.he_normal())
            net = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(x, kernel, [1, 2, 1, 1], "SAME")), 2, 2, "VALID")
            net = tf.reshape(net, [6, 2 * 4 * 4])
            weights = v1.get_variable("weights", [32, 3], initializer=v1.initializers.lecun_uniform())
            return tf.sigmoid(tf.matmul(net, weights))

    a, b = v1.placeholder(tf.float32, [6, 8, 8, 1]), v1.placeholder(tf.float32, [6, 8, 8, 1])
    alike = v1.placeholder(tf.float32, [6])
    distance = tf.sqrt(tf.reduce_sum(tf.math.squared_difference(tower(a), tower(b)), 1))
    v1.losses.add_loss(tf.reduce_mean(alike * tf.square(distance) + (1.0 - alike) * tf.square(tf.maximum(1.0 - distance, 0.0))))
    loss = v1.losses.get_total_loss()
    step = v1.train.get_or_create_global_step()
    rate = v1.train.exponential_decay(0.3, step, 25, 0.6, staircase=True)
    train = v1.train.GradientDescentOptimizer(rate).minimize(loss, step)

    def data(n):
        return wave([6, 8, 8, 1], n % 4, 0.3), wave([6, 8, 8, 1], 0.5 + n % 4, 0.31), numbers([6], n % 4, 1, 2).astype(np.float32)

    return Program([a, b, alike], data, [(loss, train)], {"distance": distance})


def ranked():
    """Three losses of one head each, weighted and added up: a hinge, a cosine of unit vectors, and a log loss; a rate in pieces."""
    x, sign, way = v1.placeholder(tf.float32, [8, 5]), v1.placeholder(tf.float32, [8, 1]), v1.placeholder(tf.float32, [8, 3])
    with v1.variable_scope("shared", initializer=v1.variance_scaling_initializer(1.0, "fan_avg", "uniform")):
        net = v1.layers.dense(x, 10, activation=tf.nn.relu, name="body")
        score = v1.layers.dense(net, 1, name="score")
        heading = tf.math.l2_normalize(v1.layers.dense(net, 3, name="heading"), 1)
        chance = v1.layers.dense(net, 1, activation=tf.nn.sigmoid, name="chance")
    v1.losses.hinge_loss(sign, score)
    v1.losses.cosine_distance(tf.math.l2_normalize(way, 1), heading, axis=1, weights=0.5)
    v1.losses.log_loss(sign, chance, weights=2.0, reduction=v1.losses.Reduction.MEAN)
    loss = v1.losses.get_total_loss()
    step = v1.train.get_or_create_global_step()
    rate = v1.train.piecewise_constant(step, [20, 60], [0.1, 0.05, 0.02])
    optimizer = v1.train.MomentumOptimizer(rate, 0.5)
    clipped = [(tf.clip_by_norm(g, 0.5), v) for g, v in optimizer.compute_gradients(loss)]
    train = optimizer.apply_gradients(clipped, step)

    def data(n):
        return wave([8, 5], n % 3, 0.91), numbers([8, 1], n % 3, 1, 2).astype(np.float32), wave([8, 3], n % 3, 0.39)

    return Program([x, sign, way], data, [(loss, train)])
