import type { Host, Known } from "../site/host";
import { ConfigError } from "../parse/config-error";
import { isUnknown, Unknown } from "../site/resources";
import { cloudwatchShipments, datadogShipments } from "./agents";
import { journalUploadShipments } from "./journal-upload";
import { fluentBitShipments, vectorShipments } from "./pipelines";
import { rsyslogShipments } from "./rsyslog";
import type { Shipment } from "./shipment";

export { nameOf, type Place, type Shipment } from "./shipment";

const PROGRAMS = [
  journalUploadShipments,
  rsyslogShipments,
  datadogShipments,
  cloudwatchShipments,
  vectorShipments,
  fluentBitShipments,
];

/** What sends a host's logs away, and where to; empty when nothing does. */
export function shipmentsOf(host: Host): Exclude<Known<Shipment[]>, undefined> {
  const { userData } = host;
  if (isUnknown(userData)) return userData;
  try {
    return PROGRAMS.flatMap((program) => program(host));
  } catch (error) {
    if (error instanceof ConfigError) return new Unknown(error.message);
    throw error;
  }
}
