"""What TensorFlow's layers, cells and metrics call their variables, and what they make of given values."""

import numpy as np
import tensorflow as tf

from .encoding import tensor
from .op_values import config, dyadic, f32, i32, uneven

v1 = tf.compat.v1


def document():
    """The whole of layers.json."""
    return {"values": values(), "names": names(), "metrics": metrics(), "dropout": dropouts()}


def given(index, shape):
    """Values for variable number `index`, which no two variables share; variances are positive."""
    return uneven(shape, start=0.11 + 0.17 * index)


class Values:
    """Collects cases: one call of a layer, its variables set to given values."""

    def __init__(self):
        self.entries = []

    def add(self, layer, case, inputs, function, **attrs):
        with tf.Graph().as_default(), v1.Session(config=config()) as session:
            placeholders = [v1.placeholder(array.dtype, array.shape) for array in inputs]
            outputs = function(*placeholders)
            outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
            variables = v1.global_variables()
            session.run(v1.global_variables_initializer())
            recorded = []
            for index, variable in enumerate(variables):
                value = given(index, variable.shape.as_list())
                if "variance" in variable.name:
                    value = np.abs(value) + f32(0.5)
                variable.load(value, session)
                recorded.append({
                    "name": variable.op.name,
                    "trainable": variable in v1.trainable_variables(),
                    "value": tensor(value),
                })
            feeds = dict(zip(placeholders, inputs))
            results = session.run(outputs, feeds)
            updates = v1.get_collection(v1.GraphKeys.UPDATE_OPS)
            session.run(updates, feeds)
            after = session.run(variables) if updates else []
        self.entries.append({
            "layer": layer,
            "case": case,
            "attrs": attrs,
            "inputs": [tensor(array) for array in inputs],
            "variables": recorded,
            "outputs": [tensor(value) for value in results],
            "after": [tensor(value) for value in after],
        })


def values():
    collected = Values()
    for section in (connected, convolutions, normalizations, lookups, recurrences):
        section(collected)
    return collected.entries


def connected(cases):
    x = uneven([3, 4])
    cases.add("dense", "plain", [x], lambda x: v1.layers.dense(x, 5))
    cases.add("dense", "relu_named", [x], lambda x: v1.layers.dense(x, 2, tf.nn.relu, name="d"))
    cases.add("dense", "no_bias", [x], lambda x: v1.layers.dense(x, 2, use_bias=False))
    cases.add("dense", "three_dimensions", [uneven([2, 3, 4])], lambda x: v1.layers.dense(x, 2, tf.nn.softmax))


def convolutions(cases):
    x = uneven([2, 6, 5, 4])
    layers, keras = v1.layers, v1.keras.layers
    cases.add("conv2d", "plain", [x], lambda x: layers.conv2d(x, 3, [3, 2]))
    cases.add("conv2d", "same_strided", [x], lambda x: layers.conv2d(x, 3, 3, strides=2, padding="same", activation=tf.tanh))
    cases.add("conv2d", "dilated", [x], lambda x: layers.conv2d(x, 3, 2, dilation_rate=2, use_bias=False))
    cases.add("conv2d", "groups", [x], lambda x: keras.Conv2D(6, 3, groups=2, padding="same")(x))
    cases.add("depthwise_conv2d", "plain", [x], lambda x: keras.DepthwiseConv2D(3)(x))
    cases.add("depthwise_conv2d", "multiplied", [x], lambda x: keras.DepthwiseConv2D(3, depth_multiplier=2, padding="same")(x))
    cases.add("separable_conv2d", "plain", [x], lambda x: layers.separable_conv2d(x, 3, 3))
    cases.add("separable_conv2d", "multiplied", [x], lambda x: layers.separable_conv2d(x, 3, 3, strides=2, padding="same", depth_multiplier=2))
    cases.add("conv2d_transpose", "plain", [x], lambda x: layers.conv2d_transpose(x, 3, [3, 2]))
    cases.add("conv2d_transpose", "same_strided", [x], lambda x: layers.conv2d_transpose(x, 3, 3, strides=[2, 3], padding="same"))
    cases.add("conv2d_transpose", "valid_strided", [x], lambda x: layers.conv2d_transpose(x, 3, [2, 5], strides=[3, 2]))


