"""A proxy of SOCKS 4 and 4A for the user "me": what Debian's packages have is SOCKS 5 alone, or needs root."""

import socket
import threading

GRANTED, FAILED, OTHER_USER = 90, 91, 93


def relay(connection):
    """What a Peer talks."""
    request = read_exactly(connection, 8)
    user = read_text(connection)
    host = socket.inet_ntoa(request[4:])
    if request[4:7] == b"\0\0\0":
        host = read_text(connection).decode()
    if user != b"me":
        connection.sendall(answer(OTHER_USER))
        return
    try:
        there = socket.create_connection((host, int.from_bytes(request[2:4], "big")))
    except OSError:
        connection.sendall(answer(FAILED))
        return
    with there:
        connection.sendall(answer(GRANTED))
        back = threading.Thread(target=copy, args=[there, connection], daemon=True)
        back.start()
        copy(connection, there)
        back.join()


def answer(code):
    return bytes([0, code]) + bytes(6)


def copy(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of the two has gone


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ValueError("it has gone")
        data += piece
    return data


def read_text(connection):
    text = b""
    while (byte := read_exactly(connection, 1)) != b"\0":
        text += byte
    return text
