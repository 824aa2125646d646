"""Gradients of the operations of ops.json, for each of their inputs, and the gradients of those."""

import numpy as np
import tensorflow as tf

from . import op_values
from .encoding import tensor

v1 = tf.compat.v1
FLOATS = (np.float32, np.float64)


def slope(value):
    """The gradient behind an output: small multiples of 1/4, which the test computes by the same formula."""
    data = [((i * 5 + 3) % 9 - 4) / 4 for i in range(value.size)]
    return np.array(data, value.dtype).reshape(value.shape)


def convolution(images, kernel, strides, padding, dilations, explicit_paddings=None):
    """The same convolution of one group and with a kernel whose holes are zeros: TensorFlow's CPU has gradients only for those."""
    height, width, inner, outer = kernel.shape.as_list()
    down, across = dilations[1:3]
    holes = tf.pad(
        tf.reshape(kernel, [height, 1, width, 1, inner, outer]),
        [[0, 0], [0, down - 1], [0, 0], [0, across - 1], [0, 0], [0, 0]],
    )
    holes = tf.reshape(holes, [height * down, width * across, inner, outer])
    holes = holes[: (height - 1) * down + 1, : (width - 1) * across + 1]
    groups = images.shape.as_list()[3] // inner
    parts = zip(tf.split(images, groups, 3), tf.split(holes, groups, 3))
    return tf.concat([tf.nn.conv2d(x, w, strides=strides, padding=explicit_paddings or padding) for x, w in parts], 3)


class Gradients:
    """Collects the gradient of each case whose outputs are floats, computed in a graph of its own."""

    def __init__(self):
        self.entries = []

    def add(self, op, case, inputs, function, **attrs):
        if not any(array.dtype.type in FLOATS for array in inputs):
            return
        with tf.Graph().as_default(), v1.Session(config=op_values.config()) as session:
            placeholders = [v1.placeholder(array.dtype, array.shape) for array in inputs]
            feeds = dict(zip(placeholders, inputs))
            outputs = function(*placeholders)
            outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
            if not all(output.dtype in (tf.float32, tf.float64) for output in outputs):
                return
            slopes = [slope(value) for value in session.run(outputs, feeds)]
            if op == "conv2d":
                outputs = [convolution(*placeholders, **attrs)]
            try:
                gradients = differentiated(outputs, placeholders, slopes)
            except LookupError:
                return
            first = evaluated(session, gradients, feeds)
            known = [(gradient, slope(value)) for gradient, value in zip(gradients, first) if gradient is not None]
            second = None
            if known and not wrong_twice(op, inputs):
                try:
                    second = evaluated(session, differentiated([g for g, _ in known], placeholders, [s for _, s in known]), feeds)
                except LookupError:
                    pass
        self.entries.append({"op": op, "case": case, "gradients": recorded(first), "second": second and recorded(second)})


def wrong_twice(op, inputs):
    """Whether TensorFlow's second gradient is not the derivative of its first: it stops at the mean in the variance, and takes products that
    have a zero in them for constants."""
    return op == "moments" or op == "reduce_prod" and not np.all(np.isfinite(inputs[0]) & (inputs[0] != 0))


def differentiated(outputs, inputs, slopes):
    """The gradients as tensors, `None` where there is none."""
    gradients = tf.gradients(list(outputs), inputs, list(slopes))
    return [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in gradients]


def evaluated(session, tensors, feeds):
    """The values, `None` for what is no tensor."""
    values = iter(session.run([tensor for tensor in tensors if tensor is not None], feeds))
    return [None if tensor is None else next(values) for tensor in tensors]


def recorded(values):
    return [None if value is None else tensor(value) for value in values]


def cases():
    """Every case of gradients.json."""
    return op_values.cases(Gradients())