def normalizations(cases):
    layers, keras = v1.layers, v1.keras.layers
    rows, images = uneven([5, 3]), uneven([2, 3, 4, 3])
    cases.add("batch_normalization", "used", [rows], lambda x: layers.batch_normalization(x))
    cases.add("batch_normalization", "trained", [rows], lambda x: layers.batch_normalization(x, training=True))
    cases.add("batch_normalization", "images", [images], lambda x: layers.batch_normalization(x, momentum=0.9, epsilon=0.01))
    cases.add("batch_normalization", "trained_images", [images], lambda x: layers.batch_normalization(x, momentum=0.9, training=True))
    cases.add("batch_normalization", "bare", [rows], lambda x: layers.batch_normalization(x, center=False, scale=False, training=True))
    cases.add("batch_normalization", "axis_1", [uneven([4, 3, 5])], lambda x: layers.batch_normalization(x, axis=1, training=True))
    cases.add("batch_normalization", "axis_2", [images], lambda x: layers.batch_normalization(x, axis=2, momentum=0.9, training=True))
    cases.add("batch_normalization", "axis_from_the_end", [images], lambda x: layers.batch_normalization(x, axis=-2))
    cases.add("layer_normalization", "plain", [rows], lambda x: keras.LayerNormalization()(x))
    cases.add("layer_normalization", "images", [images], lambda x: keras.LayerNormalization(epsilon=0.1)(x))
    cases.add("layer_normalization", "bare", [rows], lambda x: keras.LayerNormalization(center=False, scale=False)(x))


def lookups(cases):
    ids = i32([[0, 3, 3], [6, 1, 0]])

    def tied(ids):
        vectors = v1.keras.layers.Embedding(7, 4)(ids)
        table = v1.global_variables()[0]
        return vectors, tf.tensordot(tf.tanh(vectors), table, [[2], [1]])

    cases.add("embedding", "plain", [ids], lambda ids: v1.keras.layers.Embedding(7, 4)(ids))
    cases.add("embedding", "tied", [ids], tied)


def recurrences(cases):
    cell, unroll = v1.nn.rnn_cell, v1.nn.static_rnn

    def unrolled(made, *initial):
        def function(x, *state):
            outputs, last = unroll(made(), tf.unstack(x, axis=1), initial(*state) if initial else None, dtype=tf.float32)
            last = list(last) if isinstance(last, tuple) else [last]
            return [tf.stack(outputs, 1)] + last

        initial = initial[0] if initial else None
        return function

    x, state, other = uneven([2, 4, 3]), uneven([2, 5], 0.2), uneven([2, 5], 0.7)
    cases.add("rnn", "from_zeros", [x], unrolled(lambda: cell.BasicRNNCell(5)))
    cases.add("rnn", "from_state", [x, state], unrolled(lambda: cell.BasicRNNCell(5, tf.nn.relu), lambda s: s))
    cases.add("gru", "from_zeros", [x], unrolled(lambda: cell.GRUCell(5)))
    cases.add("gru", "from_state", [x, state], unrolled(lambda: cell.GRUCell(5), lambda s: s))
    cases.add("lstm", "from_zeros", [x], unrolled(lambda: cell.BasicLSTMCell(5)))
    cases.add("lstm", "from_state", [x, state, other], unrolled(
        lambda: cell.BasicLSTMCell(5, forget_bias=0.5), lambda c, h: cell.LSTMStateTuple(c, h)))
    cases.add("lstm", "lstm_cell", [x], unrolled(lambda: cell.LSTMCell(5)))


