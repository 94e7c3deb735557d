"""Serves moto's AWS API twice from one process, so that both see the same data: HTTPS on 443, HTTP on 80.

Arguments: address, certificate file, key file.
"""

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


def serve(port, tls=None):
    """Keeps connections, unlike moto's own server: every host asks each second, and handshakes cost the most."""
    server = Server((address, port), app, numthreads=8, server_name="lab", timeout=60)
    server.ssl_adapter = tls
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()


address, certificate, key = sys.argv[1:4]
app = DomainDispatcherApplication(create_backend_app)
serve(80)
serve(443, BuiltinSSLAdapter(certificate, key))
print("serving", flush=True)
threading.Event().wait()
