"""What a training run is here, and how it is recorded."""

import numpy as np
import tensorflow as tf

from ..encoding import tensor
from ..op_values import config

v1 = tf.compat.v1
STEPS = 100
SEED = 42


class Program:
    """A graph with what is fed, the steps that are taken in turn at each round, and what is looked at in the end.

    `data(n)` gives the arrays of round `n`, in the order of `inputs`; each of `steps` is a loss and an operation; `ends` are tensors that are
    evaluated after the last round on the data of round 0.
    """

    def __init__(self, inputs, data, steps, ends=None):
        self.inputs, self.data, self.steps, self.ends = inputs, data, steps, ends or {}


def wave(shape, start, step):
    """`sin(start + step i)` for element `i`, counted in row-major order, computed in f64."""
    return np.sin(start + step * np.arange(np.prod(shape, dtype=int))).reshape(shape).astype(np.float32)


def numbers(shape, start, factor, below):
    """`(start + factor i) mod below` for element `i`."""
    return ((start + factor * np.arange(np.prod(shape, dtype=int))) % below).reshape(shape).astype(np.int32)


def record(build):
    """The losses before each step, and for each variable its name, and its Euclidean norm in the end."""
    with tf.Graph().as_default() as graph:
        v1.set_random_seed(SEED)
        program = build()
        first = v1.global_variables_initializer()
    found = []
    with v1.Session(graph=graph, config=config()) as session:
        session.run(first)
        for n in range(STEPS):
            feeds = dict(zip(program.inputs, program.data(n)))
            found.append([session.run([loss, step], feeds)[0] for loss, step in program.steps])
        feeds = dict(zip(program.inputs, program.data(0)))
        ends = {name: tensor(value) for name, value in session.run(program.ends, feeds).items()}
        with graph.as_default():
            variables = v1.global_variables()
        values = session.run(variables)
    norms = {variable.op.name: float(np.sqrt(np.sum(np.square(value, dtype=np.float64)))) for variable, value in zip(variables, values)}
    return {"run": build.__name__, "losses": tensor(np.array(found)), "ends": ends, "variables": norms}