def names():
    """The variables that a program makes, or the kind of its error, by the name of the program."""
    dense = v1.layers.dense

    def twice_unnamed(x):
        dense(x, 3), dense(x, 3)

    def in_scopes(x):
        for _ in range(2):
            with v1.variable_scope("a"):
                dense(x, 3)
                with v1.variable_scope("b"):
                    dense(x, 3)
            dense(x, 3)

    def same_scope_reused(x):
        with v1.variable_scope("s"):
            dense(x, 3), dense(x, 3)
        with v1.variable_scope("s", reuse=True):
            dense(x, 3), dense(x, 3)

    def one_too_many(x):
        same_scope_reused(x)
        with v1.variable_scope("s", reuse=True):
            dense(x, 3), dense(x, 3), dense(x, 3)

    def named_twice(x):
        dense(x, 3, name="d"), dense(x, 3, name="d")

    def named_and_reused(x):
        dense(x, 3, name="d"), dense(x, 3, name="d", reuse=True)

    def reused_with_other_units(x):
        dense(x, 3, name="d"), dense(x, 4, name="d", reuse=True)

    def reused_without_a_name(x):
        dense(x, 3), dense(x, 3), dense(x, 3, reuse=True)

    def auto_without_a_name(x):
        dense(x, 3, reuse=v1.AUTO_REUSE), dense(x, 3, reuse=v1.AUTO_REUSE), dense(x, 3)

    def auto_scope(x):
        for _ in range(2):
            with v1.variable_scope("s", reuse=v1.AUTO_REUSE):
                dense(x, 3), dense(x, 3), dense(x, 3, name="d"), dense(x, 3, name="d")

    def scope_initializer(x):
        with v1.variable_scope("s", initializer=v1.ones_initializer()):
            dense(x, 3)

    def other_kinds(x):
        image = tf.reshape(x, [1, 3, 4, 1])
        v1.layers.conv2d(image, 2, 2), v1.layers.conv2d(image, 2, 2)
        v1.layers.conv2d_transpose(image, 2, 2), v1.layers.separable_conv2d(image, 2, 2)
        v1.layers.batch_normalization(x), v1.layers.batch_normalization(x)

    def cells_in_scopes(x):
        for scope in ("forward", "backward"):
            with v1.variable_scope(scope):
                v1.nn.static_rnn(v1.nn.rnn_cell.BasicLSTMCell(2), [x, x], dtype=tf.float32)

    def cells_twice(x):
        for _ in range(2):
            v1.nn.static_rnn(v1.nn.rnn_cell.BasicLSTMCell(2), [x, x], dtype=tf.float32)

    programs = [
        twice_unnamed, in_scopes, same_scope_reused, one_too_many, named_twice, named_and_reused, reused_with_other_units,
        reused_without_a_name, auto_without_a_name, auto_scope, scope_initializer, other_kinds, cells_in_scopes, cells_twice,
    ]
    return [run_program(program) for program in programs]


ERRORS = {"already exists": "exists", "does not exist": "missing", "specified shape": "shape"}


def run_program(program):
    with tf.Graph().as_default():
        error = None
        try:
            program(v1.placeholder(tf.float32, [3, 4]))
        except ValueError as raised:
            error = next(kind for words, kind in ERRORS.items() if words in str(raised))
        variables = [variable.op.name for variable in v1.global_variables()]
    return {"program": program.__name__, "variables": variables, "error": error}


