import { databaseUserData } from "../../components/render";
import { member, writtenFiles } from "./hosts";
import type { Fixture } from "./policies";

/** The good site with the group of databases that the program itself renders: other settings than the fixture's, as good. */
export function renderedGroup(site: Fixture, members = member.members): Fixture {
  members.forEach((name, index) => {
    const files = writtenFiles(databaseUserData({ ...member, name, serverId: index + 1, members }));
    for (const path of ["/etc/mysql/mysql.conf.d/zz-foobar.cnf", "/etc/foobar/group/join.sql"])
      site.write(name, path, files[path]);
  });
  return site;
}
