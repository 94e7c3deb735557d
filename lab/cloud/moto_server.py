"""Serves moto's AWS API twice from one process, so that both see the same data: HTTPS on 443, HTTP on 80.

Elastic Load Balancing is the lab's own: its load balancers run, moto's are only remembered.

Arguments: address, certificate file, key file, unix socket of the lab's Elastic Load Balancing.
"""

import http.client
import re
import socket
import sys
import threading

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server
from moto.iam import access_control
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


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


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path):
        super().__init__("lab", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def dispatch(environ, start_response):
    """Hands requests to the service that their signature names."""
    signed_for = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    if not signed_for or signed_for.group(1) != "elasticloadbalancing":
        return moto(environ, start_response)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    connection = UnixConnection(targets)
    try:
        connection.request("POST", "/", body)
        answer = connection.getresponse()
        said = answer.read()
        status, kind = f"{answer.status} {answer.reason}", answer.getheader("Content-Type", "text/xml")
    except OSError as error:
        said, status, kind = str(error).encode(), "503 Service Unavailable", "text/plain"
    finally:
        connection.close()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(said)))])
    return [said]


def serve(port, tls=None):
    """Keeps connections, unlike moto's own server: every host asks each second, and handshakes cost the most."""
    server = Server((address, port), dispatch, numthreads=8, server_name="lab", timeout=60)
    server.ssl_adapter = tls
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()


address, certificate, key, targets = sys.argv[1:5]
moto = DomainDispatcherApplication(create_backend_app)
serve(80)
serve(443, BuiltinSSLAdapter(certificate, key))
print("serving", flush=True)
threading.Event().wait()