def metrics():
    """Values and updates of metrics over batches; the variables of each, and the collections that they are in."""
    single = [f32([1.5, -2.0, 4.0]), f32([0.25, 8.0, -1.0])]
    weights = [f32([1.0, 0.0, 2.0]), f32([0.5, 1.0, 1.0])]
    labels, guesses = [i32([1, 0, 2, 2]), i32([1, 1, 1, 0])], [i32([1, 1, 2, 0]), i32([1, 1, 0, 0])]
    truths = [np.array([True, False, True, True]), np.array([False, False, True, False])]
    claims = [np.array([True, True, False, True]), np.array([False, True, False, False])]
    none = [np.array([False, False]), np.array([False, False])]
    scores = [f32([0.1, 0.8, 0.35, 0.9]), f32([0.0, 1.0, 0.5, 0.35])]
    counts = [f32([1.0, 0.5, 2.0, 1.0]), f32([0.25, 1.0, 0.0, 3.0])]

    def auc(weighted=False, **arguments):
        if weighted:
            return lambda labels, scores, weights: v1.metrics.auc(labels, scores, weights, **arguments)
        return lambda labels, scores: v1.metrics.auc(labels, scores, **arguments)
    return [
        metric("mean", "plain", v1.metrics.mean, [single]),
        metric("mean", "weighted", lambda x, w: v1.metrics.mean(x, w, name="m"), [single, weights]),
        metric("accuracy", "plain", v1.metrics.accuracy, [labels, guesses]),
        metric("mean_squared_error", "plain", v1.metrics.mean_squared_error, [single, weights]),
        metric("mean_squared_error", "weighted", v1.metrics.mean_squared_error, [single, weights, weights]),
        metric("precision", "plain", v1.metrics.precision, [truths, claims]),
        metric("recall", "plain", v1.metrics.recall, [truths, claims]),
        metric("precision", "nothing", v1.metrics.precision, [none, none]),
        metric("auc", "plain", auc(), [truths, scores]),
        metric("auc", "weighted", auc(True, name="area"), [truths, scores, counts]),
        metric("auc", "five_thresholds", auc(num_thresholds=5), [truths, scores]),
        metric("auc", "minoring", auc(num_thresholds=7, summation_method="minoring"), [truths, scores]),
        metric("auc", "majoring", auc(num_thresholds=7, summation_method="majoring"), [truths, scores]),
        metric("auc", "precision_recall", auc(num_thresholds=50, curve="PR"), [truths, scores]),
        metric("auc", "careful", auc(num_thresholds=50, curve="PR", summation_method="careful_interpolation"), [truths, scores]),
        metric("auc", "careful_roc", auc(num_thresholds=2, summation_method="careful_interpolation"), [truths, scores]),
    ]


def metric(name, case, function, batches):
    with tf.Graph().as_default(), v1.Session(config=config()) as session:
        placeholders = [v1.placeholder(batch[0].dtype, [None]) for batch in batches]
        value, update = function(*placeholders)
        session.run(v1.local_variables_initializer())
        steps = [{"value": float(session.run(value))}]
        for batch in zip(*batches):
            updated = float(session.run(update, dict(zip(placeholders, batch))))
            steps.append({"update": updated, "value": float(session.run(value))})
        local, of_metrics = (v1.get_collection(key) for key in (v1.GraphKeys.LOCAL_VARIABLES, v1.GraphKeys.METRIC_VARIABLES))
        assert local == of_metrics and not v1.global_variables() and not v1.trainable_variables()
        variables = [variable.op.name for variable in local]
    return {
        "metric": name,
        "case": case,
        "inputs": [[tensor(array) for array in batch] for batch in batches],
        "variables": variables,
        "steps": steps,
    }


def dropouts():
    """Two successive runs of dropout, by graph seed, op seed and rate."""
    entries = []
    for graph_seed, op_seed, rate, shape, noise in [
        (None, 7, 0.5, [3, 5], None), (42, None, 0.1, [20], None), (1, 2, 0.75, [2, 3, 4], None),
        (None, 7, 0.5, [6, 5], [None, 1]), (3, 4, 0.5, [4, 3, 5], [4, 1, 5]), (3, 4, 0.25, [4, 3, 5], [1, None, 1]),
    ]:
        with tf.Graph().as_default(), v1.Session(config=config()) as session:
            if graph_seed is not None:
                v1.set_random_seed(graph_seed)
            x = v1.placeholder(tf.float32, [None] + shape[1:])
            y = v1.layers.dropout(x, rate, noise_shape=noise, seed=op_seed, training=True)
            runs = [session.run(y, {x: dyadic(shape) + f32(2.0)}) for _ in range(2)]
        entries.append({
            "graph_seed": graph_seed, "op_seed": op_seed, "rate": rate, "noise": noise,
            "input": tensor(dyadic(shape) + f32(2.0)), "runs": [tensor(run) for run in runs],
        })
    return entries
