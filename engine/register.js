/* global require */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// Loaded with --require into every process of this project: TypeScript runs, and starts fast.
require("./preload-typescript");
require("./preload-speed");
