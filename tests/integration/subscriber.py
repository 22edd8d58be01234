#!/usr/bin/env python3
"""A subscriber of Dateline's bus, written from proto/README.md alone: the proof that the page is enough.

It follows one topic without loss: bus for speed, the owner's log for truth, and a cursor file that is moved after each
event has been printed. The log is read through `EventLogService.ReadEvents` over gRPC when python3-grpcio is installed.

usage: subscriber.py --protos DIR --bus tcp://127.0.0.1:7451 [--log 127.0.0.1:7410] [--topic release/] [--cursor FILE]
                     [--until SEQUENCE] [--seconds N]
DIR holds the Python modules that protoc made from proto/. Prints one JSON line an event. Exit status 0 when the sequence
of --until was reached, 1 when --seconds passed first.
"""
import argparse
import json
import os
import random
import struct
import sys
import time

import zmq

HEADER = struct.Struct(">16sQ")


class Log:
    """Reads the owner's log. Without gRPC for Python it only says that it cannot."""

    def __init__(self, address):
        import grpc
        from dateline.events.v1 import event_log_service_pb2 as pb
        self.pb = pb
        self.grpc = grpc
        channel = grpc.insecure_channel(address)
        self.read_events = channel.unary_unary(
            "/dateline.events.v1.EventLogService/ReadEvents",
            request_serializer=pb.ReadEventsRequest.SerializeToString,
            response_deserializer=pb.ReadEventsResponse.FromString)

    def read(self, topic, epoch, after):
        """Returns (epoch, [(sequence, CloudEvent)], head), or None while the owner does not answer."""
        request = self.pb.ReadEventsRequest(topic=topic, after_sequence=after, epoch=epoch.hex() if after else "")
        try:
            answer = self.read_events(request, timeout=5)
        except self.grpc.RpcError as error:
            if error.code() in (self.grpc.StatusCode.UNAVAILABLE, self.grpc.StatusCode.DEADLINE_EXCEEDED):
                return None
            if "EPOCH_CHANGED" in str(error.details()) or error.code() in (
                    self.grpc.StatusCode.FAILED_PRECONDITION, self.grpc.StatusCode.OUT_OF_RANGE):
                return self.read(topic, b"", 0)
            raise
        return bytes.fromhex(answer.epoch), [(e.sequence, e.event) for e in answer.events], answer.head_sequence


class Subscriber:
    """The procedure of proto/README.md, "How to consume without loss"."""

    def __init__(self, topic, log, cursor_file, out):
        self.topic, self.log, self.cursor_file, self.out = topic, log, cursor_file, out
        self.epoch, self.sequence = b"", 0
        self.ignored = 0
        if cursor_file and os.path.exists(cursor_file):
            with open(cursor_file, encoding="ascii") as stream:
                epoch, sequence = stream.read().split()
            self.epoch, self.sequence = bytes.fromhex(epoch), int(sequence)

    def apply(self, sequence, event):
        """Step 2: prints the event, then moves the cursor."""
        attribute = event.attributes
        assert int(attribute["sequence"].ce_string) == sequence, "the attribute and the frame disagree"
        assert len(attribute["sequence"].ce_string) == 20
        assert event.spec_version == "1.0"
        self.out.write(json.dumps({
            "sequence": sequence, "id": event.id, "source": event.source, "type": event.type,
            "subject": attribute["subject"].ce_string, "partitionkey": attribute["partitionkey"].ce_string,
            "time": attribute["time"].ce_timestamp.ToJsonString(), "data": self.data(event)}) + "\n")
        self.out.flush()
        self.sequence = sequence
        if self.cursor_file:
            draft = self.cursor_file + ".new"
            with open(draft, "w", encoding="ascii") as stream:
                stream.write("%s %d\n" % (self.epoch.hex(), self.sequence))
            os.replace(draft, self.cursor_file)

    @staticmethod
    def data(event):
        from dateline.events.v1 import event_data_pb2
        name = event.proto_data.TypeName()
        message = getattr(event_data_pb2, name.rsplit(".", 1)[1])()
        assert event.proto_data.Unpack(message), name
        if name.endswith("ReleaseEvent"):
            return {"title": message.release.title, "revision": message.release.revision, "text": message.release.text}
        return {"uri": getattr(message, "uri", "")}

    def catch_up(self):
        """Step 1. True when the log has been read to its head."""
        while True:
            answer = self.log.read(self.topic, self.epoch, self.sequence)
            if answer is None:
                return False
            epoch, events, head = answer
            if epoch != self.epoch:
                self.epoch, self.sequence = epoch, 0  # Step 4.
                if not events or events[0][0] != 1:
                    continue
            for sequence, event in events:
                assert sequence == self.sequence + 1, "the log has a gap: %d after %d" % (sequence, self.sequence)
                self.apply(sequence, event)
            if not events or self.sequence >= head:
                return True

    def take(self, frames):
        """Handles one message of the bus. False asks for catch_up()."""
        from io_cloudevents import CloudEvent
        if len(frames) not in (2, 3) or len(frames[1]) != HEADER.size or frames[0] != self.topic.encode():
            self.ignored += 1
            return True
        epoch, sequence = HEADER.unpack(frames[1])
        if epoch != self.epoch:
            return False
        if len(frames) == 2:
            return sequence <= self.sequence
        if sequence <= self.sequence:
            return True
        if sequence != self.sequence + 1:
            return False
        event = CloudEvent()
        event.ParseFromString(frames[2])
        self.apply(sequence, event)
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protos", required=True)
    parser.add_argument("--bus", required=True, action="append")
    parser.add_argument("--log", required=True)
    parser.add_argument("--topic", default="release/")
    parser.add_argument("--cursor")
    parser.add_argument("--until", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    load_modules(options.protos)

    socket = zmq.Context().socket(zmq.SUB)
    socket.setsockopt(zmq.HEARTBEAT_IVL, 2000)
    socket.setsockopt(zmq.RCVHWM, 10000)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SUBSCRIBE, options.topic.encode())
    for endpoint in options.bus:
        socket.connect(endpoint)

    subscriber = Subscriber(options.topic, Log(options.log), options.cursor, sys.stdout)
    deadline = time.monotonic() + options.seconds
    current = False
    while time.monotonic() < deadline:
        if options.until and subscriber.sequence >= options.until:
            return 0
        if not current:
            current = subscriber.catch_up()
            if not current:
                time.sleep(0.2)
            continue
        if socket.poll(1000 if current else 0):
            current = subscriber.take(socket.recv_multipart())
            if not current:
                time.sleep(random.uniform(0, 0.1))
        else:
            current = False  # A second of silence although a HEAD is due each second: read the log.
    return 1


def load_modules(folder):
    """protoc names the module of io/cloudevents after Python's own package io, which wins; load it under another name."""
    sys.path.insert(0, folder)
    import importlib.util
    path = os.path.join(folder, "io", "cloudevents", "v1", "cloudevents_pb2.py")
    spec = importlib.util.spec_from_file_location("io_cloudevents", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["io_cloudevents"] = module
    spec.loader.exec_module(module)
    # The modules that import it do so by its package name.
    import io
    import types
    package = types.ModuleType("io.cloudevents")
    v1 = types.ModuleType("io.cloudevents.v1")
    v1.cloudevents_pb2 = module
    package.v1 = v1
    io.cloudevents = package
    sys.modules.update({"io.cloudevents": package, "io.cloudevents.v1": v1, "io.cloudevents.v1.cloudevents_pb2": module})


if __name__ == "__main__":
    sys.exit(main())
