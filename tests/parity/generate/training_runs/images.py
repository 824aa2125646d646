"""Networks for images."""

import numpy as np
import tensorflow as tf

from .program import Program, numbers, v1, wave


def normalized(x, training, name):
    return tf.nn.relu(v1.layers.batch_normalization(x, training=training, momentum=0.9, name=name))


def digits_network(x, training):
    net = v1.layers.conv2d(x, 8, 3, padding="same", use_bias=False, name="conv1")
    net = v1.layers.max_pooling2d(normalized(net, training, "norm1"), 2, 2)
    net = v1.layers.conv2d(net, 12, [3, 2], name="conv2")
    net = v1.layers.max_pooling2d(normalized(net, training, "norm2"), 3, 2, padding="same")
    net = normalized(v1.layers.dense(v1.layers.flatten(net), 16, name="hidden"), training, "norm3")
    return v1.layers.dense(net, 5, name="logits")


def digits():
    """A classifier with pooling and batch normalization, whose averages are used in the end; momentum that looks ahead."""
    x, y = v1.placeholder(tf.float32, [8, 12, 12, 2]), v1.placeholder(tf.int32, [8])
    with v1.variable_scope("net"):
        loss = v1.losses.sparse_softmax_cross_entropy(y, digits_network(x, True))
    with v1.variable_scope("net", reuse=True):
        used = v1.losses.sparse_softmax_cross_entropy(y, digits_network(x, False))
    step = v1.train.get_or_create_global_step()
    with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
        train = v1.train.MomentumOptimizer(0.005, 0.9, use_nesterov=True).minimize(loss, step)

    def data(n):
        return wave([8, 12, 12, 2], n % 4, 0.37), numbers([8], n % 4, 3, 5)

    return Program([x, y], data, [(loss, train)], {"used": used})


def block(x, filters, strides, name):
    with v1.variable_scope(name):
        he = v1.variance_scaling_initializer(2.0, "fan_in", "truncated_normal")
        net = v1.layers.conv2d(x, filters, 3, strides, "same", activation=tf.nn.elu, kernel_initializer=he, name="a")
        net = v1.layers.conv2d(net, filters, 3, 1, "same", dilation_rate=2, kernel_initializer=he, name="b")
        if strides != 1 or x.shape[3] != filters:
            x = v1.layers.conv2d(x, filters, 1, strides, use_bias=False, kernel_initializer=v1.orthogonal_initializer(), name="shortcut")
        return tf.nn.leaky_relu(x + net, 0.1)


def residual():
    """Blocks with shortcuts, strided and dilated, averaged pooling; a rate that warms up and falls along a cosine again and again."""
    x, y = v1.placeholder(tf.float32, [4, 11, 9, 3]), v1.placeholder(tf.float32, [4, 6])
    net = v1.layers.conv2d(x, 8, 5, 2, padding="same", activation=tf.nn.relu6, name="stem")
    net = block(net, 8, 1, "block1")
    net = block(net, 12, 2, "block2")
    net = v1.layers.average_pooling2d(net, 2, 1, padding="same")
    logits = v1.layers.dense(tf.reduce_mean(net, [1, 2]), 6, name="logits")
    loss = v1.losses.sigmoid_cross_entropy(y, logits, label_smoothing=0.1)
    step = v1.train.get_or_create_global_step()
    rate = v1.train.cosine_decay_restarts(0.05, step, 30, 1.5, 0.8, 0.01)
    rate *= tf.minimum(tf.cast(step, tf.float32) / 10.0, 1.0)
    train = v1.train.MomentumOptimizer(rate, 0.8).minimize(loss, step)

    def data(n):
        return wave([4, 11, 9, 3], 0.7 * (n % 5), 0.43), (numbers([4, 6], n % 5, 5, 7) < 3).astype(np.float32)

    return Program([x, y], data, [(loss, train)])


def light():
    """Separable and depthwise convolutions, of which Ftrl makes many weights exactly zero."""
    x, y = v1.placeholder(tf.float32, [4, 10, 10, 3]), v1.placeholder(tf.float32, [4, 4])
    net = v1.layers.separable_conv2d(x, 8, 3, padding="same", depth_multiplier=2, activation=tf.nn.relu, name="sep1")
    net = v1.layers.separable_conv2d(net, 6, [3, 5], strides=2, activation=tf.nn.tanh, name="sep2")
    kernel = v1.get_variable("each", [2, 2, 6, 2], initializer=v1.truncated_normal_initializer(stddev=0.3))
    net = tf.nn.softplus(tf.nn.depthwise_conv2d(net, kernel, [1, 1, 1, 1], "VALID"))
    logits = v1.layers.dense(v1.layers.flatten(net), 4, name="logits")
    loss = v1.losses.softmax_cross_entropy(y, logits, weights=tf.constant([[1.0], [2.0], [0.0], [0.5]])[:, 0], label_smoothing=0.05)
    train = v1.train.FtrlOptimizer(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02).minimize(loss)

    def data(n):
        return wave([4, 10, 10, 3], n % 3, 0.29), np.eye(4, dtype=np.float32)[numbers([4], n % 3, 1, 4)]

    return Program([x, y], data, [(loss, train)])


def autoencoder():
    """Strided convolutions and their transposes, a Huber loss and Adadelta."""
    x = v1.placeholder(tf.float32, [4, 12, 10, 1])
    net = v1.layers.conv2d(x, 6, 4, 2, padding="same", activation=tf.nn.selu, name="down1")
    net = v1.layers.conv2d(net, 8, 3, 2, activation=tf.nn.selu, name="down2")
    code = v1.layers.dense(v1.layers.flatten(net), 5, activation=tf.nn.softsign, name="code")
    net = tf.reshape(v1.layers.dense(code, 2 * 2 * 8, activation=tf.nn.relu, name="spread"), [4, 2, 2, 8])
    net = v1.layers.conv2d_transpose(net, 6, [4, 3], [2, 2], activation=tf.nn.relu, name="up1")
    net = v1.layers.conv2d_transpose(net, 1, 5, 2, padding="same", name="up2")
    loss = v1.losses.huber_loss(x, net, delta=0.5)
    train = v1.train.AdadeltaOptimizer(2.0, rho=0.9, epsilon=1e-6).minimize(loss)

    def data(n):
        return [wave([4, 12, 10, 1], n % 6, 0.23)]

    return Program([x], data, [(loss, train)], {"code": code})
