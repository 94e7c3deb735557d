"""MySQL on its data volume: founded once, filled from the primary once, and taken as it is ever after."""

import json
import shutil
import time

import pymysql

from . import aws, system, volume

DATA = volume.MOUNT_POINT / "data"
# Where a new database is made: `data` appears in one step, complete.
NEW = volume.MOUNT_POINT / "data.new"
IN_MEMORY = volume.MOUNT_POINT / "data.memory"
# On the volume while its database still lacks accounts (primary) or the primary's data (replica).
UNFINISHED = volume.MOUNT_POINT / "unfinished"
# On the volume of a group's member, and what a person ordered for it: see group_server.
GROUP_MARKS = ("group-member", "group-discard")
SOCKET = "/run/mysqld/mysqld.sock"
CA = "/etc/mysql/foobar/ca.pem"
FOUNDED = "database/founded.json"
# A bare image of the primary installs its packages first.
PRIMARY_WAIT_SEC = 900


def local():
    """As root by the Unix account."""
    return pymysql.connect(unix_socket=SOCKET, user="root", autocommit=True, connect_timeout=5)


def query(connection, sql, values=()):
    with connection.cursor(pymysql.cursors.DictCursor) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def check_volume():
    """True when the volume has a database. Refuses one with files that nothing here made."""
    if (DATA / "mysql").is_dir():
        return True
    strangers = sorted(path.name for path in volume.MOUNT_POINT.iterdir() if path.name not in ("lost+found", NEW.name, IN_MEMORY.name, UNFINISHED.name, *GROUP_MARKS))
    if strangers:
        raise RuntimeError(
            f"data volume: want a database in {DATA.name}/ or an empty volume, got {', '.join(strangers)}; move them or attach another volume"
        )
    return False


def claim_founding(settings, volume_id):
    """Only one empty database is ever made for a site: the first primary says so in the bucket, for good.

    A primary that finds a blank volume later has lost its disk, and must not answer as if nothing had ever been."""
    bucket = aws.Bucket(settings)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    claim = bucket.put(FOUNDED, {"host": settings.fqdn, "volume": volume_id, "at": now}, only_if_absent=True)
    deadline = time.monotonic() + aws.RETRY_SEC
    while True:
        aws.perform([claim], settings.region)
        if claim.status == 200:
            return
        if claim.status == 412:
            break
        # 409: another request for the same object was under way.
        if time.monotonic() > deadline:
            raise aws.AwsError(f"object {FOUNDED}: want to write it, got {claim.status} {claim.answer[:300]!r}; check the role")
        time.sleep(1)
    read = bucket.get(FOUNDED)
    aws.perform_all([read], settings.region)
    founded = json.loads(read.answer)
    if founded["volume"] != volume_id:
        raise RuntimeError(
            f"data volume {volume_id}: want the database that {founded['host']} founded on {founded['volume']} at {founded['at']}, "
            f"got a blank volume; restore it from a snapshot or the replica, or delete {FOUNDED} from the bucket to begin with nothing"
        )


def initialize():
    """An empty database, made aside and renamed, so that a power cut leaves none or a whole one."""
    shutil.rmtree(NEW, ignore_errors=True)
    UNFINISHED.touch()
    # In memory, since mysqld waits for the disk hundreds of times there; below the volume, where AppArmor lets it write.
    IN_MEMORY.mkdir(exist_ok=True)
    system.run("mount", "-t", "tmpfs", "-o", "size=256M,mode=0755", "tmpfs", str(IN_MEMORY))
    try:
        made = IN_MEMORY / "data"
        made.mkdir()
        system.run("chown", "mysql:mysql", str(made))
        # Not with the site's settings: replication and TLS begin when the server does, with the site's certificates.
        # Nor with the kernel's asynchronous I/O, which is of no use in memory and holds the shutdown up by half a second.
        settings = ("--auto-generate-certs=OFF", "--caching-sha2-password-auto-generate-rsa-keys=OFF", "--skip-log-bin", "--innodb-redo-log-capacity=64M", "--innodb-use-native-aio=OFF")
        system.run("runuser", "-u", "mysql", "--", "mysqld", "--no-defaults", "--initialize-insecure", f"--datadir={made}", *settings)
        system.run("cp", "--archive", "--sparse=always", str(made), str(NEW))
    finally:
        system.run("umount", str(IN_MEMORY))
    IN_MEMORY.rmdir()
    system.run("sync", "-f", str(volume.MOUNT_POINT))
    NEW.rename(DATA)


