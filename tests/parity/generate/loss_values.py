"""Losses, and their gradients for the predictions."""

import numpy as np
import tensorflow as tf

from .encoding import tensor
from .op_values import config, f32, i32, uneven

v1 = tf.compat.v1
REDUCTIONS = {
    "none": "none",
    "sum": "weighted_sum",
    "mean": "weighted_mean",
    "sum_over_batch_size": "weighted_sum_over_batch_size",
    "sum_by_nonzero_weights": "weighted_sum_by_nonzero_weights",
}


def slope(value):
    """The gradient behind a loss, as in gradients.json."""
    return np.array([((i * 5 + 3) % 9 - 4) / 4 for i in range(value.size)], value.dtype).reshape(value.shape)


class Losses:
    """Collects cases, each computed in a graph of its own."""

    def __init__(self):
        self.entries = []

    def add(self, loss, case, labels, predictions, function, weights=1.0, reduction="sum_by_nonzero_weights", **attrs):
        weights = np.array(weights, np.float32)
        with tf.Graph().as_default(), v1.Session(config=config()) as session:
            inputs = [v1.placeholder(array.dtype, array.shape) for array in (labels, predictions)]
            feeds = dict(zip(inputs, (labels, predictions)))
            options = {} if loss.endswith("_with_logits") else {"weights": weights, "reduction": REDUCTIONS[reduction]}
            output = function(*inputs, **attrs, **options)
            value = session.run(output, feeds)
            gradient = session.run(tf.gradients(output, inputs[1], slope(np.asarray(value)))[0], feeds)
            collected = [] if loss.endswith("_with_logits") else session.run(tf.compat.v1.losses.get_losses(), feeds)
            assert all(np.array_equal(value, other) for other in collected), case
        self.entries.append(
            {
                "loss": loss,
                "case": case,
                "labels": tensor(labels),
                "predictions": tensor(predictions),
                "weights": tensor(weights),
                "reduction": reduction,
                "attrs": attrs,
                "value": tensor(value),
                "gradient": tensor(gradient),
            }
        )


def cases():
    """Every case of losses.json."""
    c = Losses()
    losses = v1.losses
    shape, rows = [3, 4], [3, 1]
    predictions, numbers = uneven(shape), uneven(shape, 0.11)
    onehot = np.eye(4, dtype=np.float32)[[2, 0, 3]]
    both = f32([[1, 0, 0, 1], [0, 1, 1, 1], [0, 0, 0, 0]])
    logits = uneven(shape, 0.77) * 6
    classes = i32([2, 0, 3])

    def each(loss, function, labels, values, row_weights, **attrs):
        c.add(loss, "plain", labels, values, function, **attrs)
        for reduction in REDUCTIONS:
            c.add(loss, "weighted_" + reduction, labels, values, function, weights=row_weights, reduction=reduction, **attrs)
        c.add(loss, "weights_zero", labels, values, function, weights=0.0, **attrs)
        c.add(loss, "weight_for_all", labels, values, function, weights=0.3, **attrs)

    by_row = f32([2, 0, 0.5], rows)
    each("absolute_difference", losses.absolute_difference, numbers, predictions, by_row)
    each("mean_squared_error", losses.mean_squared_error, numbers, predictions, by_row)
    c.add("mean_squared_error", "weights_of_elements", numbers, predictions, losses.mean_squared_error, weights=both)
    each("huber_loss", losses.huber_loss, numbers, predictions * 3, by_row, delta=1.0)
    c.add("huber_loss", "delta", numbers, predictions, losses.huber_loss, delta=0.25)
    each("hinge_loss", losses.hinge_loss, both, logits, by_row)
    each("log_loss", losses.log_loss, both, (predictions + 1) * 0.499 + 0.0005, by_row, epsilon=1e-7)
    each("cosine_distance", losses.cosine_distance, numbers, predictions, by_row, axis=-1)
    c.add("cosine_distance", "columns", numbers, predictions, losses.cosine_distance, axis=0)
    each("softmax_cross_entropy", losses.softmax_cross_entropy, onehot, logits, f32([2, 0, 0.5]), label_smoothing=0.0)
    c.add("softmax_cross_entropy", "smoothed", onehot, logits, losses.softmax_cross_entropy, label_smoothing=0.2)
    each("sparse_softmax_cross_entropy", losses.sparse_softmax_cross_entropy, classes, logits, f32([2, 0, 0.5]))
    each("sigmoid_cross_entropy", losses.sigmoid_cross_entropy, both, logits, by_row, label_smoothing=0.0)
    c.add("sigmoid_cross_entropy", "smoothed", both, logits, losses.sigmoid_cross_entropy, label_smoothing=0.2)

    def softmax(labels, logits):
        return v1.nn.softmax_cross_entropy_with_logits_v2(labels, logits)

    def sparse(labels, logits):
        return v1.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)

    def sigmoid(labels, logits):
        return v1.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    far = f32([[90, -90, 0, 3], [0, 0, 0, 0], [-200, 1, 200, 5]])
    for case, values in (("values", logits), ("far", far)):
        c.add("softmax_cross_entropy_with_logits", case, onehot, values, softmax)
        c.add("sparse_softmax_cross_entropy_with_logits", case, classes, values, sparse)
        c.add("sigmoid_cross_entropy_with_logits", case, both, values, sigmoid)
    c.add("softmax_cross_entropy_with_logits", "distributions", np.abs(numbers) / np.abs(numbers).sum(1, keepdims=True), logits, softmax)
    images = uneven([2, 3, 4], 0.21)
    c.add("sparse_softmax_cross_entropy_with_logits", "three_dimensions", i32([[0, 1, 3], [2, 2, 0]]), images, sparse)
    return c.entries
