# SPDX-License-Identifier: Apache-2.0
"""A FastCGI application of a few lines, for tests of the web server's configuration: it answers,
stays silent or breaks off, as each test needs it.

    with StandIn(path, answer) as app:      # answer(parameters, body) -> bytes, or None
        ...

None closes the connection without a word, a BrokenOff in the middle of the answer. FastCGI 1.0, one
request a connection.
"""
import contextlib
import os
import socket
import struct
import threading

BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


def _record(kind, content):
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def _read_records(stream):
    while len(head := stream.read(8)) == 8:
        _, kind, _, length, padding = struct.unpack("!BBHHBx", head)
        content = stream.read(length)
        stream.read(padding)
        yield kind, content


def _parse_parameters(data):
    parameters = {}
    position = 0

    def length():
        nonlocal position
        first = data[position]
        if first < 128:
            position += 1
            return first
        position += 4
        return struct.unpack("!I", data[position - 4:position])[0] & 0x7FFFFFFF

    while position < len(data):
        name_length, value_length = length(), length()
        name = data[position:position + name_length].decode()
        position += name_length
        parameters[name] = data[position:position + value_length].decode()
        position += value_length
    return parameters


class BrokenOff(bytes):
    """The beginning of an answer that never ends."""


class StandIn:
    def __init__(self, path, answer):
        self.answer = answer
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chmod(path, 0o666)
        self.listener.listen(16)
        self.path = path
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        # A client that is gone is none of our business.
        with client, contextlib.suppress(OSError):
            parameters, body = bytearray(), bytearray()
            with client.makefile("rb") as stream:
                for kind, content in _read_records(stream):
                    if kind == PARAMS:
                        parameters += content
                    if kind == STDIN:
                        body += content
                        if not content:
                            break
            reply = self.answer(_parse_parameters(bytes(parameters)), body)
            if reply is None:
                return
            for start in range(0, len(reply), 32768):
                client.sendall(_record(STDOUT, reply[start:start + 32768]))
            if isinstance(reply, BrokenOff):
                return
            client.sendall(_record(STDOUT, b"") + _record(END_REQUEST, bytes(8)))

    def close(self):
        # Else the thread that waits in accept() would take one more.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.unlink(self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
