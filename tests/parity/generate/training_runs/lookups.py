"""Tables that are looked up in: gradients of a few rows, and variables in parts."""

import numpy as np
import tensorflow as tf

from .program import Program, numbers, v1, wave


def tied():
    """Words that are predicted by the table that they are looked up in: its gradient is of rows and of the whole at once."""
    context, y = v1.placeholder(tf.int32, [6, 3]), v1.placeholder(tf.int32, [6])
    table = v1.get_variable("table", [13, 6], initializer=v1.random_uniform_initializer(-0.2, 0.2))
    bias = v1.get_variable("bias", [13], initializer=v1.zeros_initializer())
    hidden = tf.tanh(tf.reduce_sum(tf.nn.embedding_lookup(table, context), 1))
    logits = tf.matmul(hidden, table, transpose_b=True) + bias
    loss = v1.losses.sparse_softmax_cross_entropy(y, logits)
    train = v1.train.AdamOptimizer(0.02).minimize(loss)

    def data(n):
        return numbers([6, 3], n % 5, 4, 13), numbers([6], n % 5, 7, 13)

    return Program([context, y], data, [(loss, train)])


def sparse(name, optimizer):
    """Pairs of words that stand together or not, by two tables of which each step changes a few rows, some of them twice."""

    def build():
        left, right = v1.placeholder(tf.int64, [8]), v1.placeholder(tf.int32, [8])
        together = v1.placeholder(tf.float32, [8])
        one = v1.get_variable("left", [17, 4])
        other = v1.get_variable("right", [17, 4])
        products = tf.gather(one, left) * tf.gather(other, right)
        loss = v1.losses.sigmoid_cross_entropy(together, tf.reduce_sum(products, 1))
        train = optimizer().minimize(loss)

        def data(n):
            return numbers([8], n % 5, 5, 17).astype(np.int64) // 2, numbers([8], 2 * (n % 5), 3, 17), numbers([8], n % 5, 1, 3).astype(np.float32) / 2

        return Program([left, right, together], data, [(loss, train)])

    build.__name__ = f"sparse_{name}"
    return build


SPARSE = (
    sparse("descent", lambda: v1.train.GradientDescentOptimizer(1.0)),
    sparse("momentum", lambda: v1.train.MomentumOptimizer(0.3, 0.9)),
    sparse("nesterov", lambda: v1.train.MomentumOptimizer(0.3, 0.9, use_nesterov=True)),
    sparse("adagrad", lambda: v1.train.AdagradOptimizer(0.5)),
    sparse("adadelta", lambda: v1.train.AdadeltaOptimizer(5.0, 0.9, 1e-4)),
    sparse("rms_prop", lambda: v1.train.RMSPropOptimizer(0.02, momentum=0.3)),
    sparse("rms_prop_centered", lambda: v1.train.RMSPropOptimizer(0.02, momentum=0.3, epsilon=1e-3, centered=True)),
    sparse("adam", lambda: v1.train.AdamOptimizer(0.03)),
    sparse("ftrl", lambda: v1.train.FtrlOptimizer(0.5, l1_regularization_strength=0.0001)),
)


def wide_and_deep():
    """One loss and two optimizers: Ftrl for the weights of words and pairs, Adagrad for what lies deep."""
    words, x = v1.placeholder(tf.int32, [10, 2]), v1.placeholder(tf.float32, [10, 3])
    y = v1.placeholder(tf.float32, [10, 1])
    with v1.variable_scope("wide"):
        weights = v1.get_variable("weights", [9, 1], initializer=v1.zeros_initializer())
        pairs = v1.get_variable("pairs", [81, 1], initializer=v1.zeros_initializer())
        crossed = words[:, 0] * 9 + words[:, 1]
        wide = tf.reduce_sum(tf.nn.embedding_lookup(weights, words), 1) + tf.nn.embedding_lookup(pairs, crossed)
    with v1.variable_scope("deep", initializer=v1.glorot_normal_initializer()):
        table = v1.get_variable("table", [9, 4])
        net = tf.concat([tf.reshape(tf.nn.embedding_lookup(table, words), [10, 8]), x], 1)
        net = v1.layers.dense(net, 12, activation=tf.nn.relu, name="hidden")
        deep = v1.layers.dense(net, 1, name="logit")
    loss = v1.losses.sigmoid_cross_entropy(y, wide + deep)
    step = v1.train.get_or_create_global_step()
    gradients = tf.gradients(loss, v1.trainable_variables("wide") + v1.trainable_variables("deep"), gate_gradients=True)
    ftrl = v1.train.FtrlOptimizer(0.2, l1_regularization_strength=0.002).apply_gradients(zip(gradients[:2], v1.trainable_variables("wide")), step)
    adagrad = v1.train.AdagradOptimizer(0.1).apply_gradients(zip(gradients[2:], v1.trainable_variables("deep")))

    def data(n):
        return numbers([10, 2], n % 7, 5, 9), wave([10, 3], n % 7, 0.77), numbers([10, 1], n % 7, 1, 2).astype(np.float32)

    return Program([words, x, y], data, [(loss, tf.group(ftrl, adagrad))])


def in_parts():
    """Every variable in two or three parts, a table among them, with Adam and an average of each part."""
    words, y = v1.placeholder(tf.int32, [7]), v1.placeholder(tf.float32, [7, 2])
    with v1.variable_scope("cut", partitioner=v1.fixed_size_partitioner(3)):
        table = v1.get_variable("table", [10, 5], initializer=v1.random_normal_initializer(stddev=0.5))
        inner = v1.get_variable("inner", [5, 6])
        offset = v1.get_variable("offset", [6], initializer=v1.zeros_initializer())
        outer = v1.get_variable("outer", [6, 2], partitioner=v1.fixed_size_partitioner(2, axis=1), initializer=v1.initializers.lecun_normal())
    net = v1.nn.embedding_lookup(table, words, partition_strategy="div")
    net = tf.tanh(tf.matmul(net, inner) + offset)
    found = tf.matmul(net, outer)
    loss = v1.losses.mean_squared_error(y, found)
    train = v1.train.AdamOptimizer(0.01).minimize(loss)
    averages = v1.train.ExponentialMovingAverage(0.9)
    with tf.control_dependencies([train]):
        train = averages.apply(v1.trainable_variables())

    def data(n):
        return numbers([7], n % 4, 3, 10), wave([7, 2], n % 4, 0.57)

    return Program([words, y], data, [(loss, train)])
