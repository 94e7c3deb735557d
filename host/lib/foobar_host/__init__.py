"""What runs on every host: fetched with the instance's role at boot, standard library only (and PyMySQL on databases)."""
