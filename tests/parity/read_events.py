"""Reads the event files of tests/trainer_events.rs with TensorFlow, and compares what they hold with what was trained."""

import collections
import glob
import sys

import tensorflow as tf


def main(directory):
    found = collections.defaultdict(list)
    graph, version = None, None
    (path,) = glob.glob(directory + "/events.out.tfevents.*")
    frames = sum(1 for _ in tf.data.TFRecordDataset(path))
    events = list(tf.compat.v1.train.summary_iterator(path))
    assert len(events) == frames, (len(events), frames)
    for event in events:
        version = event.file_version or version
        if event.graph_def:
            graph = tf.compat.v1.GraphDef.FromString(event.graph_def)
        for value in event.summary.value:
            found[value.tag].append((event.step, value))
    assert version == "brain.Event:2", version

    def scalars(tag):
        return [(step, value.simple_value) for step, value in found[tag]]

    losses = scalars("loss")
    assert [step for step, _ in losses] == [1, 2, 3, 4, 5, 6], losses
    assert losses[-1][1] < losses[0][1], losses
    assert all(abs(rate - 0.01) < 1e-7 for _, rate in scalars("learning_rate"))
    assert [step for step, _ in scalars("eval/loss")] == [3, 6]
    epoch = sum(loss for _, loss in losses[:3]) / 3
    assert abs(scalars("train/loss")[0][1] - epoch) < 1e-6

    histograms = found["conv/weights"]
    assert [step for step, _ in histograms] == [0, 3, 6]
    for _, value in histograms:
        assert value.histo.num == 9 and sum(value.histo.bucket) == 9, value
        assert value.histo.min <= value.histo.max and len(value.histo.bucket_limit) == len(value.histo.bucket)
    assert "conv/weights/Adam_1" in found, sorted(found)

    for _, value in found["eval/filtered"]:
        image = tf.io.decode_png(value.image.encoded_image_string)
        assert image.shape == (8, 8, 1), image.shape
    names = {node.name: node for node in graph.node}
    assert names["conv/Conv2D"].op == "Conv2D" and names["images"].op == "Placeholder"
    assert all(i.lstrip("^").split(":")[0] in names for node in graph.node for i in node.input)
    print(f"{frames} events, {len(found)} tags, {len(names)} ops: as they should be")


main(sys.argv[1])
