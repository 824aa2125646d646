"""Tensors and documents as JSON a person can read: floats round-trip, short values stay on one line."""

import json
import math

import numpy as np

WIDTH = 140

DTYPES = {
    "f16": np.float16,
    "f32": np.float32,
    "f64": np.float64,
    "i32": np.int32,
    "i64": np.int64,
    "u8": np.uint8,
    "bool": np.bool_,
}
NAMES = {np.dtype(kind): name for name, kind in DTYPES.items()}


def tensor(array):
    """A tensor as {"dtype", "shape", "data"}, data in row-major order."""
    array = np.asarray(array)
    return {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data": list(array.reshape(-1))}


def scalar(value):
    """One JSON scalar; a float is its shortest text, and NaN or an infinity is a string."""
    if isinstance(value, np.float32):
        value_text = str(value)
        # A reader that parses to f64 and narrows must get the same f32: no double rounding.
        assert not np.isfinite(value) or np.float32(float(value_text)) == value, value_text
    elif isinstance(value, np.float16):
        value_text = repr(float(value))
    elif isinstance(value, (np.bool_, np.integer)):
        return json.dumps(value.item())
    elif isinstance(value, float):
        value_text = repr(float(value))
    else:
        return json.dumps(value, ensure_ascii=False)
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    return value_text


def flat(value):
    """`value` on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flat(item) for item in value) + "]"
    return scalar(value)


def render(value, indent=0):
    """`value` on one line where it fits in `WIDTH` columns, else one item a line (numbers fill their lines)."""
    line = flat(value)
    top = indent == 0 and isinstance(value, (dict, list))
    if not top and indent + len(line) <= WIDTH:
        return line
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        items = [f"{pad}{json.dumps(key)}: {render(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + "\n" + " " * indent + "}"
    if isinstance(value, (list, tuple)) and not any(isinstance(item, (dict, list, tuple)) for item in value):
        return "[\n" + filled([scalar(item) for item in value], pad) + "\n" + " " * indent + "]"
    if isinstance(value, (list, tuple)):
        items = [pad + render(item, indent + 1) for item in value]
        return "[\n" + ",\n".join(items) + "\n" + " " * indent + "]"
    return line


def filled(words, pad):
    """`words` parted by commas, as many a line as fit."""
    lines, current = [], pad
    for position, word in enumerate(words):
        word += "," if position + 1 < len(words) else ""
        if current != pad and len(current) + 1 + len(word) > WIDTH:
            lines.append(current)
            current = pad
        current += word if current == pad else " " + word
    return "\n".join(lines + [current])
