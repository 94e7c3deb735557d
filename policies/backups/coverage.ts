import type { Host } from "../site/host";
import { unknownIn, type Resource } from "../site/resources";
import { unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";
import { names, PLAN, SELECTION, selectionsOf } from "./selections";

const ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment";
const VOLUME = "aws:ebs/volume:Volume";
const INSTANCE = "aws:ec2/instance:Instance";

/** A database's data is on its own volumes; on the root disk when it has none, which goes with the instance's backup. */
export function uncovered(site: Site, host: Host): Finding[] {
  const covered = (resource: Resource) =>
    selectionsOf(site, resource).some((selection) =>
      site.ofType(PLAN).some((plan) => names(selection, "planId", plan)),
    );
  if (covered(host.resource)) return [];
  const volumes = site
    .ofType(ATTACHMENT)
    .filter((attachment) => attachment.refs("instanceId", INSTANCE).includes(host.resource))
    .flatMap((attachment) => attachment.refs("volumeId", VOLUME));
  if (volumes.length === 0)
    return [
      violation(
        host.resource,
        `${host.name}: its data is on the root disk and no backup selects the instance, want it in a plan; add it to a selection`,
      ),
    ];
  return volumes.flatMap((volume) => {
    if (covered(volume)) return [];
    // A list that is not known, and not made of this stack's resources, may hold anything.
    const open = site
      .ofType(SELECTION)
      .filter((selection) => selection.refs("resources").length === 0)
      .map((selection) => unknownIn(selection.get("resources")))
      .find((one) => one !== undefined);
    return [
      open
        ? unknown(volume, open, `whether volume ${volume.name} of ${host.name} is backed up`)
        : violation(
            volume,
            `volume ${volume.name} of ${host.name} is in no backup selection, want every database volume in a plan; add it to the selection's resources`,
          ),
    ];
  });
}
