#!/usr/bin/env python3
"""Prints the TFRecord of one scalar event as TensorBoard's own classes write it; test/report/tfevents_test.cpp holds
the bytes. Needs the tensorboard package."""
import io

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def record(event):
    stream = io.BytesIO()
    RecordWriter(stream).write(event.SerializeToString())
    return stream.getvalue().hex()


scalar = Summary(value=[Summary.Value(tag="losses/l1", simple_value=0.25)])
print("scalar", record(Event(wall_time=1700000000.5, step=300, summary=scalar)))
