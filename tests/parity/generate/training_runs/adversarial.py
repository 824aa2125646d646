"""Models that draw numbers, and two that work against each other."""

import numpy as np
import tensorflow as tf

from .program import Program, v1, wave


def rivals():
    """A generator and a discriminator, each with an optimizer, and a penalty for a steep discriminator: slopes of slopes."""
    real = v1.placeholder(tf.float32, [6, 4])
    noise = v1.random_uniform([6, 3], -1.0, 1.0, seed=7)
    with v1.variable_scope("generator"):
        made = v1.layers.dense(v1.layers.dense(noise, 8, activation=tf.nn.tanh, name="hidden"), 4, name="made")

    def judge(x):
        with v1.variable_scope("discriminator", reuse=v1.AUTO_REUSE):
            hidden = v1.layers.dense(x, 9, activation=tf.nn.leaky_relu, name="hidden")
            hidden = v1.layers.dense(hidden, 5, activation=tf.nn.softplus, name="hidden2")
            return v1.layers.dense(hidden, 1, name="real")

    of_real, of_made = judge(real), judge(made)
    slope = tf.gradients(of_real, real)[0]
    steep = tf.reduce_mean(tf.reduce_sum(tf.square(slope), 1))
    judged = v1.losses.sigmoid_cross_entropy(tf.ones_like(of_real), of_real) + v1.losses.sigmoid_cross_entropy(tf.zeros_like(of_made), of_made)
    judged += 0.5 * steep
    forged = v1.losses.sigmoid_cross_entropy(tf.ones_like(of_made), of_made)
    step = v1.train.get_or_create_global_step()
    first = v1.train.AdamOptimizer(0.01, beta1=0.5).minimize(judged, step, v1.trainable_variables("discriminator"))
    second = v1.train.AdamOptimizer(0.005, beta1=0.5).minimize(forged, step, v1.trainable_variables("generator"))
    return Program([real], lambda n: [wave([6, 4], n, 0.67)], [(judged, first), (forged, second)])


def variational():
    """An encoder that says how sure it is, and draws its code anew in each step."""
    x = v1.placeholder(tf.float32, [8, 6])
    with v1.variable_scope("encoder"):
        hidden = v1.layers.dense(x, 10, activation=tf.nn.relu, name="hidden")
        mean, log_variance = tf.split(v1.layers.dense(hidden, 4, name="code"), 2, 1)
    code = mean + tf.exp(0.5 * log_variance) * v1.random_normal([8, 2])
    with v1.variable_scope("decoder"):
        hidden = v1.layers.dense(code, 10, activation=tf.nn.elu, name="hidden")
        found = v1.layers.dense(hidden, 6, name="found")
    apart = tf.reduce_sum(tf.math.squared_difference(x, found), 1)
    unlike = -0.5 * tf.reduce_sum(1.0 + log_variance - tf.square(mean) - tf.exp(log_variance), 1)
    loss = tf.reduce_mean(apart + 0.1 * unlike)
    train = v1.train.MomentumOptimizer(0.005, 0.9).minimize(loss)
    return Program([x], lambda n: [wave([8, 6], 0.4 * (n % 5), 0.19)], [(loss, train)])
