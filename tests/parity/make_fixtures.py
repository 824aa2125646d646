"""Writes the parity fixtures beside this file.

Usage: python make_fixtures.py [NAME ...]     (names as in WRITERS below; no argument: all)
"""

import os
import pathlib
import sys

# The plain Eigen kernels on a CPU: the fixtures must not depend on which accelerator is at hand.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# `tf.layers` and the cells of `tf.nn.rnn_cell` are in the package tf_keras.
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow as tf  # noqa: E402  (the environment must be set first)

tf.compat.v1.disable_v2_behavior()
tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)

from generate import (  # noqa: E402
    creating,
    default_names,
    device_cases,
    encoding,
    gradient_values,
    layer_values,
    loss_curves,
    loss_values,
    op_values,
    partition_cases,
    random_values,
    scope_cases,
    state_values,
    training_runs,
    training_values,
)

WRITERS = {
    "ops": op_values.cases,
    "gradients": gradient_values.cases,
    "losses": loss_values.cases,
    "random": random_values.document,
    "creating": creating.document,
    "scopes": scope_cases.programs,
    "names": default_names.document,
    "devices": device_cases.document,
    "state": state_values.cases,
    "training": training_values.document,
    "layers": layer_values.document,
    "loss_curves": loss_curves.document,
    "training_runs": training_runs.document,
    "partitioned": partition_cases.document,
}


def main():
    here = pathlib.Path(__file__).resolve().parent
    for which in sys.argv[1:] or WRITERS:
        path = here / f"{which}.json"
        path.write_text(encoding.render(WRITERS[which]()) + "\n", encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
