import type { Host } from "../site/host";
import { parseUnit } from "../parse/systemd";
import { hostOf, type Shipment } from "./shipment";

/**
 * systemd-journal-upload (journal-upload.conf(5)): the whole journal. Without a scheme it speaks HTTPS, and over HTTPS
 * it checks the server's certificate unless the authority is set to `-`.
 */
export function journalUploadShipments(host: Host): Shipment[] {
  const files = host.paths(/^\/etc\/systemd\/journal-upload\.conf(\.d\/[^/]+\.conf)?$/).sort();
  const content = files.map((path) => host.file(path)).filter((one) => typeof one === "string");
  if (content.length === 0) return [];
  const unit = parseUnit(content.join("\n"), files[0]);
  const url = unit.get("Upload", "URL");
  if (url === undefined) return [];
  const trusted = unit.get("Upload", "TrustedCertificateFile");
  return [
    {
      program: "systemd-journal-upload",
      unit: "systemd-journal-upload.service",
      to: { kind: "address", address: hostOf(url) },
      transport: /^http:/i.test(url) ? "plain" : trusted === "-" ? "unverified" : "verified",
      everything: true,
      files: [],
    },
  ];
}
