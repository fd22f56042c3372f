# What is small goes at once, instead of waiting for what went before to be acknowledged.
import socket

import paramiko

create = paramiko.Transport.__init__


def create_without_delay(self, sock, *arguments, **options):
    create(self, sock, *arguments, **options)
    self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


paramiko.Transport.__init__ = create_without_delay