def set_accounts(settings, texts):
    """Create the accounts, or bring their passwords and rights to what they should be. Replicas get them by replication."""
    app, replication = json.loads(texts["mysql/app"]), json.loads(texts["mysql/replication"])
    connection = local()
    query(connection, "ALTER USER root@localhost IDENTIFIED WITH auth_socket")
    query(connection, "CREATE DATABASE IF NOT EXISTS foobar")
    for account in (app, replication):
        name = account["username"]
        query(connection, "CREATE USER IF NOT EXISTS %s@'%%' IDENTIFIED WITH caching_sha2_password BY %s", (name, account["password"]))
        query(connection, "ALTER USER %s@'%%' IDENTIFIED WITH caching_sha2_password BY %s REQUIRE SSL", (name, account["password"]))
    rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES"
    query(connection, f"GRANT {rights} ON foobar.* TO %s@'%%'", (app["username"],))
    query(connection, "GRANT REPLICATION SLAVE, BACKUP_ADMIN ON *.* TO %s@'%%'", (replication["username"],))
    query(connection, "CREATE USER IF NOT EXISTS 'foobar-role'@localhost IDENTIFIED WITH auth_socket")
    query(connection, "GRANT REPLICATION CLIENT ON *.* TO 'foobar-role'@localhost")
    if settings.database == "group":
        from . import group_server

        query(connection, f"GRANT {group_server.STREAM_RIGHTS} ON *.* TO %s@'%%'", (replication["username"],))
        for reader in (f"{replication['username']}@'%%'", "'foobar-role'@localhost"):
            query(connection, f"GRANT SELECT ON performance_schema.* TO {reader}")
    agent = {"prometheus": "prometheus", "datadog": "dd-agent"}[settings.agent]
    query(connection, "CREATE USER IF NOT EXISTS %s@localhost IDENTIFIED WITH auth_socket", (agent,))
    query(connection, "ALTER USER %s@localhost WITH MAX_USER_CONNECTIONS 5", (agent,))
    query(connection, "GRANT REPLICATION CLIENT, PROCESS ON *.* TO %s@localhost", (agent,))
    query(connection, "GRANT SELECT ON performance_schema.* TO %s@localhost", (agent,))
    if settings.agent == "datadog":
        set_datadog_schema(connection)
    connection.close()


def set_datadog_schema(connection):
    """What Datadog's query samples need: a procedure that explains a statement with the definer's rights."""
    query(connection, "CREATE DATABASE IF NOT EXISTS datadog")
    query(connection, "GRANT EXECUTE ON datadog.* TO 'dd-agent'@localhost")
    query(connection, "DROP PROCEDURE IF EXISTS datadog.explain_statement")
    query(
        connection,
        """CREATE PROCEDURE datadog.explain_statement(IN query TEXT) SQL SECURITY DEFINER
        BEGIN
            SET @explain := CONCAT('EXPLAIN FORMAT=json ', query);
            PREPARE stmt FROM @explain;
            EXECUTE stmt;
            DEALLOCATE PREPARE stmt;
        END""",
    )


def wait_until(what, attempt, deadline_sec, every_sec=0.3):
    """The first answer of `attempt` that is not None; database errors mean "not yet"."""
    deadline = time.monotonic() + deadline_sec
    problem = "no answer"
    while time.monotonic() < deadline:
        try:
            if (answer := attempt()) is not None:
                return answer
        except pymysql.Error as error:
            problem = str(error)
        time.sleep(every_sec)
    raise RuntimeError(f"{what}: want it within {deadline_sec} s, got {problem}")


def prove(member, account):
    """Connect to a member whose certificate carries its name. CLONE itself checks the authority only."""
    tls = {"ca": CA, "check_hostname": True, "verify_mode": True}
    pymysql.connect(host=member, user=account["username"], password=account["password"], ssl=tls, connect_timeout=2).close()
    return True


def clone(settings, account):
    """Fill this empty server with the primary's data."""
    wait_until(f"primary {settings.primary}", lambda: prove(settings.primary, account), PRIMARY_WAIT_SEC)
    copy_from(settings.primary, account)


