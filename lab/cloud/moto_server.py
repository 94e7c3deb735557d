"""Serves moto's AWS API twice from one process, so that both see the same data: HTTPS on 443, HTTP on 80.

Arguments: address, certificate file, key file.
"""

import socket
import ssl
import sys
import threading

from moto.iam import access_control
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class KeepAliveHandler(WSGIRequestHandler):
    """HTTP/1.1, so that a client that polls keeps its connection; and no line per request in the log."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_request(self, code="-", size="-"):
        pass


class Statement(access_control.IAMPolicyStatement):
    """moto denies whatever a policy statement's condition does not match; AWS skips such a statement.

    The one condition that the site's policies set is known here: aws:SecureTransport. Hosts come over TLS only, and
    the plain door is the machine's own, for the deployment. A statement with any other condition is skipped.
    """

    def is_action_permitted(self, *args, **kwargs):
        condition = self._statement.get("Condition")
        if condition and condition != {"Bool": {"aws:SecureTransport": "true"}}:
            return access_control.PermissionResult.NEUTRAL
        self._statement = {key: value for key, value in self._statement.items() if key != "Condition"}
        return super().is_action_permitted(*args, **kwargs)


access_control.IAMPolicyStatement = Statement


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


# http.server asks the machine's resolver for its own name, which waits 5 s for an answer that cannot reach this namespace
socket.getfqdn = lambda name="": name

address, certificate, key = sys.argv[1:4]
app = DomainDispatcherApplication(create_backend_app)
plain = make_server(address, 80, app, threaded=True, request_handler=KeepAliveHandler)
secure = make_server(address, 443, app, threaded=True, request_handler=KeepAliveHandler)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)
# the handshake happens in the connection's own thread: a client that stalls must not keep others waiting
secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
serve(plain)
serve(secure)
print("serving", flush=True)
threading.Event().wait()