def copy_from(donor, account):
    """Take a copy of the donor's data in place of this server's own. MySQL restarts itself at the end."""
    prove(donor, account)
    connection = local()
    query(connection, "SET GLOBAL super_read_only = OFF")
    query(connection, "SET GLOBAL clone_valid_donor_list = %s", (f"{donor}:3306",))
    try:
        query(
            connection,
            "CLONE INSTANCE FROM %s@%s:3306 IDENTIFIED BY %s REQUIRE SSL",
            (account["username"], donor, account["password"]),
        )
    except pymysql.err.OperationalError as error:
        # 2013: the connection ended because the server restarts with its new data.
        if error.args[0] != 2013:
            raise

    def outcome():
        row = query(local(), "SELECT STATE, ERROR_MESSAGE FROM performance_schema.clone_status")
        return row[0] if row and row[0]["STATE"] in ("Completed", "Failed") else None

    done = wait_until(f"copy of the data of {donor}", outcome, 3600)
    if done["STATE"] != "Completed":
        raise RuntimeError(f"copy of the data of {donor}: want it complete, got {done['ERROR_MESSAGE']}")


def follow(settings, account):
    """Replicate from the primary, by GTID and over TLS as the settings say. Set again, it goes on where it was."""
    connection = local()
    query(connection, "STOP REPLICA")
    query(
        connection,
        """CHANGE REPLICATION SOURCE TO SOURCE_HOST = %s, SOURCE_PORT = 3306, SOURCE_USER = %s, SOURCE_PASSWORD = %s,
        SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_SSL_CA = %s, SOURCE_SSL_VERIFY_SERVER_CERT = %s,
        SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 2""",
        (settings.primary, account["username"], account["password"], settings.source_ssl_ca, int(settings.source_ssl_verify_server_cert)),
    )
    query(connection, "START REPLICA")
    connection.close()


def lead():
    """Stop following whom this member followed before it became the primary, once all it received is applied."""
    connection = local()
    if query(connection, "SHOW REPLICA STATUS"):
        query(connection, "STOP REPLICA IO_THREAD")
        sql = """SELECT GTID_SUBSET(RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed) AS applied
                 FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''"""
        wait_until("received transactions applied", lambda: query(connection, sql)[0]["applied"] or None, 600)
        query(connection, "STOP REPLICA")
        query(connection, "RESET REPLICA ALL")
    connection.close()


def provision(settings, texts):
    """From a mounted volume to a server in its role. Every step may be repeated after a crash."""
    volume_id = volume.mount()
    system.run("chown", "mysql:mysql", str(volume.MOUNT_POINT))
    if settings.database == "group":
        provision_member(volume_id)
        return
    leave_group(settings)
    if not check_volume():
        if settings.role == "primary":
            claim_founding(settings, volume_id)
        initialize()
    system.enable("mysql.service")
    replication = json.loads(texts["mysql/replication"])
    if settings.role == "primary":
        lead()
        set_accounts(settings, texts)
    else:
        if UNFINISHED.exists():
            clone(settings, replication)
        follow(settings, replication)
    forget_group(settings)
    UNFINISHED.unlink(missing_ok=True)


def leave_group(settings):
    """A volume that was a group's member becomes the pair's only when nobody goes on in that group without it."""
    from . import group_server

    mark = group_server.marker()
    if settings.role == "primary" and mark not in (None, "ended"):
        raise RuntimeError(
            f"data volume: want the pair's own, or that of a member in whose favour the group was ended, got a member's ({mark}); "
            f"the others may go on without it. Deploy the group again, run `foobar-group end` on {settings.host}, then deploy the pair"
        )


def forget_group(settings):
    """The pair has the data now; a group may be founded from it another time."""
    from . import group_server

    if settings.role == "primary" and group_server.marker():
        aws.perform_all([aws.Bucket(settings).delete(group_server.FIRST_GROUP)], settings.region)
        query(local(), "ALTER USER replication@'%%' ATTRIBUTE %s", (json.dumps({"ended": None, "accounts": None}),))
    group_server.MARKER.unlink(missing_ok=True)


def provision_member(volume_id):
    """A server that is out of the group, whose service takes it in."""
    from . import group_server

    group_server.VOLUME_FILE.write_text(volume_id + "\n")
    if not check_volume():
        group_server.mark("member")
        initialize()
    system.enable("mysql.service")
